"""Up to which day a streak was told, so that the same days are never told twice, whatever is corrected between."""

from alembic import op

revision = "registry_0030"
down_revision = "registry_0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE attendance_term ADD COLUMN told_until date")
    op.execute(
        "UPDATE attendance_term SET told_until = first_day + octet_length(rtrim(marks, '.')) - 1 WHERE streak_told > 0"
    )


def downgrade() -> None:
    op.execute("ALTER TABLE attendance_term DROP COLUMN told_until")
