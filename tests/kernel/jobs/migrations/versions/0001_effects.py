"""A ledger in which every call of a step leaves a row, so that doing one twice would show."""

import sqlalchemy as sa
from alembic import op

from zd_kernel.data.policy import grant_app

revision = "effects_0001"
down_revision = None
branch_labels = ("effects",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "effect",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("job", sa.Uuid, nullable=False),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("worker", sa.Integer, nullable=False),
        sa.Column("trace_id", sa.Text, nullable=False),
        sa.CheckConstraint("step <> ''", name="effect_step"),
    )
    op.execute(grant_app("effect"))


def downgrade() -> None:
    op.drop_table("effect")
