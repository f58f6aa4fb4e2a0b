"""Sheets that schools hand in about their own pupils."""

from alembic import op

from zd_kernel.data.policy import grant_app, scope_policy, secured

revision = "registry_0012"
down_revision = "registry_0011"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE sheet (
    id uuid PRIMARY KEY,
    kind text NOT NULL,
    organisation text NOT NULL,
    organisation_position integer NOT NULL,
    area integer NOT NULL,
    term text NOT NULL,
    period text,
    reason text,
    office boolean NOT NULL,
    agency text NOT NULL,
    created_by text NOT NULL,
    columns jsonb NOT NULL,
    sha256 text NOT NULL,
    content bytea,
    phase text NOT NULL,
    rows integer NOT NULL,
    accepted integer NOT NULL,
    unchanged integer NOT NULL,
    refused integer NOT NULL,
    report jsonb NOT NULL,
    job_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    finished_at timestamptz,
    CONSTRAINT sheet_phase CHECK (phase IN ('received', 'applying', 'done', 'failed'))
);
CREATE INDEX sheet_list ON sheet (organisation_position, id);
-- Encrypted bytes do not compress, and trying costs time.
ALTER TABLE sheet ALTER COLUMN content SET STORAGE EXTERNAL;

CREATE TABLE sheet_refusal (
    sheet_id uuid NOT NULL REFERENCES sheet (id) ON DELETE CASCADE,
    row integer NOT NULL,
    child_id uuid,
    citizen_id_index text,
    reason text NOT NULL,
    cells text NOT NULL,
    PRIMARY KEY (sheet_id, row)
);
CREATE INDEX sheet_refusal_of_child ON sheet_refusal (child_id);
CREATE INDEX sheet_refusal_person ON sheet_refusal (citizen_id_index) WHERE citizen_id_index IS NOT NULL
"""

OF_SHEET = """
CREATE POLICY sheet_refusal_of_sheet ON sheet_refusal USING (EXISTS (SELECT FROM sheet s WHERE s.id = sheet_id))
"""


def upgrade() -> None:
    for statement in TABLES.split(";\n"):
        op.execute(statement)
    for statement in (*scope_policy("sheet", organisation="organisation_position"), *secured("sheet_refusal")):
        op.execute(statement)
    op.execute(OF_SHEET)
    for table in ("sheet", "sheet_refusal"):
        op.execute(grant_app(table))


def downgrade() -> None:
    op.execute("DROP TABLE sheet_refusal, sheet")
