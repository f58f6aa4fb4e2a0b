"""What the probe keeps of what it hears: one row for each effect, in the order of the effects."""

from alembic import op

from zd_kernel.data.policy import grant_app

revision = "probe_0001"
down_revision = None
branch_labels = ("probe",)
depends_on = ("kernel_0001",)


def upgrade() -> None:
    op.execute(
        "CREATE TABLE effect (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, key text NOT NULL,"
        " number int NOT NULL CONSTRAINT effect_is_not_poison CHECK (number >= 0), how text NOT NULL, trace text)"
    )
    op.execute("CREATE TABLE child (key text PRIMARY KEY, last int NOT NULL, heard int NOT NULL)")
    op.execute("CREATE TABLE said (key text PRIMARY KEY, number int NOT NULL)")
    op.execute(grant_app("said"))
    op.execute(grant_app("effect"))
    op.execute(grant_app("child"))


def downgrade() -> None:
    op.execute("DROP TABLE effect, child, said")
