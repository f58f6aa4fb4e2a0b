"""HTTP types that only this service's own routes use; what other agencies' code reads is in the contracts."""

from typing import Annotated

from asyncpg import Record
from pydantic import Field

from zd_contracts.api.common import Resource
from zd_contracts.api.registry import Child


class CitizenId(Resource):
    citizen_id: Annotated[str, Field(description="13 digits", examples=["0500000000015"])]


def child_from(row: Record) -> Child:
    """From a row of `queries.CHILD` or of the list."""
    return Child.model_construct(**{**row, "area": area_text(row["area"])})


def area_text(area: int) -> str | None:
    """`52030100` → `520301` (a tambon), `52030103` as it is (a village), 0 → None."""
    if area == 0:
        return None
    return str(area // 100) if area % 100 == 0 else str(area)
