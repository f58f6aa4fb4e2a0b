"""HTTP types of risk: levels with their reasons, models, limits of areas."""

import json
from datetime import date
from typing import Annotated, Literal, Self
from uuid import UUID

from asyncpg import Record
from pydantic import Field, model_validator

from zd_contracts.api.common import Request, Resource, example
from zd_contracts.fields import Area, Grade, Instant, Organisation, RiskLevel, Term
from zd_registry.children.schemas import area_text
from zd_registry.risk.rules import MEASURES

FactorCode = Annotated[
    Literal["attendance", "grades", "behaviour", "poverty", "health", "history", "age", "distance"],
    Field(description="การมาเรียน ผลการเรียน พฤติกรรม ความยากจน สุขภาพ ประวัติหลุดจากระบบ อายุ การเดินทาง"),
]
Points = Annotated[float, Field(description="Points of the score, to the hundredth")]
Version = Annotated[int, Field(ge=1, le=2**31 - 1, description="Version of the risk model")]
ValidFrom = Annotated[date, Field(description="First day, ISO 8601, C.E.", examples=["2026-05-16"])]
Source = Annotated[str, Field(min_length=3, max_length=300, description="The decision or study that says so")]
Limit = Annotated[int, Field(ge=-100_000, le=100_000, description="Least score of the level, in hundredths of a point")]
Days = Annotated[int, Field(ge=1, le=36_500)]


class RiskLimits(Request):
    """The least score of each level above green, in hundredths of a point."""

    yellow: Limit
    orange: Limit
    red: Limit

    @model_validator(mode="after")
    def _rising(self) -> Self:
        if not self.yellow <= self.orange <= self.red:
            raise ValueError("yellow, orange and red have to rise")
        return self


class Band(Request):
    """A measure that reaches the limit (for `gpa`: stays below it) brings so many points."""

    limit: Annotated[int, Field(ge=0, le=1_000_000, description="In the unit of the measure")]
    points: Annotated[int, Field(ge=0, le=100, description="Points of the factor")]


class FactorBands(Request):
    """A factor has the most points that one of its measures brings."""

    weight: Annotated[
        float, Field(ge=0, le=10_000, description="Hundredths of a point of the score for each point")
    ] = 100
    mean: Annotated[float, Field(ge=0, le=100, description="Points of the average pupil; 0 in a model of rules")] = 0
    measures: Annotated[
        dict[str, Annotated[list[Band], Field(max_length=10)]],
        Field(
            description="attendance: `absent_share` (hundredths of a percent), `streak` (days in a row). grades: `gpa`"
            " (hundredths), `failed`. behaviour: `incidents`. poverty: `poverty` (0 not poor … 3 extremely). health:"
            " `need`. history: `dropouts`. age: `years_over`. distance: `distance_m`, `travel_minutes`",
            examples=[{"absent_share": [{"limit": 1000, "points": 10}]}],
        ),
    ]


class Patience(Request):
    """A level falls once the score is so far below its limit, or has been below for so many days."""

    margin: Annotated[int, Field(ge=0, le=100_000, description="Hundredths of a point")]
    hold_days: Annotated[int, Field(ge=0, le=36_500, description="Days")]


class Memory(Request):
    """How many days back something counts."""

    incident_days: Annotated[Days, Field(description="Incidents of behaviour")]
    poverty_days: Annotated[Days, Field(description="Screenings of the household")]
    history_days: Annotated[Days, Field(description="Times out of learning")]


class Definition(Request):
    factors: Annotated[
        dict[FactorCode, FactorBands],
        Field(
            min_length=1,
            description="Bands of each factor",
            examples=[{"attendance": {"measures": {"absent_share": [{"limit": 1000, "points": 10}]}}}],
        ),
    ]
    limits: RiskLimits
    patience: Patience
    memory: Memory
    grade_ages: Annotated[
        dict[Grade, Annotated[int, Field(ge=1, le=40)]],
        Field(
            description="The age that a pupil reaches in the calendar year in which the school year begins",
            examples=[{"P1": 7}],
        ),
    ]

    @model_validator(mode="after")
    def _measures_of_their_factors(self) -> Self:
        for code, factor in self.factors.items():
            if not factor.measures or not factor.measures.keys() <= set(MEASURES[code]):
                raise ValueError(f"{code} is measured by {', '.join(MEASURES[code])}")
        return self


class NewModel(Request):
    """A model of rules that holds from a day on."""

    model_config = example(
        valid_from="2026-05-16",
        source="มติคณะกรรมการจังหวัด",
        definition={
            "factors": {
                "attendance": {
                    "measures": {"absent_share": [{"limit": 500, "points": 1}, {"limit": 1000, "points": 2}]}
                },
                "grades": {"measures": {"gpa": [{"limit": 200, "points": 2}], "failed": [{"limit": 1, "points": 1}]}},
            },
            "limits": {"yellow": 100, "orange": 200, "red": 300},
            "patience": {"margin": 100, "hold_days": 14},
            "memory": {"incident_days": 90, "poverty_days": 1096, "history_days": 1826},
            "grade_ages": {"P1": 7, "P6": 12, "M1": 13},
        },
    )

    valid_from: ValidFrom
    definition: Definition
    source: Source


