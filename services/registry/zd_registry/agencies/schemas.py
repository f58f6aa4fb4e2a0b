from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from zd_contracts.api.common import Request, Resource, Version, example
from zd_contracts.fields import Area, Instant, Slug, Tambon, Term

Owed = Literal["term", "month", "year"]
AgencyKind = Annotated[
    Literal[
        "provincial_education_office", "civil_registration", "local_administration_office", "education_service_area",
        "statistical_office", "education_assembly", "school_affiliation", "local_government", "child_family_shelter",
        "social_development", "public_health", "skill_development", "employer", "learning_centre",
        "special_education_centre", "youth_council", "foundation", "equitable_education_fund", "provincial_fund",
        "volunteers", "other",
    ],
    Field(description="ศธจ., กรมการปกครอง, สถ.จังหวัด, เขตพื้นที่, สถิติจังหวัด, สมัชชา, สังกัด, อปท., บ้านพักเด็ก, พมจ., สสจ. …"),
]  # fmt: skip
FeedKind = Annotated[
    Literal["population", "enrolment", "nonformal", "social", "health", "disability"],
    Field(description="What the files of the feed tell"),
]
OwedField = Annotated[Owed | None, Field(description="How often a complete file is owed; null where nothing is")]
TokenAgency = Annotated[
    str,
    Field(min_length=1, max_length=255, description="The agency as its tokens name it", examples=["สพป.ลำปาง เขต 1"]),
]
NameTh = Annotated[str, Field(min_length=1, max_length=200, description="Name in Thai", examples=["สพป.ลำปาง เขต 1"])]
NameEn = Annotated[str | None, Field(max_length=200, description="Name in English")]
Role = Annotated[
    str | None, Field(max_length=500, description="What it does in the province", examples=["โรงเรียนข้ามอำเภอ"])
]
Joined = Annotated[date, Field(description="First day, ISO 8601, C.E.", examples=["2024-05-28"])]
Left = Annotated[date | None, Field(description="Last day, ISO 8601, C.E.; null while it takes part")]


class Contact(Request):
    """How to reach the office: no person's name, number or address."""

    phone: Annotated[str | None, Field(pattern=r"^\+?[0-9 -]{3,30}$", examples=["054 000 000"])] = None
    email: Annotated[
        str | None, Field(pattern=r"^[^@\s]+@[^@\s]+$", max_length=254, examples=["office@example.go.th"])
    ] = None
    website: Annotated[str | None, Field(pattern="^https?://", max_length=500, examples=["https://example.go.th"])] = (
        None
    )
    address: Annotated[str | None, Field(max_length=500, description="Of the office", examples=["99/9 ถนนตัวอย่าง"])] = (
        None
    )


class AgencyService(Request):
    """Something that the agency does for children and families."""

    kind: Annotated[Slug, Field(examples=["flexible_learning"])]
    name_th: NameTh
    name_en: Annotated[NameEn, Field(examples=["Occupation training"])] = None


class NewAgency(Request):
    """A partner agency that joins."""

    model_config = example(
        token_agency="สพป.ลำปาง เขต 1",  # noqa: S106  (the agency's name, no secret)
        name_th="สพป.ลำปาง เขต 1",
        kind="education_service_area",
        areas=["52"],
        contact={"phone": "054 000 000"},
        services=[{"kind": "flexible_learning", "name_th": "การเรียนรู้ยืดหยุ่น"}],
        joined_date="2024-05-28",
    )

    token_agency: TokenAgency
    name_th: NameTh
    name_en: Annotated[NameEn, Field(examples=["Lampang Provincial Education Office"])] = None
    kind: Annotated[AgencyKind, Field(examples=["education_service_area"])]
    role: Role = None
    tambon: Annotated[Tambon | None, Field(description="Tambon of its office")] = None
    areas: Annotated[list[Area], Field(min_length=1, max_length=500, description="Where it serves", examples=[["52"]])]
    contact: Contact = Field(default_factory=Contact)
    services: Annotated[list[AgencyService], Field(default_factory=list, max_length=100, description="What it offers")]
    joined_date: Joined


