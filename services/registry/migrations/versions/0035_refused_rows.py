"""A run says of whom only refused rows of lists speak."""

from alembic import op

revision = "registry_0035"
down_revision = "registry_0034"
branch_labels = None
depends_on = None


def _kinds(*kinds: str) -> str:
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    return f"""ALTER TABLE reconciliation_finding DROP CONSTRAINT reconciliation_finding_kind,
        ADD CONSTRAINT reconciliation_finding_kind CHECK (kind IN ({listed}))"""


def upgrade() -> None:
    op.execute(_kinds("enrolled_twice", "not_in_register", "row_refused"))


def downgrade() -> None:
    op.execute("DELETE FROM reconciliation_finding WHERE kind = 'row_refused'")
    op.execute(_kinds("enrolled_twice", "not_in_register"))
