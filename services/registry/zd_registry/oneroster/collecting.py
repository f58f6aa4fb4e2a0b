"""The job of a roster's export: stage by stage, a page at a time, rows become sealed pieces of a package's files.

The job runs for everybody, so the claims of who asked stand in every query.
"""
# ruff: noqa: S608  (SQL put together from constants of its own)

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg

from zd_kernel.data.session import WriteSession
from zd_kernel.jobs.table import DONE, JobRow, StepResult, again, done
from zd_kernel.keyring import KeyRing
from zd_registry.exports import queries
from zd_registry.exports.filling import export_of, record
from zd_registry.exports.models import Export
from zd_registry.exports.sealing import seal
from zd_registry.oneroster import packages
from zd_registry.oneroster.actions import identifiers_of, national_terms, own_terms
from zd_registry.oneroster.resources import ORG_TYPE
from zd_registry.oneroster.resources_of_classes import TERM_OF
from zd_registry.oneroster.rules import session_rows
from zd_registry.settings import RegistrySettings

MOST: Final = 1_000
_FIRST: Final = UUID(int=0)
# $1 term, $2 claimed areas, $3 claimed positions, $4 positions asked for ({} for all), $5 after, $6 how many, $7 since
# when (null: everything): then those that were taken back too, with `modified` and `removed`.
_LISTED: Final = """e.term = $1::text AND (e.ended_date IS NULL OR $7::timestamptz IS NOT NULL)
    AND (e.area <@ $2::text::int4multirange OR e.organisation_position <@ $3::text::int4multirange)
    AND ($4::text = '{}' OR e.organisation_position <@ $4::text::int4multirange)"""
_HELD: Final = """(o.area <@ $2::text::int4multirange OR o.position_from <@ $3::text::int4multirange)
    AND ($4::text = '{}' OR o.position_from <@ $4::text::int4multirange)"""
