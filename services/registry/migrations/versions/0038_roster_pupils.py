"""Under which id a feed's rosters tell of a pupil: a package of changes may name them by it alone."""

from alembic import op

from zd_kernel.data.policy import grant_app, scope_policy

revision = "registry_0038"
down_revision = "registry_0037"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE roster_pupil (
    id uuid PRIMARY KEY,
    feed_id uuid NOT NULL REFERENCES feed (id) ON DELETE CASCADE,
    source_index text NOT NULL,
    source_encrypted text NOT NULL,
    child_id uuid NOT NULL REFERENCES child (id) ON DELETE CASCADE,
    area integer NOT NULL,
    import_id uuid NOT NULL,
    CONSTRAINT roster_pupil_once UNIQUE (feed_id, source_index)
)
"""
INDEXES = (
    "CREATE INDEX roster_pupil_of_child ON roster_pupil (child_id)",
    "CREATE INDEX roster_pupil_of_import ON roster_pupil (import_id)",
    "CREATE INDEX school_class_source ON school_class (source_id) WHERE source_id IS NOT NULL",
)


def upgrade() -> None:
    for statement in (TABLE, *INDEXES, *scope_policy("roster_pupil"), grant_app("roster_pupil")):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP INDEX school_class_source")
    op.execute("DROP TABLE roster_pupil")
