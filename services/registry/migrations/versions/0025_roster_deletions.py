"""Whom and what a copy of the rosters has to drop, after the rows themselves are gone."""

from alembic import op

from zd_kernel.data.policy import grant_app, scope_policy

revision = "registry_0025"
down_revision = "registry_0024"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE roster_deletion (
    entity_id uuid NOT NULL,
    kind text NOT NULL CONSTRAINT roster_deletion_kind CHECK (kind IN ('user', 'enrollment')),
    area integer NOT NULL,
    organisation_position integer NOT NULL,
    deleted_at timestamptz NOT NULL,
    PRIMARY KEY (entity_id, organisation_position)
);
CREATE INDEX roster_deletion_area ON roster_deletion (area, deleted_at);
CREATE INDEX roster_deletion_organisation ON roster_deletion (organisation_position, deleted_at)
"""
NOTE = """
CREATE FUNCTION note_roster_deletion() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO roster_deletion (entity_id, kind, area, organisation_position, deleted_at)
    SELECT DISTINCT ON (entity_id, organisation_position) entity_id, TG_ARGV[0], area, organisation_position, now()
    FROM {gone} ON CONFLICT (entity_id, organisation_position) DO UPDATE SET deleted_at = excluded.deleted_at;
    RETURN NULL;
END $$
"""
# Whoever deletes, and for whatever reason: erasure, merging, a file that is withdrawn. A merge first takes the lists of
# the record that goes over to the other one.
STATEMENTS = (
    NOTE.replace("note_roster_deletion", "note_pupils_gone").format(
        gone="(SELECT child_id AS entity_id, area, organisation_position FROM gone) g"
    ),
    NOTE.replace("note_roster_deletion", "note_members_gone").format(
        gone="(SELECT id AS entity_id, area, organisation_position FROM gone) g"
    ),
    NOTE.replace("note_roster_deletion", "note_pupil_renamed").format(
        gone="(SELECT OLD.child_id AS entity_id, OLD.area, OLD.organisation_position) g"
    ),
    """CREATE TRIGGER pupils_gone AFTER DELETE ON enrolment REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION note_pupils_gone('user')""",
    """CREATE TRIGGER pupil_renamed AFTER UPDATE OF child_id ON enrolment FOR EACH ROW
    WHEN (OLD.child_id <> NEW.child_id) EXECUTE FUNCTION note_pupil_renamed('user')""",
    """CREATE TRIGGER members_gone AFTER DELETE ON class_member REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION note_members_gone('enrollment')""",
    """CREATE FUNCTION note_member_renamed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.updated_at := greatest(now(), NEW.updated_at);
        RETURN NEW;
    END $$""",
    """CREATE TRIGGER member_renamed BEFORE UPDATE OF child_id ON class_member FOR EACH ROW
    WHEN (OLD.child_id <> NEW.child_id) EXECUTE FUNCTION note_member_renamed()""",
)


def upgrade() -> None:
    for statement in TABLE.split(";\n"):
        op.execute(statement)
    for statement in scope_policy("roster_deletion", organisation="organisation_position"):
        op.execute(statement)
    op.execute(grant_app("roster_deletion", "SELECT"))
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    for trigger, table in (
        ("pupils_gone", "enrolment"), ("pupil_renamed", "enrolment"), ("members_gone", "class_member"),
        ("member_renamed", "class_member"),
    ):  # fmt: skip
        op.execute(f"DROP TRIGGER {trigger} ON {table}")
        op.execute(f"DROP FUNCTION note_{trigger}()")
    op.execute("DROP TABLE roster_deletion")
