"""The step of an import by which a roster's courses, classes and teachers are stored, and its pupils sit in classes.

After the list itself: a place in a class is given to whom the list of the term names, by the same sure signs by which a
school's sheet means a pupil. The heavy readers are in a subprocess.
"""
# ruff: noqa: S608  (SQL put together from constants of its own)

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

import asyncpg

from zd_kernel.data.session import WriteSession
from zd_kernel.jobs.cpu import in_subprocess
from zd_kernel.jobs.table import DONE, JobRow, StepResult, again
from zd_kernel.keyring import KeyRing
from zd_kernel.problems import Text
from zd_registry.children.actions import take_turns, today
from zd_registry.classes import queries as classes
from zd_registry.files.roster_joins import SEATS
from zd_registry.imports.models import FileImport, ImportTeaching
from zd_registry.imports.schemas import advice
from zd_registry.imports.sealing import open_piece
from zd_registry.intake import staging_queries as pieces
from zd_registry.intake.pieces import TEACHING, unpack
from zd_registry.oneroster.actions import national_terms
from zd_registry.settings import RegistrySettings
from zd_registry.sheets.queries import PUPILS
from zd_registry.sheets.rules import Pupil, Roster, number_of
from zd_registry.sheets.taking import pupil_from
from zd_registry.values.faults import RowFault

_SIGNS: Final = ("citizen_id", "g_code", "passport", "given_name", "family_name")
_UNSEATED: Final = "seats_unmatched"
# $1 codes, $2 and $3 the uploader's claims. Where the uploader may list nobody, it says nothing of classes either.
_SCHOOLS: Final = """
SELECT code, position_from, area FROM organisation
WHERE code = ANY ($1) AND (area <@ $2::text::int4multirange OR position_from <@ $3::text::int4multirange)
"""
_COURSES: Final = "SELECT organisation, code, id FROM course WHERE organisation = ANY ($1)"
_CLASSES: Final = "SELECT organisation, code, id FROM school_class WHERE organisation = ANY ($1) AND term = $2"
_TEACHERS: Final = "SELECT organisation, code, id FROM teacher WHERE organisation = ANY ($1)"
_AREAS: Final = "SELECT id, area FROM child WHERE id = ANY ($1)"
# $1 rows, $2 who, $3 when, $4 schools' positions and $5 pupils side by side, $6 term: a list that is whole says all
# classes of whom it names.
_DROP_OTHERS: Final = """
UPDATE class_member m SET removed_at = $3, changed_by = $2, updated_at = $3
FROM school_class k, unnest($4::int[], $5::uuid[]) AS n (position, child_id)
WHERE k.id = m.class_id AND k.term = $6 AND m.child_id = n.child_id AND m.organisation_position = n.position
    AND m.removed_at IS NULL AND NOT EXISTS (
        SELECT FROM jsonb_to_recordset($1::text::jsonb) AS r (class_id uuid, child_id uuid, begin_date date)
        WHERE r.class_id = m.class_id AND r.child_id = m.child_id AND r.begin_date = m.begin_date)
"""
_TAKE_BACK: Final = tuple(
    f"UPDATE {table} SET removed_at = $2, updated_at = $2 WHERE changed_by = $1 AND removed_at IS NULL"
    for table in ("class_member", "class_teacher", "school_class", "course", "teacher")
)


class Seat(NamedTuple):
    """`class_id` as the package names it, days as it writes them."""

    school: str
    child_id: UUID
    class_id: str
    begin: str
    end: str


class Seated(NamedTuple):
    """What a piece says: places in classes, the pupils (school, child) of whom it says all of them, and of how many
    nobody knows surely who they are."""

    seats: list[Seat]
    named: list[tuple[str, UUID]]
    lost: int


