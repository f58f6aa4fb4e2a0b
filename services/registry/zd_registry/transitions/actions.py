from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from asyncpg import Record

from zd_kernel.access.organisations import Organisations
from zd_kernel.clock import bangkok_date
from zd_kernel.data.session import WriteSession
from zd_kernel.ids import uuid7
from zd_kernel.keyring import KeyRing
from zd_kernel.problems import Conflict, Forbidden, Invalid, NotFound
from zd_kernel.scope import EVERYWHERE, Range
from zd_registry.children.queries import Place
from zd_registry.organisations.models import Organisation
from zd_registry.organisations.queries import patterns, term_starts
from zd_registry.organisations.rules import school_year, school_year_at, terms_of
from zd_registry.transitions import queries
from zd_registry.transitions.models import Intention, PlaceConfirmation, StopReason, TransitionGrade
from zd_registry.transitions.queries import Asked
from zd_registry.transitions.rules import NextGrades
from zd_registry.transitions.schemas import (
    Confirmation,
    IntentionShown,
    IntentionWithNote,
    NewConfirmation,
    NewIntention,
    NewStopReason,
    NewTransitionGrade,
    StopReasonShown,
    TransitionGradeShown,
    TransitionOfChild,
)
from zd_registry.transitions.showing import transition_from

NOTE = "intention_note"  # the key ring's purpose


class Wanted(NamedTuple):
    """Which pupils a caller asks about. Without `year`: those who enter the next school year."""

    year: int | None = None
    areas: tuple[Range, ...] = ()
    organisations: tuple[Range, ...] = ()
    grade: str | None = None
    states: Sequence[str] = ()
    child_id: UUID | None = None


async def asked_about(session: WriteSession, wanted: Wanted) -> Asked:
    """With the calendar and the transition grades of that year. Raises Invalid for a year before every calendar."""
    known = await patterns(session)
    today = bangkok_date(session.clock.now())
    year = int(school_year_at(today, known).label) + 1 if wanted.year is None else wanted.year
    try:
        start = school_year(year, known).start
        ended = max(term.end for term in terms_of(year - 1, known))
    except ValueError as exc:
        raise Invalid("no_calendar", "ไม่มีปฏิทินของปีการศึกษานั้น", "No calendar is known for that school year.") from exc
    following = await next_grades(session, start)
    grades = [grade for grade in following.grades if wanted.grade in {None, grade}]
    return Asked(
        year, ended, grades, following.steps, wanted.areas or (EVERYWHERE,), wanted.organisations, wanted.states,
        wanted.child_id,
    )  # fmt: skip


async def next_grades(session: WriteSession, day: date) -> NextGrades:
    rows = await (await session.driver()).fetch(queries.RULES_IN_FORCE, day)
    return NextGrades({row["grade"]: tuple(row["next_grades"]) for row in rows if row["next_grades"]})


async def pupils_page(session: WriteSession, asked: Asked, after: Place | None, limit: int) -> list[Record]:
    statement = queries.page(asked, session.scope, after, limit)
    rows: list[Record] = [] if statement is None else await (await session.driver()).fetch(statement[0], *statement[1])
    session.audit_subjects(*(row["id"] for row in rows))
    return rows


async def reasons_in_thai(session: WriteSession) -> dict[str, str]:
    """Code → words of today."""
    today = bangkok_date(session.clock.now())
    return {row["code"]: row["name_th"] for row in await (await session.driver()).fetch(queries.REASONS_ON, today)}


async def incoming(
    session: WriteSession, tree: Organisations, code: str, year: int, after: UUID, limit: int
) -> list[Record]:
    """Who has a place in a school, by its own word or a family's, as far as the caller's claims reach. Raises
    NotFound."""
    rows = await (await session.driver()).fetch(queries.INCOMING, year, *span_in(tree, code), after, limit)
    session.audit_subjects(*(row["child_id"] for row in rows))
    return rows


async def deadlines(session: WriteSession, year: int, organisations: Iterable[str]) -> dict[str, date]:
    """Organisation → the day on which its school year begins."""
    return await term_starts(session, organisations, f"{year}/1")


