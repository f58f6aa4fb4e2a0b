from collections.abc import Iterable
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Depends, Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from zd_contracts.api.common import Page
from zd_contracts.fields import Grade
from zd_kernel.clock import bangkok_date
from zd_kernel.http.deps import Caller, HotReads, KitDep, Reads, Writes
from zd_kernel.http.kit import Kit, exchange_of
from zd_kernel.http.paging import Paging
from zd_kernel.http.routing import Idempotent, problems, requires, router
from zd_kernel.scope import area_range
from zd_registry.attendance.printing import PRINTED, Format, printed
from zd_registry.children.queries import Place, stored_area
from zd_registry.indicators.asking import counted_by
from zd_registry.transitions import actions, confirming, counting, listing, printing, queries
from zd_registry.transitions.actions import Wanted
from zd_registry.transitions.rules import OPEN, STATES, State
from zd_registry.transitions.schemas import (
    Confirmation,
    ConfirmationListResult,
    Incoming,
    IntentionShown,
    IntentionWithNote,
    NewConfirmation,
    NewConfirmationList,
    NewIntention,
    Transition,
    TransitionCounts,
    TransitionOfChild,
    Year,
)
from zd_registry.transitions.showing import transition_from

routes = router("transitions")
ChildId = Annotated[UUID, Path(description="The child")]
YearAsked = Annotated[
    int | None, Query(ge=2500, le=2599, description="School year that is entered, B.E.; without it, the next one")
]
YearEntered = Annotated[Year, Query(description="School year that is entered, B.E.")]
School = Annotated[str, Query(max_length=100, description="The school that takes them in", examples=["52030002"])]
_CSV: dict[int | str, dict[str, Any]] = {
    200: {"description": "CSV, UTF-8 with a byte-order mark", "content": {"text/csv": {"schema": {"type": "string"}}}}
}


class Filter:
    """Which pupils, as every list and count here takes it."""

    def __init__(
        self,
        year: YearAsked = None,
        area: Annotated[str | None, Query(description="DOPA code; without it, all that you may see")] = None,
        organisation: Annotated[
            str | None, Query(max_length=100, description="School that last listed them, or one above it in the tree")
        ] = None,
        grade: Annotated[Grade | None, Query(description="Only pupils of this grade")] = None,
        state: Annotated[
            list[State] | None, Query(max_length=len(STATES), description="Only pupils of these states")
        ] = None,
    ) -> None:
        self._areas = () if area is None else (area_range(area),)
        self._organisation = organisation
        self._wanted = Wanted(year, self._areas, (), grade, state or ())

    def wanted(self, kit: Kit) -> Wanted:
        """Raises NotFound for an organisation that is in no tree."""
        if self._organisation is None:
            return self._wanted
        return self._wanted._replace(organisations=(actions.span_in(kit.organisations, self._organisation),))


FilterDep = Annotated[Filter, Depends()]


@routes.get(
    "/transitions",
    summary="นักเรียนที่ต้องเปลี่ยนช่วงชั้นและที่เรียนต่อ · Pupils who need a new place",
    dependencies=[requires("registry:read")],
    responses=problems(404),
)
async def list_transitions(
    session: Reads, kit: KitDep, paging: Annotated[Paging, Depends()], asked_for: FilterDep
) -> Page[Transition]:
    """Needs the scope `registry:read`. The pupils of the transition grades (`/v1/transition-grades`) by the last lists
    of the year before, each with the place for the next; `state=unconfirmed&state=stopping&state=left` is whom somebody
    has to speak with before the term begins. Nothing of it is stored: who was enrolled a minute ago is enrolled."""
    asked = await actions.asked_about(session, asked_for.wanted(kit))
    after = paging.after(stored_area, UUID)
    rows = await actions.pupils_page(session, asked, Place(*after) if after else None, paging.limit + 1)
    shown, cursor = paging.page(rows, lambda row: (row["area"], row["id"]))
    starts = await actions.deadlines(session, asked.year, {row["organisation"] for row in shown})
    today = bangkok_date(kit.clock.now())
    return Page(items=[transition_from(row, starts, today) for row in shown], next_cursor=cursor)


