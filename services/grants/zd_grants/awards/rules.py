"""Which award follows from a placement. Amounts and dates are configuration: they change every year."""

from collections.abc import Sequence
from datetime import date
from itertools import combinations
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from zd_contracts.fields import PlacementKind, Satang, Slug


class AwardRate(BaseModel):
    """One award, in force from `valid_from` to `valid_to`, both included; an open end is null."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    programme: Slug
    placement_kind: PlacementKind | None = None
    """None: every kind that has no rate of its own."""
    amount_satang: Satang
    valid_from: date
    valid_to: date | None = None
    source: Annotated[str, Field(min_length=1, description="the order or resolution that sets the amount")]

    def is_in_force(self, day: date) -> bool:
        return self.valid_from <= day <= (self.valid_to or date.max)


def rate_for(rates: Sequence[AwardRate], kind: PlacementKind, started_date: date) -> AwardRate | None:
    """The rate of this very kind on the first day of the placement, or else the general one, or none."""
    in_force = [rate for rate in rates if rate.is_in_force(started_date)]
    by_kind = {rate.placement_kind: rate for rate in in_force}
    return by_kind.get(kind) or by_kind.get(None)


def clashing(rates: Sequence[AwardRate]) -> tuple[AwardRate, AwardRate] | None:
    """Two rates that would both apply, so that nobody could say which: a fault of the configuration."""
    for one, other in combinations(rates, 2):
        if one.placement_kind == other.placement_kind and (
            one.is_in_force(other.valid_from) or other.is_in_force(one.valid_from)
        ):
            return one, other
    return None
