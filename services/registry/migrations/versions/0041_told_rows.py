"""Rows that were said before are left aside while a file is cut; digests are kept under all else that decides."""

from alembic import op

from zd_kernel.data.policy import grant_app, secured

revision = "registry_0041"
down_revision = "registry_0040"
branch_labels = None
depends_on = None

TOLD = """
CREATE TABLE import_told (
    import_id uuid NOT NULL REFERENCES file_import ON DELETE CASCADE,
    ordinal integer NOT NULL,
    said bytea STORAGE EXTERNAL NOT NULL,
    PRIMARY KEY (import_id, ordinal)
)
"""


def upgrade() -> None:
    # Digests of cells, where lines have theirs now: what they stand for is read once more.
    op.execute("DELETE FROM import_known")
    op.execute('ALTER TABLE import_known ADD COLUMN under text COLLATE "C" NOT NULL')
    # Ids do not shrink.
    op.execute("ALTER TABLE import_roster ALTER COLUMN named SET STORAGE EXTERNAL")
    op.execute(TOLD)
    for statement in secured("import_told"):
        op.execute(statement)
    op.execute("CREATE POLICY import_told_scope ON import_told USING (import_id IN (SELECT id FROM file_import))")
    op.execute(grant_app("import_told"))


def downgrade() -> None:
    op.execute("ALTER TABLE import_roster ALTER COLUMN named SET STORAGE EXTENDED")
    op.execute("DROP TABLE import_told")
    op.execute("DELETE FROM import_known")
    op.execute("ALTER TABLE import_known DROP COLUMN under")
