"""What linkage found of records that name nobody surely, and what people decided."""

from alembic import op

from zd_kernel.data.policy import grant_app, scope_policy

revision = "registry_0006"
down_revision = "registry_0005"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE link_verdict (
    record_id uuid PRIMARY KEY REFERENCES unlinked_record (id) ON DELETE CASCADE,
    area integer NOT NULL,
    import_id uuid NOT NULL,
    decision text NOT NULL,
    candidate_id uuid,
    weight double precision,
    CONSTRAINT link_verdict_decision CHECK (decision IN ('auto', 'review', 'none'))
);
CREATE INDEX link_verdict_import ON link_verdict (import_id, record_id);

CREATE TABLE link_candidate (
    record_id uuid NOT NULL REFERENCES unlinked_record (id) ON DELETE CASCADE,
    candidate_id uuid NOT NULL REFERENCES child (id) ON DELETE CASCADE,
    area integer NOT NULL,
    rank integer NOT NULL,
    weight double precision NOT NULL,
    fields jsonb NOT NULL,
    PRIMARY KEY (record_id, candidate_id)
);
CREATE INDEX link_candidate_child ON link_candidate (candidate_id);

CREATE TABLE link_decision (
    id uuid PRIMARY KEY,
    record_id uuid NOT NULL REFERENCES unlinked_record (id) ON DELETE CASCADE,
    candidate_id uuid REFERENCES child (id) ON DELETE CASCADE,
    area integer NOT NULL,
    decision text NOT NULL,
    reason text NOT NULL,
    weight double precision,
    record_print text NOT NULL,
    candidate_print text,
    decided_by text NOT NULL,
    decided_at timestamptz NOT NULL,
    undone_by text,
    undone_at timestamptz,
    CONSTRAINT link_decision_decision CHECK (decision IN ('same', 'different', 'new_child'))
);
CREATE INDEX link_decision_record ON link_decision (record_id, decided_at);
CREATE INDEX link_decision_pair ON link_decision (candidate_id, record_print);
CREATE INDEX link_decision_area ON link_decision (area, decided_at);
CREATE INDEX unlinked_record_citizen_id ON unlinked_record (citizen_id_index)
"""
NAMES = ("link_verdict", "link_candidate", "link_decision")
# Whoever may see a record, as its school, sees what was found and decided of it.
OF_RECORD = (
    "CREATE POLICY {table}_of_record ON {table} USING (EXISTS (SELECT FROM unlinked_record u WHERE u.id = record_id))"
)


def upgrade() -> None:
    for statement in TABLES.split(";\n"):
        op.execute(statement)
    for table in NAMES:
        for statement in scope_policy(table):
            op.execute(statement)
        op.execute(OF_RECORD.format(table=table))
        op.execute(grant_app(table))


def downgrade() -> None:
    op.execute("DROP INDEX unlinked_record_citizen_id")
    op.execute(f"DROP TABLE {', '.join(NAMES)}")
