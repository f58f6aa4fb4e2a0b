"""HTTP types of standards and assessments."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from zd_contracts.api.common import Request, Resource, example
from zd_contracts.fields import Instant, Slug
from zd_registry.organisations.schemas import OrganisationKind
from zd_registry.standards.definition import Code, Name, Percent, StandardDefinition

SchoolYear = Annotated[int, Field(ge=2549, le=2743, description="School year, B.E.", examples=[2567])]
Kinds = Annotated[
    list[OrganisationKind], Field(min_length=1, max_length=10, description="Kinds of organisations that it is for")
]
AreaPercents = Annotated[
    dict[Code, Percent | None], Field(description="Area → percent; null where nothing in it applies")
]
Note = Annotated[str, Field(max_length=2000)]
Evidence = Annotated[dict[Code, Note], Field(max_length=3000, description="Criterion → what was seen; no names")]


class NewStandard(Request):
    """A version of a standard, from a day on."""

    valid_from: Annotated[date, Field(description="First day, ISO 8601, C.E.", examples=["2026-05-16"])]
    name_th: Annotated[Name, Field(description="Name in Thai", examples=["มาตรฐานสถานพัฒนาเด็กปฐมวัยตัวอย่าง"])]
    name_en: Annotated[Name, Field(description="Name in English", examples=["Example standard of early childhood"])]
    kinds: Kinds
    definition: StandardDefinition
    example: Annotated[bool, Field(description="Invented, not for use")] = False
    source: Annotated[
        str,
        Field(
            min_length=3, max_length=300, description="Who publishes it, or decided so", examples=["มติคณะกรรมการจังหวัด"]
        ),
    ]


class StandardInfo(NewStandard, Resource):
    """A version that holds, or held, from a day on."""

    code: Annotated[Slug, Field(examples=["early_childhood"])]
    version: Annotated[int, Field(ge=1, description="Counted by the service")]
    created_at: Instant


class NewAssessment(Request):
    """Scores of every criterion by the version that is in use on the day."""

    model_config = example(assessed_date="2024-08-01", assessed_by="สมศ.", scores={"safety": 3, "learning": 2.5})

    assessed_date: Annotated[date, Field(description="Day of the assessment, ISO 8601, C.E.", examples=["2024-08-01"])]
    assessed_by: Annotated[str, Field(min_length=2, max_length=200, description="Which body assessed; no person")]
    own: Annotated[bool, Field(description="The organisation assessed itself")] = False
    scores: Annotated[
        dict[Code, float | None],
        Field(min_length=1, max_length=3000, description="Criterion → score; null where it does not apply"),
    ]
    evidence: Evidence = Field(default_factory=dict)


class Assessment(Resource):
    """What an organisation reached in a school year."""

    id: Annotated[UUID, Field(description="The assessment")]
    organisation: Annotated[str, Field(description="Code of the organisation", examples=["52030001"])]
    standard: Annotated[Slug, Field(examples=["early_childhood"])]
    version: Annotated[int, Field(description="Of the standard")]
    school_year: SchoolYear
    own: Annotated[bool, Field(description="The organisation assessed itself")]
    assessed_date: Annotated[date, Field(description="Day of the assessment")]
    assessed_by: Annotated[str, Field(description="Which body assessed", examples=["ศึกษานิเทศก์ สพป.ลำปาง เขต 1"])]
    scores: Annotated[dict[Code, float | None], Field(description="By criterion", examples=[{"1.1": 3}])]
    evidence: Annotated[Evidence, Field(examples=[{"1.1": "แผนการจัดประสบการณ์ครบทุกชั้น"}])]
    percent: Percent
    areas: Annotated[AreaPercents, Field(examples=[{"1": 82.5}])]
    level: Annotated[Code, Field(description="The level that is reached")]
    recorded_by: Annotated[str, Field(description="Who recorded it", examples=["officer"])]
    recorded_at: Instant
    replaced_by: Annotated[
        str | None, Field(description="Who replaced it; null while it holds", examples=["officer"])
    ] = None
    replaced_at: Instant | None = None


class YearOfQuality(Assessment):
    """With what changed since the assessment before, by the same standard and the same eyes."""

    change: Annotated[float | None, Field(description="Percent now less percent before; null for the first")] = None
    area_changes: Annotated[
        dict[Code, float], Field(description="By area that both know, of the same version alone")
    ] = Field(default_factory=dict, examples=[{"1": 4.5}])


class LevelCount(Resource):
    level: Annotated[Code, Field(description="A level of the standard")]
    organisations: Annotated[int, Field(ge=0, description="How many reached it")]


class QualityFigures(Resource):
    """How the organisations that a standard is for stand in a school year."""

    standard: Annotated[Slug, Field(examples=["early_childhood"])]
    school_year: SchoolYear
    organisations: Annotated[int, Field(ge=0, description="Open organisations that the standard is for")]
    assessed: Annotated[int, Field(ge=0, description="Of them assessed, by others before by themselves")]
    mean_percent: Annotated[Percent | None, Field(description="Mean of the assessed")]
    levels: Annotated[list[LevelCount], Field(description="How many reached which level")]
    areas: Annotated[
        dict[Code, Percent], Field(description="Area → mean percent of the assessed", examples=[{"1": 82.5}])
    ]
