"""The step of an import by which a roster's courses, classes and teachers are stored, and its pupils sit in classes.

After the list itself: a place in a class is given to whom the list of the term names, by the same sure signs by which a
school's sheet means a pupil. The heavy readers are in a subprocess.
"""
# ruff: noqa: S608  (SQL put together from constants of its own)

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import asyncpg

from zd_kernel.data.session import WriteSession
from zd_kernel.jobs.cpu import in_subprocess
from zd_kernel.jobs.table import DONE, JobRow, StepResult, again, done
from zd_kernel.keyring import KeyRing
from zd_kernel.problems import Text
from zd_registry.children.actions import take_turns, today
from zd_registry.classes import queries as classes
from zd_registry.files.roster_joins import SEATS, SOURCE
from zd_registry.imports.entities import TAKE_BACK, Entity, name_entities, named_entities
from zd_registry.imports.models import FileImport, ImportTeaching
from zd_registry.imports.schemas import advice
from zd_registry.imports.sealing import open_piece
from zd_registry.intake import staging_queries as pieces
from zd_registry.intake.pieces import TEACHING
from zd_registry.oneroster.actions import national_terms
from zd_registry.oneroster.remembering import remember, remembered
from zd_registry.oneroster.seating import Columns, Seated, day_of, last_of, named_before, seats_in
from zd_registry.oneroster.veiling import veil_teachers
from zd_registry.organisations.queries import CALLED_ELSEWHERE
from zd_registry.settings import RegistrySettings
from zd_registry.sheets.queries import PUPILS
from zd_registry.sheets.taking import pupil_from

_AT_SCHOOLS: Final = ("courses", "classes", "teachers", "schools")
_CALLED: Final = ("school", "course", "class", "teacher")
_SEATING: Final = ("school", "class")
"""What has to be known of earlier packages for the first piece, and for the others."""
_UNSEATED: Final = "seats_unmatched"
_UNKNOWN: Final = "classes_unknown"
_WARNINGS: Final = {
    _UNSEATED: (
        "{0} คนยังไม่ได้เข้าชั้นเรียน เพราะไม่รู้แน่ว่าเป็นนักเรียนคนใดในรายชื่อ โปรดกำหนดเองที่ชั้นเรียน",
        "{0} pupils are in no class yet: whom of the list they are is not sure. Say it at the class.",
    ),
    _UNKNOWN: (
        "{0} ที่นั่งอยู่ในชั้นเรียนที่ไม่เคยมีไฟล์ใดบอก โปรดส่งชั้นเรียน (classes.csv) มาด้วย แล้วนำเข้าอีกครั้ง",
        "{0} places are in classes that no file has told of. Send the classes (classes.csv) too, and import again.",
    ),
}
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
_KNOWN_CODES: Final = "SELECT code FROM organisation WHERE code = ANY ($1)"


async def take_classes(session: WriteSession, job: JobRow, *, settings: RegistrySettings) -> StepResult:
    """The classes first, then the places of one more piece's pupils in each call."""
    file = await session.get_one(FileImport, UUID(job.args["import_id"]))
    teaching = await session.get(ImportTeaching, file.id)
    if teaching is None or file.term is None:
        return done(0)
    keyring, connection = KeyRing.from_settings(settings), await session.driver()
    told = json.loads(open_piece(keyring, teaching.content, file.id, TEACHING))
    kinds = _CALLED if teaching.next_piece == 0 else _SEATING
    named = await named_entities(connection, file.feed_id, kinds, file.term)
    elsewhere = await _find_schools(connection, told, named)
    schools = await _schools(connection, file, [each["organisation"] for kind in _AT_SCHOOLS for each in told[kind]])
    by = _by(file.id)
    if teaching.next_piece == 0:
        stored = await connection.fetch(_TEACHERS, list(schools))
        veil_teachers(keyring, told, {one.source_id for one in named} | {row["code"] for row in stored})
        await _put_teaching(session, file, told, schools, named, by)
    held = await _known_classes(session, file.term, told, schools, named)
    piece = await connection.fetchrow(pieces.PIECE, file.id, teaching.next_piece)
    pupils = {
        code: [pupil_from(row) for row in await connection.fetch(PUPILS, school["position_from"], file.term)]
        for code, school in schools.items()
    }
    before = told.get("seats", []) if teaching.next_piece == 0 else []
    called = {} if file.feed_id is None else await remembered(
        connection, keyring, file.feed_id, (seat["user"] for seat in before))  # fmt: skip
    seated = named_before(before, pupils, called)
    if piece is not None:
        positions = dict((file.layout or {})["positions"])
        columns = Columns(file.columns.index(SEATS), file.columns.index(SOURCE), positions)
        work = settings, file.id, piece["ordinal"], piece["content"], columns, pupils, elsewhere
        seated = seated.joined(await in_subprocess(seats_in, *work))
    await take_turns(session)  # nobody moves between being looked up here and being stored
    if file.feed_id is not None:
        await remember(connection, file.feed_id, file.id, seated.called)
    _warn(file, _UNSEATED, seated.lost)
    _warn(file, _UNKNOWN, await _seat(session, file.term, told, schools, held, seated, by))
    if piece is None:
        await session.delete(teaching)
        return done(0)
    teaching.next_piece = piece["ordinal"] + 1
    return again()


