"""Whom a name leads to stands in a narrow table of its own: a country's children are written without it, and soon."""

from alembic import op

from zd_kernel.data.policy import grant_app, scope_policy, within

revision = "registry_0036"
down_revision = "registry_0035"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE child_name (
    child_id uuid PRIMARY KEY, area integer NOT NULL, given_key text NOT NULL, family_key text NOT NULL
)
"""
FILL = "INSERT INTO child_name SELECT id, area, given_key, family_key FROM child ORDER BY id"
INDEXES = (
    "CREATE INDEX child_name_given ON child_name (given_key, area)",
    "CREATE INDEX child_name_family ON child_name (family_key, area)",
)
OF_ORGANISATION = f"""
CREATE POLICY child_name_of_organisation ON child_name FOR SELECT USING (EXISTS (
    SELECT FROM enrolment e WHERE e.child_id = child_name.child_id AND {within("e.organisation_position", "org")}))
"""
# By whomever a child is written. Who says that the names come later brings those of new children by a job; whoever of
# them is changed before has a row then already, which is the newer one.
NAMED = """
CREATE FUNCTION child_named() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO child_name VALUES (NEW.id, NEW.area, NEW.given_key, NEW.family_key)
    ON CONFLICT (child_id) DO UPDATE SET area = excluded.area, given_key = excluded.given_key,
        family_key = excluded.family_key;
    RETURN NULL;
END $$
"""
TRIGGERS = (
    """CREATE TRIGGER child_named_first AFTER INSERT ON child FOR EACH ROW
    WHEN (current_setting('zd.names_later', true) IS DISTINCT FROM 'on') EXECUTE FUNCTION child_named()""",
    """CREATE TRIGGER child_named_anew AFTER UPDATE OF area, given_key, family_key ON child FOR EACH ROW
    WHEN ((OLD.area, OLD.given_key, OLD.family_key) IS DISTINCT FROM (NEW.area, NEW.given_key, NEW.family_key))
    EXECUTE FUNCTION child_named()""",
    "CREATE TRIGGER child_unnamed AFTER DELETE ON child FOR EACH ROW EXECUTE FUNCTION child_unnamed()",
)
# Of a table that is just filling up the planner knows nothing: it would read all of it to find that nobody was
# corrected, and with a row-level policy rather by area.
CORRECTED = """
CREATE FUNCTION any_corrected() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp SET enable_seqscan = off
AS $$ SELECT EXISTS (SELECT FROM child WHERE corrected IS NOT NULL) $$
"""
UNNAMED = """
CREATE FUNCTION child_unnamed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    DELETE FROM child_name WHERE child_id = OLD.id;
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    for statement in (TABLE, FILL, *INDEXES, *scope_policy("child_name"), OF_ORGANISATION, grant_app("child_name"),
                      NAMED, UNNAMED, *TRIGGERS, CORRECTED):  # fmt: skip
        op.execute(statement)
    op.execute("DROP INDEX child_given_name")
    op.execute("DROP INDEX child_family_name")


def downgrade() -> None:
    op.execute("CREATE INDEX child_given_name ON child (given_key, area)")
    op.execute("CREATE INDEX child_family_name ON child (family_key, area)")
    for trigger in ("child_named_first", "child_named_anew", "child_unnamed"):
        op.execute(f"DROP TRIGGER {trigger} ON child")
    for function in ("child_named", "child_unnamed", "any_corrected"):
        op.execute(f"DROP FUNCTION {function}()")
    op.execute("DROP TABLE child_name")
