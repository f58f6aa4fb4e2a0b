"""HTTP types of who a child lives with, and of needs."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from zd_contracts.api.common import Request, Resource, example
from zd_contracts.fields import Area

Relation = Annotated[
    Literal["mother", "father", "grandparent", "relative", "foster", "other"], Field(description="To the child")
]
NeedKind = Annotated[
    Literal["disability", "health", "nutrition", "poverty", "learning", "protection", "other"],
    Field(description="Kind of need"),
]
PersonName = Annotated[str, Field(min_length=1, max_length=200, description="Full name", examples=["สมมุติ ตัวอย่าง"])]
Phone = Annotated[
    str, Field(pattern=r"^\+?[0-9][0-9 -]{7,18}$", description="Telephone number", examples=["081-000-0000"])
]


class NewGuardian(Request):
    """Somebody who cares for the child."""

    model_config = example(name="สมมุติ ตัวอย่าง", relation="grandparent", phone="081-000-0000", main=True)

    name: PersonName
    relation: Relation
    citizen_id: Annotated[
        str | None,
        Field(
            description="13 digits; joins the same guardian of several children",
            max_length=20,
            examples=["0-5000-00000-01-5"],
        ),
    ] = None
    phone: Phone | None = None
    main: Annotated[bool, Field(description="The one to speak with first")] = False


class ChildsGuardian(Resource):
    id: Annotated[UUID, Field(description="The guardian")]
    name: PersonName
    relation: Relation
    phone: Annotated[str | None, Field(description="Telephone number", examples=["081-000-0000"])] = None
    main: Annotated[bool, Field(description="The one to speak with first")]
    from_date: date | None = None
    until_date: Annotated[date | None, Field(description="No longer cares for the child from this day")] = None


class NewHousehold(Request):
    model_config = example(house_code="52030100001", address="99/9 ถนนตัวอย่าง")

    house_code: Annotated[
        str | None, Field(pattern="^[0-9]{11}$", description="11 digits of the house registration")
    ] = None
    address: Annotated[
        str | None, Field(max_length=300, description="House number and road", examples=["99/9 ถนนตัวอย่าง"])
    ] = None


class ChildsHousehold(Resource):
    id: Annotated[UUID, Field(description="The household")]
    area: Area | None = None
    address: Annotated[str | None, Field(examples=["99/9 หมู่ 2"])] = None


class NewNeed(Request):
    """A need that somebody found. What it is in detail is kept encrypted."""

    model_config = example(kind="disability", code="hearing", detail="ใช้เครื่องช่วยฟังข้างซ้าย", from_date="2024-05-16")

    kind: NeedKind
    code: Annotated[
        str, Field(max_length=40, pattern="^[a-z0-9_]*$", description="Short name, for example hearing or asthma")
    ] = ""
    detail: Annotated[
        str | None, Field(max_length=1000, description="What a helper has to know", examples=["ใช้เครื่องช่วยฟังข้างซ้าย"])
    ] = None
    from_date: date | None = None


class ChildsNeed(Resource):
    id: Annotated[UUID, Field(description="The need")]
    kind: NeedKind
    code: Annotated[str, Field(examples=["hearing"])]
    detail: Annotated[str | None, Field(examples=["ใช้เครื่องช่วยฟังข้างขวา"])] = None
    source: Annotated[
        str, Field(description="Who told: an agency, or the feed of an import", examples=["มติคณะกรรมการจังหวัด"])
    ]
    from_date: date | None = None
    until_date: Annotated[date | None, Field(description="Met, or no longer so, from this day")] = None


class ResidencePeriod(Resource):
    area: Area | None = None
    from_date: date
    until_date: date | None = None
