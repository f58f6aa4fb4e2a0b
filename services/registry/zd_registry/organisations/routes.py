from datetime import date, timedelta
from typing import Annotated

from fastapi import Depends, Path, Query, Response
from sqlmodel import col, select

from zd_contracts.api.common import Page
from zd_contracts.fields import Area
from zd_kernel.clock import bangkok_date
from zd_kernel.http.deps import Caller, KitDep, Reads, Writes
from zd_kernel.http.etags import IfMatch, etag
from zd_kernel.http.paging import Paging
from zd_kernel.http.routing import Idempotent, problems, requires, router
from zd_kernel.problems import Invalid
from zd_kernel.scope import area_range
from zd_registry.areas.rules import code_of
from zd_registry.organisations import actions, calendars, queries
from zd_registry.organisations.models import CalendarPattern, Organisation, OrganisationCode
from zd_registry.organisations.rules import AFFILIATIONS, SpecialDay, Term, school_days
from zd_registry.organisations.schemas import (
    AffiliationCode,
    AffiliationInfo,
    CalendarDayInfo,
    CalendarInfo,
    CalendarTermInfo,
    DayNote,
    ItemResults,
    NewOrganisation,
    OrganisationChange,
    OrganisationInfo,
    OrganisationKind,
    Organisations,
    PatternInfo,
    Patterns,
    System,
    TermDates,
)

routes = router("organisations")
READ, WRITE = requires("registry:read"), requires("registry:organisations")
LONGEST_PERIOD_DAYS = 400
Code = Annotated[str, Path(max_length=40, description="Code of the organisation", examples=["52030001"])]
CalendarName = Annotated[
    str, Path(max_length=40, description="`national`, an affiliation or an organisation's code", examples=["obec"])
]
# The Ministry's regulation in force begins with the school year 2549, in May 2006.
Day = Annotated[date, Path(ge=date(2007, 1, 1), le=date(2200, 1, 1), description="Date, ISO 8601, C.E.")]
AskedDay = Annotated[date | None, Query(ge=date(2007, 1, 1), le=date(2200, 1, 1), description="Date, ISO 8601, C.E.")]
FromYear = Annotated[int, Path(ge=2549, le=2743, description="School year, B.E.", examples=[2570])]


async def held_tree(session: Writes, kit: KitDep, caller: Caller) -> actions.Tree:
    return await actions.hold_tree(
        session, seeded=kit.organisations.seeded, served=kit.settings.served, by=caller.subject
    )


HeldTree = Annotated[actions.Tree, Depends(held_tree, scope="function")]


@routes.get("/affiliations", summary="สังกัด · Affiliations", dependencies=[READ])
async def list_affiliations() -> list[AffiliationInfo]:
    """The systems that schools belong to."""
    return [AffiliationInfo.model_validate(each._asdict()) for each in AFFILIATIONS]


@routes.get("/organisations", summary="หน่วยงานและสถานศึกษา · Organisations", dependencies=[READ])
async def list_organisations(
    session: Reads,
    paging: Annotated[Paging, Depends()],
    area: Annotated[Area | None, Query(description="Only in this area", examples=["5203"])] = None,
    affiliation: Annotated[AffiliationCode | None, Query(description="Only of this affiliation")] = None,
    kind: Annotated[OrganisationKind | None, Query(description="Only of this kind")] = None,
    parent: Annotated[str | None, Query(max_length=40, description="Only directly below this one")] = None,
    under: Annotated[str | None, Query(max_length=40, description="Only below this one, at any depth")] = None,
    system: Annotated[System | None, Query(description="Only with a code of this system")] = None,
    external_code: Annotated[str | None, Query(max_length=255, description="Only with this code of `system`")] = None,
) -> Page[OrganisationInfo]:
    """Organisations by code; all filters hold together."""
    query = select(Organisation).order_by(col(Organisation.code)).limit(paging.limit + 1)
    if after := paging.after(str):
        query = query.where(col(Organisation.code) > after[0])
    given = {"affiliation": affiliation, "kind": kind, "parent": parent}
    query = query.filter_by(**{name: value for name, value in given.items() if value is not None})
    if area is not None:
        query = query.where(col(Organisation.area).between(*area_range(area)))
    if under is not None:
        top = await queries.find_organisation(session, under)
        query = query.where(
            col(Organisation.position_from).between(top.position_from, top.position_to), Organisation.code != under
        )
    if system is not None:
        named = select(OrganisationCode.organisation).where(OrganisationCode.system == system)
        named = named if external_code is None else named.where(OrganisationCode.code == external_code)
        query = query.where(col(Organisation.code).in_(named))
    found, cursor = paging.page((await session.exec(query)).all(), lambda each: (each.code,))
    return Page(items=await _shown(session, found), next_cursor=cursor)


