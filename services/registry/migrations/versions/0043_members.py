"""The figures of a run go on from those of the run before: whom they count where is kept until the next."""

from alembic import op

from zd_kernel.data.policy import grant_app, scope_policy

revision = "registry_0043"
down_revision = "registry_0042"
branch_labels = None
depends_on = None

# Made anew from the register whenever it is not there: nothing has to reach the log before a run goes on.
MEMBERS = """
CREATE UNLOGGED TABLE indicator_member (
    run_id uuid NOT NULL,
    area integer NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    organisation text COLLATE "C" NOT NULL,
    organisation_position integer,
    age smallint NOT NULL,
    sex text NOT NULL,
    compulsory boolean NOT NULL,
    status text COLLATE "C" NOT NULL,
    feed_id uuid NOT NULL,
    enrolled_twice boolean NOT NULL,
    not_in_register boolean NOT NULL,
    returned boolean NOT NULL,
    judged boolean NOT NULL,
    members uuid[] STORAGE EXTERNAL NOT NULL,
    PRIMARY KEY (run_id, area, id)
)
"""
AREAS = "area <@ (SELECT nullif(current_setting('zd.areas', true), '')::int4multirange)"
# As in 0042: of the few rows that were written the caller's areas are asked.
WRITTEN = f"""
CREATE FUNCTION learning_state_written_since(bigint) RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp ROWS 1000 AS $$
SELECT child_id FROM learning_state WHERE CASE WHEN age(xmin) <= (SELECT age(($1 % 4294967296)::text::xid))
    THEN {AREAS} END
$$
"""
GONE = """
CREATE OR REPLACE FUNCTION child_gone() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    DELETE FROM enrolment WHERE child_id = OLD.id;
    DELETE FROM learning_state WHERE child_id = OLD.id;
    DELETE FROM learning_change WHERE child_id = OLD.id;
    DELETE FROM reconciliation_mark WHERE child_id = OLD.id;{}
    RETURN NULL;
END $$
"""
# That the id is no longer to be counted.
MARK = """
    INSERT INTO reconciliation_mark (child_id, area) VALUES (OLD.id, OLD.area);"""


def upgrade() -> None:
    op.execute(MEMBERS)
    for statement in scope_policy("indicator_member"):
        op.execute(statement)
    op.execute(f"ALTER POLICY indicator_member_scope ON indicator_member WITH CHECK ({AREAS})")
    op.execute(grant_app("indicator_member"))
    op.execute("ALTER TABLE reconciliation_run ADD COLUMN members_run_id uuid")
    op.execute(WRITTEN)
    op.execute(GONE.format(MARK))


def downgrade() -> None:
    op.execute(GONE.format(""))
    op.execute("DROP FUNCTION learning_state_written_since(bigint)")
    op.execute("ALTER TABLE reconciliation_run DROP COLUMN members_run_id")
    op.execute("DROP TABLE indicator_member")
