"""`python -m zd_<service> events …`: what an operator can do about events; every function returns the text to print."""

from zd_kernel.audit import write_audit
from zd_kernel.data.database import Database
from zd_kernel.events.handlers import HandlerTable
from zd_kernel.events.outbox import flush_events
from zd_kernel.events.parked import ParkedEvent, Replay, list_parked, retry, skip
from zd_kernel.events.positioner import raise_epoch
from zd_kernel.problems import LoudStop
from zd_kernel.service import ServiceSpec
from zd_kernel.settings import ServiceSettings


async def run_events(spec: ServiceSpec, settings: ServiceSettings, action: str, which: str = "") -> str:
    """`action` is parked, retry (`which`: id or key), skip (`which`: id), timelines or raise-epoch.

    Raises LoudStop if nothing matches or an event failed again.
    """
    database = Database(settings, before_commit=(flush_events, write_audit(settings.agency)))
    await database.open()
    try:
        if action == "parked":
            return "\n".join(map(_line, await list_parked(database))) or "No event is parked."
        if action == "timelines":
            return await _timelines(database)
        if action == "raise-epoch":
            return f"The epoch is now {await raise_epoch(database)}."
        return _told(await _mend(database, spec.handlers(settings), action, which))
    finally:
        await database.close()


async def _mend(database: Database, handlers: HandlerTable, action: str, which: str) -> Replay:
    replay = None
    if action == "retry":
        replay = await retry(database, handlers, which)
    elif which.isdecimal():
        replay = await skip(database, handlers, int(which))
    if replay is None:
        raise LoudStop("No such event is parked: `events parked` lists them.")
    return replay


def _line(event: ParkedEvent) -> str:
    behind = f", {event.waiting} waiting behind it" if event.waiting else ""
    return (
        f"{event.id}  {event.state}  {event.parked_at:%Y-%m-%dT%H:%M:%SZ}  {event.topic}  {event.type or '-'}"
        f"  key {event.key or '-'}  {event.attempts} attempts  {event.error}{behind}"
    )


def _told(replay: Replay) -> str:
    if replay.error is not None:
        raise LoudStop(f"{replay.done} events took effect, then one failed again: {replay.error}.")
    return f"{replay.done} events took effect."


async def _timelines(database: Database) -> str:
    rows = await database.pool.fetch("SELECT * FROM consumer_timeline ORDER BY id")
    lines = (
        f"{row['noticed_at']:%Y-%m-%dT%H:%M:%SZ}  {row['source']}  {row['topic']} partition {row['partition']}:"
        f" epoch {row['old_epoch']} gave way to {row['new_epoch']},"
        f" its positions from {row['from_position']} to {row['to_position']} no longer hold"
        for row in rows
    )
    return "\n".join(lines) or "No source was ever restored."
