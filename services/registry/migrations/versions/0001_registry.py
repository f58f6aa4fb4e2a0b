"""Children, enrolments, placements, imports, reconciliation runs."""

from alembic import op

from zd_kernel.data.policy import grant_app, scope_policy, secured, within

revision = "registry_0001"
down_revision = None
branch_labels = ("registry",)
depends_on = ("kernel_0001",)

TABLES = """
CREATE TABLE child (
    id uuid PRIMARY KEY,
    area integer NOT NULL,
    given_name text NOT NULL,
    family_name text NOT NULL,
    birth_date date NOT NULL,
    sex text NOT NULL,
    citizen_id_encrypted text NOT NULL,
    citizen_id_index text NOT NULL,
    learning_status text NOT NULL,
    missing_kind text,
    announced_kind text,
    status_term text COLLATE "C",
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT child_sex CHECK (sex IN ('male', 'female', 'unknown')),
    CONSTRAINT child_learning_status CHECK (learning_status IN ('in_school', 'flexible_learning', 'training_or_work',
        'rehabilitation_first', 'completed', 'not_learning', 'unconfirmed', 'not_yet_of_age', 'gone')),
    CONSTRAINT child_missing CHECK ((learning_status = 'not_learning') = (missing_kind IS NOT NULL)),
    CONSTRAINT child_missing_kind CHECK (missing_kind IN ('never_enrolled', 'dropped_out', 'not_continuing'))
);
CREATE UNIQUE INDEX child_citizen_id ON child (citizen_id_index);
CREATE INDEX child_list ON child (area, id);
CREATE INDEX child_list_status ON child (learning_status, area, id);

CREATE TABLE erased_child (
    child_id uuid PRIMARY KEY,
    area integer NOT NULL,
    citizen_id_index text NOT NULL,
    erased_date date NOT NULL
);
CREATE UNIQUE INDEX erased_child_citizen_id ON erased_child (citizen_id_index);

CREATE TABLE enrolment (
    id uuid PRIMARY KEY,
    child_id uuid NOT NULL REFERENCES child (id) ON DELETE CASCADE,
    area integer NOT NULL,
    organisation text NOT NULL,
    organisation_position integer NOT NULL,
    term text COLLATE "C" NOT NULL,
    grade text NOT NULL,
    import_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT enrolment_once UNIQUE (child_id, term, organisation)
);
CREATE INDEX enrolment_organisation ON enrolment (organisation_position, child_id);

CREATE TABLE placement (
    placement_id uuid PRIMARY KEY,
    case_id uuid NOT NULL,
    child_id uuid NOT NULL,
    area integer NOT NULL,
    kind text NOT NULL,
    started_date date NOT NULL
);
CREATE INDEX placement_of_child ON placement (child_id, started_date, placement_id);

CREATE TABLE file_import (
    id uuid PRIMARY KEY,
    kind text NOT NULL,
    term text,
    agency text NOT NULL,
    created_by text NOT NULL,
    scope_areas text NOT NULL,
    scope_organisations text NOT NULL,
    columns jsonb NOT NULL,
    job_id uuid NOT NULL,
    rows integer NOT NULL,
    accepted integer NOT NULL,
    unchanged integer NOT NULL,
    rejected integer NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT file_import_kind CHECK (kind IN ('population', 'enrolment')),
    CONSTRAINT file_import_term CHECK ((kind = 'enrolment') = (term IS NOT NULL))
);

CREATE TABLE import_chunk (
    import_id uuid NOT NULL REFERENCES file_import (id) ON DELETE CASCADE,
    ordinal integer NOT NULL,
    content text NOT NULL,
    PRIMARY KEY (import_id, ordinal)
);
-- Encrypted text does not compress, and trying costs time.
ALTER TABLE import_chunk ALTER COLUMN content SET STORAGE EXTERNAL;

CREATE TABLE import_row (
    import_id uuid NOT NULL REFERENCES file_import (id) ON DELETE CASCADE,
    "row" integer NOT NULL,
    reason text,
    cells text,
    citizen_id_index text,
    citizen_id_encrypted text,
    child_id uuid,
    given_name text,
    family_name text,
    birth_date date,
    sex text,
    area integer,
    organisation text,
    organisation_position integer,
    grade text,
    PRIMARY KEY (import_id, "row")
);
CREATE INDEX import_row_citizen_id ON import_row (citizen_id_index, import_id);

CREATE TABLE reconciliation_run (
    id uuid PRIMARY KEY,
    term text NOT NULL,
    reference_date date NOT NULL,
    age_from integer NOT NULL,
    age_to integer NOT NULL,
    scope_areas text NOT NULL,
    created_by text NOT NULL,
    job_id uuid NOT NULL,
    after_child uuid NOT NULL,
    examined integer NOT NULL,
    in_school integer NOT NULL,
    missing integer NOT NULL,
    newly_missing integer NOT NULL,
    returned integer NOT NULL,
    created_at timestamptz NOT NULL,
    finished_at timestamptz,
    CONSTRAINT reconciliation_run_ages CHECK (age_from <= age_to)
);
"""

# A school, or an affiliation of schools, reads the children in its lists wherever they live.
ORGANISATION_POLICY = f"""
CREATE POLICY child_of_organisation ON child FOR SELECT USING (EXISTS (
    SELECT FROM enrolment e WHERE e.child_id = child.id AND {within("e.organisation_position", "org")}))
"""


def claimed(kind: str) -> str:
    """What the caller may see, as a multirange; empty when nothing is set."""
    return f"coalesce(nullif(current_setting('zd.{kind}', true), '')::int4multirange, '{{}}')"


WITHIN_CLAIM = f"scope_areas::int4multirange <@ {claimed('areas')}"
WITHIN_ORGANISATIONS = f"scope_organisations::int4multirange <@ {claimed('orgs')}"
POLICIES = (
    *scope_policy("child"),
    ORGANISATION_POLICY,
    *scope_policy("erased_child"),
    *scope_policy("enrolment", organisation="organisation_position"),
    *scope_policy("placement"),
    *secured("file_import"),
    f"CREATE POLICY file_import_scope ON file_import USING ({WITHIN_CLAIM} AND {WITHIN_ORGANISATIONS})",
    *secured("reconciliation_run"),
    f"CREATE POLICY reconciliation_run_scope ON reconciliation_run USING ({WITHIN_CLAIM})",
)


def upgrade() -> None:
    for statement in TABLES.split(";\n"):
        if statement.strip():
            op.execute(statement)
    for statement in POLICIES:
        op.execute(statement)
    for table in ("import_chunk", "import_row"):
        for statement in secured(table):
            op.execute(statement)
        op.execute(
            f"CREATE POLICY {table}_scope ON {table} USING (EXISTS (SELECT FROM file_import i WHERE i.id = import_id))"
        )
    for table in ("child", "enrolment", "placement", "file_import", "import_chunk", "import_row", "reconciliation_run"):
        op.execute(grant_app(table))
    op.execute(grant_app("erased_child", "SELECT, INSERT"))


def downgrade() -> None:
    op.execute(
        "DROP TABLE reconciliation_run, import_row, import_chunk, file_import, placement, enrolment, erased_child"
    )
    op.execute("DROP TABLE child")
