"""Reference rows, and what refers to them."""

from alembic import op

revision = "restored_0001"
down_revision = None
branch_labels = ("restored",)
depends_on = "kernel_0001"


def upgrade() -> None:
    op.execute("CREATE TABLE place (id int PRIMARY KEY, name text NOT NULL)")
    op.execute("CREATE TABLE person (id int PRIMARY KEY, place_id int NOT NULL REFERENCES place, name text NOT NULL)")
    op.execute(
        "CREATE TABLE visit (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
        " person_id int NOT NULL REFERENCES person)"
    )
    op.execute("INSERT INTO place VALUES (2, 'Ngao'), (1, 'Ko Kha'), (3, 'Mueang')")
    op.execute("CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'")


def downgrade() -> None:
    op.execute("DROP TABLE visit, person, place")
    op.execute("DROP FUNCTION one()")
