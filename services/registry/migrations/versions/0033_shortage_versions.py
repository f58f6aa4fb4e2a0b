"""What was said of a shortage before, and shortages that were reported by mistake."""

from alembic import op

from zd_kernel.data.policy import grant_app, secured

revision = "registry_0033"
down_revision = "registry_0032"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE shortage_version (
    shortage_id uuid NOT NULL REFERENCES shortage (id),
    version integer NOT NULL,
    kind text NOT NULL,
    description text NOT NULL,
    quantity integer NOT NULL,
    unit text NOT NULL,
    estimated_satang bigint,
    needed_by_date date,
    state text NOT NULL,
    closed_date date,
    changed_by text NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (shortage_id, version)
)
"""
POLICY = "CREATE POLICY shortage_version_scope ON shortage_version USING (shortage_id IN (SELECT id FROM shortage))"
STATES = "ALTER TABLE shortage DROP CONSTRAINT shortage_state, ADD CONSTRAINT shortage_state CHECK (state IN ({}))"


def upgrade() -> None:
    op.execute(TABLE)
    for statement in (*secured("shortage_version"), POLICY, grant_app("shortage_version", "SELECT, INSERT")):
        op.execute(statement)
    op.execute(STATES.format("'open', 'met', 'dropped', 'withdrawn'"))


def downgrade() -> None:
    op.execute("DROP TABLE shortage_version")
    op.execute("UPDATE shortage SET state = 'dropped' WHERE state = 'withdrawn'")
    op.execute(STATES.format("'open', 'met', 'dropped'"))
