"""HTTP types of a child's whole record."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from zd_contracts.api.common import Resource
from zd_contracts.api.registry import Child
from zd_contracts.fields import Instant, Organisation, Term
from zd_registry.households.schemas import ResidencePeriod
from zd_registry.values.grades import ListedGrade


class KnownIdentifier(Resource):
    """That there is a number, never the number itself."""

    kind: Annotated[Literal["citizen_id", "g_code", "passport", "other"], Field(description="Kind of identifier")]
    current: Annotated[bool, Field(description="False for a former one")]
    valid_from: date | None = None
    valid_to: date | None = None


class ListedIn(Resource):
    """A place in the list of a school or centre."""

    organisation: Organisation
    term: Term
    grade: ListedGrade
    listed_at: Instant
    ended_date: Annotated[date | None, Field(description="A later list of the term no longer held the child")] = None


class TimelineEntry(Resource):
    """Something that happened, the latest first."""

    at: Instant
    kind: Annotated[
        Literal[
            "registered",
            "listed",
            "left_list",
            "status_changed",
            "verified",
            "visited",
            "placed",
            "place_ended",
            "moved",
            "identifier",
            "corrected",
            "merged",
            "unmerged",
            "guardian",
            "guardian_ended",
            "consent",
            "consent_refused",
            "consent_withdrawn",
            "risk_changed",
        ],
        Field(description="What happened"),
    ]
    text_th: Annotated[str, Field(description="The same in words, Thai", examples=["มีชื่อในรายชื่อของ 520301-1 ชั้น ป.6"])]
    text_en: Annotated[
        str, Field(description="The same in words, English", examples=["In the list of 520301-1, grade P6"])
    ]
    import_id: Annotated[UUID | None, Field(description="The file that told")] = None


class Profile(Resource):
    """Everything that the registry knows of a child but needs, screenings, guardians' names and numbers, which have
    their own routes."""

    child: Child
    nickname: Annotated[str | None, Field(examples=["หญิง"])] = None
    nationality: Annotated[str | None, Field(description="ISO 3166 alpha-3", examples=["THA"])] = None
    home_language: Annotated[str | None, Field(description="ISO 639-3", examples=["tha"])] = None
    in_register: Annotated[bool, Field(description="Whether a population register names the child")]
    identifiers: list[KnownIdentifier]
    enrolments: list[ListedIn]
    residences: list[ResidencePeriod]
    timeline: list[TimelineEntry]
