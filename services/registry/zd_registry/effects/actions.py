from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from asyncpg import Record

from zd_contracts.events.cases import VisitRecorded
from zd_kernel.clock import bangkok_date
from zd_kernel.data.session import WriteSession
from zd_kernel.problems import Invalid, NotFound
from zd_kernel.scope import EVERYWHERE, Range, area_code
from zd_registry.children.merged import named_child
from zd_registry.effects import helping, queries, rules
from zd_registry.effects.helping import Help
from zd_registry.effects.models import HomeVisit
from zd_registry.effects.queries import Cohort, Within
from zd_registry.effects.schemas import (
    Comparison,
    EffectOfChild,
    Effects,
    EffectsOfChild,
    HelpWindow,
    Look,
    Retention,
    Stayed,
)
from zd_registry.organisations.queries import calendar_of
from zd_registry.organisations.rules import NATIONAL
from zd_registry.policies.actions import policy

MOST_CELLS: Final = 20_000
MOST_HELPED: Final = 1_000


async def keep_visit(session: WriteSession, told: VisitRecorded) -> None:
    """One told twice counts once; of a child unknown here the visit waits for the file that names them."""
    if await session.get(HomeVisit, told.visit_id) is not None:
        return
    named = await named_child(session, told.child_id)
    if named is None:
        return
    child_id, child = named
    area = child.area if child else area_code(told.tambon)
    session.add(
        HomeVisit(
            visit_id=told.visit_id, child_id=child_id, area=area, visited_date=told.visited_date, outcome=told.outcome
        )
    )


async def retention(session: WriteSession, start: date, until: date, wanted: Within, by: Sequence[str]) -> Retention:
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


async def effects(session: WriteSession, kind: str, start: date, until: date, wanted: Within) -> Effects:
    """Over the children helped in a period. Raises Invalid for more than can be compared at once."""
    window, below = await _window(session, wanted.reach)
    asked = Help(kind, start, until, window.days, window.least_days, window.alike, wanted.reach, wanted.organisations)
    statement, args = helping.count_helped(asked, session.scope)
    if await (await session.driver()).fetchval(statement, *args) > MOST_HELPED:
        raise Invalid(
            "too_many_helped",
            f"มีเด็กที่ได้รับความช่วยเหลือมากกว่า {MOST_HELPED} คน โปรดเลือกพื้นที่หรือช่วงเวลาให้แคบลง",
            f"More than {MOST_HELPED} children were helped. Ask about a smaller area or a shorter period.",
        )
    each = [_effect(kind, row, window.least_days) for row in await _around(session, asked)]
    both = [one for one in each if one.difference is not None]
    compared = [one for one in both if one.peers_difference is not None]
    told = len(both) >= below
    return Effects(
        kind=kind, start=start, until=until, window=window, helped=len(each), n=len(both),
        no_before=sum(one.before is None for one in each), no_after=sum(one.after is None for one in each),
        before=rules.mean([one.before or 0.0 for one in both]) if told else None,
        after=rules.mean([one.after or 0.0 for one in both]) if told else None,
        difference=rules.mean([one.difference or 0.0 for one in both]) if told else None,
        comparison=_comparison(compared, below),
    )  # fmt: skip


def _comparison(compared: Sequence[EffectOfChild], below: int) -> Comparison:
    told = len(compared) >= below
    helped = rules.mean([one.difference or 0.0 for one in compared]) if told else None
    peers = rules.mean([one.peers_difference or 0.0 for one in compared]) if told else None
    net = None if helped is None or peers is None else helped - peers
    return Comparison(n=len(compared), helped_difference=helped, peers_difference=peers, net=net)


async def effects_of_child(session: WriteSession, child_id: UUID) -> EffectsOfChild:
    """Of every visit and placement. Raises NotFound for a child outside the claims."""
    area = await (await session.driver()).fetchval("SELECT area FROM child WHERE id = $1", child_id)
    if area is None:
        raise NotFound.of("child", "เด็ก")
    session.audit_subjects(child_id)
    window, _ = await _window(session, [Range(area, area)])
    items = []
    for kind in ("visit", "placement"):
        asked = Help(
            kind, date(1900, 1, 1), date(2200, 1, 1), window.days, window.least_days, window.alike, (EVERYWHERE,),
            child_id=child_id,
        )  # fmt: skip
        items += [_effect(kind, row, window.least_days) for row in await _around(session, asked)]
    return EffectsOfChild(child_id=child_id, window=window, items=items)


async def _around(session: WriteSession, asked: Help) -> list[Record]:
    statement, args = helping.around_help(asked, session.scope)
    found: list[Record] = await (await session.driver()).fetch(statement, *args)
    return found


async def _window(session: WriteSession, areas: Sequence[Range]) -> tuple[HelpWindow, int]:
    today = bangkok_date(session.clock.now())
    held = await policy(session, "help_window", areas, today)
    small = await policy(session, "small_cells", areas, today)
    window = HelpWindow(
        days=held.value["days"], least_days=held.value["least_days"], alike=held.value["alike"], source=held.source
    )
    return window, int(small.value["below"])


def _effect(kind: str, row: Record, least: float) -> EffectOfChild:
    windows = {side: rules.Window(row[f"due_{side}"] / 2, row[f"attended_{side}"] / 2) for side in ("before", "after")}
    before, after = windows["before"].rate(least), windows["after"].rate(least)
    difference = None if before is None or after is None else after - before
    peers = row["peers"] if difference is not None else 0
    return EffectOfChild.model_validate({
        "kind": kind, "on": row["day"], "days_before": windows["before"].due, "days_after": windows["after"].due,
        "before": before, "after": after, "difference": difference, "peers": peers,
        "peers_difference": row["peers_after"] - row["peers_before"] if peers else None,
    })  # fmt: skip