@routes.get(
    "/transitions/counts",
    summary="จำนวนนักเรียนที่ยังไม่มีที่เรียนต่อ · How many have a place",
    dependencies=[requires("registry:read")],
    responses=problems(404),
)
async def count_transitions(
    session: Reads,
    kit: KitDep,
    asked_for: FilterDep,
    by: Annotated[
        str,
        Query(
            max_length=200,
            description=f"From {', '.join(queries.COUNTED_BY)}, one level of areas alone",
            examples=["state,grade"],
        ),
    ] = "state",
) -> TransitionCounts:
    """Needs the scope `registry:read`. Of your areas and organisations; a district is the sum of its tambons."""
    return await counting.count_pupils(session, asked_for.wanted(kit), counted_by(by, queries.COUNTED_BY))


@routes.get(
    "/transitions/pupils.csv",
    summary="บัญชีรายชื่อเป็นตาราง · The list as a spreadsheet",
    dependencies=[requires("registry:read")],
    response_class=StreamingResponse,
    responses=problems(404) | _CSV,
)
async def download_transitions(
    request: Request, session: HotReads, kit: KitDep, asked_for: FilterDep
) -> StreamingResponse:
    """Needs the scope `registry:read`. Without `state`, whom somebody has to speak with: unconfirmed, stopping, left.
    Cells that a spreadsheet would run begin with an apostrophe. Every row is in the access log."""
    exchange = exchange_of(request)
    wanted = asked_for.wanted(kit)
    wanted = wanted._replace(states=wanted.states or OPEN)

    async def record(children: Iterable[UUID]) -> None:
        await kit.audit.record(exchange.origin.entry(kit.clock.now(), children))

    return StreamingResponse(
        listing.lines(kit.database, session.scope, wanted, record),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="transitions.csv"'},
    )


@routes.get(
    "/transitions/printed",
    summary="พิมพ์บัญชีรายโรงเรียนหรือรายตำบล · The list to print, by school or tambon",
    dependencies=[requires("registry:read")],
    responses=PRINTED,
)
async def print_transitions(
    session: Reads, kit: KitDep, asked_for: FilterDep,
    by: Annotated[Literal["organisation", "tambon"], Query(description="A page for each")] = "organisation",
    format: Format = "html",
) -> Response:  # fmt: skip
    """Needs the scope `registry:read`. Without `state`, whom somebody has to speak with, with the reason of those who
    said that they will not continue. Dates are B.E."""
    return printed(await printing.open_pages(session, asked_for.wanted(kit), by), format)


@routes.get(
    "/children/{child_id}/transition",
    summary="ที่เรียนต่อของเด็ก · The next place of a child",
    dependencies=[requires("registry:read")],
    responses=problems(404),
)
async def read_transition(session: Reads, child_id: ChildId, year: YearEntered) -> TransitionOfChild:
    """Needs the scope `registry:read`. With everything that was said of it, the last word first."""
    return await actions.transition_of(session, child_id, year)


@routes.post(
    "/children/{child_id}/place-confirmations",
    status_code=201,
    summary="ยืนยันที่เรียน · Confirm a place",
    dependencies=[requires("registry:write"), Idempotent],
    responses=problems(404),
)
async def confirm_place(
    session: Writes, kit: KitDep, caller: Caller, child_id: ChildId, confirmation: NewConfirmation
) -> Confirmation:
    """Needs the scope `registry:write`. The receiving school says it of itself, or the office of its area for it; what
    the family says, whoever sees the child may tell. A school that does not see the pupil sends a list to
    `/v1/place-confirmations`."""
    return await actions.confirm_place(session, kit.organisations, child_id, confirmation, caller.agency)


