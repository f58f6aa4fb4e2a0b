"""No small figure can be worked out from the published ones, of whichever tables and areas."""

from collections.abc import Iterable, Sequence

from hypothesis import given
from hypothesis import strategies as st

from zd_registry.indicators.suppression import TABLES, Point, Table, _cells_of, figures, published, suppressed

STATUSES = ("in_school", "gone", "not_learning/dropped_out", "not_learning/never_enrolled")
BANDS, SEXES = ("3-5", "6-11"), ("female", "male")
DOMAINS = (STATUSES, BANDS, SEXES)
TAMBONS = ("520101", "520102", "520201", "520301")
_PRIME = 2**61 - 1

points = st.tuples(st.sampled_from(TAMBONS), *map(st.sampled_from, DOMAINS))
provinces = st.dictionaries(points, st.one_of(st.integers(1, 6), st.integers(1, 60)), min_size=1, max_size=40)


class Derivable:
    """What follows from published sums: the span of them over the children of each tambon, status, band and sex."""

    def __init__(self, sums: Iterable[Sequence[int]]) -> None:
        self._pivots: dict[int, list[int]] = {}
        for each in sums:
            rest = self._reduced(each)
            pivot = next((place for place, value in enumerate(rest) if value), None)
            if pivot is not None:
                inverse = pow(rest[pivot], -1, _PRIME)
                self._pivots[pivot] = [value * inverse % _PRIME for value in rest]

    def holds(self, sum_of: Sequence[int]) -> bool:
        return not any(self._reduced(sum_of))

    def _reduced(self, given: Sequence[int]) -> list[int]:
        rest = list(given)
        for place in range(len(rest)):
            if rest[place] and place in self._pivots:
                factor = rest[place]
                rest = [(a - factor * b) % _PRIME for a, b in zip(rest, self._pivots[place], strict=True)]
        return rest


def everyone(tambons: Iterable[str]) -> list[Point]:
    return [(t, s, b, x) for t in tambons for s in STATUSES for b in BANDS for x in SEXES]


def cells(people: Sequence[Point]) -> dict[Point, Table]:
    return {seen(point, table): table for point in people for table in TABLES}


def seen(point: Point, table: Table) -> Point:
    (cell,) = _cells_of({point: 1}, table)
    return cell


def summed(cell: Point, table: Table, people: Sequence[Point]) -> list[int]:
    return [int(seen(point, table) == cell) for point in people]


@given(provinces, st.integers(2, 8))
def test_no_small_figure_follows_from_all_that_is_published(children: dict[Point, int], below: int) -> None:
    people = everyone(sorted({point[0] for point in children}))
    known, hidden, every = figures(children), suppressed(children, DOMAINS, below=below), cells(people)
    told = Derivable(summed(cell, table, people) for cell, table in every.items() if cell not in hidden)
    for cell, table in every.items():
        if 0 < known.get(cell, 0) < below:
            assert cell in hidden
            assert not told.holds(summed(cell, table, people)), cell


@given(provinces)
def test_the_same_children_are_published_alike_and_what_is_said_is_true(children: dict[Point, int]) -> None:
    said = dict(published(children, DOMAINS, 5))
    assert said == dict(published(dict(reversed(children.items())), DOMAINS, 5))
    assert {cell: count for cell, count in said.items() if count is not None}.items() <= figures(children).items()


@given(provinces)
def test_figures_of_a_province_are_the_sums_of_its_districts_and_those_of_their_tambons(
    children: dict[Point, int],
) -> None:
    found = figures(children)
    for digits in (2, 4):
        for cell, count in found.items():
            if len(cell[0]) == digits:
                below = [n for c, n in found.items() if len(c[0]) == digits + 2 and c[0].startswith(cell[0])
                         and c[1:] == cell[1:]]  # fmt: skip
                assert sum(below) == count


def test_nothing_is_kept_back_where_nothing_is_small() -> None:
    assert suppressed(dict.fromkeys(everyone(TAMBONS), 9), DOMAINS, below=5) == set()


def test_one_small_figure_takes_three_others_of_its_district_with_it() -> None:
    children = dict.fromkeys(everyone(TAMBONS), 9) | {
        ("520101", "gone", band, sex): 1 for band in BANDS for sex in SEXES
    }
    hidden = {cell for cell in suppressed(children, DOMAINS, below=5) if cell[2:] == ("", "")}
    assert len(hidden) == 4
    assert {cell[0] for cell in hidden} == {"520101", "520102"}
    assert ("520101", "gone", "", "") in hidden
