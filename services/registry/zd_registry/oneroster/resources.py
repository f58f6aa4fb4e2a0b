"""OneRoster's collections as SQL over the registry's tables.

Each field is an expression of the JSON text `"name":value`, or null where there is nothing to say. Names in braces are
values that get their numbers when a query is put together; braces of JSON are doubled.
"""
# ruff: noqa: S608  (SQL put together from constants of its own)

from collections.abc import Mapping
from typing import Final, NamedTuple

from zd_registry.oneroster.rules import CEDS, Kind


class Branch(NamedTuple):
    """Rows of one table of a collection: `rows` and `where` find and count them, `detail` has what is told of them.

    `detail` itself has no row for what `where` refuses, if `left_out` says so. `subject` is the child whom a row is
    about; `area` and `position` are conditions that the caller's claim implies, said again where an index can use them.
    `listed` are the ids of all that a claim to organisations reaches: of many they are found in their order, a page at
    a time, where `position` would have all of them looked up.
    """

    rows: str
    where: str
    detail: str
    key: str
    fields: Mapping[str, str]
    filters: Mapping[str, str]
    subject: str = "NULL::uuid"
    left_out: bool = False
    area: str = ""
    position: str = ""
    listed: str = ""


class Resource(NamedTuple):
    """`many` and `one` name the payload; `kinds` are the fields that can be filtered and sorted by."""

    many: str
    one: str
    key: Kind
    kinds: Mapping[str, Kind]
    branches: tuple[Branch, ...]


def plain(name: str, expression: str) -> str:
    """A value that needs no escaping: an id, a date, a word of a vocabulary."""
    return f"""'"{name}":"' || {expression} || '"'"""


def text(name: str, expression: str) -> str:
    return f"""'"{name}":' || to_json({expression})::text"""


def json_field(name: str, expression: str) -> str:
    return f"""'"{name}":' || {expression}"""


def escaped(code: str) -> str:
    return rf"""replace(replace({code}, '\', '\\'), '"', '\"')"""


def reference(kind: str, path: str, sourced_id: str) -> str:
    return (
        f"""'{{{{"href":"' || {{base}}::text || '/{path}/' || {sourced_id} || '","sourcedId":"' || {sourced_id}"""
        f""" || '","type":"{kind}"}}}}'"""
    )


def _instant(expression: str) -> str:
    return f"""to_char({expression} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')"""


def entity(key: str, status: str, modified: str) -> dict[str, str]:
    return {
        "sourcedId": plain("sourcedId", key),
        "status": plain("status", status),
        "dateLastModified": plain("dateLastModified", _instant(modified)),
    }


def ceds(grade: str) -> str:
    known = " ".join(f"WHEN '{ours}' THEN '{theirs}'" for ours, theirs in CEDS.items())
    return f"CASE {grade} {known} ELSE {grade} END"


def _yes(condition: str) -> str:
    return f"CASE WHEN {condition} THEN 'true' ELSE 'false' END"


def gone(kind: str, table: str) -> Branch:
    """What was in `table` and is no longer there for the caller: its id, and that it is to be deleted. Of an entity
    that several organisations knew one row."""
    return Branch(
        rows="roster_deletion d",
        where=f"""d.kind = '{kind}' AND NOT EXISTS (SELECT FROM {table} x WHERE x.id = d.entity_id)
            AND NOT EXISTS (SELECT FROM roster_deletion o
                WHERE o.entity_id = d.entity_id AND o.organisation_position < d.organisation_position)""",
        detail="roster_deletion d",
        key="d.entity_id",
        fields=entity("d.entity_id", "'tobedeleted'::text", "d.deleted_at"),
        filters={
            "sourcedId": "d.entity_id::text", "status": "'tobedeleted'::text", "dateLastModified": "d.deleted_at"
        },
        area="d.area >= {lo} AND d.area <= {hi}",
        position="d.organisation_position >= {lo} AND d.organisation_position <= {hi}",
    )  # fmt: skip


BASE_KINDS: Final[dict[str, Kind]] = {"sourcedId": "text", "status": "text", "dateLastModified": "instant"}
_LATEST: Final = "{0}.child_id = c.id AND {0}.term = (SELECT max(n.term) FROM enrolment n WHERE n.child_id = c.id)"
_TOLD_AT: Final = "greatest(c.updated_at, max(l.created_at), max(l.changed_at))"
_LISTED: Final = "bool_or(l.ended_date IS NULL) AND max(l.term) >= {oldest_term}::text"
_ORG: Final = reference("org", "orgs", escaped("l.organisation"))


def _of_latest(expression: str) -> str:
    return f"(SELECT {expression} FROM enrolment l WHERE {_LATEST.format('l')})"


_IN_LISTS: Final = """SELECT DISTINCT p.child_id FROM enrolment p
    WHERE p.organisation_position >= {lo} AND p.organisation_position <= {hi}"""