_CHANGED: Final = "($7::timestamptz IS NULL OR {0} > $7)"
_KEPT: Final = "({0} IS NULL OR $7::timestamptz IS NOT NULL)"
_PUPILS: Final = f"""
SELECT c.id, c.given_name, c.family_name, c.birth_date, c.birth_precision, c.sex, l.organisations, l.grades, l.left,
    greatest(c.updated_at, l.modified, s.modified) AS modified, false AS removed,
    {_CHANGED.format("greatest(c.updated_at, l.modified, s.modified)")} AS changed
FROM (SELECT DISTINCT e.child_id FROM enrolment e WHERE {_LISTED} AND e.child_id > $5::uuid
    ORDER BY e.child_id LIMIT $6::int) p
JOIN child c ON c.id = p.child_id
CROSS JOIN LATERAL (SELECT array_agg(e.organisation ORDER BY e.organisation) AS organisations,
    array_agg(e.grade ORDER BY e.organisation) AS grades,
    array_agg(e.ended_date IS NOT NULL ORDER BY e.organisation) AS left,
    greatest(max(e.created_at), max(e.changed_at)) AS modified
    FROM enrolment e WHERE e.child_id = c.id AND {_LISTED}) l
-- Whoever takes the package in knows by the pupil whose place in a class changed.
CROSS JOIN LATERAL (SELECT max(m.updated_at) AS modified FROM class_member m JOIN school_class k ON k.id = m.class_id
    WHERE m.child_id = c.id AND k.term = $1::text) s
ORDER BY c.id
"""
_TEACHERS: Final = f"""
SELECT t.id, t.given_name, t.family_name, t.code, t.email, t.organisation, t.updated_at AS modified,
    t.removed_at IS NOT NULL OR NOT t.enabled AS removed
FROM teacher t JOIN organisation o ON o.code = t.organisation
WHERE {_HELD} AND {_KEPT.format("t.removed_at")} AND (t.enabled OR $7::timestamptz IS NOT NULL)
    AND {_CHANGED.format("t.updated_at")} AND $1::text IS NOT NULL AND t.id > $5::uuid
ORDER BY t.id LIMIT $6::int
"""
_CLASSES: Final = f"""
SELECT k.*, {TERM_OF} AS session, k.updated_at AS modified, k.removed_at IS NOT NULL AS removed
FROM school_class k JOIN organisation o ON o.code = k.organisation
WHERE {_HELD} AND k.term = $1::text AND {_KEPT.format("k.removed_at")} AND {_CHANGED.format("k.updated_at")}
    AND k.id > $5::uuid ORDER BY k.id LIMIT $6::int
"""
_MEMBERS: Final = f"""
SELECT m.id, m.class_id, k.organisation, m.child_id AS user_id, 'student' AS role, NULL AS primary,
    m.begin_date AS begin, m.end_date + 1 AS end, m.updated_at AS modified, m.removed_at IS NOT NULL AS removed
FROM class_member m JOIN school_class k ON k.id = m.class_id JOIN organisation o ON o.code = k.organisation
WHERE {_HELD} AND k.term = $1::text AND {_KEPT.format("k.removed_at")} AND {_KEPT.format("m.removed_at")}
    AND {_CHANGED.format("m.updated_at")} AND m.id > $5::uuid
    AND EXISTS (SELECT FROM enrolment e WHERE e.child_id = m.child_id AND {_LISTED})
ORDER BY m.id LIMIT $6::int
"""
_ASSIGNED: Final = f"""
SELECT a.id, a.class_id, k.organisation, a.teacher_id AS user_id, 'teacher' AS role, a.main::text AS primary,
    a.begin_date AS begin, a.end_date + 1 AS end, a.updated_at AS modified, a.removed_at IS NOT NULL AS removed
FROM class_teacher a JOIN school_class k ON k.id = a.class_id JOIN organisation o ON o.code = k.organisation
JOIN teacher t ON t.id = a.teacher_id AND {_KEPT.format("t.removed_at")} AND (t.enabled OR $7::timestamptz IS NOT NULL)
WHERE {_HELD} AND k.term = $1::text AND {_KEPT.format("k.removed_at")} AND {_KEPT.format("a.removed_at")}
    AND {_CHANGED.format("a.updated_at")} AND a.id > $5::uuid
ORDER BY a.id LIMIT $6::int
"""
# Whom and what a bulk package simply leaves out.
_GONE: Final = """
SELECT d.entity_id AS id, d.kind, d.deleted_at AS modified, true AS removed FROM (
    SELECT entity_id, kind, max(deleted_at) AS deleted_at FROM roster_deletion e
    WHERE (e.area <@ $2::text::int4multirange OR e.organisation_position <@ $3::text::int4multirange)
        AND ($4::text = '{}' OR e.organisation_position <@ $4::text::int4multirange)
        AND e.deleted_at > $7::timestamptz AND e.entity_id > $5::uuid AND $1::text IS NOT NULL
    GROUP BY entity_id, kind) d
WHERE NOT EXISTS (SELECT FROM enrolment e WHERE d.kind = 'user' AND e.child_id = d.entity_id
        AND (e.area <@ $2::text::int4multirange OR e.organisation_position <@ $3::text::int4multirange))
    AND NOT EXISTS (SELECT FROM class_member m WHERE d.kind = 'enrollment' AND m.id = d.entity_id)
ORDER BY d.entity_id LIMIT $6::int
"""
# These are few: schools with a list or a class, and the courses of their classes. $5 and $6 as above, and unused.
_ORGS: Final = f"""
SELECT s.code, o.name_th AS name, {ORG_TYPE} AS type, o.updated_at AS modified, false AS removed FROM (
    SELECT e.organisation AS code FROM enrolment e WHERE {_LISTED}
    UNION SELECT k.organisation FROM school_class k JOIN organisation o ON o.code = k.organisation
        WHERE {_HELD} AND k.term = $1::text AND k.removed_at IS NULL
    UNION SELECT t.organisation FROM teacher t JOIN organisation o ON o.code = t.organisation
        WHERE {_HELD} AND t.removed_at IS NULL AND t.enabled
    UNION SELECT c.organisation FROM school_class k JOIN organisation o ON o.code = k.organisation
        JOIN course c ON c.id = k.course_id WHERE {_HELD} AND k.term = $1::text AND k.removed_at IS NULL) s
LEFT JOIN organisation o ON o.code = s.code
WHERE $5::uuid IS NOT NULL AND $6::int > 0 AND {_CHANGED.format("o.updated_at")} ORDER BY s.code
"""
_COURSES: Final = f"""
SELECT c.id, coalesce(c.organisation, k.organisation) AS organisation, c.title, c.code, c.grades, c.subjects,
    coalesce(c.updated_at, max(k.updated_at)) AS modified, coalesce(c.removed_at IS NOT NULL, false) AS removed
FROM school_class k JOIN organisation o ON o.code = k.organisation LEFT JOIN course c ON c.id = k.course_id
WHERE {_HELD} AND k.term = $1::text AND {_KEPT.format("k.removed_at")} AND $5::uuid IS NOT NULL AND $6::int > 0
GROUP BY c.id, coalesce(c.organisation, k.organisation)
HAVING {_CHANGED.format("coalesce(c.updated_at, max(k.updated_at))")}
"""
_STAGES: Final[Sequence[tuple[str, str]]] = (
    ("orgs", _ORGS), ("courses", _COURSES), ("classes", _CLASSES), ("pupils", _PUPILS), ("teachers", _TEACHERS),
    ("members", _MEMBERS), ("assigned", _ASSIGNED), ("gone", _GONE),
)  # fmt: skip
_WHOLE: Final = {"orgs", "courses"}
_ROW: Final = {
    "orgs": ("orgs", packages.org_row), "courses": ("courses", packages.course_row),
    "classes": ("classes", packages.class_row), "members": ("enrollments", packages.enrollment_row),
    "assigned": ("enrollments", packages.enrollment_row),
}  # fmt: skip


