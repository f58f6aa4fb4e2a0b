"""School years and terms as OneRoster tells them: rows that the calendar says, handed to the query as JSON."""

from typing import Final

from zd_registry.oneroster.resources import BASE_KINDS, Branch, Resource, entity, json_field, plain, reference, text

_SESSION: Final = Branch(
    rows="""jsonb_to_recordset({sessions}::text::jsonb) AS s(id text, title text, type text, start_date date,
    end_date date, year text, parent text, told timestamptz)""",
    where="true",
    detail="""jsonb_to_recordset({sessions}::text::jsonb) AS s(id text, title text, type text, start_date date,
    end_date date, year text, parent text, told timestamptz)""",
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