async def pupil(session: WriteSession, child_id: UUID, year: int) -> tuple[Asked, Record]:
    """Raises NotFound for a child outside the claims, Invalid for one in no transition grade."""
    child = await (await session.driver()).fetchrow(queries.CHILD, child_id)
    if child is None:
        raise NotFound.of("child", "เด็ก")
    session.audit_subjects(child_id)
    asked = await asked_about(session, Wanted(year, child_id=child_id))
    rows = await pupils_page(session, asked, None, 1)
    if not rows:
        raise Invalid(
            "not_in_transition",
            "เด็กไม่ได้อยู่ในชั้นที่ต้องเปลี่ยนช่วงชั้นในปีการศึกษาก่อนหน้า ดูชั้นเหล่านั้นที่ /v1/transition-grades",
            "The child was in no transition grade in the year before. See /v1/transition-grades.",
        )
    return asked, rows[0]


async def transition_of(session: WriteSession, child_id: UUID, year: int) -> TransitionOfChild:
    _, row = await pupil(session, child_id, year)
    connection = await session.driver()
    confirmations = await connection.fetch(queries.CONFIRMATIONS, child_id, year)
    intentions = await connection.fetch(queries.INTENTIONS, child_id, year)
    starts = await deadlines(session, year, [row["organisation"]])
    return TransitionOfChild(
        transition=transition_from(row, starts, bangkok_date(session.clock.now())),
        confirmations=[Confirmation.model_validate(dict(said)) for said in confirmations],
        intentions=[IntentionShown.model_validate(dict(said)) for said in intentions],
    )


async def confirm_place(
    session: WriteSession, tree: Organisations, child_id: UUID, new: NewConfirmation, agency: str
) -> Confirmation:
    """A school speaks for itself, or the office of its area for it; of a family's word whoever sees the child may
    tell. Raises NotFound, Forbidden, Invalid."""
    asked, row = await pupil(session, child_id, new.year)
    position = await receiving(session, tree, new.organisation, own=new.confirmed_by == "school")
    if not next_grades_of(asked).allows(row["grade"], new.grade):
        raise Invalid(
            "grade_not_next",
            f"ชั้น {new.grade} ไม่ใช่ชั้นต่อจาก {row['grade']}",
            f"The grade {new.grade} does not count as the next after {row['grade']}.",
        )
    said = _said(session, child_id, row["area"], position, new, agency, holds=True)
    session.add(said)
    return Confirmation.model_validate(said.model_dump())


async def take_back_place(
    session: WriteSession, tree: Organisations, child_id: UUID, said_id: UUID, agency: str
) -> None:
    """Said once more, that it holds no longer: what was said before stays readable."""
    said = await session.get(PlaceConfirmation, said_id)
    if said is None or said.child_id != child_id:
        raise NotFound.of("confirmation", "การยืนยันที่เรียน")
    session.audit_subjects(child_id)
    position = await receiving(session, tree, said.organisation, own=said.confirmed_by == "school")
    new = NewConfirmation.model_validate(said.model_dump(include={"year", "organisation", "grade", "confirmed_by"}))
    session.add(_said(session, child_id, said.area, position, new, agency, holds=False))


def _said(
    session: WriteSession, child_id: UUID, area: int, position: int, new: NewConfirmation, agency: str, *, holds: bool
) -> PlaceConfirmation:
    return PlaceConfirmation(
        child_id=child_id, area=area, organisation_position=position, holds=holds, agency=agency,
        said_by=session.scope.name, said_at=session.clock.now(), **new.model_dump(),
    )  # fmt: skip


