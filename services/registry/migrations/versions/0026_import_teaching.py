"""What a roster says of courses, classes and teachers, while its import goes on."""

from alembic import op

from zd_kernel.data.policy import grant_app, secured

revision = "registry_0026"
down_revision = "registry_0025"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE import_teaching (
    import_id uuid PRIMARY KEY REFERENCES file_import (id) ON DELETE CASCADE,
    content bytea STORAGE EXTERNAL NOT NULL,
    next_piece integer NOT NULL
)
"""
POLICY = """
CREATE POLICY import_teaching_scope ON import_teaching USING (import_id IN (SELECT id FROM file_import))
"""


def upgrade() -> None:
    op.execute(TABLE)
    for statement in secured("import_teaching"):
        op.execute(statement)
    op.execute(POLICY)
    op.execute(grant_app("import_teaching"))


def downgrade() -> None:
    op.execute("DROP TABLE import_teaching")
