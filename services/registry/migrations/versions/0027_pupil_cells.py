"""What a run keeps of pupils: risk, chronic absence, achievement, and the sums that gaps between groups are made of."""

from alembic import op

from zd_kernel.data.policy import grant_app, scope_policy

revision = "registry_0027"
down_revision = "registry_0026"
branch_labels = None
depends_on = None

COUNTS = ("pupils", "green", "yellow", "orange", "red", "gpa_low", "gpa_middle", "gpa_high")
MEASURES = ("out_of_school", "at_risk", "chronic_absence", "attendance", "gpa")
NUMBERS = [f"{name} integer NOT NULL" for name in COUNTS]
NUMBERS += [part for name in MEASURES for part in (f"{name}_n integer NOT NULL", f"{name}_sum float8 NOT NULL")]
TABLE = f"""
CREATE TABLE pupil_cell (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_id uuid NOT NULL REFERENCES reconciliation_run (id) ON DELETE CASCADE,
    area integer NOT NULL,
    organisation text,
    organisation_position integer,
    grade text,
    sex text NOT NULL,
    urban_rural boolean,
    school_size boolean,
    poverty boolean,
    disability boolean,
    {", ".join(NUMBERS)}
);
CREATE INDEX pupil_cell_area ON pupil_cell (run_id, area);
CREATE INDEX pupil_cell_organisation ON pupil_cell (organisation_position, run_id)
"""


def upgrade() -> None:
    for statement in TABLE.split(";\n"):
        op.execute(statement)
    for statement in scope_policy("pupil_cell", organisation="organisation_position"):
        op.execute(statement)
    op.execute(grant_app("pupil_cell"))


def downgrade() -> None:
    op.execute("DROP TABLE pupil_cell")
