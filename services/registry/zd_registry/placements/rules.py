"""What a placement says about learning."""

from typing import Final

PLACEMENT_STATUS: Final[dict[str, str | None]] = {
    "flexible_learning": "flexible_learning",
    "training": "training_or_work",
    "work_with_learning": "training_or_work",
    "other_care": "rehabilitation_first",
    # A place at a school is a promise until the school's own list names the child.
    "school": None,
}
LEARNING: Final = ("in_school", "flexible_learning", "training_or_work")


def status_after(placement_kind: str, learning_status: str) -> str | None:
    """The learning status that a new placement brings to a child of `learning_status`; None if it stays.

    A school's list outweighs a placement: who is enrolled stays in school.
    """
    status = PLACEMENT_STATUS.get(placement_kind)
    return None if learning_status in {"in_school", status} else status
