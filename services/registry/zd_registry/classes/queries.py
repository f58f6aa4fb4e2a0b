"""Selects and set-based writes of classes; rows come as JSON, of the fields that the request's models have."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from sqlmodel import col, select

from zd_kernel.data.session import WriteSession
from zd_kernel.problems import NotFound
from zd_registry.classes.models import Course, SchoolClass

# $1 rows, $2 who, $3 when. What is said already stays as it is, so that its `updated_at` tells of changes alone.
_UPSERT: Final = """
INSERT INTO {table} AS t (id, {columns}, changed_by, updated_at, removed_at)
SELECT uuidv7(), {columns}, $2, $3, CASE WHEN removed THEN $3::timestamptz END
FROM jsonb_to_recordset($1::text::jsonb) AS n({typed}, removed boolean) ORDER BY {key}
ON CONFLICT ({key}) DO UPDATE SET ({changing}, changed_by, updated_at, removed_at) =
    ROW({excluded}, excluded.changed_by, excluded.updated_at, excluded.removed_at)
WHERE ({present}, t.removed_at IS NULL) IS DISTINCT FROM ({excluded}, excluded.removed_at IS NULL)
"""


def _upsert(table: str, key: tuple[str, ...], columns: Mapping[str, str]) -> str:
    changing = [name for name in columns if name not in key]
    return _UPSERT.format(
        table=table,
        key=", ".join(key),
        columns=", ".join(columns),
        typed=", ".join(f"{name} {kind}" for name, kind in columns.items()),
        changing=", ".join(changing),
        excluded=", ".join(f"excluded.{name}" for name in changing),
        present=", ".join(f"t.{name}" for name in changing),
    )


PUT_COURSES: Final = _upsert(
    "course",
    ("organisation", "code"),
    {"organisation": "text", "code": "text", "title": "text", "grades": "text[]", "subjects": "text[]"},
)
PUT_CLASSES: Final = _upsert(
    "school_class",
    ("organisation", "term", "code"),
    {
        "organisation": "text", "term": "text", "code": "text", "title": "text", "kind": "text", "grade": "text",
        "course_id": "uuid", "location": "text",
    },
)  # fmt: skip
PUT_TEACHERS: Final = _upsert(
    "teacher",
    ("organisation", "code"),
    {
        "organisation": "text", "code": "text", "given_name": "text", "family_name": "text", "email": "text",
        "subject": "text", "enabled": "boolean",
    },
)  # fmt: skip
PUT_MEMBERS: Final = _upsert(
    "class_member",
    ("class_id", "child_id", "begin_date"),
    {
        "class_id": "uuid", "child_id": "uuid", "area": "int", "organisation_position": "int", "begin_date": "date",
        "end_date": "date",
    },
)  # fmt: skip
PUT_CLASS_TEACHERS: Final = _upsert(
    "class_teacher",
    ("class_id", "teacher_id"),
    {"class_id": "uuid", "teacher_id": "uuid", "main": "boolean", "begin_date": "date", "end_date": "date"},
)
# $4 the class.
DROP_MEMBERS: Final = """
UPDATE class_member m SET removed_at = $3, changed_by = $2, updated_at = $3
WHERE m.class_id = $4 AND m.removed_at IS NULL AND NOT EXISTS (
    SELECT FROM jsonb_to_recordset($1::text::jsonb) AS n(child_id uuid, begin_date date)
    WHERE n.child_id = m.child_id AND n.begin_date = m.begin_date)
"""
DROP_CLASS_TEACHERS: Final = """
UPDATE class_teacher t SET removed_at = $3, changed_by = $2, updated_at = $3
WHERE t.class_id = $4 AND t.removed_at IS NULL AND NOT EXISTS (
    SELECT FROM jsonb_to_recordset($1::text::jsonb) AS n(teacher_id uuid) WHERE n.teacher_id = t.teacher_id)
"""

MEMBERS: Final = """
SELECT id, child_id, begin_date, end_date FROM class_member
WHERE class_id = $1 AND removed_at IS NULL
    AND ($2::date IS NULL OR (begin_date <= $2 AND coalesce(end_date >= $2, true)))
    AND (begin_date, id) > ($3::date, $4::uuid)
ORDER BY begin_date, id LIMIT $5
"""
CLASS_TEACHERS: Final = """
SELECT c.id, c.teacher_id, t.given_name, t.family_name, c.main, c.begin_date, c.end_date
FROM class_teacher c JOIN teacher t ON t.id = c.teacher_id
WHERE c.class_id = $1 AND c.removed_at IS NULL AND ((NOT c.main)::int, c.id) > ($2::int, $3::uuid)
ORDER BY c.main DESC, c.id LIMIT $4
"""
# $1 class, $2 day. Two records that were merged may have been in one class each.
MEMBERS_ON: Final = """
SELECT DISTINCT ON (child_id) child_id, area, organisation_position FROM class_member
WHERE class_id = $1 AND removed_at IS NULL AND begin_date <= $2 AND coalesce(end_date >= $2, true)
ORDER BY child_id, begin_date
"""
# $1 subject of the token, $2 day.
_TAUGHT: Final = """
FROM teacher t JOIN class_teacher a ON a.teacher_id = t.id JOIN school_class c ON c.id = a.class_id
WHERE t.subject = $1 AND t.enabled AND t.removed_at IS NULL AND a.removed_at IS NULL AND c.removed_at IS NULL
    AND coalesce(a.begin_date <= $2, true) AND coalesce(a.end_date >= $2, true)
"""
CLASSES_OF_TEACHER: Final = f"""
SELECT DISTINCT c.id, c.organisation, c.term, c.code, c.title, c.kind, c.grade {_TAUGHT}
ORDER BY c.organisation, c.term, c.code
"""
# $3 the class.
TEACHES: Final = f"SELECT EXISTS (SELECT {_TAUGHT} AND c.id = $3)"


async def find_class(session: WriteSession, class_id: UUID, *, lock: bool = False) -> SchoolClass:
    """Raises NotFound. `lock`: who writes its lists waits here for one another."""
    found = await session.get(SchoolClass, class_id, with_for_update=lock or None)
    if found is None:
        raise NotFound.of("class", "ชั้นเรียน")
    return found


async def course_ids(session: WriteSession, line: list[str], codes: set[str]) -> dict[str, UUID]:
    """Code → course: of the organisations of `line`, the nearest first."""
    query = select(Course).where(
        col(Course.organisation).in_(line), col(Course.code).in_(codes), col(Course.removed_at).is_(None)
    )
    found = sorted(await session.exec(query), key=lambda each: line.index(each.organisation), reverse=True)
    return {each.code: each.id for each in found}