class AgencyChange(Request):
    """Fields that are left out stay."""

    model_config = example(role="โรงเรียนข้ามอำเภอ", areas=["5203", "5201"])

    name_th: NameTh = ""
    name_en: NameEn = None
    role: Role = None
    areas: Annotated[
        list[Area], Field(default_factory=list, min_length=1, max_length=500, description="Where it serves")
    ]
    contact: Contact = Field(default_factory=Contact)
    services: Annotated[list[AgencyService], Field(default_factory=list, max_length=100, description="What it offers")]
    left_date: Left = None


class AgencyInfo(NewAgency, Resource):
    """A partner agency."""

    id: Annotated[UUID, Field(description="The agency")]
    left_date: Left
    version: Version
    updated_at: Instant


class FeedTerms(Request):
    """What a feed is, what is owed, and how its columns are read."""

    model_config = example(
        agency="สพป.ลำปาง เขต 1",
        kind="enrolment",
        owed="term",
        organisation="obec",
        areas=["52"],
        mapping={"เลขประจำตัว": "citizen_id"},
    )

    agency: TokenAgency
    kind: FeedKind
    name: Annotated[str, Field(max_length=100, description="Tells several feeds of one kind apart")] = ""
    owed: OwedField = None
    organisation: Annotated[
        str | None, Field(max_length=40, description="It speaks for this one and all below", examples=["obec"])
    ] = None
    areas: Annotated[list[Area], Field(min_length=1, max_length=500, description="Areas that it tells of")]
    mapping: Annotated[
        dict[str, str] | None,
        Field(max_length=200, description="Saved: the file's column → ours", examples=[{"เลขประจำตัว": "citizen_id"}]),
    ] = None


class LastDelivery(Resource):
    import_id: Annotated[UUID, Field(description="The import")]
    delivered_at: Instant
    term: Annotated[Term | None, Field(description="The term that it told of")]
    complete: Annotated[bool, Field(description="Whom it does not name is not on the list")]
    rows: Annotated[int, Field(ge=0, description="Rows of the file")]


class DueInfo(Resource):
    period: Annotated[
        str, Field(description="Term 2567/1, month 2567-05 or school year 2567, B.E.", examples=["2567/1"])
    ]
    due_date: Annotated[date, Field(description="Last day in time, ISO 8601, C.E.")]
    late: Annotated[bool, Field(description="True from the day after, until a complete file comes")]


class FeedInfo(Resource):
    """A feed with what came last and what is owed next."""

    id: Annotated[UUID, Field(description="The feed")]
    agency: TokenAgency
    kind: FeedKind
    name: Annotated[str, Field(description="Tells several feeds of one kind apart", examples=["secondary schools"])]
    owed: OwedField
    organisation: Annotated[
        str | None, Field(description="It speaks for this one and all below; null for all", examples=["52030001"])
    ]
    areas: Annotated[list[str], Field(description="Areas that it tells of; * is the whole country", examples=[["52"]])]
    mapping: Annotated[
        dict[str, str] | None, Field(description="Saved: the file's column → ours", examples=[{"เลขบัตร": "citizen_id"}])
    ]
    last_delivery: Annotated[LastDelivery | None, Field(description="Null while nothing came in two years")]
    due: Annotated[DueInfo | None, Field(description="What is owed next; null where nothing is")]


class DeadlineTerms(Request):
    model_config = example(days=30, source="บันทึกข้อตกลง")

    days: Annotated[
        int, Field(ge=0, le=366, description="After a term or school year begins, or the first of the next month")
    ]
    source: Annotated[str, Field(min_length=1, max_length=500, description="What says so", examples=["บันทึกข้อตกลง"])]


class DeadlineInfo(DeadlineTerms, Resource):
    owed: Owed
    from_date: Annotated[date, Field(description="First day on which it holds")]
