"""Marks of one day, of one class or of every school of a province, are taken in by the same few statements."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final, NamedTuple
from uuid import UUID

import asyncpg

from zd_kernel.data.session import WriteSession
from zd_registry.attendance import queries
from zd_registry.attendance.rules import Policy
from zd_registry.attendance.telling import tell_corrected_months, tell_streaks
from zd_registry.organisations.rules import Term
from zd_registry.risk_marks.actions import mark

MANY: Final = 2_000


@dataclass(frozen=True, slots=True)
class Register:
    """A day of a school, or of the pupils of `classes`. `complete`: who is in the list and not marked was present."""

    organisation: str
    position: int
    term: Term
    day: date
    counts: bool
    policy: Policy
    complete: bool = False
    classes: list[UUID] | None = None
    reason: str | None = None


Mark = tuple[int, int, UUID, str | None, str | None]
"""Its place in the list, the register's place in theirs, the pupil, the halves as of `codes.HALVES` or None as they
were. A plain tuple: there may be a hundred thousand."""


MISSED: Final = """
SELECT DISTINCT child_id, area FROM valid_mark
WHERE leave <> 0 OR sick <> 0 OR absent <> 0 OR child_id = ANY ($1::uuid[])
"""
"""Whose risk may be another one: who missed something, or made up for it, and whose streak was watched."""


class Corrected(NamedTuple):
    organisation: str
    child_id: UUID
    was: str
    became: str


@dataclass(slots=True)
class Recorded:
    """By the mark's place in the list: refused ones with the reason's code. `filled`: register → pupils
    who count as present."""

    unchanged: set[int] = field(default_factory=set)
    refused: dict[int, str] = field(default_factory=dict)
    filled: dict[int, list[UUID]] = field(default_factory=dict)
    corrected: list[Corrected] = field(default_factory=list)


async def record_day(
    session: WriteSession, registers: Sequence[Register], marks: Sequence[Mark], *, by: str
) -> Recorded:
    """Registers of one and the same day; a pupil stands once in a register. What is refused leaves no trace."""
    connection = await session.driver()
    await hold_schools(connection, {register.position for register in registers})
    await _load(connection, registers, marks)
    watched = await _change(connection, len(marks))
    corrected = await connection.fetch(queries.CORRECT, by, session.clock.now())
    (found,) = await connection.fetch(queries.OUTCOME)
    recorded = Recorded(unchanged=set(found["unchanged"]), corrected=[Corrected(*row.values()) for row in corrected])
    missing = set(range(len(marks))).difference(found["valid"])
    if missing:
        rows = await connection.fetch(queries.WHY_NOT, list(missing))
        recorded.refused = dict.fromkeys(missing, "repeated_mark") | {row["n"]: row["reason"] for row in rows}
    if any(register.complete for register in registers):
        recorded.filled = {row["register"]: row["children"] for row in await connection.fetch(queries.FILLED)}
    await mark(session, MISSED, [row["child_id"] for row in watched])
    await tell_streaks(session, [(row, registers[row["register"]].policy) for row in watched])
    await tell_corrected_months(session, {register.organisation for register in registers}, registers[0].day)
    return recorded


async def _change(connection: "asyncpg.Connection[asyncpg.Record]", given: int) -> list[asyncpg.Record]:
    """The pupils whose streak may have to be told of, or was."""
    watched: list[asyncpg.Record] = []
    if given > MANY:
        made = await connection.execute(queries.CHANGE_AT_ONCE)
        watched = await connection.fetch(queries.WATCHED)
        if made == f"INSERT 0 {given}" and not await connection.fetchval(queries.UNFILLED):
            return watched
    await connection.execute(queries.VALIDATE)
    if await connection.fetchval(queries.MISFIT):
        await connection.execute(queries.FIT)
        await connection.execute(queries.VALIDATE)
    await connection.execute(queries.BEGIN)
    return watched + await connection.fetch(queries.CHANGE)


async def hold_schools(connection: "asyncpg.Connection[asyncpg.Record]", positions: Iterable[int]) -> None:
    """Until the transaction ends; in the order of positions, so that nobody waits for each other in a ring."""
    await connection.execute(queries.LOCK, sorted(positions))


async def _load(
    connection: "asyncpg.Connection[asyncpg.Record]", registers: Sequence[Register], marks: Sequence[Mark]
) -> None:
    await connection.execute(queries.CREATE)
    rows = [
        (
            n, each.organisation, each.position, each.term.label, each.term.start,
            (each.term.end - each.term.start).days + 1, each.day, each.counts, each.complete, each.classes,
            each.policy.absent, each.policy.neutral, each.policy.shortest, each.reason,
        )
        for n, each in enumerate(registers)
    ]  # fmt: skip
    await connection.copy_records_to_table("taken_register", records=rows, columns=queries.REGISTER_COLUMNS)
    await connection.copy_records_to_table("taken_mark", records=marks, columns=queries.MARK_COLUMNS)
    once = len({mark[2] for mark in marks}) == len(marks)
    if await connection.execute(queries.FOLLOW_MERGES) != "UPDATE 0" or not once:
        await connection.execute(queries.DROP_REPEATED)
    if len(marks) > MANY or sum(each.complete for each in registers) > 1:
        await connection.execute(queries.MANY_MARKS)
    if any(each.complete for each in registers):
        await connection.execute(queries.FILL)
