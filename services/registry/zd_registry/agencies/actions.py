from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlmodel import col, delete, select

from zd_contracts.events.registry import AgencyJoined
from zd_kernel.data.session import WriteSession
from zd_kernel.events.outbox import emit
from zd_kernel.http.etags import check_version
from zd_kernel.ids import uuid7
from zd_kernel.problems import Conflict, FieldError, Invalid
from zd_kernel.scope import Range, area_code, area_range, tambon_of
from zd_registry.agencies.models import Agency, AgencyArea, Feed, FeedDeadline, FeedDelivery
from zd_registry.agencies.queries import find_agency
from zd_registry.agencies.rules import Owed, multirange
from zd_registry.agencies.schemas import DeadlineTerms, FeedTerms, NewAgency
from zd_registry.areas.actions import check_claim, check_known
from zd_registry.areas.rules import merged
from zd_registry.organisations.models import Organisation

_FIRST_FILE = """
INSERT INTO feed (id, agency, kind, name, scope_areas, created_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (agency, kind, name) DO NOTHING
"""


async def join_agency(session: WriteSession, new: NewAgency) -> Agency:
    """Raises Conflict where another agency's tokens have the same name."""
    if (await session.exec(select(Agency.id).where(Agency.token_agency == new.token_agency))).first():
        raise Conflict(
            "agency_known", "มีหน่วยงานที่ใช้ชื่อในโทเคนนี้แล้ว", "An agency with this name in tokens is known. Change that one."
        )
    if new.tambon:
        await check_known(session, {"/tambon": new.tambon})
    agency = Agency(**new.model_dump(exclude={"tambon"}), area=area_code(new.tambon), updated_at=session.clock.now())
    await _check_areas(session, agency.areas)
    session.add(agency)
    await session.flush()
    _serve(session, agency)
    emit(
        session,
        AgencyJoined(
            agency_id=agency.id, kind=agency.kind, tambon=tambon_of(agency.area), joined_date=agency.joined_date
        ),
    )
    return agency


async def change_agency(session: WriteSession, agency_id: UUID, change: dict[str, Any], *, if_match: str) -> Agency:
    """`change` holds the fields that are given. Raises PreconditionFailed for another version."""
    agency = await find_agency(session, agency_id, lock=True)
    check_claim(session, map(area_range, agency.areas))
    check_version(if_match, agency.version)
    left = change.get("left_date")
    if left and left < agency.joined_date:
        th, en = "วันออกอยู่ก่อนวันเข้าร่วม", "It left before it joined."
        raise Invalid("left_before_joined", th, en, errors=[FieldError("/left_date", "left_before_joined", th, en)])
    agency.sqlmodel_update(change)
    agency.version, agency.updated_at = agency.version + 1, session.clock.now()
    if "areas" in change:
        await _check_areas(session, agency.areas)
        await session.exec(delete(AgencyArea).where(col(AgencyArea.agency_id) == agency_id))
        _serve(session, agency)
    return agency


async def put_feed(session: WriteSession, feed_id: UUID, terms: FeedTerms, *, seeded: Mapping[str, Range]) -> Feed:
    """Raises Conflict where another feed of the agency has the kind and the name, Forbidden outside the areas."""
    await _check_areas(session, terms.areas)
    named = select(Feed).where(Feed.agency == terms.agency, Feed.kind == terms.kind, Feed.name == terms.name)
    known = (await session.exec(named)).first()
    if known is not None and known.id != feed_id:
        raise Conflict(
            "feed_known",
            f"หน่วยงานนี้มีชุดข้อมูลชื่อนี้แล้ว ({known.id})",
            f"The agency has such a feed: {known.id}. Change that one.",
        )
    span = await _span(session, terms.organisation, seeded)
    feed = await session.get(Feed, feed_id, with_for_update=True)
    if feed is None:
        feed = Feed(id=feed_id, created_at=session.clock.now(), agency=terms.agency, kind=terms.kind, scope_areas="{}")
        session.add(feed)
    feed.sqlmodel_update(terms.model_dump(exclude={"organisation", "areas"}))
    feed.organisation_from, feed.organisation_to = span or (None, None)
    feed.scope_areas = multirange(map(area_range, terms.areas))
    await session.flush()
    return feed


async def find_feed(
    session: WriteSession, agency: str, kind: str, name: str, *, areas: Iterable[Range], now: datetime
) -> Feed:
    """The agency's feed of a kind and name; made with `areas`, owing nothing, when its first file comes."""
    connection = await session.driver()
    await connection.execute(_FIRST_FILE, uuid7(), agency, kind, name, multirange(merged(areas)), now)
    return (await session.exec(select(Feed).where(Feed.agency == agency, Feed.kind == kind, Feed.name == name))).one()


async def record_delivery(
    session: WriteSession, feed_id: UUID, import_id: UUID, *, term: str | None, complete: bool, rows: int
) -> None:
    """A committed file of a feed, as of the session's clock."""
    session.add(
        FeedDelivery(
            import_id=import_id,
            feed_id=feed_id,
            term=term,
            delivered_at=session.clock.now(),
            complete=complete,
            rows=rows,
        )
    )
    await session.flush()


async def withdraw_delivery(session: WriteSession, import_id: UUID) -> None:
    """The file counts as never delivered; when it was withdrawn is kept."""
    delivery = await session.get(FeedDelivery, import_id)
    if delivery is not None and delivery.withdrawn_at is None:
        delivery.withdrawn_at = session.clock.now()
        await session.flush()


async def put_deadline(session: WriteSession, owed: Owed, from_date: date, terms: DeadlineTerms) -> None:
    await session.merge(FeedDeadline(owed=owed, from_date=from_date, **terms.model_dump()))


async def _check_areas(session: WriteSession, codes: Iterable[str]) -> None:
    await check_known(session, {f"/areas/{n}": code for n, code in enumerate(codes)})
    check_claim(session, map(area_range, codes))


def _serve(session: WriteSession, agency: Agency) -> None:
    ranges = merged(map(area_range, agency.areas))
    session.add_all(AgencyArea(agency_id=agency.id, area_from=lo, area_to=hi) for lo, hi in ranges)


async def _span(session: WriteSession, code: str | None, seeded: Mapping[str, Range]) -> Range | None:
    if code is None:
        return None
    organisation = await session.get(Organisation, code)
    span = organisation.span if organisation else seeded.get(code)
    if span is None:
        th, en = "ไม่มีหน่วยงานรหัสนี้ โปรดบันทึกหน่วยงานก่อน", "There is no organisation of this code. Register it first."
        raise Invalid(
            "organisation_unknown", th, en, errors=[FieldError("/organisation", "organisation_unknown", th, en)]
        )
    return span
