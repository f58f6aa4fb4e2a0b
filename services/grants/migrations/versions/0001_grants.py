"""Awards and payment instructions. The app role may not delete either: they are the books."""

import sqlalchemy as sa
from alembic import op

from zd_kernel.data.policy import grant_app, scope_policy

revision = "grants_0001"
down_revision = None
branch_labels = ("grants",)
depends_on = ("kernel_0001",)

TABLES = ("award", "payment")


def upgrade() -> None:
    create_award()
    create_payment()
    for table in TABLES:
        for statement in scope_policy(table):
            op.execute(statement)
        op.execute(grant_app(table, "SELECT, INSERT, UPDATE"))


def create_award() -> None:
    op.create_table(
        "award",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("child_id", sa.Uuid, nullable=False),
        sa.Column("area", sa.Integer, nullable=False),
        sa.Column("placement_id", sa.Uuid),
        sa.Column("programme", sa.Text, nullable=False),
        sa.Column("amount_satang", sa.BigInteger, nullable=False),
        sa.Column("rate_source", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("approved_date", sa.Date, nullable=False),
        sa.Column("pseudonymised_date", sa.Date),
        sa.UniqueConstraint("placement_id", name="award_once"),
        sa.UniqueConstraint("id", "child_id", "area", name="award_child"),
        sa.CheckConstraint("amount_satang > 0", name="award_amount"),
        sa.CheckConstraint("status IN ('approved')", name="award_status"),
        sa.CheckConstraint("(placement_id IS NULL) = (pseudonymised_date IS NOT NULL)", name="award_pseudonym"),
    )
    op.create_index("award_of_child", "award", ["child_id", "id"])
    op.create_index("award_of_area", "award", ["area", "id"])


def create_payment() -> None:
    op.create_table(
        "payment",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("award_id", sa.Uuid, nullable=False),
        sa.Column("child_id", sa.Uuid, nullable=False),
        sa.Column("area", sa.Integer, nullable=False),
        sa.Column("instalment", sa.Integer, nullable=False),
        sa.Column("end_to_end_id", sa.Text, nullable=False),
        sa.Column("amount_satang", sa.BigInteger, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("instructed_date", sa.Date, nullable=False),
        sa.ForeignKeyConstraint(
            ["award_id", "child_id", "area"],
            ["award.id", "award.child_id", "award.area"],
            name="payment_award",
            onupdate="CASCADE",
        ),
        sa.UniqueConstraint("award_id", "instalment", name="payment_once"),
        sa.UniqueConstraint("end_to_end_id", name="payment_end_to_end"),
        sa.CheckConstraint("length(end_to_end_id) BETWEEN 1 AND 35", name="payment_end_to_end_length"),
        sa.CheckConstraint("amount_satang > 0", name="payment_amount"),
        sa.CheckConstraint("status IN ('instructed')", name="payment_status"),
    )
    op.create_index("payment_of_child", "payment", ["child_id", "id"])
    op.create_index("payment_of_area", "payment", ["area", "id"])


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
