"""How many were screened, how many were found, helped and still wait, in a school year."""

from collections.abc import Collection
from typing import NamedTuple

from zd_kernel.data.session import WriteSession
from zd_kernel.scope import Range, area_range
from zd_registry.organisations.queries import patterns
from zd_registry.organisations.rules import school_year
from zd_registry.screening import queries
from zd_registry.screening.rules import counts_of
from zd_registry.screening.schemas import ScreeningCount, ScreeningCounts


class Asked(NamedTuple):
    """`by` is a level of areas, `organisation`, or empty for one figure of all."""

    year: int
    by: str
    kind: str | None
    area: str | None
    organisation: Range | None


async def exact_counts(session: WriteSession, asked: Asked, roles: Collection[str]) -> ScreeningCounts:
    """Of the children that the caller reaches, by the kinds whose results the caller may read."""
    period = school_year(asked.year, await patterns(session))
    statement, args = queries.counts(
        asked.by, period.start, period.end, list(roles), session.scope, kind=asked.kind,
        within=area_range(asked.area) if asked.area else None, organisation=asked.organisation,
    )  # fmt: skip
    rows = await (await session.driver()).fetch(statement, *args)
    place = "organisation" if asked.by == "organisation" else "area"
    items = [
        ScreeningCount(
            kind=row["kind"], **{place: row["key"]},
            **counts_of(row["negative"], row["helped"], row["to_help"])._asdict(),
        )
        for row in rows
    ]  # fmt: skip
    return ScreeningCounts(school_year=asked.year, start_date=period.start, end_date=period.end, items=items)
