"""HTTP types of retention."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from zd_contracts.api.common import Request, Resource, example
from zd_contracts.fields import Instant

RuleName = Literal["children", "refused_rows", "waiting_files", "link_decisions", "withdrawn_consents", "screenings"]
Name = Annotated[
    RuleName,
    Field(
        description="children: people, counted from birth. refused_rows: cells for the error file. waiting_files: files"
        " never taken in. link_decisions: what reviewers decided. withdrawn_consents: since the withdrawal."
        " screenings: since that day"
    ),
]


class NewRule(Request):
    """How long something is kept, from a day on."""

    model_config = example(valid_from="2026-05-16", keep_days=365, source="มติคณะกรรมการคุ้มครองข้อมูลของจังหวัด")

    valid_from: Annotated[date, Field(description="First day, ISO 8601, C.E.", examples=["2026-05-16"])]
    keep_days: Annotated[int, Field(ge=1, le=36_600, description="Days it is kept", examples=[365])]
    source: Annotated[
        str,
        Field(
            min_length=3, max_length=300, description="The decision or law that says so", examples=["มติคณะกรรมการจังหวัด"]
        ),
    ]


class Rule(Resource):
    """A rule that holds, or held, from a day on."""

    name: Name
    valid_from: Annotated[date, Field(description="First day, ISO 8601, C.E.")]
    keep_days: Annotated[int, Field(description="Days it is kept")]
    source: Annotated[str, Field(description="The decision or law that says so", examples=["มติคณะกรรมการจังหวัด"])]


class Run(Resource):
    """What one night removed by a rule."""

    id: Annotated[UUID, Field(description="The run")]
    name: Name
    keep_days: Annotated[int, Field(description="The rule as it was that night")]
    removed: Annotated[int, Field(ge=0, description="People, rows or files that went")]
    started_at: Instant
