"""Courses, classes and enrollments as OneRoster tells them.

A homeroom has no course of its own, and OneRoster wants one for every class: it is that of all homerooms of its school.
"""
# ruff: noqa: S608  (SQL put together from constants of its own)

from typing import Final

from zd_registry.oneroster.resources import (
    BASE_KINDS,
    Branch,
    Resource,
    ceds,
    entity,
    escaped,
    gone,
    json_field,
    plain,
    reference,
    text,
)
from zd_registry.oneroster.resources_of_sessions import session_of
from zd_registry.oneroster.rules import Kind

_HOMEROOM: Final = "'homeroom-' || {0}"


def _status(alias: str) -> str:
    return f"CASE WHEN {alias}.removed_at IS NULL THEN 'active' ELSE 'tobedeleted' END"


def _ceds_list(grades: str) -> str:
    return f"(SELECT json_agg({ceds('g')})::text FROM unnest({grades}) g)"


_COURSE: Final = Branch(
    rows="course o",
    where="true",
    detail="course o",
    key='o.id::text COLLATE "C"',
    fields={
        **entity("o.id", _status("o"), "o.updated_at"),
        "title": text("title", "o.title"),
        "courseCode": text("courseCode", "o.code"),
        "grades": json_field("grades", _ceds_list("o.grades")),
        "subjects": json_field("subjects", "to_json(o.subjects)::text"),
        "org": json_field("org", reference("org", "orgs", "o.organisation")),
    },
    filters={
        "sourcedId": "o.id::text",
        "status": _status("o"),
        "dateLastModified": "o.updated_at",
        "title": "o.title",
        "courseCode": "o.code",
        "grades": f"(SELECT array_agg({ceds('g')}) FROM unnest(o.grades) g)",
        "subjects": "o.subjects",
        "org.sourcedId": "o.organisation",
    },
)
_HOMEROOMS: Final = """(SELECT k.organisation, max(k.updated_at) AS updated_at FROM school_class k
    WHERE k.course_id IS NULL GROUP BY k.organisation) h"""
_HOMEROOM_COURSE: Final = Branch(
    rows=_HOMEROOMS,
    where="true",
    detail=_HOMEROOMS,
    key=f"""({_HOMEROOM.format("h.organisation")}) COLLATE "C\"""",
    fields={
        **entity(_HOMEROOM.format("h.organisation"), "'active'::text", "h.updated_at"),
        "title": plain("title", "'โฮมรูม'::text"),
        "courseCode": plain("courseCode", "'homeroom'::text"),
        "org": json_field("org", reference("org", "orgs", "h.organisation")),
    },
    filters={
        "sourcedId": _HOMEROOM.format("h.organisation"),
        "status": "'active'::text",
        "dateLastModified": "h.updated_at",
        "title": "'โฮมรูม'::text",
        "courseCode": "'homeroom'::text",
        "org.sourcedId": "h.organisation",
    },
)
COURSES: Final = Resource(
    "courses",
    "course",
    "text",
    BASE_KINDS | {"title": "text", "courseCode": "text", "grades": "list", "subjects": "list", "org.sourcedId": "text"},
    (_COURSE, _HOMEROOM_COURSE),
)

