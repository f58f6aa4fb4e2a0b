from calendar import monthrange
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from zd_contracts.api.common import Request, Resource, Version, example
from zd_contracts.fields import Area, Instant, Term

_LEAP = 2024


def _not_taken(code: str) -> str:
    if code in {"national", "positions"}:
        raise ValueError("a word of the address")
    return code


OrganisationCode = Annotated[  # schools as events name them; what stands above schools may have a short name
    str,
    Field(
        pattern="^([0-9]{4,10}(-[0-9]{1,2})?|[a-z][a-z0-9_-]{1,31})$",
        description="Code: that of a school or centre as in enrolment files (digits), or a short name of what is above",
    ),
    AfterValidator(_not_taken),
]
OrganisationKind = Annotated[
    Literal[
        "affiliation", "education_service_area", "local_government", "school", "vocational_college", "learning_centre",
        "child_development_centre", "special_education_centre", "training_institute", "other",
    ],
    Field(description="สังกัด, เขตพื้นที่การศึกษา, อปท., โรงเรียน, วิทยาลัย, ศูนย์การเรียน, ศพด. …"),
]  # fmt: skip
ABOVE_SCHOOLS = {"affiliation", "education_service_area", "local_government"}
AffiliationCode = Annotated[
    Literal["obec", "opec", "dla", "bma", "pattaya", "mhesi", "ovec", "dole", "bpp", "onab", "sport"],
    Field(description="Affiliation (สังกัด); /v1/affiliations has their names"),
]
DayKind = Literal["holiday", "closure", "remote", "school_day"]
System = Annotated[
    str, Field(pattern="^[a-z][a-z0-9_]{1,31}$", description="Whose code: moe, dmc, oneroster …", examples=["moe"])
]
ExternalCodes = Annotated[
    dict[System, Annotated[str, Field(min_length=1, max_length=255)]],
    Field(max_length=20, description="What other systems call it", examples=[{"moe": "1052030001", "dmc": "52030001"}]),
]
Name = Annotated[str, Field(min_length=1, max_length=200, description="Name in Thai", examples=["โรงเรียนบ้านตัวอย่าง"])]
NameEn = Annotated[str | None, Field(max_length=200, description="Name in English")]
Day = Annotated[date, Field(description="Date, ISO 8601, C.E.")]
Opened = Annotated[date | None, Field(description="First day, ISO 8601, C.E.; null when unknown")]
Closed = Annotated[date | None, Field(description="Last day, ISO 8601, C.E.; null while it is open")]
Parent = Annotated[str | None, Field(description="Code of what it belongs to; null at the top", examples=["obec"])]
Weekdays = Annotated[
    str, Field(pattern="^1?2?3?4?5?6?7?$", min_length=1, description="Days of teaching: 1 Monday … 7 Sunday")
]
Source = Annotated[str, Field(min_length=1, max_length=500, description="What says so", examples=["ประกาศ สพฐ."])]


class NewOrganisation(Request):
    """A node of the tree. Its positions are given by the service."""

    model_config = example(
        code="52030001",
        kind="school",
        name_th="โรงเรียนตัวอย่าง",
        affiliation="obec",
        parent="obec",
        area="520301",
        external_codes={"moe": "1052030001"},
    )

    code: Annotated[OrganisationCode, Field(examples=["52030001"])]
    kind: Annotated[OrganisationKind, Field(examples=["school"])]
    name_th: Name
    name_en: NameEn = None
    affiliation: Annotated[AffiliationCode | None, Field(description="By default that of what it belongs to")] = None
    parent: Parent = None
    area: Annotated[Area | None, Field(description="Where it stands; null above the provinces")] = None
    opened_date: Opened = None
    closed_date: Closed = None
    external_codes: ExternalCodes = Field(default_factory=dict)

    @model_validator(mode="after")
    def _sayable(self) -> Self:
        if self.kind not in ABOVE_SCHOOLS and not self.code[0].isdigit():
            raise ValueError("what has pupils needs a code of digits")
        if self.opened_date and self.closed_date and self.closed_date < self.opened_date:
            raise ValueError("closed before it opened")
        return self


class OrganisationChange(Request):
    """Fields that are left out stay."""

    model_config = example(name_th="โรงเรียนตัวอย่างวิทยา", closed_date="2026-03-31")

    name_th: Name = ""
    name_en: NameEn = None
    affiliation: AffiliationCode | None = None
    parent: Parent = None
    area: Annotated[Area | None, Field(description="Where it stands")] = None
    opened_date: Opened = None
    closed_date: Closed = None
    external_codes: ExternalCodes = Field(default_factory=dict)


class OrganisationInfo(Resource):
    """An organisation and the positions that it and everything below it take."""

    code: Annotated[str, Field(description="Its code", examples=["520301-1"])]
    kind: OrganisationKind
    name_th: Name
    name_en: Annotated[NameEn, Field(examples=["Ban Tua Yang School"])]
    affiliation: AffiliationCode | None
    parent: Parent
    area: Area | None
    position_from: Annotated[int, Field(description="Its own position")]
    position_to: Annotated[int, Field(description="The last position that is kept for what is below it")]
    opened_date: Opened
    closed_date: Closed
    external_codes: ExternalCodes
    version: Version
    updated_at: Instant


class Organisations(Request):
    model_config = example(
        organisations=[
            {"code": "52030001", "kind": "school", "name_th": "โรงเรียนตัวอย่าง", "parent": "obec", "area": "520301"}
        ]
    )

    organisations: Annotated[
        list[NewOrganisation], Field(min_length=1, max_length=1_000, description="Parents before their children")
    ]


