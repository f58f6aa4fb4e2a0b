from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

from asyncpg import Record

from zd_kernel.clock import bangkok_date
from zd_kernel.data.session import WriteSession
from zd_kernel.problems import Invalid
from zd_kernel.scope import EVERYWHERE, Range
from zd_registry.agencies.rules import multirange
from zd_registry.areas.queries import set_ranges
from zd_registry.areas.rules import merged
from zd_registry.effects import queries, rules
from zd_registry.effects.queries import Cohort
from zd_registry.effects.schemas import (
    Gaps,
    GapShown,
    Look,
    PupilFigure,
    PupilFigures,
    Retention,
    SideShown,
    Stayed,
)
from zd_registry.indicators.rules import LEVELS
from zd_registry.indicators.schemas import Measure
from zd_registry.organisations.queries import calendar_of
from zd_registry.organisations.rules import NATIONAL
from zd_registry.policies.actions import policy
from zd_registry.reconciliation.rules import birth_window
from zd_registry.targets.actions import facts_on

MOST_CELLS: Final = 20_000


class Wanted(NamedTuple):
    """Whose figures; without areas, of all that the caller may see."""

    areas: tuple[Range, ...] = ()
    organisations: tuple[Range, ...] = ()

    @property
    def reach(self) -> tuple[Range, ...]:
        return self.areas or (EVERYWHERE,)


async def figures_of_pupils(session: WriteSession, term: str, wanted: Wanted, by: Sequence[str]) -> PupilFigures:
    """Within the caller's claims, as it stands now. Raises Invalid for too many cells."""
    asked = await _asked(session, term, wanted)
    statement, args = queries.of_pupils(asked, session.scope, by, MOST_CELLS + 1)
    rows = await (await session.driver()).fetch(statement, *args)
    if len(rows) > MOST_CELLS:
        raise Invalid(
            "too_many_cells",
            f"ผลลัพธ์มีมากกว่า {MOST_CELLS} ช่อง โปรดเลือกพื้นที่เล็กลงหรือมิติน้อยลง",
            f"There are more than {MOST_CELLS} figures. Ask about less, or by less.",
        )
    return PupilFigures(term=term, figures=[PupilFigure.model_validate(_placed(r, by)) for r in rows])


async def gaps(session: WriteSession, term: str, wanted: Wanted) -> Gaps:
    asked = await _asked(session, term, wanted)
    small = await policy(session, "small_cells", wanted.reach, asked.day)
    statement, args = queries.gaps(asked, session.scope)
    sides = {(r["dimension"], r["side"]): r for r in await (await session.driver()).fetch(statement, *args)}
    below = int(small.value["below"])
    found = [
        _gap(dimension, measure, [sides.get((dimension, side)) for side in (True, False)], below)
        for dimension in rules.DIMENSIONS
        for measure in rules.MEASURES
    ]
    return Gaps(term=term, on=asked.day, small_cells=Measure(value=small.value, source=small.source), gaps=found)


def _gap(dimension: str, measure: str, rows: Sequence[Record | None], below: int) -> GapShown:
    a, b = [rules.Side(row[f"{measure}_n"], row[measure]) if row else rules.Side(0, None) for row in rows]
    first, second, difference = rules.gap(a, b, below)
    shown = [
        SideShown(group=name, n=side.n if side else None, value=side.mean if side else None)
        for name, side in zip(rules.DIMENSIONS[dimension], (first, second), strict=True)
    ]
    return GapShown.model_validate(
        {"dimension": dimension, "measure": measure, "first": shown[0], "second": shown[1], "difference": difference}
    )


async def _asked(session: WriteSession, term: str, wanted: Wanted) -> queries.Asked:
    today = bangkok_date(session.clock.now())
    ages = (await policy(session, "reconciliation_ages", wanted.reach, today)).value
    urban: list[Range] = []
    for row in await (await session.driver()).fetch(queries.URBAN, today):
        urban.extend(await set_ranges(session, row["id"]))
    return queries.Asked(
        term, today, multirange(merged(urban)), (await facts_on(session, today)).listed,
        birth_window(today, ages["from"], ages["to"]), wanted.reach, wanted.organisations,
    )  # fmt: skip


async def retention(session: WriteSession, start: date, until: date, wanted: Wanted, by: Sequence[str]) -> Retention:
    """By the terms of the national calendar. Raises Invalid for a period that no calendar knows."""
    today = bangkok_date(session.clock.now())
    if start > until or (until - start).days > 3_700:
        raise Invalid(
            "period_wrong", "ช่วงเวลาไม่ถูกต้อง", "The period ends before it begins, or is longer than ten years."
        )
    try:
        calendar = await calendar_of(session, NATIONAL, start - timedelta(days=400), until + timedelta(days=800))
    except (ValueError, OverflowError) as exc:
        raise Invalid("no_calendar", "ไม่มีปฏิทินของช่วงเวลานั้น", "No calendar is known for that period.") from exc
    looks = rules.looks(calendar.terms)
    columns = [list(column) for column in zip(*looks, strict=True)]
    cohort = Cohort(
        start, until, today, (columns[0], columns[1], columns[2], columns[3]), wanted.reach, wanted.organisations
    )
    statement, args = queries.retention(cohort, session.scope, by)
    found: dict[tuple[Any, ...], list[Record]] = {}
    for row in await (await session.driver()).fetch(statement, *args):
        found.setdefault((*(row[name] for name in by), row["kind"]), []).append(row)
    items = [
        Stayed(
            area=key[0] if by else None, kind=key[-1], children=sum(row["children"] for row in rows),
            after_one_term=_look(rows, "first_status"), after_two_terms=_look(rows, "second_status"),
        )
        for key, rows in found.items()
    ]  # fmt: skip
    return Retention(start=start, until=until, items=items)


def _look(rows: Sequence[Record], column: str) -> Look:
    counted = {"in": 0, "out": 0, "not_known": 0, "not_yet": 0}
    for row in rows:
        counted["not_yet" if row[column] is None else rules.STANDING[row[column]]] += row["children"]
    known = counted["in"] + counted["out"]
    return Look(
        still_in=counted["in"], out=counted["out"], not_known=counted["not_known"], not_yet=counted["not_yet"],
        share=counted["in"] / known if known else None,
    )  # fmt: skip


def _placed(row: Record, by: Sequence[str]) -> dict[str, Any]:
    values = dict(row)
    values["area"] = next((values.pop(level) for level in LEVELS if level in by), None)
    return values
