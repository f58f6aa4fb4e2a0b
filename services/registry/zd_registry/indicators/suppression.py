"""Which figures of a province stay unsaid, so that nobody can work out a small one. Pure.

A figure is the sum of the children that a table sees alike: tables differ in how finely they look at area, status, age
band and sex. A figure from 1 to k-1 is small. For every small figure a *move* is chosen: children put elsewhere and as
many taken away, so that the figure is another one while few others change; all that change are suppressed. Whatever is
published is then the same before the move and after it, and so proves nothing about any figure that the move changes.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Final, NamedTuple

Point = tuple[str, str, str, str]
"""Area code, status (`not_learning/<kind>`), age band, sex; shorter or empty in a figure that sums over it."""


class Table(NamedTuple):
    """How finely each coordinate is seen: digits of the code; status 1, with its kind 2; 0 is the sum over all."""

    area: int
    status: int
    age_band: int
    sex: int


_KINDS: Final = ((0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1), (2, 0, 0), (1, 1, 0), (1, 0, 1))
TABLES: Final = tuple(Table(digits, *kind) for digits in (2, 4, 6) for kind in _KINDS)
_STATUS, _WHOLE = 1, 2


def figures(children: Mapping[Point, int]) -> dict[Point, int]:
    """The figures of all tables, from children by tambon, status with kind, age band and sex."""
    return {cell: sum(children[point] for point in points) for cell, points in _cells(children).items()}


def _cells(children: Mapping[Point, int]) -> dict[Point, list[Point]]:
    """Figure → what it is the sum of."""
    found: dict[Point, list[Point]] = {}
    for table in TABLES:
        found |= _cells_of(children, table)
    return found


def _cells_of(children: Mapping[Point, int], table: Table) -> dict[Point, list[Point]]:
    found: defaultdict[Point, list[Point]] = defaultdict(list)
    for point in children:
        found[_seen(point, table)].append(point)
    return found


def suppressed(children: Mapping[Point, int], domains: Sequence[Sequence[str]], *, below: int) -> set[Point]:
    """The figures to keep back, zeros among them. `domains`: all values of status, age band and sex."""
    return _suppressed(children, figures(children), domains, below)


def _suppressed(
    children: Mapping[Point, int], found: Mapping[Point, int], domains: Sequence[Sequence[str]], below: int
) -> set[Point]:
    province = _Province(found, (sorted({point[0] for point in children}), *domains), below)
    hidden: set[Point] = set()
    for table in TABLES:
        cells = _cells_of(children, table)
        for cell in sorted(cell for cell in cells if 0 < found[cell] < below):
            if cell not in hidden:
                start = max(cells[cell], key=lambda point: (children[point], point))
                hidden.update(province.move(start, cell, table, hidden))
    return hidden


class _Province(NamedTuple):
    figures: Mapping[Point, int]
    domains: Sequence[Sequence[str]]
    below: int

    def move(self, start: Point, cell: Point, table: Table, hidden: set[Point]) -> Iterator[Point]:
        """Every figure that changes when children of `cell`, who are at `start`, go round to its like and back."""
        ways = [self._ways(start, cell, table, place, hidden) for place in range(len(cell))]
        for seen_by in TABLES:
            labels = [{_label(value, place, seen_by[place]) for value in way} for place, way in enumerate(ways)]
            # A table that cannot tell the two ends of one coordinate apart counts as many going as coming.
            if all(len(label) == len(way) for label, way in zip(labels, ways, strict=True)):
                yield from ((a, b, c, d) for a, b, c, d in product(*labels))

    def _ways(self, start: Point, cell: Point, table: Table, place: int, hidden: set[Point]) -> tuple[str, ...]:
        """Where `start` is in a coordinate, and the place to exchange with; only `start` where there is none."""
        grain = table[place]
        others = {
            label: value
            for value in self.domains[place]
            if (label := _label(value, place, grain)) != cell[place] and grain
        }
        if not others:
            return (start[place],)

        def cost(label: str) -> tuple[bool, bool, bool, int, str]:
            like = (*cell[:place], label, *cell[place + 1 :])
            point = (like[0], like[1], like[2], like[3])
            count = self.figures.get(point, 0)
            far = _parent(label, place) != _parent(cell[place], place)
            return far, point not in hidden, count < self.below, abs(count - self.below), label

        return start[place], others[min(others, key=cost)]


def _seen(point: Point, table: Table) -> Point:
    code, status, age_band, sex = point
    digits, told, with_age_band, with_sex = table
    return code[:digits], _label(status, _STATUS, told), age_band if with_age_band else "", sex if with_sex else ""


def _label(value: str, place: int, grain: int) -> str:
    if place == 0:
        return value[:grain]
    if place == _STATUS and grain < _WHOLE:
        value = value.partition("/")[0]
    return value if grain else ""


def _parent(label: str, place: int) -> str:
    if place == 0:
        return label[:-2]
    return label.partition("/")[0] if place == _STATUS and "/" in label else ""


def published(
    children: Mapping[Point, int], domains: Sequence[Sequence[str]], below: int
) -> list[tuple[Point, int | None]]:
    """Every figure that is not 0 or is not said, None for those not said."""
    known = figures(children)
    hidden = _suppressed(children, known, domains, below)
    return [(cell, None if cell in hidden else known[cell]) for cell in sorted({*known, *hidden})]
