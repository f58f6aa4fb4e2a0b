"""Giving staged events their place is one call, which can hand them to the sender."""

from alembic import op

from zd_kernel.data.policy import grant_app

revision = "kernel_0003"
down_revision = "kernel_0002"
branch_labels = None
depends_on = None

# The row lock makes relays take turns. The next statement takes its snapshot after the lock is held, so the head read
# there is the newest. Of one key, an earlier event is visible whenever a later one is (see events/outbox.py), so the
# order of ids among what is visible keeps the order of every key.
PLACE = """
CREATE FUNCTION outbox_place(most int) RETURNS SETOF outbox LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM outbox_head FOR UPDATE;
    RETURN QUERY
    WITH moved AS (
        DELETE FROM outbox_staged WHERE id IN (SELECT id FROM outbox_staged ORDER BY id LIMIT most) RETURNING *
    ), head AS (
        UPDATE outbox_head SET position = position + (SELECT count(*) FROM moved) RETURNING old.epoch, old.position
    )
    INSERT INTO outbox (position, epoch, event_id, type, subject, key, area, time, data, traceparent)
    SELECT head.position + row_number() OVER (ORDER BY id), head.epoch,
           event_id, type, subject, key, area, time, data, traceparent
    FROM moved, head
    RETURNING *;
END $$
"""


def upgrade() -> None:
    op.execute(PLACE)
    op.execute("REVOKE ALL ON FUNCTION outbox_place(int) FROM PUBLIC")
    op.execute(grant_app("FUNCTION outbox_place(int)", "EXECUTE"))


def downgrade() -> None:
    op.execute("DROP FUNCTION outbox_place(int)")