# Hardly anybody is in two grades, and sorting for the few would cost as much as everything else of a row.
_GRADES: Final = _of_latest(f"""string_agg(DISTINCT {ceds("l.grade")}, '","')""")
_STUDENT: Final = Branch(
    rows="child c",
    # Not EXISTS, which the planner would answer by reading every list for one page.
    where="(SELECT true FROM enrolment e WHERE e.child_id = c.id LIMIT 1)",
    detail=f"""child c CROSS JOIN LATERAL (
    SELECT {_TOLD_AT} AS told_at, {_LISTED} AS listed,
        string_agg('{{{{"roleType":"primary","role":"student","org":' || {_ORG}
            || coalesce(',"endDate":"' || l.ended_date || '"', '') || '}}}}', ',') AS roles,
        CASE min(l.grade) WHEN max(l.grade) THEN {ceds("min(l.grade)")} ELSE {_GRADES} END AS grades
    FROM enrolment l WHERE {_LATEST.format("l")} HAVING count(*) > 0) l""",
    key="c.id",
    fields=entity("c.id", "'active'::text", "l.told_at")
    | {
        "enabledUser": plain("enabledUser", _yes("l.listed AND c.gone_kind IS NULL")),
        "givenName": text("givenName", "c.given_name"),
        "familyName": text("familyName", "c.family_name"),
        "preferredFirstName": text("preferredFirstName", "c.nickname"),
        "roles": json_field("roles", "'[' || l.roles || ']'"),
        "grades": json_field("grades", """'["' || l.grades || '"]'"""),
    },
    filters={
        "sourcedId": "c.id::text",
        "status": "'active'::text",
        "dateLastModified": _of_latest(_TOLD_AT),
        "enabledUser": _yes(f"{_of_latest(_LISTED)} AND c.gone_kind IS NULL"),
        "givenName": "c.given_name",
        "familyName": "c.family_name",
        "preferredFirstName": "c.nickname",
        "roles.roleType": "'primary'::text",
        "roles.role": "'student'::text",
        "roles.org.sourcedId": _of_latest("array_agg(l.organisation)"),
        "grades": _of_latest(f"array_agg(DISTINCT {ceds('l.grade')})"),
    },
    subject="c.id",
    left_out=True,
    area="c.area >= {lo} AND c.area <= {hi}",
    position=f"c.id IN ({_IN_LISTS})",
    listed=_IN_LISTS,
)
_TEACHER: Final = Branch(
    rows="teacher t",
    where="true",
    detail="teacher t",
    key="t.id",
    fields=entity("t.id", "CASE WHEN t.removed_at IS NULL THEN 'active' ELSE 'tobedeleted' END", "t.updated_at")
    | {
        "enabledUser": plain("enabledUser", "t.enabled::text"),
        "givenName": text("givenName", "t.given_name"),
        "familyName": text("familyName", "t.family_name"),
        "identifier": text("identifier", "t.code"),
        "email": text("email", "t.email"),
        "roles": json_field(
            "roles",
            f"""'[{{{{"roleType":"primary","role":"teacher","org":'
            || {reference("org", "orgs", escaped("t.organisation"))} || '}}}}]'""",
        ),
    },
    filters={
        "sourcedId": "t.id::text",
        "status": "CASE WHEN t.removed_at IS NULL THEN 'active' ELSE 'tobedeleted' END",
        "dateLastModified": "t.updated_at",
        "enabledUser": "t.enabled::text",
        "givenName": "t.given_name",
        "familyName": "t.family_name",
        "identifier": "t.code",
        "email": "t.email",
        "roles.roleType": "'primary'::text",
        "roles.role": "'teacher'::text",
        "roles.org.sourcedId": "ARRAY[t.organisation]",
    },
)
_USER_KINDS: Final[dict[str, Kind]] = BASE_KINDS | {
    "enabledUser": "text", "givenName": "text", "familyName": "text", "preferredFirstName": "text",
    "identifier": "text", "email": "text", "roles.roleType": "text", "roles.role": "text",
    "roles.org.sourcedId": "list", "grades": "list",
}  # fmt: skip
_GONE_CHILD: Final = gone("user", "child")
USERS: Final = Resource("users", "user", "uuid", _USER_KINDS, (_STUDENT, _TEACHER, _GONE_CHILD))
STUDENTS: Final = USERS._replace(branches=(_STUDENT, _GONE_CHILD))
TEACHERS: Final = USERS._replace(branches=(_TEACHER,))

_SEX: Final = "CASE c.sex WHEN 'unknown' THEN 'unspecified' ELSE c.sex END"
_BORN: Final = "CASE c.birth_precision WHEN 'day' THEN c.birth_date END"
DEMOGRAPHICS: Final = Resource(
    "demographics",
    "demographics",
    "uuid",
    BASE_KINDS | {"birthDate": "date", "sex": "text"},
    (
        _STUDENT._replace(
            detail="child c",
            left_out=False,
            fields=entity("c.id", "'active'::text", "c.updated_at")
            | {"birthDate": plain("birthDate", f"({_BORN})"), "sex": plain("sex", _SEX)},
            filters={
                "sourcedId": "c.id::text",
                "status": "'active'::text",
                "dateLastModified": "c.updated_at",
                "birthDate": _BORN,
                "sex": _SEX,
            },
        ),
        _GONE_CHILD,
    ),
)

ORG_TYPE: Final = """CASE o.kind WHEN 'affiliation' THEN 'national' WHEN 'education_service_area' THEN 'district'
    WHEN 'local_government' THEN 'local' ELSE 'school' END"""
_ORGANISATION: Final = Branch(
    rows="organisation o",
    where="true",
    detail="organisation o",
    key='o.code COLLATE "C"',
    fields={
        **entity("o.code", "'active'::text", "o.updated_at"),
        "name": text("name", "o.name_th"),
        "type": plain("type", ORG_TYPE),
        "identifier": plain("identifier", "o.code"),
        "parent": json_field("parent", reference("org", "orgs", "o.parent")),
    },
    filters={
        "sourcedId": "o.code",
        "status": "'active'::text",
        "dateLastModified": "o.updated_at",
        "name": "o.name_th",
        "type": ORG_TYPE,
        "identifier": "o.code",
        "parent.sourcedId": "o.parent",
    },
)
ORGS: Final = Resource(
    "orgs",
    "org",
    "text",
    BASE_KINDS | {"name": "text", "type": "text", "identifier": "text", "parent.sourcedId": "text"},
    (_ORGANISATION,),
)
SCHOOLS: Final = ORGS._replace(branches=(_ORGANISATION._replace(where=f"{ORG_TYPE} = 'school'"),))
