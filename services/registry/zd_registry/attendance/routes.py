from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Header, Path, Query, Request, Response

from zd_contracts.api.common import Page
from zd_contracts.fields import Organisation, Term
from zd_kernel.http.deps import HotReads, KitDep, Reads, Writes
from zd_kernel.http.etags import etag
from zd_kernel.http.paging import MOST, Paging
from zd_kernel.http.routing import Idempotent, problems, requires, router
from zd_kernel.problems import Invalid
from zd_registry.areas.actions import check_claim
from zd_registry.attendance import actions, queries, reading, reports
from zd_registry.attendance.answering import days_of, given_from, result_of
from zd_registry.attendance.printing import PRINTED, Format, printed
from zd_registry.attendance.schemas import (
    ChildAttendance,
    CorrectionInfo,
    ProgrammeAttendance,
    ProgrammeIn,
    ProgrammeInfo,
    PupilRate,
    RegisterResults,
    RegistersIn,
    SchoolDay,
    SymbolIn,
    SymbolInfo,
)
from zd_registry.classes.queries import find_class
from zd_registry.organisations.queries import find_organisation

routes = router("attendance")
READ, WRITE, CONFIGURE = requires("registry:read"), requires("registry:attendance"), requires("registry:configure")
School = Annotated[Organisation, Query()]
ClassId = Annotated[UUID | None, Query(description="Only this class")]
ChildId = Annotated[UUID, Path(description="The child")]
AskedDay = Annotated[date, Query(ge=date(2007, 1, 1), le=date(2200, 1, 1), description="Date, ISO 8601, C.E.")]
_NEWEST = UUID(int=(1 << 128) - 1)


class PupilPaging(Paging):
    """Nearly every school fits on one page."""

    def __init__(
        self,
        request: Request,
        response: Response,
        limit: Annotated[int, Query(ge=1, le=MOST, description="Pupils on a page")] = MOST,
        cursor: Annotated[str | None, Query(max_length=1000, description="`next_cursor` of the page before")] = None,
    ) -> None:
        super().__init__(request, response, limit, cursor)


@routes.post(
    "/attendance", summary="บันทึกการมาเรียน · Mark attendance of a school or class and day",
    dependencies=[WRITE, Idempotent], responses=problems(404, 412),
)  # fmt: skip
async def mark_attendance(
    session: Writes, kit: KitDep, body: RegistersIn,
    if_match: Annotated[
        str | None, Header(description="ETag of the register of the day as you read it; then one register")
    ] = None,
) -> RegisterResults:  # fmt: skip
    """Needs the scope `registry:attendance`, and a claim to the school or its area; a teacher of classes marks their
    own. What is refused is named with its reason, the rest is taken. A mark replaces the one before, which is kept and
    named in the answer: nothing is lost between two teachers. Whoever would rather look again than replace what a
    colleague marked meanwhile sends the `ETag` of `GET /v1/attendance/day`, of the same school or class, as `If-Match`
    (412 if it changed). The same register again changes nothing."""
    days = [days_of(each.marks) for each in body.registers]
    given = [given_from(each, marked) for each, marked in zip(body.registers, days, strict=True)]
    if if_match is not None:
        await actions.check_unchanged(session, given, if_match)
    taken = await actions.take_registers(session, given, kit.settings.served)
    return RegisterResults(items=[result_of(*each) for each in zip(given, days, taken, strict=True)])


@routes.get(
    "/attendance/day", summary="สมุดบันทึกประจำวัน · The register of a day", dependencies=[READ], responses=problems(404)
)
async def get_attendance_day(
    session: Reads, response: Response, organisation: School, day: AskedDay, class_id: ClassId = None
) -> SchoolDay:
    """Needs the scope `registry:read`. Who is in the list of the school or class on that day, with their marks; the
    `ETag` is the register's as it stands."""
    school = await find_organisation(session, organisation)
    if class_id is not None:
        await find_class(session, class_id)
    found, version = await reading.school_day(session, school, day, class_id)
    etag(response, version)
    return found


@routes.get(
    "/attendance/rates", summary="อัตราการมาเรียนรายคน · Rates of every pupil of a term", dependencies=[READ],
    responses=problems(404),
)  # fmt: skip
async def list_attendance_rates(
    session: Reads, organisation: School, term: Annotated[Term, Query()], paging: Annotated[PupilPaging, Depends()],
    class_id: ClassId = None,
) -> Page[PupilRate]:  # fmt: skip
    """Needs the scope `registry:read`. The days due are the pupil's own: those on which somebody marked them and there
    was school. Whether leave and sickness count as absence is the area's policy `attendance`."""
    school = await find_organisation(session, organisation)
    after = paging.after(UUID, str) or (UUID(int=0), "")
    rates = await reading.pupil_rates(session, school, term, class_id, after, paging.limit + 1)
    shown, cursor = paging.page(rates, lambda rate: (rate.child_id, rate.organisation))
    return Page(items=shown, next_cursor=cursor)


@routes.get(
    "/attendance/corrections", summary="ประวัติการแก้ไข · What was corrected at a school", dependencies=[READ],
    responses=problems(404),
)  # fmt: skip
async def list_attendance_corrections(
    session: Reads, organisation: School, paging: Annotated[Paging, Depends()]
) -> Page[CorrectionInfo]:
    """Needs the scope `registry:read`. The latest first: who changed which mark, when, from what to what, and why."""
    school = await find_organisation(session, organisation)
    (before,) = paging.after(UUID) or (_NEWEST,)
    connection = await session.driver()
    rows = await connection.fetch(queries.SCHOOL_CORRECTIONS, school.position_from, before, paging.limit + 1)
    session.audit_subjects(*(row["child_id"] for row in rows))
    shown, cursor = paging.page(rows, lambda row: (row["id"],))
    return Page(items=reading.corrections(shown), next_cursor=cursor)


