"""Who is whom, given the weight of every candidate pair."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

Decision = Literal["auto", "review", "none"]


class Candidate(NamedTuple):
    """A possible pair. Weights are log2 of the odds that both are one person, the prior included in `weight`.

    `own` is the part of what is the person's own (given name, birth date, sex): brothers and sisters share the rest.
    """

    record: int
    child: int
    weight: float
    own: float


class Limits(NamedTuple):
    """Least weight of an automatic link and of a review, in bits; `margin` is the lead that a sure link needs."""

    auto: float
    auto_own: float
    review: float
    review_own: float
    margin: float


class Verdict(NamedTuple):
    """`reason` is sure, weak, ambiguous (another child or another row fits as well) or taken (a row of this school has
    the child already)."""

    child: int
    weight: float
    runner_up: int | None
    runner_up_weight: float | None
    decision: Decision
    reason: str


def resolve(candidates: Iterable[Candidate], school_of: Mapping[int, int], limits: Limits) -> dict[int, Verdict]:
    """The verdict of each record that has a candidate worth looking at; records that are not in it are new people.

    `school_of` numbers the feed and school of a record: within one, a row has at most one child and a child one row,
    the strongest pair first. Records that it does not hold are bound by nothing.
    """
    by_record: dict[int, list[Candidate]] = defaultdict(list)
    claims: dict[tuple[int, int], list[Candidate]] = defaultdict(list)
    given: dict[int, Candidate] = {}
    taken: dict[tuple[int, int], Candidate] = {}
    for pair in sorted(candidates, key=lambda found: (-found.weight, found.record, found.child)):
        if pair.weight < limits.review or pair.own < limits.review_own:
            continue
        place = (school_of.get(pair.record, -1 - pair.record), pair.child)
        by_record[pair.record].append(pair)
        claims[place].append(pair)
        if pair.record not in given and place not in taken:
            given[pair.record] = taken[place] = pair
    return {
        record: _verdict(found, given, taken, claims, school_of.get(record, -1 - record), limits)
        for record, found in by_record.items()
    }


def _verdict(
    found: list[Candidate],
    given: Mapping[int, Candidate],
    taken: Mapping[tuple[int, int], Candidate],
    claims: Mapping[tuple[int, int], list[Candidate]],
    school: int,
    limits: Limits,
) -> Verdict:
    best = given.get(found[0].record)
    if best is None:
        return _said(found[0], found, "review", "taken")

    claimed = claims[school, best.child]
    if len(found) + len(claimed) > 2:

        def rivals(other: Candidate) -> bool:
            """Whether another pair, of this row or of this child, could be the true one as well."""
            mine = other.record == best.record
            holder = taken.get((school, other.child)) if mine else given.get(other.record)
            surely_another = holder is not None and holder != best and holder.weight >= other.weight + limits.margin
            return other != best and other.weight > best.weight - limits.margin and not surely_another

        if any(map(rivals, found)) or any(map(rivals, claimed)):
            return _said(best, found, "review", "ambiguous")
    if best.weight < limits.auto or best.own < limits.auto_own:
        return _said(best, found, "review", "weak")
    return _said(best, found, "auto", "sure")


def _said(best: Candidate, found: list[Candidate], decision: Decision, reason: str) -> Verdict:
    second = next((other for other in found if other.child != best.child), None)
    return Verdict(best.child, best.weight, second and second.child, second and second.weight, decision, reason)
