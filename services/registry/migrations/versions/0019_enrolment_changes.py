"""When an enrolment was last changed, so that whoever keeps a copy can ask for what changed since."""

from alembic import op

revision = "registry_0019"
down_revision = "registry_0018"
branch_labels = None
depends_on = None

# Lists change enrolments in many places and in bulk: the table itself notes it, for what a list says alone. Who puts a
# row back as it was says so too.
TRIGGER = """
CREATE FUNCTION note_enrolment_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.changed_at := now();
    RETURN NEW;
END $$
"""
ON_CHANGE = """
CREATE TRIGGER enrolment_changed BEFORE UPDATE OF grade, ended_date ON enrolment FOR EACH ROW
WHEN ((OLD.grade, OLD.ended_date) IS DISTINCT FROM (NEW.grade, NEW.ended_date)
    AND OLD.changed_at IS NOT DISTINCT FROM NEW.changed_at)
EXECUTE FUNCTION note_enrolment_change()
"""


def upgrade() -> None:
    op.execute("ALTER TABLE enrolment ADD COLUMN changed_at timestamptz")
    op.execute(TRIGGER)
    op.execute(ON_CHANGE)


def downgrade() -> None:
    op.execute("DROP TRIGGER enrolment_changed ON enrolment")
    op.execute("DROP FUNCTION note_enrolment_change()")
    op.execute("ALTER TABLE enrolment DROP COLUMN changed_at")
