"""One table in scope by area or organisation, and a constraint that is checked at COMMIT."""

import sqlalchemy as sa
from alembic import op

from zd_kernel.data.policy import grant_app, scope_policy

revision = "sample_0001"
down_revision = None
branch_labels = ("sample",)
depends_on = "kernel_0001"


def upgrade() -> None:
    op.create_table(
        "item",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("area", sa.Integer, nullable=False),
        sa.Column("organisation", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_index("item_area", "item", ["area"])
    op.create_index("item_organisation", "item", ["organisation"])
    for statement in scope_policy("item", organisation="organisation"):
        op.execute(statement)
    op.execute(grant_app("item"))
    op.execute(
        "CREATE FUNCTION refuse_late() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'refused at commit: %', NEW.name; END $$"
    )
    op.execute(
        "CREATE CONSTRAINT TRIGGER item_refused AFTER INSERT ON item DEFERRABLE INITIALLY DEFERRED"
        " FOR EACH ROW WHEN (NEW.name LIKE 'refused at commit%') EXECUTE FUNCTION refuse_late()"
    )


def downgrade() -> None:
    op.drop_table("item")
    op.execute("DROP FUNCTION refuse_late()")
