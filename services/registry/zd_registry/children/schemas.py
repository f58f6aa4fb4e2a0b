"""HTTP types that only this service's own routes use; what other agencies' code reads is in the contracts."""

from datetime import date
from typing import Annotated, Literal

from asyncpg import Record
from pydantic import Field

from zd_contracts.api.common import Resource
from zd_contracts.api.registry import Child

BirthYear = Annotated[int, Field(ge=1900, le=2700, description="Year of birth, C.E. or B.E.")]


class CitizenId(Resource):
    citizen_id: Annotated[str, Field(description="13 digits", examples=["0500000000015"])]


class Identifier(Resource):
    """A number that the child is or was known by."""

    kind: Annotated[Literal["citizen_id", "g_code", "passport", "other"], Field(description="Kind of identifier")]
    value: Annotated[str, Field(description="As it is written, without dashes", examples=["G123456789012"])]
    current: Annotated[bool, Field(description="False for a former one")]
    valid_from: Annotated[date | None, Field(description="First day, where that is known")] = None
    valid_to: Annotated[date | None, Field(description="Since when another one holds")] = None


def child_from(row: Record) -> Child:
    """From a row of `queries.CHILD` or of the list."""
    return Child.model_construct(**{**row, "area": area_text(row["area"])})


def area_text(area: int) -> str | None:
    """`52030100` → `520301` (a tambon), `52030103` as it is (a village), 0 → None."""
    if area == 0:
        return None
    return str(area // 100) if area % 100 == 0 else str(area)
