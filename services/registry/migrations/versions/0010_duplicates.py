"""Children who may be one, merges, and the ids that became part of another child."""

from alembic import op

from zd_kernel.data.policy import grant_app, secured

revision = "registry_0010"
down_revision = "registry_0009"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE merged_child (
    child_id uuid PRIMARY KEY,
    survivor_id uuid NOT NULL REFERENCES child (id) ON DELETE CASCADE,
    area integer NOT NULL
);
CREATE INDEX merged_child_survivor ON merged_child (survivor_id);

CREATE TABLE duplicate_pair (
    id uuid PRIMARY KEY,
    area integer NOT NULL,
    first_child_id uuid NOT NULL REFERENCES child (id) ON DELETE CASCADE,
    second_child_id uuid NOT NULL REFERENCES child (id) ON DELETE CASCADE,
    source text NOT NULL,
    weight double precision,
    fields jsonb NOT NULL,
    fingerprint text NOT NULL,
    state text NOT NULL,
    reason text,
    decided_by text,
    decided_at timestamptz,
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT duplicate_pair_ordered CHECK (first_child_id < second_child_id),
    CONSTRAINT duplicate_pair_state CHECK (state IN ('waiting', 'merging', 'refused', 'closed')),
    CONSTRAINT duplicate_pair_source CHECK (source IN ('linkage', 'identifier', 'person')),
    CONSTRAINT duplicate_pair_once UNIQUE (first_child_id, second_child_id)
);
CREATE INDEX duplicate_pair_queue ON duplicate_pair (state, weight, id);
CREATE INDEX duplicate_pair_second ON duplicate_pair (second_child_id);

CREATE TABLE child_merge (
    id uuid PRIMARY KEY,
    area integer NOT NULL,
    survivor_id uuid NOT NULL,
    merged_id uuid NOT NULL,
    state text NOT NULL,
    snapshot text,
    kept jsonb,
    reason text NOT NULL,
    decided_by text NOT NULL,
    decided_at timestamptz NOT NULL,
    merged_at timestamptz,
    undo_reason text,
    undone_by text,
    undone_at timestamptz,
    CONSTRAINT child_merge_state CHECK (state IN ('waiting', 'merged', 'undoing', 'undone', 'failed'))
);
-- Encrypted text does not compress, and trying costs time.
ALTER TABLE child_merge ALTER COLUMN snapshot SET STORAGE EXTERNAL;
CREATE INDEX child_merge_survivor ON child_merge (survivor_id, id);
CREATE INDEX child_merge_merged ON child_merge (merged_id, id);

CREATE TABLE duplicate_scan (
    id integer PRIMARY KEY,
    after_at timestamptz NOT NULL,
    after_id uuid NOT NULL,
    CONSTRAINT duplicate_scan_single CHECK (id = 1)
);
INSERT INTO duplicate_scan VALUES (1, '1970-01-01 00:00:00+00', '00000000-0000-0000-0000-000000000000')
"""
# The children's own policies decide: these rows need not move along when a child moves. Not EXISTS, which the planner
# may answer by reading every child that the caller sees.
_SEEN = "(SELECT true FROM child c WHERE c.id = {0})"
POLICIES = {
    "merged_child": _SEEN.format("survivor_id"),
    "duplicate_pair": f"{_SEEN.format('first_child_id')} AND {_SEEN.format('second_child_id')}",
    "child_merge": f"{_SEEN.format('survivor_id')} OR (SELECT true FROM merged_child m WHERE m.child_id = merged_id)",
}


def upgrade() -> None:
    for statement in TABLES.split(";\n"):
        op.execute(statement)
    for table, seen in POLICIES.items():
        for statement in secured(table):
            op.execute(statement)
        op.execute(f"CREATE POLICY {table}_of_child ON {table} USING ({seen})")
        op.execute(grant_app(table))
    op.execute(grant_app("duplicate_scan", "SELECT, UPDATE"))


def downgrade() -> None:
    op.execute("DROP TABLE duplicate_scan, child_merge, duplicate_pair, merged_child")
