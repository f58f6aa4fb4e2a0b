from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from uuid import UUID

from sqlmodel import col, select

from zd_kernel.clock import bangkok_date
from zd_kernel.data.session import WriteSession
from zd_kernel.http.etags import check_version
from zd_kernel.problems import Conflict, Forbidden, Invalid, NotFound
from zd_kernel.scope import Range
from zd_registry.areas.rules import covered
from zd_registry.attendance.frames import Frame, Frames, frames_of
from zd_registry.attendance.models import AttendanceProgramme, AttendanceSymbol
from zd_registry.attendance.reading import listed_on, version_of
from zd_registry.attendance.recording import Corrected, Register, hold_schools, record_day
from zd_registry.attendance.rules import Halves, refusal
from zd_registry.attendance.schemas import ProgrammeIn, SymbolIn
from zd_registry.classes.queries import CLASSES_OF_TEACHER
from zd_registry.organisations.actions import check_may_change
from zd_registry.organisations.models import Organisation


@dataclass(frozen=True)
class Given:
    """A register as somebody hands it in. `marks`: pupil and halves; of a pupil who stands twice the first counts."""

    organisation: str
    day: date
    marks: Sequence[tuple[UUID, Halves]]
    class_id: UUID | None = None
    complete: bool = False
    reason: str | None = None

    @cached_property
    def children(self) -> frozenset[UUID]:
        return frozenset(child_id for child_id, _ in self.marks)


@dataclass(slots=True)
class Taken:
    """What became of a register: of its marks by their place, and of the whole where `refused_for` says why."""

    refused_for: str | None = None
    unchanged: set[int] = field(default_factory=set)
    refused: dict[int, str] = field(default_factory=dict)
    filled: int = 0
    corrected: list[Corrected] = field(default_factory=list)


async def take_registers(session: WriteSession, given: Sequence[Given], served: Sequence[Range]) -> list[Taken]:
    """From a caller: raises NotFound for no school, Forbidden for another's, or for another's class."""
    schools = await find_schools(session, {each.organisation for each in given})
    for school in schools.values():
        check_may_change(session, school, served)
    taught = {day: await _taught(session, day) for day in {each.day for each in given}}
    classes = [_classes(session, schools[each.organisation], each.class_id, taught[each.day]) for each in given]
    return await take_in(session, schools, given, classes, by=session.scope.name)


async def check_unchanged(session: WriteSession, given: Sequence[Given], if_match: str) -> None:
    """The register still is as whoever marks it has read it. Raises PreconditionFailed if it is not, Invalid for more
    than one register. Nobody else marks it until the transaction ends."""
    if len(given) != 1:
        th, en = "ส่วนหัว If-Match ใช้กับสมุดบันทึกเล่มเดียวเท่านั้น", "If-Match speaks of a single register."
        raise Invalid("if_match_of_many", th, en)
    (one,) = given
    school = (await find_schools(session, {one.organisation}))[one.organisation]
    await hold_schools(await session.driver(), [school.position_from])
    frame = (await frames_of(session, [school], [one.day])).at(school, one.day)
    check_version(if_match, version_of(await listed_on(session, school, frame, one.class_id)))


async def take_in(
    session: WriteSession, schools: Mapping[str, Organisation], given: Sequence[Given],
    classes: Sequence[list[UUID] | None], *, by: str, office: bool | None = None,
) -> list[Taken]:  # fmt: skip
    """Day by day. `classes` bound each register; `office` says whether the area's longer time to be late holds, by
    default for whom the caller's areas say so."""
    session.audit_subjects(*(child_id for each in given for child_id, _ in each.marks))
    today = bangkok_date(session.clock.now())
    frames = await frames_of(session, schools.values(), {each.day for each in given})
    taken = [Taken() for _ in given]
    turns: dict[tuple[date, int], list[int]] = defaultdict(list)
    named: dict[tuple[str, date], list[set[UUID]]] = defaultdict(list)
    for place, each in enumerate(given):
        school = schools[each.organisation]
        frame = frames.at(school, each.day)
        keeps_area = covered([Range(school.area, school.area)], session.scope.areas) if office is None else office
        taken[place].refused_for = refusal_on(frame, today, keeps_area=keeps_area)
        if taken[place].refused_for is None:
            turns[each.day, _turn(named[each.organisation, each.day], each)].append(place)
    for places in dict(sorted(turns.items())).values():
        await _take_day(session, schools, given, places, frames, classes, taken, by)
    return taken


