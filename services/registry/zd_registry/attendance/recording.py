"""Marks of one day, of one class or of every school of a province, are taken in by the same few statements."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, NamedTuple
from uuid import UUID

import asyncpg

from zd_kernel.data.session import WriteSession
from zd_registry.attendance import day_queries, queries
from zd_registry.attendance.rules import BlankMarks, Halves, Policy
from zd_registry.attendance.telling import tell_corrected_months, tell_streaks
from zd_registry.organisations.rules import Term
from zd_registry.risk_marks.actions import mark

MANY: Final = 2_000


@dataclass(frozen=True, slots=True)
class Register:
    """A day of a school, or of the pupils of `classes`. `complete`: who is in the list and not marked was present.
    `marks`: pupil and halves."""

    organisation: str
    position: int
    term: Term
    day: date
    counts: bool
    policy: Policy
    marks: Sequence[tuple[UUID, Halves]]
    complete: bool = False
    classes: list[UUID] | None = None
    reason: str | None = None


MISSED: Final = "SELECT DISTINCT child_id, area FROM valid_mark WHERE leave <> 0 OR sick <> 0 OR absent <> 0 OR ran"
"""Whose risk may be another one: who missed something, or made up for it, and whose streak ran. Of the others the share
of days missed falls by a day's worth, which the night finds."""


class Corrected(NamedTuple):
    organisation: str
    child_id: UUID
    was: str
    became: str


@dataclass(slots=True)
class Recorded:
    """By the mark's place in all registers' marks, one register after the other: refused ones with the reason's code.
    `filled`: register → pupils who count as present."""

    unchanged: set[int] = field(default_factory=set)
    refused: dict[int, str] = field(default_factory=dict)
    filled: dict[int, list[UUID]] = field(default_factory=dict)
    corrected: list[Corrected] = field(default_factory=list)


async def record_day(session: WriteSession, registers: Sequence[Register], *, by: str, repeated: bool) -> Recorded:
    """Registers of one and the same day. What is refused leaves no trace. `repeated`: a pupil may stand in a register
    more than once."""
    connection = await session.driver()
    await hold_schools(connection, {register.position for register in registers})
    month = registers[0].day.replace(day=1)
    schools = list({register.organisation for register in registers})
    closed = [row["organisation"] for row in await connection.fetch(queries.CLOSED, schools, [month])]
    given = sum(len(register.marks) for register in registers)
    await _load(connection, registers, repeated=repeated)
    filled = await _fill(connection, registers, given)
    changed = await _change(connection, given + filled, at_once=not closed)
    recorded = Recorded()
    if not changed.all_new:
        await _account(connection, recorded, given, by, session.clock.now())
    if filled:
        found = await connection.fetch(day_queries.FILLED, given)
        recorded.filled = {row["register"]: row["children"] for row in found}
    await mark(session, MISSED)
    await tell_streaks(session, [(row, registers[row["register"]].policy) for row in changed.watched])
    await tell_corrected_months(session, closed, month)
    return recorded


class _Changed(NamedTuple):
    """Rows of pupils whose streak may have to be told of; whether every mark was the first of its day."""

    watched: list[asyncpg.Record]
    all_new: bool


async def _change(connection: "asyncpg.Connection[asyncpg.Record]", given: int, *, at_once: bool) -> _Changed:
    watched: list[asyncpg.Record] = []
    if at_once and given > MANY:
        taken = await connection.fetchval(day_queries.GO_ON, given)
        watched = await connection.fetch(day_queries.WATCHED)
        if taken is None:
            return _Changed(watched, all_new=True)
        await connection.execute(day_queries.WENT_ON, taken)
    validate = day_queries.VALIDATE if given > MANY else day_queries.VALIDATE_FEW
    await connection.execute(validate)
    if await connection.fetchval(day_queries.MISFIT):
        await connection.execute(day_queries.FIT)
        await connection.execute(validate)
    watched += await connection.fetch(day_queries.BEGIN)
    watched += await connection.fetch(day_queries.CHANGE)
    return _Changed(watched, all_new=False)


async def _account(
    connection: "asyncpg.Connection[asyncpg.Record]", recorded: Recorded, given: int, by: str, now: datetime
) -> None:
    """Of each of the given marks what became of it, and the history of those that replaced another."""
    corrected = await connection.fetch(day_queries.CORRECT, by, now)
    recorded.corrected = [Corrected(*row.values()) for row in corrected]
    (found,) = await connection.fetch(day_queries.OUTCOME, given)
    recorded.unchanged = set(found["unchanged"])
    refused = recorded.unchanged.symmetric_difference(range(given)).difference(found["changed"])
    if refused:
        rows = await connection.fetch(day_queries.WHY_NOT, list(refused))
        recorded.refused = dict.fromkeys(refused, "repeated_mark") | {row["n"]: row["reason"] for row in rows}


async def hold_schools(connection: "asyncpg.Connection[asyncpg.Record]", positions: Iterable[int]) -> None:
    """Until the transaction ends; in the order of positions, so that nobody waits for each other in a ring."""
    await connection.execute(day_queries.LOCK, sorted(positions))


async def _load(
    connection: "asyncpg.Connection[asyncpg.Record]", registers: Sequence[Register], *, repeated: bool
) -> None:
    await connection.execute(day_queries.CREATE)
    rows = [
        (
            n, each.organisation, each.position, each.term.label, each.term.start,
            (each.term.end - each.term.start).days + 1, each.day, each.counts, each.complete, each.classes,
            each.policy.absent, each.policy.neutral, each.policy.shortest, each.reason,
        )
        for n, each in enumerate(registers)
    ]  # fmt: skip
    await connection.copy_records_to_table("taken_register", records=rows, columns=day_queries.REGISTER_COLUMNS)
    await connection.copy_records_to_table("taken_mark", records=_marks(registers), columns=day_queries.MARK_COLUMNS)
    if await connection.execute(day_queries.FOLLOW_MERGES) != "UPDATE 0" or repeated:
        await connection.execute(day_queries.DROP_REPEATED)


def _marks(registers: Sequence[Register]) -> Iterator[tuple[int, int, UUID, str, int | None]]:
    """One by one as they are sent: there may be a hundred thousand, and none is wanted afterwards."""
    n = 0
    for place, register in enumerate(registers):
        made = BlankMarks(register.policy, counts=register.counts)
        for child_id, halves in register.marks:
            code, step = made[halves]
            yield n, place, child_id, code, step
            n += 1


async def _fill(connection: "asyncpg.Connection[asyncpg.Record]", registers: Sequence[Register], given: int) -> int:
    """How many pupils a complete register adds to those whom it names."""
    complete = sum(register.complete for register in registers)
    if given > MANY or complete > 1:
        await connection.execute(day_queries.MANY_MARKS)
    if complete:
        return int((await connection.execute(day_queries.FILL, given)).rpartition(" ")[2])
    return 0