class ItemResult(Resource):
    """What became of one organisation of the list."""

    code: Annotated[str, Field(description="Its code", examples=["520301-1"])]
    outcome: Annotated[Literal["created", "changed", "unchanged", "rejected"], Field(description="What was done")]
    error_code: Annotated[
        str | None, Field(description="Stable code of why it was rejected", examples=["outside_scope"])
    ] = None
    detail_th: Annotated[
        str | None, Field(description="What to do about it, in Thai", examples=["ท่านไม่มีสิทธิ์ในพื้นที่ของหน่วยนี้"])
    ] = None
    detail_en: Annotated[
        str | None,
        Field(
            description="What to do about it, in English",
            examples=["You have no claim to the area of this organisation."],
        ),
    ] = None


class ItemResults(Resource):
    items: Annotated[list[ItemResult], Field(description="In the order of the list")]


class AffiliationInfo(Resource):
    code: AffiliationCode
    abbreviation_th: Annotated[str, Field(description="Thai abbreviation", examples=["สพฐ."])]
    name_th: Annotated[str, Field(description="Name in Thai", examples=["สำนักงานคณะกรรมการการศึกษาขั้นพื้นฐาน"])]
    name_en: Annotated[str, Field(description="Name in English", examples=["Office of the Basic Education Commission"])]


class TermDates(Request):
    model_config = example(start_date="2024-05-16", end_date="2024-10-11", source="ประกาศ สพฐ.")

    start_date: Annotated[Day, Field(examples=["2024-05-16"])]
    end_date: Annotated[Day, Field(examples=["2024-10-11"])]
    weekdays: Weekdays = "12345"
    source: Source

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.end_date < self.start_date:
            raise ValueError("it ends before it begins")
        return self


class Change(Resource):
    """Who said it and, where it no longer holds, who replaced it."""

    calendar: Annotated[
        str,
        Field(
            description="The calendar that says it: national, an affiliation, an organisation", examples=["national"]
        ),
    ]
    created_by: Annotated[str | None, Field(description="Who said it; null for a default", examples=["officer"])]
    created_at: Instant | None
    replaced_by: Annotated[
        str | None, Field(description="Who replaced it; null while it holds", examples=["officer"])
    ] = None
    replaced_at: Instant | None = None


class CalendarTermInfo(Change):
    term: Term
    start_date: Day
    end_date: Day
    weekdays: Annotated[Weekdays, Field(examples=["12345"])]
    source: Source


class DayNote(Request):
    """A day that is not like others: no teaching (holiday, closure), teaching from afar, or teaching all the same."""

    model_config = example(kind="closure", reason="น้ำท่วม")

    kind: Annotated[DayKind, Field(examples=["closure"])]
    reason: Annotated[str | None, Field(max_length=200, description="Why; no person's name", examples=["น้ำท่วม"])] = None


class CalendarDayInfo(Change):
    day: Day
    kind: DayKind
    reason: Annotated[str | None, Field(description="Why", examples=["แก้ตามเอกสาร"])]


class CalendarInfo(Resource):
    """What holds for one calendar between two days, inherited and its own; the nearest in the tree wins."""

    inherits: Annotated[
        list[str],
        Field(
            description="The calendars that it takes from, the nearest first",
            examples=[["520301-1", "obec", "national"]],
        ),
    ]
    terms: Annotated[list[CalendarTermInfo], Field(description="Terms that touch these days")]
    days: Annotated[list[CalendarDayInfo], Field(description="Days that are not like others")]
    school_days: Annotated[list[date], Field(description="Days of teaching, remote days included")]
    replaced_terms: Annotated[list[CalendarTermInfo], Field(description="What it said of terms before, if asked for")]
    replaced_days: Annotated[list[CalendarDayInfo], Field(description="What it said of days before, if asked for")]


class PatternDates(Request):
    number: Annotated[int, Field(ge=0, le=3, description="0 the school year, 1 to 3 its terms")]
    start_month: Annotated[int, Field(ge=1, le=12)]
    start_day: Annotated[int, Field(ge=1, le=31)]
    end_month: Annotated[int, Field(ge=1, le=12)]
    end_day: Annotated[int, Field(ge=1, le=31)]
    weekdays: Weekdays = "12345"
    source: Source

    @model_validator(mode="after")
    def _exists(self) -> Self:
        for month, day in ((self.start_month, self.start_day), (self.end_month, self.end_day)):
            if day > monthrange(_LEAP, month)[1] or (month, day) == (2, 29):
                raise ValueError("no such day in every year")
        return self


class Patterns(Request):
    """The school year and its terms by day and month."""

    model_config = example(
        patterns=[
            {
                "number": 0,
                "start_month": 5,
                "start_day": 16,
                "end_month": 5,
                "end_day": 15,
                "source": "ระเบียบ ศธ. พ.ศ. 2549",
            },
            {
                "number": 1,
                "start_month": 5,
                "start_day": 16,
                "end_month": 10,
                "end_day": 11,
                "source": "ระเบียบ ศธ. พ.ศ. 2549",
            },
            {
                "number": 2,
                "start_month": 11,
                "start_day": 1,
                "end_month": 4,
                "end_day": 1,
                "source": "ระเบียบ ศธ. พ.ศ. 2549",
            },
        ]
    )

    patterns: Annotated[list[PatternDates], Field(min_length=2, max_length=4)]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if sorted(p.number for p in self.patterns) != list(range(len(self.patterns))):
            raise ValueError("the school year (0) and its terms 1, 2 …, each once")
        return self


class PatternInfo(PatternDates, Resource):
    from_year: Annotated[int, Field(description="First school year, B.E., for which it holds")]
