"""Where children live, their guardians, messages to them, and the webhook events that were taken."""

import sqlalchemy as sa
from alembic import op

from zd_kernel.data.policy import grant_app, scope_policy

revision = "notify_0001"
down_revision = None
branch_labels = ("notify",)
depends_on = ("kernel_0001",)

TABLES_OF_PEOPLE = ("child", "guardian", "message")


def upgrade() -> None:
    create_child()
    create_guardian()
    create_message()
    create_webhook_event()
    for table in TABLES_OF_PEOPLE:
        for statement in scope_policy(table):
            op.execute(statement)
        op.execute(grant_app(table))


def create_child() -> None:
    op.create_table(
        "child",
        sa.Column("child_id", sa.Uuid, primary_key=True),
        sa.Column("area", sa.Integer, nullable=False),
        sa.UniqueConstraint("child_id", "area", name="child_area"),
    )


def create_guardian() -> None:
    op.create_table(
        "guardian",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("child_id", sa.Uuid, nullable=False),
        sa.Column("area", sa.Integer, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("line_user_id", sa.Text, nullable=False),
        sa.Column("line_user_index", sa.Text, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["child_id", "area"],
            ["child.child_id", "child.area"],
            name="guardian_child",
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint("child_id", "line_user_index", name="guardian_once"),
        sa.UniqueConstraint("id", "child_id", "area", name="guardian_area"),
        sa.CheckConstraint("channel IN ('line')", name="guardian_channel"),
    )
    op.create_index("guardian_of_area", "guardian", ["area", "id"])
    op.create_index("guardian_of_line_user", "guardian", ["line_user_index"])


def create_message() -> None:
    op.create_table(
        "message",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("guardian_id", sa.Uuid, nullable=False),
        sa.Column("child_id", sa.Uuid, nullable=False),
        sa.Column("area", sa.Integer, nullable=False),
        sa.Column("award_id", sa.Uuid, nullable=False),
        sa.Column("template", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("retry_key", sa.Uuid, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("first_attempt_at", sa.DateTime(timezone=True)),
        sa.Column("delivered_at", sa.DateTime(timezone=True)),
        sa.Column("error_code", sa.Text),
        sa.ForeignKeyConstraint(
            ["guardian_id", "child_id", "area"],
            ["guardian.id", "guardian.child_id", "guardian.area"],
            name="message_guardian",
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint("guardian_id", "award_id", name="message_once"),
        sa.UniqueConstraint("retry_key", name="message_retry_key"),
        sa.CheckConstraint("status IN ('queued', 'sent', 'failed')", name="message_status"),
        sa.CheckConstraint("(status = 'sent') = (delivered_at IS NOT NULL)", name="message_delivered"),
        sa.CheckConstraint("(status = 'failed') = (error_code IS NOT NULL)", name="message_failed"),
    )
    op.create_index("message_of_child", "message", ["child_id", "id"])
    op.create_index("message_of_area", "message", ["area", "id"])


def create_webhook_event() -> None:
    op.create_table(
        "webhook_event",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.execute(grant_app("webhook_event", "SELECT, INSERT, DELETE"))


def downgrade() -> None:
    op.drop_table("webhook_event")
    for table in reversed(TABLES_OF_PEOPLE):
        op.drop_table(table)
