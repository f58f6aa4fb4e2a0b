"""HTTP types of the dated policies."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from zd_contracts.api.common import Request, Resource, example

PolicyName = Annotated[
    Literal[
        "reconciliation_ages",
        "compulsory_education",
        "feed_loss",
        "age_bands",
        "small_cells",
        "export_days",
        "entry_age",
        "attendance",
        "chronic_absence",
        "small_school",
        "achievement",
        "help_window",
        "editions",
    ],
    Field(
        description="reconciliation_ages: `from` and `to`, completed years, both included. compulsory_education: from"
        " entering the `entering_year` of life until entering the `until_entering_year`, by calendar year. feed_loss:"
        " a run asks when a feed loses more than the `share` of its pupils and at least so many `pupils`. age_bands:"
        " the first completed year → last one, of each band. small_cells: figures from 1 to `below` - 1 are not"
        " published. export_days: an export is kept for so many `days`. entry_age: which year of life"
        " a child enters by calendar year in `K1`, `K2`, `K3` and `P1`. attendance: a school may mark `late_days` back,"
        " the office of its area `office_late_days`; leave and sickness count as absence if `leave_counts`; streaks"
        " of `streak_1`, `streak_2` and `streak_3` school days are told (0: not); a month is told `close_after_days`"
        " after its end. What holds on the first day of a term holds for the term. "
        "chronic_absence: who missed the `share` of the"
        " days with a mark. small_school: one of at most so many `pupils`. achievement: a GPA below `low`, from `high`"
        " on. help_window: attendance is compared `days` before and after help, where `least_days` are known on a side,"
        " with pupils whose rate before was within `alike`. editions: public figures of a period are made once, so many"
        " `delay_days` after its end"
    ),
]
PolicyArea = Annotated[
    str, Field(pattern=r"^(\*|([0-9]{2}){1,4})$", description="DOPA code, or * for the whole country", examples=["26"])
]
FIELDS = {
    "reconciliation_ages": ("from", "to"),
    "compulsory_education": ("entering_year", "until_entering_year"),
    "feed_loss": ("share", "pupils"),
    "small_cells": ("below",),
    "export_days": ("days",),
    "entry_age": ("K1", "K2", "K3", "P1"),
    "attendance": (
        "late_days",
        "office_late_days",
        "leave_counts",
        "streak_1",
        "streak_2",
        "streak_3",
        "close_after_days",
    ),
    "chronic_absence": ("share",),
    "small_school": ("pupils",),
    "achievement": ("low", "high"),
    "help_window": ("days", "least_days", "alike"),
    "editions": ("delay_days",),
}


class NewPolicy(Request):
    """A value that holds from a day on."""

    model_config = example(
        name="reconciliation_ages",
        area="26",
        valid_from="2026-05-16",
        value={"from": 2, "to": 21},
        source="มติคณะกรรมการจังหวัดนครนายก",
    )

    name: PolicyName
    area: PolicyArea = "*"
    valid_from: Annotated[date, Field(description="First day, ISO 8601, C.E.", examples=["2026-05-16"])]
    value: Annotated[
        dict[str, Annotated[float, Field(ge=0, le=1_000_000)]],
        Field(description="The named numbers of this policy, all of them", examples=[{"from": 2, "to": 21}]),
    ]
    source: Annotated[
        str,
        Field(
            min_length=3,
            max_length=300,
            description="The law, resolution or agreement that says so",
            examples=["มติคณะกรรมการจังหวัด"],
        ),
    ]


class PolicyInForce(Resource):
    """A value, where and since when it holds, and who says so."""

    name: PolicyName
    area: PolicyArea
    valid_from: Annotated[date, Field(description="First day, ISO 8601, C.E.")]
    value: Annotated[
        dict[str, float], Field(description="The named numbers of this policy", examples=[{"from": 3, "to": 18}])
    ]
    source: Annotated[
        str, Field(description="The law, resolution or agreement that says so", examples=["มติคณะกรรมการจังหวัด"])
    ]
