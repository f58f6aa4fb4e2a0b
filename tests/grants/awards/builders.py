from datetime import date
from typing import Any
from uuid import UUID

from zd_contracts.events.cases import PlacementStarted
from zd_contracts.events.registry import ChildErased
from zd_grants.awards.rules import AwardRate
from zd_kernel.ids import uuid7

HERE = "520301"
THERE = "500101"


def rate(**overrides: Any) -> AwardRate:
    values = {
        "programme": "learning_fund",
        "placement_kind": "training",
        "amount_satang": 300_000,
        "valid_from": date(2024, 5, 16),
        "valid_to": None,
        "source": "resolution 3/2567",
    }
    return AwardRate(**(values | overrides))


RATES = [
    rate(valid_to=date(2025, 5, 15)),
    rate(valid_from=date(2025, 5, 16), amount_satang=350_050, source="resolution 1/2568"),
    rate(placement_kind="flexible_learning", amount_satang=200_000),
]


def placement(child_id: UUID, **overrides: Any) -> PlacementStarted:
    values = {
        "placement_id": uuid7(),
        "case_id": uuid7(),
        "child_id": child_id,
        "tambon": HERE,
        "kind": "training",
        "started_date": date(2024, 8, 1),
    }
    return PlacementStarted(**(values | overrides))


def erased(child_id: UUID) -> ChildErased:
    return ChildErased(child_id=child_id, tambon=HERE, erased_date=date(2024, 12, 1))