async def collect(session: WriteSession, job: JobRow, *, settings: RegistrySettings) -> StepResult:
    """One more page of one stage, with whom it tells of in the access log under the name of who asked."""
    export = await export_of(session, job)
    if export is None:
        return DONE
    keyring, connection = KeyRing.from_settings(settings), await session.driver()
    stage, after = export.after or [0, str(_FIRST)]
    if stage == len(_STAGES) or (_STAGES[stage][0] == "gone" and not export.filters.get("since")):
        return done(export.rows, export.rows)
    name, query = _STAGES[stage]
    filters = export.filters
    since = datetime.fromisoformat(filters["since"]) if filters.get("since") else None
    rows = await connection.fetch(
        query,
        filters["term"],
        export.scope_areas,
        export.scope_organisations,
        filters["positions"],
        UUID(after),
        MOST,
        since,
    )
    made = await _rows(connection, export, name, rows, keyring)
    if stage == 0:
        years, terms = await national_terms(connection, session.clock.now())
        known = session_rows(years, terms, await own_terms(connection))
        made |= packages.sessions(known, filters["term"], delta=since is not None)
    if any(made.values()):
        await _store(session, export, made, keyring)
        told = {row["id"] for row in rows if row["changed"]} if name == "pupils" else set()
        await record(session, export, told)
    finished = name in _WHOLE or len(rows) < MOST
    export.after = [stage + 1, str(_FIRST)] if finished else [stage, str(rows[-1]["id"])]
    return again(export.rows)


async def _store(session: WriteSession, export: Export, made: packages.Rows, keyring: KeyRing) -> None:
    piece = json.dumps(made, ensure_ascii=False).encode()
    sealed = seal(keyring, piece, export.id, "piece", export.pieces)
    await (await session.driver()).execute(queries.STORE, export.id, "piece", export.pieces, sealed)
    export.pieces, export.rows = export.pieces + 1, export.rows + sum(map(len, made.values()))


async def _rows(
    connection: "asyncpg.Connection[asyncpg.Record]",
    export: Export,
    stage: str,
    rows: Sequence[asyncpg.Record],
    keyring: KeyRing,
) -> packages.Rows:
    version, delta = export.format.partition("_")[2], packages.DELTA in export.columns
    if stage in _ROW:
        file, row_of = _ROW[stage]
        return {file: [row_of(dict(row)) | packages.state(dict(row), delta=delta) for row in rows]}
    made: dict[str, list[dict[str, Any]]] = defaultdict(list)
    told = {}
    if stage == "pupils" and "userIds" in export.columns:
        told = await identifiers_of(connection, [row["id"] for row in rows], keyring)
    for row in rows:
        if stage == "pupils" and not row["changed"]:
            continue
        if stage == "gone":
            one = packages.gone(row["kind"], str(row["id"]))
        elif stage == "pupils":
            one = packages.pupil(dict(row), told.get(row["id"], ()), version)
        else:
            cells = {
                "givenName": row["given_name"], "familyName": row["family_name"], "identifier": row["code"],
                "email": row["email"] or "",
            }  # fmt: skip
            one = packages.user_rows(str(row["id"]), "teacher", [row["organisation"]], cells, version)
        for file, lines in one.items():
            made[file] += [packages.state(dict(row), delta=delta) | line for line in lines]
    return dict(made)