class RiskModelInfo(Resource):
    version: Version
    kind: Annotated[Literal["rules", "fitted"], Field(description="Set by people, or fitted on past terms")]
    valid_from: Annotated[date | None, Field(description="First day; null for a fitted one that is not in use")]
    definition: Definition
    fitted_from: Annotated[
        dict[str, list[str] | int] | None,
        Field(description="Back-tests and terms it learned from; the rules it keeps", examples=[{"terms": ["2566/1"]}]),
    ]
    earned_by: Annotated[
        UUID | None, Field(description="The back-test that showed a fitted model to be better; null while not in use")
    ]
    source: Annotated[Source, Field(examples=["มติคณะกรรมการ ครั้งที่ 1/2567"])]
    created_at: Instant


class NewThreshold(Request):
    """Where the levels of a model begin in an area, from a day on."""

    model_config = example(
        model_version=1,
        area="5203",
        valid_from="2026-05-16",
        limits={"yellow": 200, "orange": 400, "red": 600},
        source="มติคณะกรรมการจังหวัด",
    )

    model_version: Version
    area: Annotated[Area, Field(examples=["5203"])]
    valid_from: ValidFrom
    limits: RiskLimits
    source: Source


class Threshold(Resource):
    model_version: Version
    area: Annotated[str, Field(description="DOPA code", examples=["520301"])]
    valid_from: ValidFrom
    limits: RiskLimits
    source: Annotated[Source, Field(examples=["มติคณะกรรมการ ครั้งที่ 1/2567"])]


class Pupil(Resource):
    """A pupil's level at the last assessment."""

    child_id: Annotated[UUID, Field(description="The child")]
    area: Area | None
    organisation: Organisation
    term: Term
    grade: Grade
    level: RiskLevel
    score: Points
    since_date: Annotated[date, Field(description="Day from which the level holds")]
    model_version: Version
    assessed_at: Instant


class Lower(Resource):
    """The smallest change of a factor that reaches its next lower band, or the next lower level."""

    text_th: Annotated[str, Field(description="In Thai", examples=["ขาดเรียนไม่เกินร้อยละ 10"])]
    text_en: Annotated[str, Field(description="In English", examples=["Absent on no more than 10 % of the days"])]
    score: Annotated[float, Field(description="What the score would be")]
    level: Annotated[RiskLevel, Field(description="What the score alone would say then; a level falls with patience")]


class FactorOfPupil(Resource):
    """What one factor contributes, and why."""

    code: FactorCode
    name_th: Annotated[str, Field(description="In Thai", examples=["การมาเรียน"])]
    name_en: Annotated[str, Field(description="In English", examples=["Attendance"])]
    points: Points
    known: Annotated[bool, Field(description="False where nothing is known, which counts as nothing")]
    text_th: Annotated[str, Field(description="Why, in Thai", examples=["ขาดเรียนร้อยละ 12"])]
    text_en: Annotated[str, Field(description="Why, in English", examples=["Absent on 12 % of the days"])]
    lower: Annotated[list[Lower], Field(description="What would lower it; empty where nobody at school can")]


class LevelChange(Resource):
    changed_at: Instant
    from_level: RiskLevel | None
    to_level: Annotated[RiskLevel | None, Field(description="Null when the child was no longer a pupil")]
    score: Annotated[float | None, Field(description="Score at that moment")]
    model_version: Version
    factors: Annotated[list[FactorCode], Field(description="What weighed most")]


class ChildsRisk(Pupil):
    limits: RiskLimits
    factors: Annotated[list[FactorOfPupil], Field(description="The heaviest first; they add up to the score")]
    history: Annotated[list[LevelChange], Field(description="The latest first")]


def pupil_from(row: Record) -> Pupil:
    return Pupil.model_validate({**row, "area": area_text(row["area"]), "score": row["score"] / 100})


def model_info_from(row: Record) -> RiskModelInfo:
    fitted = row["fitted_from"]
    read = {"definition": json.loads(row["definition"]), "fitted_from": json.loads(fitted) if fitted else None}
    return RiskModelInfo.model_validate({**row, **read})


def threshold_from(row: Record) -> Threshold:
    return Threshold.model_validate({**row, "limits": {name: row[name] for name in RiskLimits.model_fields}})


def change_from(row: Record) -> LevelChange:
    return LevelChange.model_validate({**row, "score": None if row["score"] is None else row["score"] / 100})