async def take_back_classes(session: WriteSession, job: JobRow) -> StepResult:
    """What a withdrawn file said last of classes, teachers and ids of pupils holds no longer."""
    connection, import_id = await session.driver(), UUID(job.args["import_id"])
    for table in ("roster_pupil", "roster_entity"):
        for statement in TAKE_BACK:
            await connection.execute(statement.format(table=table), import_id)
    for statement in _TAKE_BACK:
        await connection.execute(statement, _by(import_id), session.clock.now())
    return DONE


def _by(import_id: UUID) -> str:
    return f"import:{import_id}"


async def _find_schools(
    connection: "asyncpg.Connection[asyncpg.Record]", told: dict[str, list[dict[str, Any]]], named: Sequence[Entity]
) -> dict[str, str]:
    """What the package calls a school otherwise than by its code → the code, by what other systems and earlier packages
    of the feed call so; set in `told`. Of a place in a class the school may be that of the class."""
    seats = told.get("seats", [])
    rows = [each for kind in _AT_SCHOOLS for each in told[kind]] + seats
    said = {each["organisation"] for each in rows}
    strange = said - {row["code"] for row in await connection.fetch(_KNOWN_CODES, list(said))}
    found = {row["code"]: row["organisation"] for row in await connection.fetch(CALLED_ELSEWHERE, list(strange))}
    found |= {one.source_id: one.organisation for one in named if one.kind == "school" and one.source_id in strange}
    of_class = {one.source_id: one.organisation for one in named if one.kind == "class"}
    for each in rows:
        if (school := each["organisation"]) in strange:
            each["organisation"] = found.get(school) or of_class.get(each.get("class", ""), school)
    told["schools"] += [{"organisation": seat["organisation"]} for seat in seats]
    return found


async def _schools(
    connection: "asyncpg.Connection[asyncpg.Record]", file: FileImport, codes: Sequence[str]
) -> dict[str, asyncpg.Record]:
    rows = await connection.fetch(_SCHOOLS, list(set(codes)), file.scope_areas, file.scope_organisations)
    return {row["code"]: row for row in rows}


async def _put_teaching(
    session: WriteSession, file: FileImport, told: Mapping[str, Any], schools: Mapping[str, asyncpg.Record],
    named: Sequence[Entity], by: str,
) -> None:  # fmt: skip
    connection, term = await session.driver(), file.term or ""
    courses = [each for each in told["courses"] if each["organisation"] in schools]
    await _put(session, classes.PUT_COURSES, courses, by, "organisation", "code")
    entities = await _stored(session, "course", _COURSES, courses)
    course_ids = {one.source_id: one.entity_id for one in (*named, *entities) if one.kind == "course"}
    held = _held(told, schools, term)
    rows = [{**each, "term": term, "course_id": course_ids.get(each["course"])} for each in held]
    await _put(session, classes.PUT_CLASSES, rows, by, "organisation", "code")
    entities += await _stored(session, "class", _CLASSES, held, term)
    teachers = [each for each in told["teachers"] if each["organisation"] in schools]
    known = [each | {"enabled": True, "subject": None} for each in teachers]
    await _put(session, _keeping_subject(classes.PUT_TEACHERS), known, by, "organisation", "code")
    entities += await _stored(session, "teacher", _TEACHERS, teachers)
    await _assign(session, told, schools, [*named, *entities], by)
    if file.feed_id is not None:
        orgs = told.get("orgs", [])
        reached = await _schools(connection, file, [each["organisation"] for each in orgs])
        entities += [
            Entity("school", "", each["id"], each["organisation"]) for each in orgs if each["organisation"] in reached
        ]
        await name_entities(connection, file.feed_id, file.id, entities)


