"""Imports of any format: checked before they are applied, and withdrawn afterwards."""

from alembic import op

from zd_kernel.data.policy import grant_app, scope_policy, secured

revision = "registry_0004"
down_revision = "registry_0003"
branch_labels = None
depends_on = None

# Rows that wait, and pieces of files, belong to jobs of the release before: whoever uploaded them uploads again.
TABLES = """
DELETE FROM file_import WHERE accepted + unchanged + rejected < "rows";
DELETE FROM import_chunk;
ALTER TABLE file_import
    DROP CONSTRAINT file_import_kind,
    DROP CONSTRAINT file_import_term,
    ADD COLUMN feed_id uuid REFERENCES feed (id) ON DELETE SET NULL,
    ADD COLUMN format text NOT NULL DEFAULT 'csv',
    ADD COLUMN encoding text,
    ADD COLUMN sha256 text NOT NULL DEFAULT '',
    ADD COLUMN mapping jsonb,
    ADD COLUMN layout jsonb,
    ADD COLUMN complete boolean NOT NULL DEFAULT false,
    ADD COLUMN auto_commit boolean NOT NULL DEFAULT true,
    ADD COLUMN phase text NOT NULL DEFAULT 'committed',
    ADD COLUMN unlinked integer NOT NULL DEFAULT 0,
    ADD COLUMN report jsonb,
    ADD COLUMN finished_at timestamptz,
    ADD CONSTRAINT file_import_kind CHECK (
        kind IN ('population', 'enrolment', 'nonformal', 'social', 'health', 'disability')),
    ADD CONSTRAINT file_import_term CHECK ((kind IN ('enrolment', 'nonformal')) = (term IS NOT NULL)),
    ADD CONSTRAINT file_import_phase CHECK (phase IN ('received', 'converting', 'staging', 'checked', 'applying',
        'committed', 'withdrawing', 'withdrawn', 'failed', 'stopped'));
CREATE INDEX file_import_list ON file_import (agency, id);

ALTER TABLE import_chunk DROP COLUMN content, ADD COLUMN content bytea NOT NULL;
ALTER TABLE import_chunk ALTER COLUMN content SET STORAGE EXTERNAL;

CREATE TABLE import_piece (
    import_id uuid NOT NULL REFERENCES file_import (id) ON DELETE CASCADE,
    ordinal integer NOT NULL,
    first_row integer NOT NULL,
    last_row integer NOT NULL,
    content bytea NOT NULL,
    PRIMARY KEY (import_id, ordinal)
);
ALTER TABLE import_piece ALTER COLUMN content SET STORAGE EXTERNAL;

DROP INDEX import_row_citizen_id;
-- Its policy proves the import already, once for a statement; no import is ever deleted.
ALTER TABLE import_row
    DROP CONSTRAINT import_row_import_id_fkey,
    ADD COLUMN warnings text,
    ADD COLUMN id_problem text NOT NULL DEFAULT 'none',
    ADD COLUMN other_id_kind text,
    ADD COLUMN other_id_index text,
    ADD COLUMN other_id_encrypted text,
    ADD COLUMN nickname text,
    ADD COLUMN given_key text,
    ADD COLUMN family_key text,
    ADD COLUMN given_lk82 text,
    ADD COLUMN family_lk82 text,
    ADD COLUMN given_udom83 text,
    ADD COLUMN family_udom83 text,
    ADD COLUMN birth_precision text,
    ADD COLUMN nationality text,
    ADD COLUMN home_language text,
    ADD COLUMN gone_kind text,
    ADD COLUMN gone_date date,
    ADD COLUMN removed boolean NOT NULL DEFAULT false,
    ADD COLUMN details jsonb;
-- Rows that wait are found by reading the import; an index over them would cost more than the rows themselves.
CREATE INDEX import_row_refused_person ON import_row (citizen_id_index) WHERE reason IS NOT NULL
"""

