"""Children heard of, cases, visits, placements."""

import sqlalchemy as sa
from alembic import op

from zd_kernel.data.policy import grant_app, scope_policy

revision = "cases_0001"
down_revision = None
branch_labels = ("cases",)
depends_on = ("kernel_0001",)

TABLES = ("child", "child_case", "visit", "placement")


def upgrade() -> None:
    create_child()
    create_case()
    create_visit()
    create_placement()
    for table in TABLES:
        for statement in scope_policy(table):
            op.execute(statement)
        op.execute(grant_app(table))


def create_child() -> None:
    op.create_table(
        "child",
        sa.Column("child_id", sa.Uuid, primary_key=True),
        sa.Column("area", sa.Integer, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("child_id", "area", name="child_area"),
        sa.CheckConstraint("status IN ('registered', 'missing', 'returned')", name="child_status"),
    )


def create_case() -> None:
    op.create_table(
        "child_case",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("child_id", sa.Uuid, nullable=False),
        sa.Column("area", sa.Integer, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("run_id", sa.Uuid, nullable=False),
        sa.Column("opened_date", sa.Date, nullable=False),
        sa.Column("closed_date", sa.Date),
        sa.Column("reason", sa.Text),
        sa.Column("returned_date", sa.Date),
        sa.Column("returned_to", sa.Text),
        sa.Column("evidence", sa.Text),
        sa.Column("version", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(
            ["child_id", "area"],
            ["child.child_id", "child.area"],
            name="child_case_child",
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint("id", "child_id", "area", name="child_case_area"),
        sa.UniqueConstraint("child_id", "run_id", name="child_case_once"),
        sa.CheckConstraint("status IN ('open', 'returned', 'closed')", name="child_case_status"),
        sa.CheckConstraint("(status = 'closed') = (closed_date IS NOT NULL)", name="child_case_closed"),
        sa.CheckConstraint("num_nulls(closed_date, reason) IN (0, 2)", name="child_case_reason"),
        sa.CheckConstraint("num_nulls(returned_date, returned_to, evidence) IN (0, 3)", name="child_case_returned"),
    )
    op.create_index(
        "child_case_one_open", "child_case", ["child_id"], unique=True, postgresql_where=sa.text("status = 'open'")
    )
    op.create_index("child_case_of_child", "child_case", ["child_id", "id"])
    op.create_index("child_case_of_area", "child_case", ["area", "id"])


def create_visit() -> None:
    op.create_table(
        "visit",
        *work_on_a_case("visit"),
        sa.Column("visited_date", sa.Date, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.CheckConstraint("outcome IN ('met', 'not_home', 'moved', 'refused')", name="visit_outcome"),
    )
    op.create_index("visit_of_case", "visit", ["case_id", "id"])


def create_placement() -> None:
    op.create_table(
        "placement",
        *work_on_a_case("placement"),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("started_date", sa.Date, nullable=False),
        sa.UniqueConstraint("case_id", "kind", "started_date", name="placement_once"),
        sa.CheckConstraint(
            "kind IN ('school', 'flexible_learning', 'training', 'work_with_learning', 'other_care')",
            name="placement_kind",
        ),
    )
    op.create_index("placement_of_case", "placement", ["case_id", "id"])


def work_on_a_case(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("case_id", sa.Uuid, nullable=False),
        sa.Column("child_id", sa.Uuid, nullable=False),
        sa.Column("area", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id", "child_id", "area"],
            ["child_case.id", "child_case.child_id", "child_case.area"],
            name=f"{table}_case",
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