async def take_classes(session: WriteSession, job: JobRow, *, settings: RegistrySettings) -> StepResult:
    """The classes first, then the places of one more piece's pupils in each call."""
    file = await session.get_one(FileImport, UUID(job.args["import_id"]))
    teaching = await session.get(ImportTeaching, file.id)
    if teaching is None or file.term is None:
        return DONE
    keyring, connection = KeyRing.from_settings(settings), await session.driver()
    told = json.loads(open_piece(keyring, teaching.content, file.id, TEACHING))
    schools = await _schools(connection, file, told)
    by = _by(file.id)
    if teaching.next_piece == 0:
        await _put_teaching(session, file.term, told, schools, by)
    piece = await connection.fetchrow(pieces.PIECE, file.id, teaching.next_piece)
    if piece is None:
        await session.delete(teaching)
        return DONE
    pupils = {
        code: [pupil_from(row) for row in await connection.fetch(PUPILS, school["position_from"], file.term)]
        for code, school in schools.items()
    }
    columns = file.columns.index(SEATS), dict((file.layout or {})["positions"])
    seated = await in_subprocess(seats_in, settings, file.id, piece["ordinal"], piece["content"], columns, pupils)
    await take_turns(session)  # nobody moves between being looked up here and being stored
    await _seat(session, file.term, told, schools, seated, by)
    _warn(file, seated.lost)
    teaching.next_piece = piece["ordinal"] + 1
    return again()


async def take_back_classes(session: WriteSession, job: JobRow) -> StepResult:
    """What a withdrawn file said last of classes and teachers holds no longer."""
    connection = await session.driver()
    for statement in _TAKE_BACK:
        await connection.execute(statement, _by(UUID(job.args["import_id"])), session.clock.now())
    return DONE


def _by(import_id: UUID) -> str:
    return f"import:{import_id}"


async def _schools(
    connection: "asyncpg.Connection[asyncpg.Record]", file: FileImport, told: Mapping[str, Any]
) -> dict[str, asyncpg.Record]:
    codes = {each["organisation"] for kind in ("courses", "classes", "teachers") for each in told[kind]}
    rows = await connection.fetch(_SCHOOLS, list(codes), file.scope_areas, file.scope_organisations)
    return {row["code"]: row for row in rows}


async def _put_teaching(
    session: WriteSession, term: str, told: Mapping[str, Any], schools: Mapping[str, asyncpg.Record], by: str
) -> None:
    courses = [each for each in told["courses"] if each["organisation"] in schools]
    await _put(session, classes.PUT_COURSES, courses, by, "organisation", "code")
    course_ids = await _ids(session, _COURSES, courses)
    held = [each for each in told["classes"] if each["organisation"] in schools and term in (each["terms"] or [term])]
    rows = [each | {"term": term, "course_id": course_ids.get(each["course"])} for each in held]
    await _put(session, classes.PUT_CLASSES, rows, by, "organisation", "code")
    teachers = [each for each in told["teachers"] if each["organisation"] in schools]
    known = [each | {"enabled": True, "subject": None} for each in teachers]
    await _put(session, _keeping_subject(classes.PUT_TEACHERS), known, by, "organisation", "code")
    class_ids = await _ids(session, _CLASSES, held, term)
    of_class = {each["id"]: each["organisation"] for each in held}
    teacher_ids = {
        (school, each["id"]): found
        for school in schools
        for each, found in await _pairs(session, [one for one in teachers if one["organisation"] == school])
    }
    assigned = [
        {"class_id": class_ids[each["class"]], "teacher_id": teacher_id, "main": each["main"],
         "begin_date": _day(each["begin"]), "end_date": _last(each["end"]), "removed": each["removed"]}
        for each in told["assigned"]
        if each["class"] in class_ids and (teacher_id := teacher_ids.get((of_class[each["class"]], each["teacher"])))
    ]  # fmt: skip
    await _put(session, classes.PUT_CLASS_TEACHERS, assigned, by, "class_id", "teacher_id")


def _keeping_subject(statement: str) -> str:
    """A roster does not know by which token a teacher calls."""
    return statement.replace("excluded.subject", "t.subject")


async def _ids(session: WriteSession, query: str, told: Sequence[Mapping[str, Any]], *args: object) -> dict[str, UUID]:
    """Id in the package → ours, of those that were stored."""
    held = [each["organisation"] for each in told]
    rows = await (await session.driver()).fetch(query, held, *args)
    known = {(row["organisation"], row["code"]): row["id"] for row in rows}
    found = {each["id"]: known.get((each["organisation"], each["code"])) for each in told}
    return {name: stored for name, stored in found.items() if stored is not None}


async def _pairs(
    session: WriteSession, teachers: Sequence[Mapping[str, Any]]
) -> Iterable[tuple[Mapping[str, Any], UUID]]:
    ids = await _ids(session, _TEACHERS, teachers)
    return [(each, ids[each["id"]]) for each in teachers if each["id"] in ids]


