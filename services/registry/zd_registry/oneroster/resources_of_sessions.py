"""School years and terms as OneRoster tells them: rows that the calendars say, handed to the query as JSON."""

from typing import Final

from zd_registry.oneroster.resources import BASE_KINDS, Branch, Resource, entity, json_field, plain, reference, text


def session_of(term: str, school: str) -> str:
    """SQL for the id of a term at a school: that of the nearest calendar which says something of the term itself."""
    at = f"replace({term}, '/', '-')"
    held = f"FROM calendar_term c JOIN organisation o ON o.code = {school}"
    stands = f"c.term = {term} AND c.replaced_at IS NULL"
    return f"""coalesce((SELECT {at} || '-' || c.calendar {held} JOIN organisation a ON a.code = c.calendar
        AND a.position_from <= o.position_from AND o.position_from <= a.position_to
        WHERE {stands} ORDER BY a.position_to - a.position_from LIMIT 1),
        (SELECT {at} || '-' || c.calendar {held} AND o.affiliation = c.calendar WHERE {stands} LIMIT 1), {at})"""


_ROWS: Final = """jsonb_to_recordset({sessions}::text::jsonb) AS s(id text, label text, title text, type text,
    start_date date, end_date date, year text, parent text, told timestamptz)"""
_SESSION: Final = Branch(
    rows=_ROWS,
    where="true",
    detail=_ROWS,
    key='s.id COLLATE "C"',
    fields={
        **entity("s.id", "'active'::text", "s.told"),
        "title": text("title", "s.title"),
        "startDate": plain("startDate", "s.start_date"),
        "endDate": plain("endDate", "s.end_date"),
        "type": plain("type", "s.type"),
        "parent": json_field("parent", reference("academicSession", "academicSessions", "s.parent")),
        "schoolYear": plain("schoolYear", "s.year"),
    },
    filters={
        "sourcedId": "s.id",
        "status": "'active'::text",
        "dateLastModified": "s.told",
        "title": "s.title",
        "startDate": "s.start_date",
        "endDate": "s.end_date",
        "type": "s.type",
        "schoolYear": "s.year",
        "parent.sourcedId": "s.parent",
    },
)
SESSIONS: Final = Resource(
    "academicSessions",
    "academicSession",
    "text",
    BASE_KINDS
    | {
        "title": "text", "startDate": "date", "endDate": "date", "type": "text", "schoolYear": "text",
        "parent.sourcedId": "text",
    },
    (_SESSION,),
)  # fmt: skip
TERMS: Final = SESSIONS._replace(branches=(_SESSION._replace(where="s.type = 'term'"),))
GRADING_PERIODS: Final = SESSIONS._replace(branches=(_SESSION._replace(where="s.type = 'gradingPeriod'"),))