async def receiving(session: WriteSession, tree: Organisations, code: str, *, own: bool) -> int:
    """The position of a school; `own`: only one that the caller may speak for. Raises NotFound, Forbidden."""
    position = span_in(tree, code).lo
    if own and not any(held.lo <= position <= held.hi for held in session.scope.organisations):
        school = await session.get(Organisation, code)
        if school is None or not school.area or not session.scope.covers_area(school.area):
            raise Forbidden(
                "outside_scope",
                "ท่านยืนยันแทนสถานศึกษานี้ไม่ได้ โปรดให้สถานศึกษาหรือสำนักงานในพื้นที่เป็นผู้ยืนยัน",
                "You cannot speak for this school. Let it, or the office of its area, confirm the place.",
            )
    return position


def span_in(tree: Organisations, code: str) -> Range:
    """The positions of an organisation and of what is below it. Raises NotFound for one that is in no tree."""
    known = tree.ranges([code])
    if not known:
        raise NotFound.of("organisation", "หน่วยงาน")
    return known[0]


def next_grades_of(asked: Asked) -> NextGrades:
    found: dict[str, tuple[str, ...]] = {}
    for step in asked.steps:
        grade, following = step.split(">")
        found[grade] = (*found.get(grade, ()), following)
    return NextGrades(found)


async def record_intention(
    session: WriteSession, keyring: KeyRing, child_id: UUID, new: NewIntention, agency: str
) -> IntentionShown:
    """Raises NotFound, Invalid."""
    _, row = await pupil(session, child_id, new.year)
    if (new.will == "stop") != (new.reason is not None):
        raise Invalid(
            "reason_wrong",
            "โปรดระบุเหตุผลเฉพาะเมื่อไม่เรียนต่อ ดูที่ /v1/stop-reasons",
            "Give a reason of /v1/stop-reasons where the answer is stop, and only there.",
        )
    if new.reason is not None:
        today = bangkok_date(session.clock.now())
        if not await (await session.driver()).fetchval(queries.REASON_ON, new.reason, today):
            raise Invalid(
                "reason_unknown", "ไม่มีเหตุผลนี้ โปรดดูที่ /v1/stop-reasons", "There is no such reason. See /v1/stop-reasons."
            )
    own_id = uuid7()
    note = None if new.note is None else keyring.encrypt(NOTE, new.note, str(own_id))
    said = Intention(
        id=own_id, child_id=child_id, area=row["area"], note_encrypted=note, agency=agency,
        said_by=session.scope.name, said_at=session.clock.now(), **new.model_dump(exclude={"note"}),
    )  # fmt: skip
    session.add(said)
    return IntentionShown.model_validate(said.model_dump())


async def intentions_of(session: WriteSession, keyring: KeyRing, child_id: UUID, year: int) -> list[IntentionWithNote]:
    connection = await session.driver()
    if await connection.fetchrow(queries.CHILD, child_id) is None:
        raise NotFound.of("child", "เด็ก")
    session.audit_subjects(child_id)
    rows = await connection.fetch(queries.INTENTIONS, child_id, year)
    return [IntentionWithNote.model_validate({**row, "note": _note(row, keyring)}) for row in rows]


def _note(row: Record, keyring: KeyRing) -> str | None:
    sealed = row["note_encrypted"]
    return keyring.decrypt(NOTE, sealed, str(row["id"])) if sealed else None


async def add_transition_grade(session: WriteSession, grade: str, new: NewTransitionGrade) -> TransitionGradeShown:
    """Raises Conflict for a day that has its rule already."""
    if await session.get(TransitionGrade, (grade, new.valid_from)) is not None:
        raise _exists()
    session.add(TransitionGrade(grade=grade, **new.model_dump()))
    return TransitionGradeShown(grade=grade, **new.model_dump())


async def add_stop_reason(session: WriteSession, code: str, new: NewStopReason) -> StopReasonShown:
    """Raises Conflict for a day that has its words already."""
    if await session.get(StopReason, (code, new.valid_from)) is not None:
        raise _exists()
    session.add(StopReason(code=code, **new.model_dump()))
    return StopReasonShown(code=code, **new.model_dump())


def _exists() -> Conflict:
    return Conflict(
        "already_configured",
        "มีค่าที่เริ่มใช้วันนั้นแล้ว โปรดใช้วันอื่น",
        "Something holds from that very day already. Choose another day.",
    )
