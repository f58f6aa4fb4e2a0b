"""What taking a checked file in would do, shown by some of its rows: judged anew, as a commit would judge them now."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from asyncpg import Record

from zd_kernel.data.database import Database
from zd_kernel.data.session import ReadSession
from zd_kernel.keyring import KeyRing
from zd_kernel.problems import Conflict, NotFound
from zd_kernel.scope import Scope
from zd_registry.children.actions import today
from zd_registry.children.schemas import area_text
from zd_registry.imports.models import FileImport
from zd_registry.intake import applying_sql, comparing_sql
from zd_registry.intake.comparing import SHOWN, VANISHING
from zd_registry.intake.judging import LISTS, REGISTER, fill, judge, tried
from zd_registry.intake.rules import Difference, differences
from zd_registry.intake.schemas import KINDS, ImportPreview, PreviewedRow, previewed, without_persons
from zd_registry.intake.staging_queries import CREATE_STAGED

_FILE: Final = "SELECT phase, kind, feed_id, report FROM file_import WHERE id = $1 AND agency = $2"
_SEEN: Final = """
SELECT c.id, c.given_name, c.family_name, e.organisation, e.grade FROM child c LEFT JOIN LATERAL (
    SELECT organisation, grade FROM enrolment WHERE child_id = c.id AND feed_id = $2 AND ended_date IS NULL
    ORDER BY term DESC LIMIT 1) e ON true
WHERE c.id = ANY ($1)
"""
_LAST_ROW: Final = 2**31 - 1


async def preview(
    session: ReadSession, database: Database, keyring: KeyRing, import_id: UUID, agency: str, *, persons: bool
) -> ImportPreview:
    """The rows that the check kept the numbers of. Of a child beyond the caller's scope nothing is told but that there
    is one; without `persons` no name and no value. Whoever is shown is in the audit."""
    file = await session.fetchrow(_FILE, import_id, agency)
    if file is None:
        raise NotFound.of("import", "การนำเข้า")
    if file["phase"] != "checked":
        raise _not_checked(file["phase"])
    report: dict[str, Any] = json.loads(file["report"])
    rows = [row for kept in report.get(SHOWN, {}).values() for row in kept]
    judged = [row for row in await _judged(database, keyring, import_id, rows) if row["kind"] is not None]
    vanishing = [UUID(child_id) for child_id in report.get(VANISHING, [])]
    told = {row["child_id"] for row in judged if row["child_id"] and row["kind"] != "refused"}
    seen = {row["id"]: row for row in await session.fetch(_SEEN, [*told, *vanishing], file["feed_id"])}
    items = [_previewed(row, file["kind"], seen) for row in judged]
    items += [_vanished(seen[child_id], file["kind"]) for child_id in vanishing if child_id in seen]
    if persons:
        session.audit_subjects(*seen)
    else:
        items = [without_persons(item) for item in items]
    return ImportPreview(items=sorted(items, key=lambda item: (KINDS.index(item.kind), item.row or 0)))


async def _judged(database: Database, keyring: KeyRing, import_id: UUID, rows: Sequence[int]) -> list[Record]:
    """Everybody is looked among, as by a commit: who is known beyond the caller's scope is not new."""
    async with database.transaction(Scope.system("import_preview")) as session:
        connection = await session.driver()
        file = await session.get_one(FileImport, import_id)
        async with tried(connection):
            await connection.execute(applying_sql.QUICK_LOOKUPS)
            await connection.execute(CREATE_STAGED)
            await connection.execute(comparing_sql.LAY_OUT_SOME, import_id, rows)
            await fill(connection, file, 0, _LAST_ROW, straight=True)
            await judge(connection, file, keyring)
            judged = await connection.fetch(comparing_sql.JUDGED, today(session))
            if file.kind == REGISTER:
                judged += await connection.fetch(comparing_sql.JUDGED_NEWCOMERS)
    return judged


def _previewed(row: Record, of_file: str, seen: dict[UUID, Record]) -> PreviewedRow:
    child_id, kind = row["child_id"], row["kind"]
    if kind == "refused" or (child_id is not None and child_id not in seen):
        return previewed(kind, row["row"], row["code"])
    name = _name(seen[child_id] if child_id else row["person_said"])
    return previewed(kind, row["row"], row["code"], _changes(row, of_file), (child_id, name))


def _changes(row: Record, of_file: str) -> list[Difference]:
    changes = []
    if of_file == REGISTER or row["child_id"] is None:
        changes += differences(_person(row["person_now"]), _person(row["person_said"]))
    if of_file == REGISTER and row["unregistered"]:
        changes.append(Difference("in_register", "false", "true"))
    if row["recoded"]:
        changes.append(Difference("citizen_id", None, None))
    if of_file in LISTS:
        changes += differences(row["place_now"], row["place_said"])
    return changes


def _vanished(child: Record, of_file: str) -> PreviewedRow:
    if of_file in LISTS:
        changes = differences(dict(child), {"organisation": None, "grade": None})
    else:
        changes = [Difference("in_register", "true", "false")]
    return previewed("vanishing", changes=changes, person=(child["id"], _name(child)))


def _person(said: dict[str, Any]) -> dict[str, Any]:
    return said | {"area": area_text(said.get("area") or 0)}


def _name(person: Mapping[str, Any] | Record) -> str:
    return f"{person['given_name']} {person['family_name']}".strip()


def _not_checked(phase: str) -> Conflict:
    return Conflict(
        "import_phase_wrong",
        f"ดูตัวอย่างได้เฉพาะไฟล์ที่ตรวจแล้วและยังไม่รับเข้า ขณะนี้การนำเข้าอยู่ในขั้น {phase}",
        f"Only a file that is checked and not yet committed can be previewed; this import is {phase}.",
    )
