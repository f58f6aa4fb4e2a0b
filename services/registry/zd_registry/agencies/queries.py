"""Agencies, and feeds with what came last and what is owed next."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Final, cast
from uuid import UUID

from sqlmodel import col, select

from zd_kernel.clock import bangkok_date
from zd_kernel.data.session import WriteSession
from zd_kernel.problems import NotFound
from zd_registry.agencies.models import Agency, Feed, FeedDeadline, FeedDelivery
from zd_registry.agencies.rules import (
    Delivery,
    Due,
    Owed,
    Period,
    codes_of,
    month_periods,
    next_due,
    ranges_of,
    term_periods,
    year_periods,
)
from zd_registry.agencies.schemas import DueInfo, FeedInfo, LastDelivery
from zd_registry.organisations import queries as organisations
from zd_registry.organisations.models import Organisation
from zd_registry.organisations.rules import NATIONAL, Pattern, Term

# Long enough for the term or year before the present one and the one after it.
_AROUND: Final = timedelta(days=400)
_REMEMBERED: Final = timedelta(days=731)


async def find_agency(session: WriteSession, agency_id: UUID, *, lock: bool = False) -> Agency:
    """Raises NotFound."""
    agency = await session.get(Agency, agency_id, with_for_update=lock or None)
    if agency is None:
        raise NotFound.of("agency", "หน่วยงาน")
    return agency


async def feed_infos(session: WriteSession, feeds: Sequence[Feed]) -> list[FeedInfo]:
    """With what came last and what is owed next, as of the session's clock. Who takes part no longer owes nothing."""
    today = bangkok_date(session.clock.now())
    came, left = await _deliveries(session, feeds), await _left(session, feeds, today)
    names = await _organisations(session, feeds)
    calendars = {code: await _terms(session, code, today) for code in {NATIONAL, *names.values()}}
    patterns, days = await organisations.patterns(session), await _deadlines(session, today)
    infos = []
    for feed in feeds:
        organisation = names.get((feed.organisation_from, feed.organisation_to))
        periods = _periods(feed, calendars[organisation or NATIONAL], patterns, days, today)
        due = None if feed.agency in left else _due(feed, periods, came.get(feed.id, []), today)
        infos.append(_info(feed, organisation, came.get(feed.id, []), due))
    return infos


async def _left(session: WriteSession, feeds: Sequence[Feed], today: date) -> set[str]:
    """Agencies of the feeds whose last day is over, as their tokens name them."""
    names = {feed.agency for feed in feeds}
    gone = select(Agency.token_agency).where(col(Agency.token_agency).in_(names), col(Agency.left_date) < today)
    return set((await session.exec(gone)).all())


def _periods(
    feed: Feed, terms: Iterable[Term], patterns: Sequence[Pattern], days: dict[str, int], today: date
) -> list[Period]:
    if feed.owed == "term":
        return term_periods(terms, days["term"])
    if feed.owed == "month":
        return month_periods(today, days["month"])
    return year_periods(today, patterns, days["year"]) if feed.owed == "year" else []


def _due(feed: Feed, periods: Sequence[Period], came: Iterable[FeedDelivery], today: date) -> Due | None:
    deliveries = [Delivery(bangkok_date(each.delivered_at), each.term) for each in came if each.complete]
    owed = cast(Owed, feed.owed)
    return next_due(owed, periods, deliveries, since=bangkok_date(feed.created_at), today=today)


def _info(feed: Feed, organisation: str | None, came: Sequence[FeedDelivery], due: Due | None) -> FeedInfo:
    found = {
        "organisation": organisation,
        "areas": codes_of(ranges_of(feed.scope_areas)),
        "last_delivery": LastDelivery.model_validate(came[-1].model_dump()) if came else None,
        "due": None if due is None else DueInfo(period=due.period, due_date=due.due_date, late=due.late),
    }
    return FeedInfo.model_validate(feed.model_dump() | found)


async def _terms(session: WriteSession, calendar: str, today: date) -> Sequence[Term]:
    return (await organisations.calendar_of(session, calendar, today - _AROUND, today + _AROUND)).terms


async def _deliveries(session: WriteSession, feeds: Sequence[Feed]) -> dict[UUID, list[FeedDelivery]]:
    """Of each feed the deliveries of two years that were not withdrawn, the latest last."""
    query = select(FeedDelivery).where(
        col(FeedDelivery.feed_id).in_([feed.id for feed in feeds]),
        col(FeedDelivery.withdrawn_at).is_(None),
        col(FeedDelivery.delivered_at) > session.clock.now() - _REMEMBERED,
    )
    found: dict[UUID, list[FeedDelivery]] = {}
    for each in await session.exec(query.order_by(col(FeedDelivery.delivered_at))):
        found.setdefault(each.feed_id, []).append(each)
    return found


async def _organisations(session: WriteSession, feeds: Sequence[Feed]) -> dict[tuple[int | None, int | None], str]:
    """First and last position → code."""
    first = {feed.organisation_from for feed in feeds} - {None}
    query = select(Organisation).where(col(Organisation.position_from).in_(first))
    return {(each.position_from, each.position_to): each.code for each in await session.exec(query)}


async def _deadlines(session: WriteSession, today: date) -> dict[str, int]:
    query = select(FeedDeadline).where(FeedDeadline.from_date <= today).order_by(col(FeedDeadline.from_date))
    return {each.owed: each.days for each in await session.exec(query)}
