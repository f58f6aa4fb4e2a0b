"""Field types shared by the events and the HTTP types. None of them can hold a name, an identifier or free text."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

Tambon = Annotated[
    str, Field(pattern="^[0-9]{6}$", description="DOPA code of the tambon of residence, 6 digits", examples=["520301"])
]
Area = Annotated[
    str, Field(pattern="^([0-9]{2}){1,4}$", description="DOPA code: 2, 4, 6 or 8 digits", examples=["520301"])
]
Residence = Annotated[
    str,
    Field(
        pattern="^(0|([0-9]{2}){1,4})$",
        description="DOPA code of 2, 4, 6 or 8 digits, or `0`: where nobody knows the residence",
        examples=["520301"],
    ),
]
Term = Annotated[
    str, Field(pattern="^2[45][0-9]{2}/[1-3]$", description="School term: year B.E. and number", examples=["2567/1"])
]
BirthYear = Annotated[int, Field(ge=1900, le=2200, description="Year of birth, C.E.")]
Organisation = Annotated[  # digits, and too few of them for a citizen ID
    str,
    Field(
        pattern="^[0-9]{4,10}(-[0-9]{1,2})?$",
        description="Code of the school or centre: 52010001, 520301-1",
        examples=["52030001"],
    ),
]
SchoolGrade = Literal[
    "K1", "K2", "K3", "P1", "P2", "P3", "P4", "P5", "P6", "M1", "M2", "M3", "M4", "M5", "M6",
    "V1", "V2", "V3", "D1", "D2",
]  # fmt: skip
Grade = Annotated[
    SchoolGrade, Field(description="Grade: K kindergarten (อ.), P primary (ป.), M secondary (ม.), V ปวช., D ปวส.")
]
Satang = Annotated[int, Field(gt=0, le=10**12, description="Money in satang (1 baht = 100 satang)")]
Slug = Annotated[str, Field(pattern="^[a-z][a-z0-9_]{1,31}$", description="Configured short name")]
Instant = Annotated[AwareDatetime, Field(description="Instant, RFC 3339 in UTC")]

MissingKind = Annotated[
    Literal["never_enrolled", "dropped_out", "not_continuing"],
    Field(description="Why the child counts as out of school"),
]
LearningStatus = Annotated[
    Literal[
        "in_school", "flexible_learning", "training_or_work", "rehabilitation_first", "completed", "not_learning",
        "unconfirmed", "not_yet_of_age", "gone",
    ],
    Field(description="Learning status; the first three count as learning"),
]  # fmt: skip
VisitOutcome = Annotated[Literal["met", "not_home", "moved", "refused"], Field(description="What the visit came to")]
PlacementKind = Annotated[
    Literal["school", "flexible_learning", "training", "work_with_learning", "other_care"],
    Field(description="Kind of placement; care and rehabilitation only ever say other_care"),
]
RiskLevel = Annotated[
    Literal["green", "yellow", "orange", "red"], Field(description="Risk of leaving learning: ปกติ เฝ้าระวัง เสี่ยง เสี่ยงสูง")
]
PovertyClass = Annotated[
    Literal["not_poor", "near_poor", "poor", "extremely_poor"],
    Field(description="How poor the household was found: ไม่ยากจน ใกล้จน ยากจน ยากจนพิเศษ"),
]
CloseReason = Annotated[
    Literal["returned", "completed", "moved", "gone", "refused", "mistaken"],
    Field(description="Why the case was closed"),
]
Channel = Annotated[Literal["line"], Field(description="How the guardian is reached")]
