from datetime import date
from typing import Any
from uuid import UUID

from zd_contracts.events.registry import ChildErased, ChildMissing, ChildRegistered, ChildReturned
from zd_kernel.ids import uuid7

HERE = "520301"
THERE = "500101"


def registered(child_id: UUID, tambon: str | None = HERE) -> ChildRegistered:
    return ChildRegistered(child_id=child_id, tambon=tambon)


def missing(child_id: UUID, **overrides: Any) -> ChildMissing:
    values = {
        "child_id": child_id,
        "tambon": HERE,
        "kind": "dropped_out",
        "reference_date": date(2024, 6, 10),
        "run_id": uuid7(),
    }
    return ChildMissing(**(values | overrides))


def returned(child_id: UUID, **overrides: Any) -> ChildReturned:
    values = {
        "child_id": child_id,
        "tambon": HERE,
        "learning_status": "in_school",
        "evidence": "enrolment",
        "returned_date": date(2024, 11, 1),
    }
    return ChildReturned(**(values | overrides))


def erased(child_id: UUID, tambon: str | None = HERE) -> ChildErased:
    return ChildErased(child_id=child_id, tambon=tambon, erased_date=date(2024, 12, 1))