@routes.post("/organisations", status_code=201, summary="เพิ่มหน่วยงาน · Add one", dependencies=[WRITE, Idempotent])
async def create_organisation(tree: HeldTree, new: NewOrganisation, response: Response) -> OrganisationInfo:
    """Needs `registry:organisations`. Its positions lie below its parent's; claims to it work within half a minute."""
    found = await actions.create_organisation(tree, new)
    response.headers["Location"] = f"/v1/organisations/{found.code}"
    etag(response, found.version)
    return (await _shown(tree.session, [found]))[0]


@routes.put("/organisations", summary="บันทึกหลายหน่วยงาน · Store many", dependencies=[WRITE])
async def put_organisations(tree: HeldTree, wanted: Organisations) -> ItemResults:
    """Needs `registry:organisations`. Creates and changes by code; each is answered for on its own, and the same list
    again changes nothing. Parents come before what belongs to them."""
    return ItemResults(items=await actions.put_organisations(tree, wanted.organisations))


@routes.get("/organisations/positions", summary="ตำแหน่งในผัง · Positions of all", dependencies=[READ])
async def list_positions(session: Reads, kit: KitDep) -> dict[str, tuple[int, int]]:
    """Code → first and last position: what the setting `organisations_file` of every service takes."""
    return {code: (r.lo, r.hi) for code, r in (await queries.positions(session, kit.organisations.seeded)).items()}


@routes.get("/organisations/{code}", summary="หน่วยงานหนึ่ง · One", dependencies=[READ], responses=problems(404))
async def get_organisation(session: Reads, code: Code, response: Response) -> OrganisationInfo:
    """One organisation. Its `ETag` goes into `If-Match` to change it."""
    found = await queries.find_organisation(session, code)
    etag(response, found.version)
    return (await _shown(session, [found]))[0]


@routes.patch(
    "/organisations/{code}", summary="แก้ไขหน่วยงาน · Change one", dependencies=[WRITE],
    responses=problems(404, 409, 412, 428),
)  # fmt: skip
async def change_organisation(
    tree: HeldTree, code: Code, change: OrganisationChange, if_match: IfMatch, response: Response
) -> OrganisationInfo:
    """Needs `registry:organisations`. Another `parent` moves it with all that is below it, and its pupils' lists."""
    given = change.model_dump(exclude_unset=True)
    found, _ = await actions.change_organisation(tree, code, given, if_match=if_match)
    etag(response, found.version)
    return (await _shown(tree.session, [found]))[0]


@routes.get("/calendars/{calendar}", summary="ปฏิทิน · A calendar", dependencies=[READ], responses=problems(404))
async def get_calendar(
    session: Reads, calendar: CalendarName, start: AskedDay = None, until: AskedDay = None,
    replaced: Annotated[bool, Query(description="Also what this calendar itself said before")] = False,
) -> CalendarInfo:  # fmt: skip
    """Terms, days unlike others and days of teaching, from `start` (today) to `until` (120 days on)."""
    first = start or bangkok_date(session.clock.now())
    last = until or first + timedelta(days=120)
    if not 0 <= (last - first).days < LONGEST_PERIOD_DAYS:
        th, en = "ช่วงวันต้องไม่เกิน 400 วัน และเริ่มก่อนสิ้นสุด", "Ask for 400 days at most, the first before the last."
        raise Invalid("period_too_long", th, en)
    line = await queries.inherited(session, calendar)
    found = await queries.calendar_of(session, calendar, first, last)
    terms = await queries.replaced_terms(session, calendar) if replaced else []
    days = await queries.replaced_days(session, calendar) if replaced else []
    return CalendarInfo(
        inherits=line[1:],
        terms=[_term(term) for term in found.terms],
        days=[_day(each) for each in found.days.values()],
        school_days=list(school_days(found, first, last)),
        replaced_terms=[CalendarTermInfo.model_validate(each.model_dump()) for each in terms],
        replaced_days=[CalendarDayInfo.model_validate(each.model_dump()) for each in days],
    )