async def _seat(
    session: WriteSession, term: str, told: Mapping[str, Any], schools: Mapping[str, asyncpg.Record], found: Seated,
    by: str,
) -> None:  # fmt: skip
    connection = await session.driver()
    held = [each for each in told["classes"] if each["organisation"] in schools and term in (each["terms"] or [term])]
    ids = await _ids(session, _CLASSES, held, term)
    of_class = {each["id"]: each["organisation"] for each in held}
    areas = {row["id"]: row["area"] for row in await connection.fetch(_AREAS, [child for _, child in found.named])}
    known = {each.label: each for each in (await national_terms(connection, session.clock.now()))[1]}
    first = known[term].start if term in known else today(session)
    rows = [
        {
            "class_id": ids[seat.class_id], "child_id": seat.child_id, "area": areas[seat.child_id],
            "organisation_position": schools[seat.school]["position_from"], "begin_date": _day(seat.begin) or first,
            "end_date": _last(seat.end),
        }
        for seat in found.seats
        if seat.class_id in ids and of_class[seat.class_id] == seat.school and seat.child_id in areas
    ]  # fmt: skip
    text = await _put(session, classes.PUT_MEMBERS, rows, by, "class_id", "child_id", "begin_date")
    session.audit_subjects(*areas)
    if not told["delta"]:
        positions = [schools[code]["position_from"] for code, _ in found.named]
        children = [child for _, child in found.named]
        await connection.execute(_DROP_OTHERS, text, by, session.clock.now(), positions, children, term)


async def _put(session: WriteSession, statement: str, rows: Sequence[Mapping[str, Any]], by: str, *key: str) -> str:
    """Of several rows with one key the last counts. Returns the rows as they were handed over."""
    once = {tuple(row[name] for name in key): {"removed": False, **_in_order(row)} for row in rows}
    text = json.dumps(list(once.values()), ensure_ascii=False, default=str).replace("\\u0000", "")
    await (await session.driver()).execute(statement, text, by, session.clock.now())
    return text


def _in_order(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """A last day that lies before the first is none: the sender will know better one day."""
    begin, end = row.get("begin_date"), row.get("end_date")
    return {**row, "end_date": None} if begin and end and end < begin else row


def _warn(file: FileImport, lost: int) -> None:
    report = dict(file.report or {})
    said = report.get("warnings", [])
    lost += sum(one["count"] or 0 for one in said if one["code"] == _UNSEATED)
    if lost:
        why = Text(
            f"{lost} คนยังไม่ได้เข้าชั้นเรียน เพราะไม่รู้แน่ว่าเป็นนักเรียนคนใดในรายชื่อ โปรดกำหนดเองที่ชั้นเรียน",
            f"{lost} pupils are in no class yet: whom of the list they are is not sure. Say it at the class.",
        )
        others = [one for one in said if one["code"] != _UNSEATED]
        file.report = report | {"warnings": [*others, advice(_UNSEATED, why, lost)]}


def seats_in(
    settings: RegistrySettings, import_id: UUID, ordinal: int, sealed: bytes,
    columns: tuple[int, Mapping[str, int]], pupils: Mapping[str, Sequence[Pupil]],
) -> Seated:  # fmt: skip
    """Runs in a subprocess."""
    keyring = KeyRing.from_settings(settings)
    seats_at, positions = columns
    rosters = {code: Roster(held) for code, held in pupils.items()}
    found = Seated([], [], 0)
    for cells in unpack(keyring, sealed, import_id, ordinal).cells.iter_rows():
        school = cells[positions["organisation"]]
        if school not in rosters:
            continue
        signs = {name: cells[positions[name]] for name in _SIGNS if name in positions}
        try:
            number = number_of(signs)
            child_id = rosters[school].find(signs, keyring.blind_all(*number) if number else [])
        except RowFault:
            found = found._replace(lost=found.lost + bool(cells[seats_at]))
            continue
        found.named.append((school, child_id))
        found.seats.extend(Seat(school, child_id, *seat) for seat in json.loads(cells[seats_at] or "[]"))
    return found


def _day(cell: str) -> date | None:
    try:
        return date.fromisoformat(cell[:10])
    except ValueError:
        return None


def _last(cell: str) -> date | None:
    """OneRoster's end is the first day without."""
    day = _day(cell)
    return None if day is None else day - timedelta(days=1)
