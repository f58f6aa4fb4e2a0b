"""Who did what with whose record, for which agency and purpose. Rows are only ever added.

A read waits until its row is stored, together with the rows of other requests; no row, no answer. A write stores its
row in its own transaction, so there is no effect without it.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import asyncpg
import structlog

from zd_kernel.data.database import Database
from zd_kernel.data.session import BeforeCommit, WriteSession
from zd_kernel.observe.trace import current_trace_id
from zd_kernel.problems import Overloaded
from zd_kernel.scope import Scope

_MOST_IN_A_GROUP = 500
_MOST_WAITING = 10_000
_UNAVAILABLE = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)
# A row with more subjects is a step of bulk work: whom it concerns is told by what it made (see the services' access
# logs), and as many rows here would cost more than the step.
MOST_TAKEN_APART = 1_000
_TAKE_APART = f"""
    RETURNING id, at, subjects
)
INSERT INTO audit_subject (subject, at, entry_id)
SELECT DISTINCT s.subject, entry.at, entry.id FROM entry CROSS JOIN unnest(entry.subjects) AS s(subject)
WHERE cardinality(entry.subjects) <= {MOST_TAKEN_APART}
"""  # noqa: S608  (a number of its own)
_COLUMNS = "at, actor, on_behalf_of, agency, purpose, action, subjects, trace_id, outcome"
# Arrays of arrays must be rectangular in PostgreSQL, so the subjects of several rows travel as text.
_INSERT = f"""
WITH entry AS (
    INSERT INTO audit_entry ({_COLUMNS})
    SELECT e.at, e.actor, e.on_behalf_of, e.agency, e.purpose, e.action, e.subjects::uuid[], e.trace_id, e.outcome
    FROM unnest($1::timestamptz[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                $9::text[]) AS e({_COLUMNS})
{_TAKE_APART}"""  # noqa: S608  (constants of its own)
_INSERT_ONE = f"""
WITH entry AS (
    INSERT INTO audit_entry ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7::uuid[], $8, $9)
{_TAKE_APART}"""  # noqa: S608  (constants of its own)
_log = structlog.get_logger()


class Entry(NamedTuple):
    """One row, as `_INSERT_ONE` takes it."""

    at: datetime
    actor: str
    on_behalf_of: str | None
    agency: str
    purpose: str
    action: str
    subjects: list[UUID]
    trace_id: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Origin:
    """Who acts. `purpose` is the caller's own word for why, or the action's name."""

    actor: str
    on_behalf_of: str | None
    agency: str
    purpose: str
    action: str

    def entry(self, at: datetime, subjects: Iterable[UUID], outcome: str = "ok") -> Entry:
        """`outcome` is `ok` or the code of the problem that the caller was told."""
        named = list(subjects)
        trace_id = current_trace_id() or ""
        return Entry(
            at, self.actor, self.on_behalf_of, self.agency, self.purpose, self.action, named, trace_id, outcome
        )


def audited(origin: Origin) -> BeforeCommit:
    """The `before_commit` hook of one request: its row commits with its effect."""

    async def store(session: WriteSession) -> None:
        if session.subjects:
            entry = origin.entry(session.clock.now(), session.subjects)
            await (await session.driver()).execute(_INSERT_ONE, *entry)

    return store


def write_audit(agency: str) -> BeforeCommit:
    """The `before_commit` hook of bus and jobs processes: the actor is the transaction's system scope."""

    async def store(session: WriteSession) -> None:
        name = session.scope.name
        await audited(Origin(name, None, agency, name, name))(session)

    return store


class AuditWriter:
    """Stores the rows of reads, whatever waits at a time in one statement, on a connection of its own."""

    def __init__(self, database: Database, *, deadline_s: float) -> None:
        self._database = database
        self._deadline_s = deadline_s
        self._waiting: list[tuple[Entry, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None

    async def record(self, entry: Entry) -> None:
        """Returns once the row is stored. Raises Overloaded if it cannot be: then nothing may be told to the caller."""
        if len(self._waiting) >= _MOST_WAITING:
            raise _unavailable()
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((entry, stored))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_groups())
        await stored

    async def close(self) -> None:
        """Finish what waits, then leave."""
        if self._writing is not None:
            await asyncio.wait((self._writing,))
        await self._disconnect()

    async def _write_groups(self) -> None:
        try:
            while self._waiting:
                group, self._waiting = self._waiting[:_MOST_IN_A_GROUP], self._waiting[_MOST_IN_A_GROUP:]
                await self._write_one_group(group)
        finally:
            self._writing = None

    async def _write_one_group(self, group: Sequence[tuple[Entry, asyncio.Future[None]]]) -> None:
        try:
            async with asyncio.timeout(self._deadline_s):
                connection = await self._connected()
                await connection.execute(_INSERT, *_columns(group))
        except _UNAVAILABLE as exc:
            _log.error("audit_unavailable", rows=len(group), exc_info=exc)
            await self._disconnect()
            _settle(group, stored=False)
        except BaseException:
            _settle(group, stored=False)
            raise
        else:
            _settle(group, stored=True)

    async def _connected(self) -> "asyncpg.Connection[asyncpg.Record]":
        if self._connection is None or self._connection.is_closed():
            self._connection = await self._database.connect(Scope.system("audit"))
        return self._connection

    async def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None


def _settle(group: Sequence[tuple[Entry, asyncio.Future[None]]], *, stored: bool) -> None:
    for _, future in group:
        if not future.done():
            if stored:
                future.set_result(None)
            else:
                future.set_exception(_unavailable())


def _columns(group: Sequence[tuple[Entry, asyncio.Future[None]]]) -> list[tuple[object, ...]]:
    literals = ("{" + ",".join(map(str, entry.subjects)) + "}" for entry, _ in group)
    rows = ((*entry[:6], literal, *entry[7:]) for (entry, _), literal in zip(group, literals, strict=True))
    return list(zip(*rows, strict=True))


def _unavailable() -> Overloaded:
    return Overloaded(
        "audit_unavailable",
        "ระบบบันทึกการเข้าถึงข้อมูลไม่ได้ในขณะนี้ จึงยังแสดงข้อมูลไม่ได้ โปรดลองใหม่ในอีกสักครู่",
        "The access could not be recorded, so nothing is shown. Try again in a moment.",
    )
