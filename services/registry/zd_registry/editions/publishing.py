"""The nightly job `editions`: what is over is published, one period of a subject in each step."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Final

from zd_kernel.clock import bangkok_date
from zd_kernel.data.session import WriteSession
from zd_kernel.ids import uuid7
from zd_kernel.jobs.cpu import in_subprocess
from zd_kernel.jobs.table import DONE, JobRow, Step, StepResult, again
from zd_kernel.scope import EVERYWHERE, Range
from zd_registry.areas.queries import known_area
from zd_registry.areas.rules import covered
from zd_registry.editions import queries
from zd_registry.editions.models import Edition
from zd_registry.editions.rules import YEARS_BACK, Counted, Period, figures, periods_over
from zd_registry.editions.subjects import Subject
from zd_registry.organisations.queries import patterns
from zd_registry.organisations.rules import Term, school_year_at, terms_of
from zd_registry.policies.actions import policy
from zd_registry.reconciliation.queries import READ_IN_ORDER

EDITIONS: Final = "editions"
_PROVINCE: Final = 10**6


def publish_step(subjects: Sequence[Subject], served: Sequence[Range]) -> Step:
    return Step("publish", partial(publish, subjects=subjects, served=served))


async def publish(
    session: WriteSession, job: JobRow, subjects: Sequence[Subject], served: Sequence[Range]
) -> StepResult:
    """Progress counts the periods that were looked at. A province of which nothing is known yet waits for its lists."""
    due = await _due(session, subjects)
    if job.progress_done >= len(due):
        return DONE
    subject, period = due[job.progress_done]
    connection = await session.driver()
    await connection.execute(READ_IN_ORDER)
    known = {row["area"] for row in await connection.fetch(queries.KNOWN, subject.name, period.label)}
    wanted = provinces_served(served) - known
    if not wanted:
        return again(job.progress_done + 1, len(due))
    by_province: dict[int, list[Counted]] = defaultdict(list)
    for counted in await subject.count(session, period, EVERYWHERE):
        by_province[int(counted.tambon[:2]) * _PROVINCE].append(counted)
    for area, of_province in sorted(by_province.items()):
        if area in wanted:
            await _store(session, subject, period, area, of_province)
    return again(job.progress_done + 1, len(due))


def provinces_served(served: Sequence[Range]) -> set[int]:
    """First codes of those that are served whole: a part of one would tell what the whole keeps back."""
    known = (code * _PROVINCE for code in range(10, 100) if known_area(str(code)) is not None)
    return {area for area in known if covered([Range(area, area + _PROVINCE - 1)], served)}


async def _due(session: WriteSession, subjects: Sequence[Subject]) -> list[tuple[Subject, Period]]:
    today = bangkok_date(session.clock.now())
    delay = int((await policy(session, "editions", [EVERYWHERE], today)).value["delay_days"])
    terms = await _terms(session)
    return [
        (subject, period)
        for subject in subjects
        for period in periods_over(terms, today, delay, by_term=subject.by_term)
    ]


async def _terms(session: WriteSession) -> list[Term]:
    """Of the national calendar: the last school years, and the one that follows them."""
    known = await patterns(session)
    year = int(school_year_at(bangkok_date(session.clock.now()), known).label)
    return [term for each in range(year - YEARS_BACK, year + 2) for term in terms_of(each, known)]


async def _store(
    session: WriteSession, subject: Subject, period: Period, area: int, counted: Iterable[Counted]
) -> None:
    below = int((await policy(session, "small_cells", [Range(area, area + _PROVINCE - 1)], period.end)).value["below"])
    found = await in_subprocess(figures, list(counted), subject.states, below)
    edition = Edition(
        id=uuid7(), subject=subject.name, period=period.label, area=area, from_date=period.start, to_date=period.end,
        suppressed_below=below, published_at=session.clock.now(),
    )  # fmt: skip
    session.add(edition)
    await session.flush()
    columns = [list(column) for column in zip(*found, strict=True)]
    await (await session.driver()).execute(queries.STORE, edition.id, *columns)
