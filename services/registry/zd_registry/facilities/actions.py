from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from zd_kernel.clock import bangkok_date
from zd_kernel.data.session import WriteSession
from zd_kernel.http.etags import check_version
from zd_kernel.problems import NotFound
from zd_kernel.scope import EVERYWHERE, Range
from zd_registry.facilities import queries
from zd_registry.facilities.models import Shortage, ShortageVersion
from zd_registry.facilities.rules import right_births, share
from zd_registry.facilities.schemas import (
    EntryFigure,
    EntryFigures,
    NewShortage,
    ShortageBefore,
    ShortageFigure,
    ShortageInfo,
)
from zd_registry.organisations.actions import check_may_change
from zd_registry.organisations.queries import find_organisation, patterns
from zd_registry.organisations.rules import school_year
from zd_registry.policies.actions import policy
from zd_registry.policies.rules import InForce

_PLACES: Final = {"organisation": "organisation", "": "area"}


async def report_shortage(
    session: WriteSession, code: str, new: NewShortage, served: Sequence[Range], by: str
) -> Shortage:
    """Raises NotFound, Forbidden."""
    check_may_change(session, await find_organisation(session, code), served)
    now = session.clock.now()
    row = Shortage(organisation=code, changed_by=by, created_at=now, updated_at=now, **new.model_dump())
    session.add(row)
    return row


async def change_shortage(
    session: WriteSession, shortage_id: UUID, change: dict[str, Any], served: Sequence[Range], by: str, *, if_match: str
) -> Shortage:
    """`change` holds the fields that are given; what was said before is kept.

    Raises NotFound, Forbidden, PreconditionFailed.
    """
    row = await session.get(Shortage, shortage_id, with_for_update=True)
    if row is None:
        raise NotFound.of("shortage", "รายการที่ขาด")
    check_may_change(session, await find_organisation(session, row.organisation), served)
    check_version(if_match, row.version)
    session.add(ShortageVersion.model_validate(row.model_dump() | {"shortage_id": row.id}))
    state = change.get("state", row.state)
    if state == "open":
        change["closed_date"] = None
    elif change.get("closed_date") is None:
        change["closed_date"] = row.closed_date or bangkok_date(session.clock.now())
    row.sqlmodel_update(change)
    row.version, row.changed_by, row.updated_at = row.version + 1, by, session.clock.now()
    return row


async def said_before(session: WriteSession, shortage_id: UUID, before: int, limit: int) -> list[ShortageBefore]:
    """The latest first. Raises NotFound."""
    if await session.get(Shortage, shortage_id) is None:
        raise NotFound.of("shortage", "รายการที่ขาด")
    rows = await _fetch(session, queries.VERSIONS, shortage_id, before, limit)
    return [ShortageBefore.model_validate(dict(row)) for row in rows]


async def shortages(
    session: WriteSession, within: Range | None, under: Range | None, *, state: str | None, kind: str | None,
    after: UUID, limit: int,
) -> list[ShortageInfo]:  # fmt: skip
    args = (*queries.place(within, under), state, kind, after, limit)
    return [ShortageInfo.model_validate(dict(row)) for row in await _fetch(session, queries.PAGE, *args)]


async def shortage_figures(session: WriteSession, within: Range | None, under: Range | None) -> list[ShortageFigure]:
    rows = await _fetch(session, queries.FIGURES, *queries.place(within, under), None, None)
    return [ShortageFigure.model_validate(dict(row)) for row in rows]


async def entry_figures(
    session: WriteSession, year: int, by: str, within: Range | None, under: Range | None
) -> EntryFigures:
    """Within the caller's claims."""
    held, rows = await entries_of(session, year, by, within, under)
    place = _PLACES.get(by, "area")
    items = [
        EntryFigure.model_validate(
            {**row, place: row["key"], "right_percent": share(row["right_age"], row["entered"] - row["unknown"])}
        )
        for row in rows
    ]
    return EntryFigures(school_year=year, years_of_life=held.value, source=held.source, items=items)


async def entries_of(
    session: WriteSession, year: int, by: str, within: Range | None, under: Range | None
) -> tuple[InForce, list[Any]]:
    """By the policy `entry_age` of the day on which the school year begins, which comes with the rows."""
    begins = school_year(year, await patterns(session)).start
    held = await policy(session, "entry_age", (within or EVERYWHERE,), begins)
    right = right_births(year, held.value)
    grades, births = [each.grade for each in right], [each.year for each in right]
    statement, args = queries.entries(by, year, grades, births, within=within, organisations=under)
    return held, await _fetch(session, statement, *args)


async def _fetch(session: WriteSession, query: str, *args: object) -> list[Any]:
    return await (await session.driver()).fetch(query, *args)
