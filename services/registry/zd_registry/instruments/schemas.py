"""HTTP types of instruments."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from zd_contracts.api.common import Request, Resource, example
from zd_contracts.fields import Instant, Slug
from zd_registry.instruments.definition import Definition, GrowthRow, Months

KindName = Literal["learning_disability", "mental_health", "growth", "disability", "development"]
Kind = Annotated[KindName, Field(description="What it looks for", examples=["growth"])]
Role = Annotated[Slug, Field(description="A position of /v1/screening-roles", examples=["volunteer"])]
Roles = Annotated[list[Role], Field(max_length=12)]
Name = Annotated[str, Field(min_length=3, max_length=200)]


class NewInstrument(Request):
    """A version of an instrument, from a day on. It replaces the version before, whose results stay as they are."""

    valid_from: Annotated[date, Field(description="First day, ISO 8601, C.E.", examples=["2026-05-16"])]
    kind: Kind
    name_th: Annotated[Name, Field(description="Name in Thai")]
    name_en: Annotated[Name, Field(description="Name in English")]
    from_months: Annotated[Months, Field(description="Youngest completed month of age", examples=[72])]
    below_months: Annotated[Months, Field(description="First completed month that is too old", examples=[156])]
    purpose: Annotated[Slug, Field(description="Purpose that consent is asked for: see /v1/consent-purposes")]
    consent_needed: Annotated[bool, Field(description="False only where the law allows it without")] = True
    legal_basis: Annotated[
        str | None, Field(min_length=3, max_length=300, description="The law, where no consent is needed")
    ] = None
    screeners: Annotated[Roles, Field(min_length=1, description="Who may screen with it", examples=[["teacher"]])]
    readers: Annotated[Roles, Field(description="Who may read its results; health officers always may")] = Field(
        default_factory=list
    )
    definition: Definition
    growth: Annotated[
        list[GrowthRow], Field(max_length=10_000, description="The growth table that the agency uses, row by row")
    ] = Field(default_factory=list)
    example: Annotated[bool, Field(description="Invented, not for use")] = False
    source: Annotated[
        str,
        Field(
            min_length=3, max_length=300, description="Who publishes it, or decided so", examples=["มติคณะกรรมการจังหวัด"]
        ),
    ]

    @model_validator(mode="after")
    def _sayable(self) -> Self:
        if self.from_months >= self.below_months:
            raise ValueError("it is for no age")
        if not self.consent_needed and self.legal_basis is None:
            raise ValueError("say which law makes consent unnecessary")
        return self


class InstrumentInfo(Resource):
    """A version without its items."""

    code: Annotated[Slug, Field(examples=["example_learning"])]
    version: Annotated[int, Field(ge=1, description="Counted by the service")]
    valid_from: Annotated[date, Field(description="First day, ISO 8601, C.E.")]
    kind: Kind
    name_th: Annotated[Name, Field(examples=["แบบสังเกตการเรียนรู้ (ตัวอย่าง)"])]
    name_en: Annotated[Name, Field(examples=["Observation of learning (example)"])]
    from_months: Months
    below_months: Months
    purpose: Annotated[Slug, Field(examples=["screening"])]
    consent_needed: bool
    legal_basis: Annotated[str | None, Field(examples=["พ.ร.บ.คุ้มครองข้อมูลส่วนบุคคล พ.ศ. 2562 มาตรา 24 (1)"])]
    screeners: Roles
    readers: Roles
    example: Annotated[bool, Field(description="Invented, not for use")]
    source: Annotated[str, Field(description="Who publishes it, or decided so", examples=["มติคณะกรรมการจังหวัด"])]
    created_at: Instant


class Instrument(InstrumentInfo):
    """A version as a form is made of it."""

    definition: Definition
    growth: Annotated[list[GrowthRow], Field(description="Its growth table")]


class NewScreeningRole(Request):
    """A position, in its words from a day on."""

    model_config = example(
        valid_from="2026-05-16", name_th="พยาบาลโรงเรียน", name_en="School nurse", source="สำนักงานสาธารณสุขจังหวัด"
    )

    valid_from: Annotated[date, Field(description="First day, ISO 8601, C.E.", examples=["2026-05-16"])]
    name_th: Annotated[Name, Field(description="In Thai", examples=["อาสาสมัครสาธารณสุข (อสม.)"])]
    name_en: Annotated[Name, Field(description="In English", examples=["Village health volunteer"])]
    used: Annotated[bool, Field(description="False: no new instrument may name it")] = True
    source: Annotated[
        str, Field(min_length=3, max_length=300, description="Who decided so", examples=["มติคณะกรรมการจังหวัด"])
    ]


class ScreeningRoleShown(NewScreeningRole, Resource):
    """With its code."""

    model_config = ConfigDict(json_schema_extra={})

    code: Role
    scope: Annotated[
        str,
        Field(
            description="The scope of a token whose holder has the position", examples=["registry:screening.volunteer"]
        ),
    ]
