"""How many were screened, how many were found, helped and still wait, in a school year."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from typing import Any, NamedTuple

from zd_kernel.clock import bangkok_date
from zd_kernel.data.session import WriteSession
from zd_kernel.problems import Invalid
from zd_kernel.scope import Range, area_range
from zd_registry.areas.actions import check_claim
from zd_registry.indicators.rules import LEVELS
from zd_registry.organisations.queries import patterns
from zd_registry.organisations.rules import Term, school_year
from zd_registry.policies.actions import policy
from zd_registry.screening import queries
from zd_registry.screening.rules import Role, counts_of, suppressed_counts
from zd_registry.screening.schemas import ScreeningCount, ScreeningCounts


class Asked(NamedTuple):
    """`by` is a level of areas, `organisation`, or empty for one figure of all."""

    year: int
    by: str
    kind: str | None
    area: str | None
    organisation: Range | None


async def exact_counts(session: WriteSession, asked: Asked, roles: Collection[Role]) -> ScreeningCounts:
    """Of the children that the caller reaches, by the kinds whose results the caller may read."""
    period = await _period(session, asked.year)
    within = area_range(asked.area) if asked.area else queries.claimed(session.scope)
    rows = await _rows(session, asked.by, period, list(roles), asked.kind, within, asked.organisation)
    place = "organisation" if asked.by == "organisation" else "area"
    items = [
        ScreeningCount(
            kind=row["kind"], **{place: row["key"]},
            **counts_of(row["negative"], row["helped"], row["to_help"])._asdict(),
        )
        for row in rows
    ]  # fmt: skip
    return _shown(asked.year, period, items, None)


async def public_counts(session: WriteSession, asked: Asked) -> ScreeningCounts:
    """Of a whole province, small figures and what would give them away suppressed. Raises Forbidden for a part of it.

    Every level is suppressed together, so that no two answers can be subtracted from one another.
    """
    if asked.area is None or asked.by == "organisation" or asked.organisation is not None:
        raise Invalid(
            "not_published",
            "ตัวเลขสาธารณะมีเฉพาะจังหวัด อำเภอ ตำบล โปรดระบุ area",
            "Published are figures of provinces, districts and tambons. Say which `area`.",
        )
    province, today = area_range(asked.area[:2]), bangkok_date(session.clock.now())
    check_claim(session, [province])
    period = await _period(session, asked.year)
    below = int((await policy(session, "small_cells", [province], today)).value["below"])
    children: dict[str, dict[tuple[str, str], int]] = defaultdict(dict)
    for row in await _rows(session, "tambon", period, ["health_officer"], asked.kind, province, None):
        for state in ("negative", "positive/helped", "positive/to_help"):
            if count := row[state.rpartition("/")[2]]:
                children[row["kind"]][row["key"], state] = count
    digits = LEVELS.get(asked.by, len(asked.area))
    items = [
        ScreeningCount(kind=kind, area=code, **counts._asdict())
        for kind, of_kind in children.items()
        for code, counts in suppressed_counts(of_kind, below).items()
        if len(code) == digits and code.startswith(asked.area)
    ]
    return _shown(asked.year, period, items, below)


async def _period(session: WriteSession, year: int) -> Term:
    return school_year(year, await patterns(session))


async def _rows(
    session: WriteSession, by: str, period: Term, roles: list[str], kind: str | None, within: Range | None,
    organisation: Range | None,
) -> list[Any]:  # fmt: skip
    statement, args = queries.counts(
        by, period.start, period.end, roles, kind=kind, within=within, organisation=organisation
    )
    return await (await session.driver()).fetch(statement, *args)


def _shown(year: int, period: Term, items: list[ScreeningCount], below: int | None) -> ScreeningCounts:
    start: date = period.start
    return ScreeningCounts(school_year=year, start_date=start, end_date=period.end, suppressed_below=below, items=items)
