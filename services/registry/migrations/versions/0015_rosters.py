"""Exports of rosters as OneRoster packages."""

from alembic import op

revision = "registry_0015"
down_revision = "registry_0014"
branch_labels = None
depends_on = None

WHAT = "'children', 'missing', 'enrolments', 'indicators', 'link_reviews'"
FORMAT = "'csv', 'parquet', 'xlsx'"


def _check(what: str, file_format: str) -> None:
    for name, values in (("what", what), ("format", file_format)):
        op.execute(f"ALTER TABLE export DROP CONSTRAINT export_{name}")
        op.execute(f"ALTER TABLE export ADD CONSTRAINT export_{name} CHECK ({name} IN ({values}))")


def upgrade() -> None:
    _check(f"{WHAT}, 'rosters'", f"{FORMAT}, 'oneroster_1.1', 'oneroster_1.2'")


def downgrade() -> None:
    op.execute("DELETE FROM export WHERE what = 'rosters'")
    _check(WHAT, FORMAT)