COURSE_OF: Final = f"coalesce(k.course_id::text, {_HOMEROOM.format('k.organisation')})"
TERM_OF: Final = session_of("k.term", "k.organisation")
_CLASS_KINDS: Final[dict[str, Kind]] = {
    "title": "text", "classCode": "text", "classType": "text", "location": "text", "grades": "list",
    "subjects": "list", "course.sourcedId": "text", "school.sourcedId": "text", "terms.sourcedId": "text",
}  # fmt: skip
_TAUGHT_AS: Final = "school_class k LEFT JOIN course o ON o.id = k.course_id"
CLASSES: Final = Resource(
    "classes",
    "class",
    "uuid",
    BASE_KINDS | _CLASS_KINDS,
    (
        Branch(
            rows=_TAUGHT_AS,
            where="true",
            detail=_TAUGHT_AS,
            key="k.id",
            fields={
                **entity("k.id", _status("k"), "k.updated_at"),
                "title": text("title", "k.title"),
                "classCode": text("classCode", "k.code"),
                "classType": plain("classType", "k.kind"),
                "location": text("location", "k.location"),
                "grades": json_field("grades", f"""'["' || {ceds("k.grade")} || '"]'"""),
                "subjects": json_field("subjects", "to_json(o.subjects)::text"),
                "course": json_field("course", reference("course", "courses", f"{COURSE_OF}")),
                "school": json_field("school", reference("org", "orgs", "k.organisation")),
                "terms": json_field(
                    "terms",
                    f"""'[' || {reference("academicSession", "academicSessions", f"({TERM_OF})")}
                    || ']'""",
                ),
            },
            filters={
                "sourcedId": "k.id::text",
                "status": _status("k"),
                "dateLastModified": "k.updated_at",
                "title": "k.title",
                "classCode": "k.code",
                "classType": "k.kind",
                "location": "k.location",
                "grades": f"ARRAY[{ceds('k.grade')}]",
                "subjects": "o.subjects",
                "course.sourcedId": COURSE_OF,
                "school.sourcedId": "k.organisation",
                "terms.sourcedId": TERM_OF,
            },
        ),
    ),
)


def _enrollment(alias: str, *, user: str, role: str) -> dict[str, str]:
    return {
        **entity(f"{alias}.id", _status(alias), f"{alias}.updated_at"),
        "user": json_field("user", reference("user", "users", f"{alias}.{user}")),
        "class": json_field("class", reference("class", "classes", f"{alias}.class_id")),
        "school": json_field("school", reference("org", "orgs", escaped("k.organisation"))),
        "role": plain("role", f"'{role}'::text"),
        "beginDate": plain("beginDate", f"{alias}.begin_date"),
        "endDate": plain("endDate", f"({alias}.end_date + 1)"),  # OneRoster's end is the first day without
    }


def _enrollment_filters(alias: str, *, user: str, role: str) -> dict[str, str]:
    return {
        "sourcedId": f"{alias}.id::text",
        "status": _status(alias),
        "dateLastModified": f"{alias}.updated_at",
        "user.sourcedId": f"{alias}.{user}::text",
        "class.sourcedId": f"{alias}.class_id::text",
        "school.sourcedId": "k.organisation",
        "role": f"'{role}'::text",
        "beginDate": f"{alias}.begin_date",
        "endDate": f"({alias}.end_date + 1)",
    }


_MEMBERS: Final = "class_member m JOIN school_class k ON k.id = m.class_id"
_ASSIGNED: Final = "class_teacher a JOIN school_class k ON k.id = a.class_id"
ENROLLMENTS: Final = Resource(
    "enrollments",
    "enrollment",
    "uuid",
    BASE_KINDS
    | {
        "user.sourcedId": "text", "class.sourcedId": "text", "school.sourcedId": "text", "role": "text",
        "primary": "text", "beginDate": "date", "endDate": "date",
    },
    (
        Branch(
            _MEMBERS, "true", _MEMBERS, "m.id", _enrollment("m", user="child_id", role="student"),
            _enrollment_filters("m", user="child_id", role="student"), "m.child_id", False,
            "m.area >= {lo} AND m.area <= {hi}",
            "m.organisation_position >= {lo} AND m.organisation_position <= {hi}",
        ),
        Branch(
            _ASSIGNED, "true", _ASSIGNED, "a.id",
            _enrollment("a", user="teacher_id", role="teacher") | {"primary": plain("primary", "a.main::text")},
            _enrollment_filters("a", user="teacher_id", role="teacher") | {"primary": "a.main::text"},
        ),
        gone("enrollment", "class_member"),
    ),
)  # fmt: skip
