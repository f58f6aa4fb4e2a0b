"""The audit can be asked about one person."""

from alembic import op

from zd_kernel.audit import MOST_TAKEN_APART
from zd_kernel.data.policy import grant_app, secured
from zd_kernel.data.tables import audit_subject

revision = "kernel_0002"
down_revision = "kernel_0001"
branch_labels = None
depends_on = None

FILL = f"""
INSERT INTO audit_subject (subject, at, entry_id)
SELECT DISTINCT s.subject, e.at, e.id FROM audit_entry e CROSS JOIN unnest(e.subjects) AS s(subject)
WHERE cardinality(e.subjects) <= {MOST_TAKEN_APART}
"""


def upgrade() -> None:
    """Everyone may add rows; who may read those of whom, a service says with a policy of its own."""
    # The first revision makes an empty database from the tables of today.
    audit_subject.create(op.get_bind(), checkfirst=True)
    op.execute(FILL)
    # Operators of arrays are not leakproof, so under row-level security nobody could use it.
    op.execute("DROP INDEX IF EXISTS audit_entry_subjects")
    for statement in secured("audit_subject"):
        op.execute(statement)
    op.execute("CREATE POLICY audit_subject_added ON audit_subject FOR INSERT WITH CHECK (true)")
    op.execute(grant_app("audit_subject", "SELECT, INSERT"))


def downgrade() -> None:
    op.execute("CREATE INDEX audit_entry_subjects ON audit_entry USING gin (subjects)")
    op.execute("DROP TABLE audit_subject")
