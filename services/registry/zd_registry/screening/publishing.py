"""What is published of screenings: how many were screened, found, helped and are still to be helped, by term."""

from collections.abc import Iterable
from typing import Final

from zd_kernel.data.session import WriteSession
from zd_kernel.scope import Range
from zd_registry.editions.rules import Counted, Period
from zd_registry.editions.subjects import Subject
from zd_registry.screening import queries
from zd_registry.screening.rules import HELPED, NEGATIVE, TO_HELP

_STATES: Final = {NEGATIVE: "negative", HELPED: "helped", TO_HELP: "to_help"}


async def count(session: WriteSession, period: Period, within: Range) -> Iterable[Counted]:
    """Of each child and kind what its results of the period come to."""
    statement, args = queries.counts(
        "tambon",
        period.start,
        period.end,
        ["health_officer"],
        session.scope,
        kind=None,
        within=within,
        organisation=None,
    )
    rows = await (await session.driver()).fetch(statement, *args)
    return [Counted(row["kind"], row["key"], state, row[column]) for row in rows for state, column in _STATES.items()]


SCREENING: Final = Subject("screening", by_term=True, states=tuple(_STATES), count=count)
