"""HTTP types of what schools and centres lack, and of the age at entry."""

from datetime import date
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from zd_contracts.api.common import Request, Resource, Version, example
from zd_contracts.api.registry import Count
from zd_contracts.fields import Area, Instant, Slug
from zd_registry.standards.definition import Code
from zd_registry.standards.schemas import SchoolYear

KindName = Literal[
    "building", "classroom", "toilet", "water", "electricity", "internet", "playground", "kitchen", "equipment",
    "books", "teacher", "transport", "safety", "other",
]  # fmt: skip
Kind = Annotated[KindName, Field(description="What is lacking", examples=["toilet"])]
StateName = Literal["open", "met", "dropped", "withdrawn"]
State = Annotated[StateName, Field(description="open; met; dropped: no longer needed; withdrawn: it never was")]
Description = Annotated[str, Field(min_length=2, max_length=300, description="In words; no person's name")]
Quantity = Annotated[int, Field(ge=1, le=1_000_000, description="How many")]
Unit = Annotated[str, Field(min_length=1, max_length=40, description="Of what", examples=["ห้อง"])]
Estimated = Annotated[
    int | None, Field(ge=0, le=10**13, description="What all of it would cost, in satang; null when unknown")
]
NeededBy = Annotated[date | None, Field(description="When it has to be there, ISO 8601, C.E.")]


class NewShortage(Request):
    """Something that the organisation lacks."""

    model_config = example(
        kind="toilet", description="ห้องน้ำสำหรับเด็กพิการ", quantity=1, unit="ห้อง", estimated_satang=12_000_000
    )

    kind: Kind
    description: Annotated[Description, Field(examples=["หลังคาอาคารเรียนรั่วสองห้อง"])]
    quantity: Quantity
    unit: Unit
    estimated_satang: Estimated = None
    needed_by_date: NeededBy = None
    standard: Annotated[
        Slug | None, Field(description="The standard by which it was found", examples=["early_childhood"])
    ] = None
    criterion: Annotated[Code | None, Field(description="And the criterion of it")] = None


class ShortageChange(Request):
    """Fields that are left out stay."""

    model_config = example(state="met", closed_date="2024-09-01")

    kind: Kind = "other"
    description: Description = ""
    quantity: Quantity = 1
    unit: Unit = ""
    estimated_satang: Estimated = None
    needed_by_date: NeededBy = None
    state: State = "open"
    closed_date: Annotated[date | None, Field(description="Since when it is met or dropped; today by default")] = None

    @model_validator(mode="after")
    def _sayable(self) -> Self:
        if self.closed_date is not None and self.state == "open":
            raise ValueError("what is open has no end")
        return self


class ShortageInfo(NewShortage, Resource):
    """A shortage and what became of it."""

    model_config = ConfigDict(json_schema_extra={})

    id: Annotated[UUID, Field(description="The shortage")]
    organisation: Annotated[str, Field(description="Code of what lacks it", examples=["52030001"])]
    state: State
    closed_date: Annotated[date | None, Field(description="Since when it is met or dropped")] = None
    changed_by: Annotated[str, Field(description="Who changed it last", examples=["officer"])]
    version: Version
    created_at: Instant
    updated_at: Instant


class ShortageBefore(Resource):
    """What was said of a shortage, until somebody changed it."""

    version: Version
    kind: Kind
    description: Annotated[Description, Field(examples=["หลังคาอาคารเรียนรั่วสองห้อง"])]
    quantity: Quantity
    unit: Unit
    estimated_satang: Estimated
    needed_by_date: NeededBy
    state: State
    closed_date: Annotated[date | None, Field(description="Since when it was met or dropped")]
    changed_by: Annotated[str, Field(description="Who had said so", examples=["officer"])]
    updated_at: Instant


class ShortageFigure(Resource):
    """All shortages of a kind and state."""

    kind: Kind
    state: State
    shortages: Count
    organisations: Annotated[Count, Field(description="How many organisations")]
    quantity: Count
    estimated_satang: Annotated[int, Field(ge=0, description="Sum of what is estimated, in satang")]
    not_estimated: Annotated[Count, Field(description="Of them without an estimate")]


class ShortageFigures(Resource):
    items: Annotated[list[ShortageFigure], Field(description="By kind and state")]


class EntryFigure(Resource):
    """Children who entered kindergarten (K) or primary school (P) in the year."""

    stage: Annotated[Literal["K", "P"], Field(description="K kindergarten, P primary")]
    area: Annotated[Area | None, Field(description="Where they live; null: not asked by area, or unknown")] = None
    organisation: Annotated[
        str | None, Field(description="Where they entered; null: not asked for", examples=["52030001"])
    ] = None
    entered: Count
    right_age: Count
    too_early: Annotated[Count, Field(description="Younger than that")]
    too_late: Annotated[Count, Field(description="Older than that")]
    unknown: Annotated[Count, Field(description="Whose year of birth is not known")]
    right_percent: Annotated[float | None, Field(description="Of those whose year of birth is known")]


class EntryFigures(Resource):
    school_year: SchoolYear
    years_of_life: Annotated[
        dict[str, float], Field(description="Grade → which year of life one enters in it", examples=[{"P1": 7}])
    ]
    source: Annotated[str, Field(description="The law or decision that says so", examples=["มติคณะกรรมการจังหวัด"])]
    items: list[EntryFigure]