# What an import changed, so that it can be withdrawn: the values of before, and how the row was left. What it made is
# found by the import's id on the rows themselves; whom it named and found as they were stand in the roster.
APPLYING = """
CREATE TABLE import_effect (
    import_id uuid NOT NULL REFERENCES file_import (id) ON DELETE CASCADE,
    n integer NOT NULL,
    child_id uuid NOT NULL REFERENCES child (id) ON DELETE CASCADE,
    area integer NOT NULL,
    kind text NOT NULL,
    before jsonb NOT NULL,
    version integer,
    PRIMARY KEY (import_id, kind, n),
    CONSTRAINT import_effect_kind CHECK (kind IN ('corrected', 'moved', 'regraded', 'ended', 'reopened'))
);
CREATE INDEX import_effect_of_child ON import_effect (child_id);

CREATE TABLE import_roster (
    import_id uuid NOT NULL REFERENCES file_import (id) ON DELETE CASCADE,
    ordinal integer NOT NULL,
    named uuid[] NOT NULL,
    PRIMARY KEY (import_id, ordinal)
);
CREATE INDEX enrolment_feed ON enrolment (feed_id, term)
"""


def upgrade() -> None:
    for statement in TABLES.split(";\n"):
        if statement.strip():
            op.execute(statement)
    for statement in secured("import_piece"):
        op.execute(statement)
    # Asked once a statement, where an EXISTS would be asked for every row.
    op.execute("DROP POLICY import_chunk_scope ON import_chunk")
    op.execute("DROP POLICY import_row_scope ON import_row")
    for table in ("import_chunk", "import_row", "import_piece"):
        op.execute(f"CREATE POLICY {table}_scope ON {table} USING (import_id IN (SELECT id FROM file_import))")
    op.execute(grant_app("import_piece"))
    _apply()


def _apply() -> None:
    for statement in APPLYING.split(";\n"):
        op.execute(statement)
    for statement in (*scope_policy("import_effect"), *secured("import_roster")):
        op.execute(statement)
    op.execute("CREATE POLICY import_roster_scope ON import_roster USING (import_id IN (SELECT id FROM file_import))")
    for table in ("import_effect", "import_roster"):
        op.execute(grant_app(table))


def downgrade() -> None:
    op.execute("DROP INDEX enrolment_feed")
    op.execute("DROP TABLE import_roster, import_effect")
    op.execute("DROP TABLE import_piece")
    op.execute("DROP INDEX import_row_refused_person")
    op.execute("""
        ALTER TABLE import_row ADD CONSTRAINT import_row_import_id_fkey
            FOREIGN KEY (import_id) REFERENCES file_import (id) ON DELETE CASCADE,
            DROP COLUMN warnings, DROP COLUMN id_problem, DROP COLUMN other_id_kind,
            DROP COLUMN other_id_index, DROP COLUMN other_id_encrypted, DROP COLUMN nickname, DROP COLUMN given_key,
            DROP COLUMN family_key, DROP COLUMN given_lk82, DROP COLUMN family_lk82, DROP COLUMN given_udom83,
            DROP COLUMN family_udom83, DROP COLUMN birth_precision, DROP COLUMN nationality,
            DROP COLUMN home_language, DROP COLUMN gone_kind, DROP COLUMN gone_date, DROP COLUMN removed,
            DROP COLUMN details
    """)
    op.execute("CREATE INDEX import_row_citizen_id ON import_row (citizen_id_index, import_id)")
    op.execute("DELETE FROM import_chunk")
    op.execute("ALTER TABLE import_chunk DROP COLUMN content, ADD COLUMN content text NOT NULL")
    op.execute("DELETE FROM file_import WHERE kind NOT IN ('population', 'enrolment')")
    op.execute("DROP INDEX file_import_list")
    op.execute("""
        ALTER TABLE file_import DROP CONSTRAINT file_import_phase, DROP CONSTRAINT file_import_kind,
            DROP CONSTRAINT file_import_term, DROP COLUMN feed_id, DROP COLUMN format, DROP COLUMN encoding,
            DROP COLUMN sha256, DROP COLUMN mapping, DROP COLUMN layout, DROP COLUMN complete,
            DROP COLUMN auto_commit, DROP COLUMN phase, DROP COLUMN unlinked, DROP COLUMN report,
            DROP COLUMN finished_at,
            ADD CONSTRAINT file_import_kind CHECK (kind IN ('population', 'enrolment')),
            ADD CONSTRAINT file_import_term CHECK ((kind = 'enrolment') = (term IS NOT NULL))
    """)
