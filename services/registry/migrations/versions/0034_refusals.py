"""A family that says no is kept as said; a school records what the families of its pupils say."""

from alembic import op

from zd_kernel.data.policy import within

revision = "registry_0034"
down_revision = "registry_0033"
branch_labels = None
depends_on = None

_OF_PUPIL = f"""EXISTS (SELECT FROM enrolment e WHERE e.child_id = consent.child_id AND e.ended_date IS NULL
    AND {within("e.organisation_position", "org")})"""


def upgrade() -> None:
    op.execute("""
        ALTER TABLE consent ADD COLUMN refused boolean NOT NULL DEFAULT false,
            ADD CONSTRAINT consent_refused CHECK (NOT refused OR basis = 'consent')
    """)
    op.execute(f"CREATE POLICY consent_by_school ON consent FOR INSERT WITH CHECK ({_OF_PUPIL})")
    op.execute(f"CREATE POLICY consent_withdrawn_at_school ON consent FOR UPDATE USING ({_OF_PUPIL})")


def downgrade() -> None:
    op.execute("DROP POLICY consent_withdrawn_at_school ON consent")
    op.execute("DROP POLICY consent_by_school ON consent")
    op.execute("DELETE FROM consent WHERE refused")
    op.execute("ALTER TABLE consent DROP COLUMN refused")
