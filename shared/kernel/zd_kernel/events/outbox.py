"""Writing side of the log: facts are staged in the writer's own transaction, just before its COMMIT.

Order: two transactions that speak about the same key take that key's lock before their rows get ids, so for one key
the order of ids is the order of commits. Everything else may commit in any order; the relay gives positions later.
"""

from collections.abc import Iterable
from hashlib import blake2b

from zd_contracts.envelope import EventData
from zd_kernel.data.session import WriteSession
from zd_kernel.ids import uuid7
from zd_kernel.observe.trace import current_traceparent
from zd_kernel.scope import area_code

# Advisory locks of the kernel use the two-integer form, keys the one-integer form: they can never collide.
LOCK_CLASS = 0x7A64
BULK_LOCK = 1
PARKED_LOCK = 2
SENDER_LOCK = 3
OUTBOX_CHANNEL = "zd_outbox"
# Every key lock takes a slot of shared memory; past this many keys one exclusive lock is the cheaper way to be ordered.
MOST_KEY_LOCKS = 200

_ID_BEGINS = 24  # all but the last twelve digits

_LOCK_BULK = f"SELECT pg_advisory_xact_lock({LOCK_CLASS}, {BULK_LOCK})"
# One round trip. No row is made before the locks are held: the rows are joined to what counts them. They are taken in
# the order of the array, first (its null) everybody's share of the bulk lock, then the keys as sorted.
_STAGE = f"""
WITH held AS MATERIALIZED (
    SELECT count(CASE WHEN k IS NULL THEN pg_advisory_xact_lock_shared({LOCK_CLASS}, {BULK_LOCK})
                      ELSE pg_advisory_xact_lock(k) END) FROM unnest($9::bigint[]) AS k
), staged AS (
    INSERT INTO outbox_staged (event_id, type, subject, key, area, time, data, traceparent)
    SELECT e.event_id, e.type, e.subject, e.key, e.area, $8, e.data, e.traceparent
    FROM held, unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::int[], $6::text[], $7::text[])
               WITH ORDINALITY AS e(event_id, type, subject, key, area, data, traceparent, n)
    ORDER BY e.n
)
SELECT CASE WHEN $10 THEN pg_notify('{OUTBOX_CHANNEL}', '') END
"""  # noqa: S608  (constants of its own)
# Ids of one moment that differ in their number alone: drawing each anew costs a fifth of the row.
_STAGE_BULK = """
INSERT INTO outbox_staged (event_id, type, subject, key, area, time, data, traceparent)
SELECT ({ids} || lpad(to_hex(row_number() OVER ()), 12, '0'))::uuid, '{type}', fact.{subject}::text,
       fact.{key}::text, coalesce(rpad(fact.{area}::text, 8, '0')::int, 0), ${time}, row_to_json(fact)::text,
       ${traceparent}
FROM ({select}) AS fact
"""


def emit(session: WriteSession, data: EventData) -> None:
    """Say a fact when (and only if) the transaction commits; facts of one transaction keep the order of the calls."""
    session.pending_events.append((data, current_traceparent()))


async def flush_events(session: WriteSession) -> None:
    """The `before_commit` hook that stages what was emitted. Nothing may wait for a row lock after it."""
    if not session.pending_events:
        return
    pending: list[tuple[EventData, str | None]] = list(session.pending_events)
    session.pending_events.clear()
    events = [data for data, _ in pending]
    keys = [event.key for event in events]
    connection = await session.driver()
    locks: list[int | None] = [None, *key_locks(keys)]
    if len(locks) > MOST_KEY_LOCKS:
        await connection.execute(_LOCK_BULK)
        locks = []
    await connection.execute(
        _STAGE,
        [uuid7() for _ in events],
        [event.event_type for event in events],
        [event.subject for event in events],
        keys,
        [area_code(event.area) for event in events],
        [event.encode().decode() for event in events],
        [traceparent for _, traceparent in pending],
        session.clock.now(),
        locks,
        session.notify,
    )


def key_locks(keys: Iterable[str]) -> list[int]:
    """Advisory lock numbers of the keys, each once and sorted, so that writers never wait for each other in a ring."""
    return sorted({_lock_number(key) for key in keys})


def _lock_number(key: str) -> int:
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "big", signed=True)


async def emit_bulk(session: WriteSession, model: type[EventData], select: str, *args: object) -> int:
    """Say one fact per row of `select`, whose columns are the fields of the model, in its order. Returns how many.

    Holds every other emitter back until this transaction ends, so: the last thing in a step of under a second. (The
    step's own writes come first, because whoever holds a row lock that it waits for may be waiting to emit.)
    """
    await session.flush()
    connection = await session.driver()
    await connection.execute(_LOCK_BULK)
    statement = _STAGE_BULK.format(
        type=model.event_type, subject=model.subject_field, key=model.key_field, area=model.area_field,
        time=f"{len(args) + 1}::timestamptz", traceparent=f"{len(args) + 2}::text", ids=f"${len(args) + 3}::text",
        select=select,
    )  # fmt: skip
    ids = str(uuid7())[:_ID_BEGINS]
    done = await connection.execute(statement, *args, session.clock.now(), current_traceparent(), ids)
    return int(done.rpartition(" ")[2])