async def _assign(
    session: WriteSession, told: Mapping[str, Any], schools: Mapping[str, asyncpg.Record], named: Sequence[Entity],
    by: str,
) -> None:  # fmt: skip
    """Teachers to the classes of their school."""
    held = {one.source_id: one for one in named if one.kind == "class" and one.organisation in schools}
    teachers = {(one.organisation, one.source_id): one.entity_id for one in named if one.kind == "teacher"}
    assigned = [
        {"class_id": one.entity_id, "teacher_id": teacher_id, "main": each["main"],
         "begin_date": day_of(each["begin"]), "end_date": last_of(each["end"]), "removed": each["removed"]}
        for each in told["assigned"]
        if (one := held.get(each["class"])) and (teacher_id := teachers.get((one.organisation, each["teacher"])))
    ]  # fmt: skip
    await _put(session, classes.PUT_CLASS_TEACHERS, assigned, by, "class_id", "teacher_id")


def _keeping_subject(statement: str) -> str:
    """A roster does not know by which token a teacher calls."""
    return statement.replace("excluded.subject", "t.subject")


async def _stored(
    session: WriteSession, kind: str, query: str, told: Sequence[Mapping[str, Any]], *term: str
) -> list[Entity]:
    """Of what the package tells, what is stored, under the package's ids. `term`: of classes alone."""
    rows = await (await session.driver()).fetch(query, [each["organisation"] for each in told], *term)
    known = {(row["organisation"], row["code"]): row["id"] for row in rows}
    return [
        Entity(kind, _place(kind, each, *term), each["id"], each["organisation"], ours)
        for each in told
        if (ours := known.get((each["organisation"], each["code"])))
    ]


def _place(kind: str, told: Mapping[str, Any], term: str = "") -> str:
    return str(told["organisation"]) if kind == "teacher" else term


def _held(told: Mapping[str, Any], schools: Mapping[str, asyncpg.Record], term: str) -> list[Mapping[str, Any]]:
    return [each for each in told["classes"] if each["organisation"] in schools and term in (each["terms"] or [term])]


async def _known_classes(
    session: WriteSession, term: str, told: Mapping[str, Any], schools: Mapping[str, asyncpg.Record],
    named: Sequence[Entity],
) -> dict[str, Entity]:  # fmt: skip
    """By id in the package; from an earlier package where this one does not tell of the class."""
    earlier = [one for one in named if one.kind == "class" and one.organisation in schools]
    told_now = await _stored(session, "class", _CLASSES, _held(told, schools, term), term)
    return {one.source_id: one for one in (*earlier, *told_now)}


async def _seat(
    session: WriteSession, term: str, told: Mapping[str, Any], schools: Mapping[str, asyncpg.Record],
    held: Mapping[str, Entity], found: Seated, by: str,
) -> int:  # fmt: skip
    """How many places name a class of the school that nobody told of."""
    connection = await session.driver()
    placed = [seat for seat in found.seats if (one := held.get(seat.class_id)) and one.organisation == seat.school]
    areas = {row["id"]: row["area"] for row in await connection.fetch(_AREAS, [child for _, child in found.named])}
    known = {each.label: each for each in (await national_terms(connection, session.clock.now()))[1]}
    first = known[term].start if term in known else today(session)
    rows = [
        {
            "class_id": held[seat.class_id].entity_id, "child_id": seat.child_id, "area": areas[seat.child_id],
            "organisation_position": schools[seat.school]["position_from"], "begin_date": day_of(seat.begin) or first,
            "end_date": last_of(seat.end), "removed": bool(seat.gone),
        }
        for seat in placed
        if seat.child_id in areas
    ]  # fmt: skip
    text = await _put(session, classes.PUT_MEMBERS, rows, by, "class_id", "child_id", "begin_date")
    session.audit_subjects(*areas)
    if not told["delta"]:
        positions = [schools[code]["position_from"] for code, _ in found.named]
        children = [child for _, child in found.named]
        await connection.execute(_DROP_OTHERS, text, by, session.clock.now(), positions, children, term)
    return len(found.seats) - len(placed)


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


def _warn(file: FileImport, code: str, count: int) -> None:
    report = dict(file.report or {})
    said = report.get("warnings", [])
    count += sum(one["count"] or 0 for one in said if one["code"] == code)
    if count:
        th, en = _WARNINGS[code]
        others = [one for one in said if one["code"] != code]
        file.report = report | {"warnings": [*others, advice(code, Text(th.format(count), en.format(count)), count)]}
