"""HTTP types of a pupil's circumstances."""

from datetime import date
from typing import Annotated, Self

from pydantic import Field, model_validator

from zd_contracts.api.common import Request, Resource, example
from zd_contracts.fields import PovertyClass

Distance = Annotated[int | None, Field(ge=0, le=1_000_000, description="Way to school in metres", examples=[6500])]
Minutes = Annotated[int | None, Field(ge=0, le=1_440, description="Usual time to school in minutes", examples=[45])]


class NewTravel(Request):
    """How far it is to school. One of the two is enough."""

    model_config = example(distance_m=6500, minutes=45)

    distance_m: Distance = None
    minutes: Minutes = None
    said_date: Annotated[date | None, Field(description="Day on which it was so; today by default")] = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.distance_m is None and self.minutes is None:
            raise ValueError("give the distance, the minutes, or both")
        return self


class Travel(Resource):
    distance_m: Distance
    minutes: Minutes
    said_date: Annotated[date, Field(description="Day on which it was so, ISO 8601, C.E.")]


class Screening(Resource):
    poverty_class: PovertyClass
    model_version: Annotated[str, Field(description="Version of the poverty model that decided", examples=["2024-1"])]
    screened_date: Annotated[date, Field(description="Day of the screening, ISO 8601, C.E.")]


class Circumstances(Resource):
    """What is known of a pupil's life beside school, the latest of each."""

    travel: Annotated[Travel | None, Field(description="The way to school; null when unknown")]
    poverty: Annotated[Screening | None, Field(description="Of the household, as grants told; null when unknown")]
