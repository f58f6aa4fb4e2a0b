"""Who has a place for the next school year, and on what that stands. Pure; `queries.STATE` is the same in SQL."""

from collections.abc import Collection
from typing import Final, Literal, NamedTuple, get_args

State = Literal[
    "gone", "enrolled", "repeating", "placed", "stopping", "confirmed_by_school", "confirmed_by_family", "left",
    "unconfirmed",
]  # fmt: skip
STATES: Final[tuple[State, ...]] = get_args(State)
SECURED: Final[frozenset[State]] = frozenset(
    {"enrolled", "repeating", "placed", "confirmed_by_school", "confirmed_by_family"}
)
OPEN: Final[tuple[State, ...]] = ("stopping", "left", "unconfirmed")
"""Whom somebody has to speak with before the term begins."""


class Facts(NamedTuple):
    """What is known of one pupil of a transition grade.

    `gone`: deceased or moved away; `next_grade`: in a list of the next school year, "" in none; `placed`: in a
    placement since the school year ended; `left`: the last list of the year no longer names the pupil;
    `confirmed_by`: school, family or "" by what holds; `will`: the family's last word, "" without one; `stop_later`:
    that word came after the confirmation.
    """

    gone: bool
    next_grade: str
    placed: bool
    left: bool
    confirmed_by: str
    will: str
    stop_later: bool


def state_of(facts: Facts, next_grades: Collection[str]) -> State:
    """A list outweighs a placement, both what anybody says; of two words the later holds."""
    if facts.gone:
        return "gone"
    if facts.next_grade:
        return "enrolled" if facts.next_grade in next_grades else "repeating"
    if facts.placed:
        return "placed"
    if facts.will == "stop" and (facts.stop_later or not facts.confirmed_by):
        return "stopping"
    if facts.confirmed_by:
        return "confirmed_by_school" if facts.confirmed_by == "school" else "confirmed_by_family"
    return "left" if facts.left else "unconfirmed"


class NextGrades(NamedTuple):
    """The transition grades in force: grade → grades that count as the next."""

    of: dict[str, tuple[str, ...]]

    @property
    def grades(self) -> list[str]:
        return sorted(self.of)

    @property
    def steps(self) -> list[str]:
        """`P6>M1` for every step that counts."""
        return sorted(f"{grade}>{following}" for grade, all_next in self.of.items() for following in all_next)

    def allows(self, grade: str, wanted: str) -> bool:
        """Staying in the grade is a place too."""
        return wanted == grade or wanted in self.of.get(grade, ())
