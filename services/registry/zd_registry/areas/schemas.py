from datetime import date
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from zd_contracts.api.common import Request, Resource, Version, example
from zd_contracts.fields import Area, Instant

Level = Literal["province", "district", "tambon", "village"]
NameTh = Annotated[str, Field(min_length=1, max_length=200, description="Name in Thai", examples=["ลำปางหลวง"])]
NameEn = Annotated[str | None, Field(max_length=200, description="Name in English", examples=["Lampang Luang"])]
VillageCode = Annotated[
    str, Field(pattern="^[1-9][0-9]{5}(0[1-9]|[1-9][0-9])$", description="8 digits: the tambon's and the village's")
]
CommunityKind = Annotated[Literal["community", "hamlet_cluster"], Field(description="ชุมชน or หย่อมบ้าน")]
SetKind = Annotated[
    Literal["municipality", "learning_city", "education_service_area", "other"],
    Field(description="เทศบาล, เมืองแห่งการเรียนรู้, เขตพื้นที่การศึกษา, or another"),
]


class AreaInfo(Resource):
    """A province, district, tambon or village."""

    code: Area
    level: Annotated[Level, Field(description="By the number of digits: 2, 4, 6 or 8")]
    name_th: NameTh
    name_en: NameEn = None
    parent: Annotated[Area | None, Field(description="The area that it lies in; null for a province")]


class VillageName(Request):
    model_config = example(name_th="บ้านลำปางหลวง", name_en="Ban Lampang Luang")

    name_th: Annotated[str, Field(min_length=1, max_length=200, description="Name in Thai", examples=["บ้านลำปางหลวง"])]
    name_en: NameEn = None


class VillageItem(VillageName):
    code: Annotated[VillageCode, Field(examples=["52030101"])]


class Villages(Request):
    model_config = example(villages=[{"code": "52030101", "name_th": "บ้านลำปางหลวง"}])

    villages: Annotated[
        list[VillageItem], Field(min_length=1, max_length=200, description="The villages of the tambon")
    ]


class ManyVillages(Request):
    model_config = example(
        villages=[
            {"code": "52030101", "name_th": "บ้านลำปางหลวง"},
            {"code": "52010203", "name_th": "บ้านต้นธงชัย", "name_en": "Ban Ton Thong Chai"},
        ]
    )

    villages: Annotated[
        list[VillageItem], Field(min_length=1, max_length=10_000, description="Villages of any tambons of yours")
    ]


class VillagesStored(Resource):
    changed: Annotated[int, Field(ge=0, description="Villages that were new or got another name")]
    unchanged: Annotated[int, Field(ge=0, description="Villages that were known by this name")]


class NewCommunity(Request):
    """A community or hamlet cluster below a village or tambon."""

    model_config = example(area="52030103", name_th="ชุมชนวัดเหนือ", members=["52030103", "52030104"])

    area: Annotated[Area, Field(description="The village or tambon that it lies in", examples=["52030103"])]
    kind: CommunityKind = "community"
    name_th: Annotated[str, Field(min_length=1, max_length=200, description="Name in Thai", examples=["ชุมชนวัดเหนือ"])]
    name_en: NameEn = None
    members: Annotated[
        list[VillageCode],
        Field(
            default_factory=list,
            max_length=100,
            description="Villages that it spans; empty for a part of one area",
            examples=[["52030101", "52030102"]],
        ),
    ]


class CommunityChange(Request):
    model_config = example(name_th="ชุมชนวัดเหนือ", members=["52030103"])

    name_th: Annotated[str | None, Field(min_length=1, max_length=200, description="Name in Thai")] = None
    name_en: NameEn = None
    kind: CommunityKind | None = None
    members: Annotated[list[VillageCode] | None, Field(max_length=100, description="Villages that it spans")] = None


class CommunityInfo(NewCommunity, Resource):
    id: Annotated[UUID, Field(description="The community")]
    version: Version
    updated_at: Instant


class SetMember(Request):
    """Either an area of any level or a community."""

    code: Annotated[Area | None, Field(examples=["520301"])] = None
    community_id: Annotated[UUID | None, Field(description="A community")] = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.code is None) == (self.community_id is None):
            raise ValueError("either code or community_id")
        return self


Members = Annotated[
    list[SetMember], Field(min_length=1, max_length=2_000, description="Areas of any level, communities")
]


class NewAreaSet(Request):
    """A named set of areas beside the tree."""

    model_config = example(
        kind="municipality", name_th="เทศบาลตำบลลำปางหลวง", source="ประกาศกระทรวงมหาดไทย", members=[{"code": "520301"}]
    )

    kind: SetKind
    name_th: Annotated[
        str, Field(min_length=1, max_length=200, description="Name in Thai", examples=["เทศบาลตำบลลำปางหลวง"])
    ]
    name_en: NameEn = None
    from_date: Annotated[date | None, Field(description="First day, ISO 8601, C.E.; null for always")] = None
    until_date: Annotated[date | None, Field(description="Last day, ISO 8601, C.E.; null for open")] = None
    source: Annotated[
        str, Field(min_length=1, max_length=500, description="What says so", examples=["ประกาศกระทรวงมหาดไทย"])
    ]
    members: Members

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.from_date and self.until_date and self.until_date < self.from_date:
            raise ValueError("until_date before from_date")
        return self


class AreaSetInfo(NewAreaSet, Resource):
    id: Annotated[UUID, Field(description="The set")]
    version: Version
    updated_at: Instant
