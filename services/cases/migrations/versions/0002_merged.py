"""Children whose records the registry merges: what was moved, and from whom."""

from alembic import op

revision = "cases_0002"
down_revision = "cases_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE child ADD COLUMN merged_into uuid")
    op.execute("CREATE INDEX child_merged_into ON child (merged_into) WHERE merged_into IS NOT NULL")
    op.execute("ALTER TABLE child_case ADD COLUMN moved_from uuid[], ADD COLUMN duplicate_of uuid")
    op.execute("ALTER TABLE child_case DROP CONSTRAINT child_case_once")
    op.execute("CREATE UNIQUE INDEX child_case_once ON child_case (child_id, run_id) WHERE moved_from IS NULL")
    op.execute("CREATE INDEX child_case_moved ON child_case USING gin (moved_from)")
    op.execute(
        "ALTER TABLE child_case ADD CONSTRAINT child_case_duplicate CHECK (duplicate_of IS NULL OR status = 'closed')"
    )


def downgrade() -> None:
    op.execute("ALTER TABLE child_case DROP CONSTRAINT child_case_duplicate")
    op.execute("DROP INDEX child_case_moved, child_case_once")
    op.execute("ALTER TABLE child_case DROP COLUMN moved_from, DROP COLUMN duplicate_of")
    op.execute("ALTER TABLE child_case ADD CONSTRAINT child_case_once UNIQUE (child_id, run_id)")
    op.execute("DROP INDEX child_merged_into")
    op.execute("ALTER TABLE child DROP COLUMN merged_into")
