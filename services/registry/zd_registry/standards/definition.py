"""What a standard of quality consists of, as data. Stored as JSON and said over HTTP."""

from typing import Annotated

from pydantic import Field

from zd_contracts.api.common import Request

Code = Annotated[str, Field(pattern="^[a-z0-9][a-z0-9_.]{0,31}$", description="Short name or number", examples=["1.2"])]
Name = Annotated[str, Field(min_length=1, max_length=300)]
Percent = Annotated[float, Field(ge=0, le=100, description="Percent of what can be reached")]


class Criterion(Request):
    """What is looked at, its weight, and how high it can be scored."""

    code: Code
    name_th: Annotated[Name, Field(description="In Thai", examples=["จัดประสบการณ์ตามแผน"])]
    name_en: Annotated[Name, Field(description="In English", examples=["Experiences follow a plan"])]
    weight: Annotated[float, Field(gt=0, le=1000, description="Against all other criteria")] = 1
    max_score: Annotated[float, Field(gt=0, le=1000, description="Highest score; the lowest is 0")]


class StandardArea(Request):
    """A side of quality (ด้าน)."""

    code: Code
    name_th: Annotated[Name, Field(description="In Thai", examples=["การบริหารจัดการ"])]
    name_en: Annotated[Name, Field(description="In English", examples=["Management"])]
    criteria: Annotated[list[Criterion], Field(min_length=1, max_length=100, description="What is looked at")]


class Level(Request):
    """A level of quality: what it takes in all, and in every area."""

    code: Code
    name_th: Annotated[Name, Field(description="In Thai", examples=["ดี"])]
    name_en: Annotated[Name, Field(description="In English", examples=["Good"])]
    from_percent: Annotated[Percent, Field(description="Least weighted percent of all criteria")]
    area_percent: Annotated[Percent, Field(description="Least percent in each area")] = 0


class StandardDefinition(Request):
    """All that an assessment goes by."""

    areas: Annotated[list[StandardArea], Field(min_length=1, max_length=30, description="Areas of quality")]
    levels: Annotated[list[Level], Field(min_length=1, max_length=10, description="From the lowest to the highest")]
