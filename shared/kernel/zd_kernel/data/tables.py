"""The kernel's own tables, the same in every service's database. Made by the migrations of the branch `kernel`.

Definitions here serve the drift check and the few queries that go through SQLAlchemy; the row is written by SQL near
its mechanism. `pgqueuer` keeps tables of its own.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

kernel_metadata = MetaData()
_NOW = text("clock_timestamp()")


# Options are Column's own, whose types are too many to repeat here.
def _instant(name: str, **options: object) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=False, **options)  # type: ignore[arg-type]


def _singleton(name: str) -> Column[object]:
    check = CheckConstraint("singleton = 1", name=name)
    return Column("singleton", SmallInteger, check, primary_key=True, autoincrement=False)


def _event_columns() -> tuple[Column[object], ...]:
    return (
        Column("event_id", Uuid, nullable=False),
        Column("type", Text, nullable=False),
        Column("subject", Text, nullable=False),
        Column("key", Text, nullable=False),
        Column("area", Integer, nullable=False),
        _instant("time"),
        Column("data", Text, nullable=False),
        Column("traceparent", Text),
    )


outbox_staged = Table(
    "outbox_staged",
    kernel_metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    *_event_columns(),
)

outbox = Table(
    "outbox",
    kernel_metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("epoch", Integer, nullable=False),
    *_event_columns(),
    postgresql_partition_by="RANGE (position)",
)

outbox_head = Table(
    "outbox_head",
    kernel_metadata,
    _singleton("outbox_head_singleton"),
    Column("epoch", Integer, nullable=False),
    Column("position", BigInteger, nullable=False),
)

outbox_cursor = Table(
    "outbox_cursor",
    kernel_metadata,
    _singleton("outbox_cursor_singleton"),
    Column("position", BigInteger, nullable=False),
)

consumer_position = Table(
    "consumer_position",
    kernel_metadata,
    Column("topic", Text, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("next_offset", BigInteger, nullable=False),
    Column("last_sequence", Text, nullable=False, server_default=text("''")),
    _instant("updated_at", server_default=_NOW),
)

consumer_timeline = Table(
    "consumer_timeline",
    kernel_metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("source", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("old_epoch", Integer, nullable=False),
    Column("new_epoch", Integer, nullable=False),
    Column("from_position", BigInteger, nullable=False),
    Column("to_position", BigInteger, nullable=False),
    _instant("noticed_at", server_default=_NOW),
)

parked_event = Table(
    "parked_event",
    kernel_metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("topic", Text, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("record_offset", BigInteger, nullable=False),
    Column("source", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("sequence", Text, nullable=False),
    Column("headers", Text, nullable=False),
    Column("value", LargeBinary),
    Column("error", Text, nullable=False),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("state", Text, nullable=False),
    _instant("parked_at", server_default=_NOW),
    _instant("changed_at", server_default=_NOW),
    CheckConstraint("state IN ('parked', 'waiting', 'rejected', 'done', 'skipped')", name="parked_event_state"),
    Index("parked_event_record", "topic", "partition", "record_offset", unique=True),
    Index("parked_event_open", "topic", "key", "id", postgresql_where=text("state IN ('parked', 'waiting')")),
)

forgotten_key = Table(
    "forgotten_key",
    kernel_metadata,
    Column("key", Text, primary_key=True),
    _instant("forgotten_at", server_default=_NOW),
)

audit_entry = Table(
    "audit_entry",
    kernel_metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    _instant("at"),
    Column("actor", Text, nullable=False),
    Column("on_behalf_of", Text),
    Column("agency", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subjects", ARRAY(Uuid), nullable=False),
    Column("trace_id", Text, nullable=False),
    Column("outcome", Text, nullable=False),
)

# Whose record an entry is about, for the question who saw one person. Entries of bulk work are not taken apart.
audit_subject = Table(
    "audit_subject",
    kernel_metadata,
    Column("subject", Uuid, primary_key=True),
    Column("at", DateTime(timezone=True), primary_key=True),
    Column("entry_id", BigInteger, primary_key=True, autoincrement=False),
)

idempotency_record = Table(
    "idempotency_record",
    kernel_metadata,
    Column("caller", Text, primary_key=True),
    Column("operation", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("status", SmallInteger, nullable=False),
    Column("answer", Text, nullable=False),
    _instant("expires_at"),
    Index("idempotency_record_expiry", "expires_at"),
)

job = Table(
    "job",
    kernel_metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("args", JSONB, nullable=False),
    Column("state", Text, nullable=False, server_default=text("'queued'")),
    Column("step", Text, nullable=False, server_default=text("''")),
    Column("version", Integer, nullable=False, server_default=text("0")),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("progress_done", BigInteger, nullable=False, server_default=text("0")),
    Column("progress_total", BigInteger),
    Column("error_code", Text),
    Column("area", Integer, nullable=False, server_default=text("0")),
    Column("created_by", Text, nullable=False),
    _instant("created_at"),
    _instant("updated_at"),
    CheckConstraint("state IN ('queued', 'running', 'done', 'failed')", name="job_state"),
    Index("job_recent", "created_at", "id"),
)
