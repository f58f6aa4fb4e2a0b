"""Children whose records the registry merges: guardians that were moved, and from whom."""

from alembic import op

revision = "notify_0002"
down_revision = "notify_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE child ADD COLUMN merged_into uuid")
    op.execute("CREATE INDEX child_merged_into ON child (merged_into) WHERE merged_into IS NOT NULL")
    op.execute("ALTER TABLE guardian ADD COLUMN moved_from uuid[]")
    op.execute("CREATE INDEX guardian_moved ON guardian USING gin (moved_from)")


def downgrade() -> None:
    op.execute("DROP INDEX guardian_moved, child_merged_into")
    op.execute("ALTER TABLE guardian DROP COLUMN moved_from")
    op.execute("ALTER TABLE child DROP COLUMN merged_into")
