"""Under which id a roster told of a course, a class or a teacher: what comes later names them by it."""

from alembic import op

revision = "registry_0032"
down_revision = "registry_0031"
branch_labels = None
depends_on = None

TABLES = ("course", "school_class", "teacher")


def upgrade() -> None:
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ADD COLUMN source_id text")


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} DROP COLUMN source_id")
