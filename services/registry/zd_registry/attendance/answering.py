"""The registers of a request as they are taken in, and what is answered of each."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from zd_registry.attendance import reading
from zd_registry.attendance.actions import Given, Taken
from zd_registry.attendance.rules import Halves, halves_of, halves_of_event, united
from zd_registry.attendance.schemas import MarkIn, RegisterIn, RegisterResult, refused_mark


class Marked(NamedTuple):
    """A pupil's day, and how many marks of the register tell of it."""

    child_id: UUID
    halves: Halves
    marks: int


def days_of(marks: Sequence[MarkIn]) -> list[Marked]:
    """Morning and afternoon of a pupil, told one by one, are one day; what is said twice stands twice."""
    found: list[Marked] = []
    places: dict[UUID, int] = {}
    for mark in marks:
        halves, place = _halves(mark), places.setdefault(mark.child_id, len(found))
        whole = united(found[place].halves, halves) if place < len(found) else None
        if whole is None:
            found.append(Marked(mark.child_id, halves, 1))
        else:
            found[place] = Marked(mark.child_id, whole, found[place].marks + 1)
    return found


def given_from(one: RegisterIn, marked: Sequence[Marked]) -> Given:
    marks = [(each.child_id, each.halves) for each in marked]
    return Given(one.organisation, one.date, marks, one.class_id, one.complete, one.reason)


def _halves(mark: MarkIn) -> Halves:
    if mark.category is not None:
        return halves_of_event(mark.category, mark.duration, mark.part)
    return halves_of(mark.status or "present", mark.part)


def result_of(given: Given, marked: Sequence[Marked], taken: Taken) -> RegisterResult:
    why = taken.refused if taken.refused_for is None else dict.fromkeys(range(len(marked)), taken.refused_for)
    refused = [
        refused_mark(marked[n].child_id, code) for n, code in sorted(why.items()) for _ in range(marked[n].marks)
    ]
    if taken.refused_for is not None and not marked:
        refused = [refused_mark(None, taken.refused_for)]
    unchanged = sum(marked[n].marks for n in taken.unchanged)
    accepted = sum(each.marks for n, each in enumerate(marked) if n not in why and n not in taken.unchanged)
    return RegisterResult(
        organisation=given.organisation, date=given.day, accepted=accepted, unchanged=unchanged,
        filled=taken.filled, refused=refused, corrected=[reading.corrected_mark(one) for one in taken.corrected],
    )  # fmt: skip