@routes.put(
    "/calendars/{calendar}/terms/{year}/{number}", status_code=204, summary="กำหนดภาคเรียน · Set a term",
    dependencies=[WRITE], responses=problems(404),
)  # fmt: skip
async def put_term(
    session: Writes, kit: KitDep, caller: Caller, calendar: CalendarName, dates: TermDates,
    year: Annotated[int, Path(ge=2549, le=2599, description="School year, B.E.", examples=[2567])],
    number: Annotated[int, Path(ge=1, le=3, description="Number of the term", examples=[1])],
) -> None:  # fmt: skip
    """Needs `registry:organisations`. Holds for the calendar and all that inherit it. What it said before is kept."""
    await calendars.check_calendar(session, calendar, kit.settings.served)
    await calendars.put_term(session, calendar, f"{year}/{number}", dates, by=caller.subject)


@routes.put(
    "/calendars/{calendar}/days/{day}", status_code=204, summary="กำหนดวันหยุดหรือวันพิเศษ · Set a day",
    dependencies=[WRITE], responses=problems(404),
)  # fmt: skip
async def put_day(
    session: Writes, kit: KitDep, caller: Caller, calendar: CalendarName, day: Day, note: DayNote
) -> None:
    """Needs `registry:organisations`. A holiday, a sudden closure, a remote day, or teaching on a day off."""
    await calendars.check_calendar(session, calendar, kit.settings.served)
    await calendars.put_day(session, calendar, day, note, by=caller.subject)


@routes.delete(
    "/calendars/{calendar}/days/{day}", status_code=204, summary="ยกเลิกวันพิเศษ · Take a day back",
    dependencies=[WRITE], responses=problems(404),
)  # fmt: skip
async def delete_day(session: Writes, kit: KitDep, caller: Caller, calendar: CalendarName, day: Day) -> None:
    """Needs `registry:organisations`. The day is again what the calendar inherits."""
    await calendars.check_calendar(session, calendar, kit.settings.served)
    await calendars.put_day(session, calendar, day, None, by=caller.subject)


@routes.get("/calendar-patterns", summary="ปีการศึกษาและภาคเรียนตามระเบียบ · Defaults", dependencies=[READ])
async def list_patterns(session: Reads) -> list[PatternInfo]:
    """School year (0) and terms by day and month, each from a year on, with the source."""
    query = select(CalendarPattern).order_by(col(CalendarPattern.from_year), col(CalendarPattern.number))
    return [PatternInfo.model_validate(each.model_dump()) for each in await session.exec(query)]


@routes.put(
    "/calendar-patterns/{from_year}", status_code=204, summary="กำหนดค่าเริ่มต้น · Set the defaults", dependencies=[WRITE]
)
async def put_patterns(session: Writes, kit: KitDep, from_year: FromYear, wanted: Patterns) -> None:
    """Needs `registry:organisations` and all areas that the instance serves."""
    await calendars.check_calendar(session, "national", kit.settings.served)
    await calendars.put_patterns(session, from_year, wanted.patterns)


async def _shown(session: Reads, found: list[Organisation]) -> list[OrganisationInfo]:
    codes = await queries.external_codes(session, [each.code for each in found])
    return [
        OrganisationInfo.model_validate(
            each.model_dump() | {"area": code_of(each.area) if each.area else None}
            | {"external_codes": codes.get(each.code, {})}
        )
        for each in found
    ]  # fmt: skip


def _term(term: Term) -> CalendarTermInfo:
    return CalendarTermInfo(
        calendar=term.calendar, term=term.label, start_date=term.start, end_date=term.end, weekdays=term.weekdays,
        source=term.source, created_by=term.created_by, created_at=term.created_at,
    )  # fmt: skip


def _day(each: SpecialDay) -> CalendarDayInfo:
    return CalendarDayInfo(
        calendar=each.calendar, day=each.day, kind=each.kind, reason=each.reason, created_by=each.created_by,
        created_at=each.created_at,
    )  # fmt: skip
