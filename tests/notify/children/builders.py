from datetime import date
from uuid import UUID

from zd_contracts.events.registry import ChildErased, ChildMissing, ChildRegistered, ChildReturned
from zd_kernel.ids import uuid7

HERE = "520301"


def registered(child_id: UUID, tambon: str | None = HERE) -> ChildRegistered:
    return ChildRegistered(child_id=child_id, tambon=tambon)


def missing(child_id: UUID, tambon: str | None = HERE) -> ChildMissing:
    return ChildMissing(
        child_id=child_id, tambon=tambon, kind="dropped_out", reference_date=date(2024, 6, 10), run_id=uuid7()
    )


def returned(child_id: UUID, tambon: str | None = HERE) -> ChildReturned:
    return ChildReturned(
        child_id=child_id,
        tambon=tambon,
        learning_status="in_school",
        evidence="enrolment",
        returned_date=date(2024, 11, 1),
    )


def erased(child_id: UUID) -> ChildErased:
    return ChildErased(child_id=child_id, tambon=HERE, erased_date=date(2024, 12, 1))
