"""Whoever writes a fact about a child may mark the child, who may live elsewhere; marks are read by jobs alone."""

from alembic import op

revision = "registry_0022"
down_revision = "registry_0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE POLICY risk_mark_by_anybody ON risk_mark FOR INSERT WITH CHECK (true)")


def downgrade() -> None:
    op.execute("DROP POLICY risk_mark_by_anybody ON risk_mark")
