"""The kernel's tables: outbox, consumer, audit, idempotency, jobs."""

from alembic import op

from zd_kernel.data.policy import grant_app, secured, within
from zd_kernel.data.tables import kernel_metadata
from zd_kernel.jobs.queue import QUEUE, TABLES, install_statement

revision = "kernel_0001"
down_revision = None
branch_labels = ("kernel",)
depends_on = None

PARTITION_ROWS = 10_000_000

# The app role owns nothing, so partitions are made ahead by a function that runs as the owner.
ADD_PARTITION = f"""
CREATE FUNCTION outbox_add_partition(number int) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF number < 0 OR to_regclass('outbox_p' || number) IS NOT NULL THEN RETURN; END IF;
    EXECUTE format('CREATE TABLE outbox_p%s PARTITION OF outbox FOR VALUES FROM (%s) TO (%s)',
        number, number::bigint * {PARTITION_ROWS}, (number::bigint + 1) * {PARTITION_ROWS});
END $$
"""

WRITABLE = (
    "outbox_staged",
    "consumer_position",
    "consumer_timeline",
    "parked_event",
    "forgotten_key",
    "idempotency_record",
    "job",
)


def upgrade() -> None:
    kernel_metadata.create_all(op.get_bind())
    op.execute(ADD_PARTITION)
    op.execute("REVOKE ALL ON FUNCTION outbox_add_partition(int) FROM PUBLIC")
    op.execute(
        "DO $$ BEGIN EXECUTE format('GRANT EXECUTE ON FUNCTION outbox_add_partition(int) TO %I',"
        " current_database() || '_app'); END $$"
    )
    op.execute("SELECT outbox_add_partition(0), outbox_add_partition(1)")
    op.execute("INSERT INTO outbox_head (singleton, epoch, position) VALUES (1, 1, 0)")
    op.execute("INSERT INTO outbox_cursor (singleton, position) VALUES (1, 0)")
    for statement in secured("outbox"):
        op.execute(statement)
    op.execute(f"CREATE POLICY outbox_scope ON outbox USING {within('area', 'area')}")
    for table in WRITABLE:
        op.execute(grant_app(table))
    op.execute(grant_app("outbox", "SELECT, INSERT"))
    op.execute(grant_app("outbox_head", "SELECT, UPDATE"))
    op.execute(grant_app("outbox_cursor", "SELECT, UPDATE"))
    op.execute(grant_app("audit_entry", "SELECT, INSERT"))
    _install_pgqueuer()


def _install_pgqueuer() -> None:
    # Several statements, which only the driver itself takes at once; it is in the migration's transaction.
    op.get_bind().connection.dbapi_connection.run_async(lambda driver: driver.execute(install_statement()))
    for table in TABLES:
        op.execute(grant_app(table))
        if table != QUEUE.queue_table_log:
            op.execute(grant_app(f"SEQUENCE {table}_id_seq", "USAGE"))


def downgrade() -> None:
    op.execute("DROP FUNCTION outbox_add_partition(int)")
    kernel_metadata.drop_all(op.get_bind())