def _turn(named: list[set[UUID]], given: Given) -> int:
    """Whom an earlier register of the same school and day names too is marked after it, so that both are kept.
    `named`: by turn, of the registers so far; the given one is added."""
    turn = next((n for n in range(len(named), 0, -1) if not given.children.isdisjoint(named[n - 1])), 0)
    if turn == len(named):
        named.append(set())
    named[turn] |= given.children
    return turn


async def _take_day(
    session: WriteSession, schools: Mapping[str, Organisation], given: Sequence[Given], places: Sequence[int],
    frames: Frames, classes: Sequence[list[UUID] | None], taken: Sequence[Taken], by: str,
) -> None:  # fmt: skip
    registers, starts, repeated = list[Register](), [0], False
    for place in places:
        each = given[place]
        school = schools[each.organisation]
        frame = frames.at(school, each.day)
        assert frame.term is not None  # else it was refused  # noqa: S101
        registers.append(Register(
            each.organisation, school.position_from, frame.term, each.day, frame.counts, frame.policy, each.marks,
            each.complete, classes[place], each.reason,
        ))  # fmt: skip
        starts.append(starts[-1] + len(each.marks))
        repeated |= len(each.children) < len(each.marks)
    found = await record_day(session, registers, by=by, repeated=repeated)
    for n in found.unchanged:
        register = bisect_right(starts, n) - 1
        taken[places[register]].unchanged.add(n - starts[register])
    for n, code in found.refused.items():
        register = bisect_right(starts, n) - 1
        taken[places[register]].refused[n - starts[register]] = code
    for register, present in found.filled.items():
        session.audit_subjects(*present)
        taken[places[register]].filled = len(present)
    of_school = {given[place].organisation: taken[place] for place in reversed(places)}
    for corrected in found.corrected:
        of_school[corrected.organisation].corrected.append(corrected)


def refusal_on(frame: Frame, today: date, *, keeps_area: bool) -> str | None:
    """Why the day may not be marked by who keeps the school's area, or by the school itself."""
    late_days = frame.policy.office_late_days if keeps_area else frame.policy.late_days
    in_term = frame.term is not None
    return refusal(frame.day, today, school_day=frame.school_day, in_term=in_term, late_days=late_days)


async def find_schools(session: WriteSession, codes: Collection[str]) -> dict[str, Organisation]:
    """Raises NotFound unless all of them are in the tree."""
    found = await session.exec(select(Organisation).where(col(Organisation.code).in_(list(codes))))
    schools = {school.code: school for school in found}
    if len(schools) < len(codes):
        raise NotFound.of("organisation", "หน่วยงาน")
    return schools


async def _taught(session: WriteSession, day: date) -> dict[str, list[UUID]]:
    """School → classes that the caller teaches there on a day."""
    taught: dict[str, list[UUID]] = defaultdict(list)
    for row in await (await session.driver()).fetch(CLASSES_OF_TEACHER, session.scope.name, day):
        taught[row["organisation"]].append(row["id"])
    return taught


def _classes(
    session: WriteSession, school: Organisation, class_id: UUID | None, taught: Mapping[str, list[UUID]]
) -> list[UUID] | None:
    """The classes that the register may be about: a teacher's own, and everybody's for who keeps the area."""
    own = taught.get(school.code)
    if own is None or covered([Range(school.area, school.area)], session.scope.areas):
        return None if class_id is None else [class_id]
    if class_id is not None and class_id not in own:
        raise Forbidden("not_your_class", "ท่านไม่ได้สอนห้องเรียนนี้ในวันนั้น", "You do not teach this class on that day.")
    return own if class_id is None else [class_id]


async def set_symbol(session: WriteSession, wanted: SymbolIn) -> None:
    """Raises Conflict where something holds from that day: what held is never rewritten."""
    if await session.get(AttendanceSymbol, (wanted.symbol, wanted.valid_from)) is not None:
        raise _set_already()
    session.add(AttendanceSymbol(**wanted.model_dump()))


async def set_programme(session: WriteSession, wanted: ProgrammeIn) -> None:
    """Raises Conflict as `set_symbol`."""
    if await session.get(AttendanceProgramme, (wanted.programme, wanted.valid_from)) is not None:
        raise _set_already()
    session.add(AttendanceProgramme(**wanted.model_dump()))


def _set_already() -> Conflict:
    return Conflict(
        "set_already", "มีการกำหนดที่เริ่มใช้วันนั้นแล้ว โปรดใช้วันอื่น",
        "Something holds from that very day already. Choose another day.",
    )  # fmt: skip
