"""Children whose records the registry merges: what was moved, from whom, and what might be paid twice."""

from alembic import op

from zd_kernel.data.policy import grant_app, scope_policy

revision = "grants_0002"
down_revision = "grants_0001"
branch_labels = None
depends_on = None

MERGED = """
CREATE TABLE merged_child (
    child_id uuid PRIMARY KEY,
    survivor_id uuid NOT NULL,
    area integer NOT NULL
)
"""


def upgrade() -> None:
    op.execute("ALTER TABLE award ADD COLUMN moved_from uuid[], ADD COLUMN duplicate_of uuid")
    op.execute("CREATE INDEX award_moved ON award USING gin (moved_from)")
    payment_statuses("'instructed', 'held'")
    op.execute(MERGED)
    for statement in scope_policy("merged_child"):
        op.execute(statement)
    op.execute(grant_app("merged_child"))


def payment_statuses(allowed: str) -> None:
    op.execute("ALTER TABLE payment DROP CONSTRAINT payment_status")
    op.execute(f"ALTER TABLE payment ADD CONSTRAINT payment_status CHECK (status IN ({allowed}))")


def downgrade() -> None:
    op.execute("DROP TABLE merged_child")
    payment_statuses("'instructed'")
    op.execute("DROP INDEX award_moved")
    op.execute("ALTER TABLE award DROP COLUMN moved_from, DROP COLUMN duplicate_of")