@routes.delete(
    "/children/{child_id}/place-confirmations/{confirmation_id}",
    status_code=204,
    summary="ถอนการยืนยันที่เรียน · Take a place back",
    dependencies=[requires("registry:write")],
    responses=problems(404),
)
async def take_back_place(
    session: Writes,
    kit: KitDep,
    caller: Caller,
    child_id: ChildId,
    confirmation_id: Annotated[UUID, Path(description="The statement")],
) -> None:
    """Needs the scope `registry:write`. What was said stays in the history."""
    await actions.take_back_place(session, kit.organisations, child_id, confirmation_id, caller.agency)


@routes.post(
    "/place-confirmations",
    summary="บัญชีรับนักเรียนของสถานศึกษา · The list of whom a school takes in",
    dependencies=[requires("registry:write"), Idempotent],
    responses=problems(404),
)
async def confirm_list(
    session: Writes, kit: KitDep, caller: Caller, wanted: NewConfirmationList
) -> ConfirmationListResult:
    """Needs the scope `registry:write` and the school in your claims. A pupil is found by number and confirmed if the
    given name is the one in the register, wherever they learn and live now. The same list again changes nothing. As a
    file: `/v1/sheets` with the kind `incoming`."""
    return await confirming.confirm_list(session, kit.organisations, kit.keyring, wanted, caller.agency)


@routes.get(
    "/place-confirmations",
    summary="ผู้ที่มีที่เรียนในสถานศึกษา · Who has a place in a school",
    dependencies=[requires("registry:read")],
    responses=problems(404),
)
async def list_incoming(
    session: Reads, kit: KitDep, paging: Annotated[Paging, Depends()], organisation: School, year: YearEntered
) -> Page[Incoming]:
    """Needs the scope `registry:read`, and the school or the children's areas in your claims. By the school's own word
    before the family's; what was taken back is left out. Names are told of children whom you see."""
    (after,) = paging.after(UUID) or (UUID(int=0),)
    rows = await actions.incoming(session, kit.organisations, organisation, year, after, paging.limit + 1)
    shown, cursor = paging.page(rows, lambda row: (row["child_id"],))
    return Page(items=[Incoming.model_validate(dict(row)) for row in shown], next_cursor=cursor)


@routes.get(
    "/place-confirmations/printed",
    summary="พิมพ์บัญชีผู้ที่มีที่เรียน · The list of who has a place, to print",
    dependencies=[requires("registry:read")],
    responses=PRINTED,
)
async def print_incoming(
    session: Reads, kit: KitDep, organisation: School, year: YearEntered, format: Format = "html"
) -> Response:
    """Needs the scope `registry:read`, as the list does."""
    return printed([await printing.incoming_page(session, kit.organisations, organisation, year)], format)


@routes.post(
    "/children/{child_id}/intentions",
    status_code=201,
    summary="บันทึกความตั้งใจเรียนต่อ · Record what the family says",
    dependencies=[requires("registry:write"), Idempotent],
    responses=problems(404),
)
async def record_intention(
    session: Writes, kit: KitDep, caller: Caller, child_id: ChildId, intention: NewIntention
) -> IntentionShown:
    """Needs the scope `registry:write`. The last word holds; what was said before stays in the history."""
    return await actions.record_intention(session, kit.keyring, child_id, intention, caller.agency)


@routes.get(
    "/children/{child_id}/intentions",
    summary="คำบอกเล่าของครอบครัวพร้อมบันทึก · What the family said, with the notes",
    dependencies=[requires("registry:intentions")],
    responses=problems(404),
)
async def list_intentions(
    session: Reads,
    kit: KitDep,
    child_id: ChildId,
    year: YearEntered,
) -> Page[IntentionWithNote]:
    """Needs the scope `registry:intentions`, which few have: a note may tell what concerns nobody else."""
    return Page(items=await actions.intentions_of(session, kit.keyring, child_id, year))