@routes.get(
    "/children/{child_id}/attendance", summary="การมาเรียนของเด็กคนหนึ่ง · One child's attendance",
    dependencies=[READ], responses=problems(404),
)  # fmt: skip
async def get_child_attendance(session: Reads, child_id: ChildId) -> ChildAttendance:
    """Needs the scope `registry:read`. Term by term and month by month, corrections, placements and sessions."""
    return await reading.child_attendance(session, child_id)


@routes.get(
    "/children/{child_id}/attendance/{programme}", summary="การมาเรียนตามเกณฑ์โครงการ · What counts for a programme",
    dependencies=[READ], responses=problems(404),
)  # fmt: skip
async def get_programme_attendance(
    session: Reads, child_id: ChildId,
    programme: Annotated[str, Path(pattern="^[a-z][a-z0-9_]{1,31}$", description="Short name of the programme")],
    start: AskedDay, until: AskedDay,
) -> ProgrammeAttendance:  # fmt: skip
    """Needs the scope `registry:read`. School, placements and sessions count alike where the programme says so
    (`/v1/attendance/programmes`)."""
    if until < start:
        raise Invalid("period_reversed", "วันสิ้นสุดต้องไม่มาก่อนวันเริ่ม", "The last day lies before the first.")
    return await reading.programme_attendance(session, child_id, programme, start, until)


@routes.get("/attendance/symbols", summary="สัญลักษณ์ในสมุดบันทึก · Signs of the paper register", dependencies=[READ])
async def list_attendance_symbols(session: HotReads) -> Page[SymbolInfo]:
    """Needs the scope `registry:read`. Of each sign the youngest meaning that has begun holds."""
    return Page(items=[SymbolInfo.model_validate(dict(row)) for row in await session.fetch(queries.SYMBOLS)])


@routes.put(
    "/attendance/symbols", status_code=204, summary="กำหนดสัญลักษณ์ · Say what a sign means", dependencies=[CONFIGURE],
    responses=problems(409),
)  # fmt: skip
async def put_attendance_symbol(session: Writes, kit: KitDep, wanted: SymbolIn) -> None:
    """Needs `registry:configure` and all areas that the instance serves. What it meant before stays readable."""
    check_claim(session, kit.settings.served)
    await actions.set_symbol(session, wanted)


@routes.get(
    "/attendance/programmes", summary="สิ่งที่นับเป็นการมาเรียน · What counts for which programme", dependencies=[READ]
)
async def list_attendance_programmes(session: HotReads) -> Page[ProgrammeInfo]:
    """Needs the scope `registry:read`."""
    return Page(items=[ProgrammeInfo.model_validate(dict(row)) for row in await session.fetch(queries.PROGRAMMES)])


@routes.put(
    "/attendance/programmes", status_code=204, summary="กำหนดสิ่งที่นับ · Say what counts for a programme",
    dependencies=[CONFIGURE], responses=problems(409),
)  # fmt: skip
async def put_attendance_programme(session: Writes, kit: KitDep, wanted: ProgrammeIn) -> None:
    """Needs `registry:configure` and all areas that the instance serves. What counted before stays readable."""
    check_claim(session, kit.settings.served)
    await actions.set_programme(session, wanted)


@routes.get(
    "/attendance/reports/day", summary="พิมพ์บันทึกประจำวัน · The register of a day on paper", dependencies=[READ],
    responses=PRINTED, response_class=Response,
)  # fmt: skip
async def print_attendance_day(
    session: Reads, organisation: School, day: AskedDay, class_id: ClassId = None, format: Format = "html"
) -> Response:
    """Needs the scope `registry:read`. With the marks there are, or to be filled in by hand."""
    asked = reports.Asked(await find_organisation(session, organisation), class_id)
    return printed(await reports.day_register(session, asked, day), format)


@routes.get(
    "/attendance/reports/term", summary="พิมพ์บัญชีเรียกชื่อทั้งภาคเรียน · The register of a term on paper",
    dependencies=[READ], responses=PRINTED, response_class=Response,
)  # fmt: skip
async def print_attendance_term(
    session: Reads, organisation: School, term: Annotated[Term, Query()], class_id: ClassId = None,
    format: Format = "html",
) -> Response:  # fmt: skip
    """Needs the scope `registry:read`. A page for each month, its days as columns, and one for the whole term."""
    asked = reports.Asked(await find_organisation(session, organisation), class_id)
    return printed(await reports.term_register(session, asked, term), format)


@routes.get(
    "/attendance/reports/month", summary="พิมพ์รายงานประจำเดือน · The report of a month on paper", dependencies=[READ],
    responses=PRINTED, response_class=Response,
)  # fmt: skip
async def print_attendance_month(
    session: Reads, organisation: School,
    month: Annotated[date, Query(ge=date(2007, 1, 1), le=date(2200, 1, 1), description="Any day of the month")],
    class_id: ClassId = None, format: Format = "html",
) -> Response:  # fmt: skip
    """Needs the scope `registry:read`. Every pupil's days and share absent, and the figures of school or class."""
    asked = reports.Asked(await find_organisation(session, organisation), class_id)
    return printed(await reports.month_report(session, asked, month.replace(day=1)), format)
