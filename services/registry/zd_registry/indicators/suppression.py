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
    return _figures(children, [_cells_of(children, table) for table in TABLES])


def _figures(children: Mapping[Point, int], tables: Sequence[Mapping[Point, list[Point]]]) -> dict[Point, int]:
    return {cell: sum([children[point] for point in points]) for cells in tables for cell, points in cells.items()}


def _cells_of(children: Mapping[Point, int], table: Table) -> dict[Point, list[Point]]:
    """Figure of a table → what it is the sum of."""
    digits, told, with_age_band, with_sex = table
    statuses = {status: _label(status, _STATUS, told) for status in {point[_STATUS] for point in children}}
    found: dict[Point, list[Point]] = {}
    for point in children:
        code, status, age_band, sex = point
        cell = code[:digits], statuses[status], age_band if with_age_band else "", sex if with_sex else ""
        found.setdefault(cell, []).append(point)
    return found


def suppressed(children: Mapping[Point, int], domains: Sequence[Sequence[str]], *, below: int) -> set[Point]:
    """The figures to keep back, zeros among them. `domains`: all values of status, age band and sex."""
    tables = [_cells_of(children, table) for table in TABLES]
    return _suppressed(children, tables, _figures(children, tables), domains, below)


def _suppressed(
    children: Mapping[Point, int],
    tables: Sequence[Mapping[Point, list[Point]]],
    found: Mapping[Point, int],
    domains: Sequence[Sequence[str]],
    below: int,
) -> set[Point]:
    province = _Province(found, (sorted({point[0] for point in children}), *domains), below)
    hidden: set[Point] = set()
    for table, cells in zip(TABLES, tables, strict=True):
        for cell in sorted(cell for cell in cells if 0 < found[cell] < below):
            if cell not in hidden:
                start = max(cells[cell], key=lambda point: (children[point], point))
                hidden.update(province.move(start, cell, table, hidden))
    return hidden


class _Axis(NamedTuple):
    """A coordinate seen at one grain: its labels with the last value of each, and those of each parent."""

    values: Mapping[str, str]
    of_parent: Mapping[str, Sequence[str]]


class _Province:
    def __init__(self, figures: Mapping[Point, int], domains: Sequence[Sequence[str]], below: int) -> None:
        self._figures = figures
        self._below = below
        self._axes = [
            {grain: _axis(domain, place, grain) for grain in {table[place] for table in TABLES}}
            for place, domain in enumerate(domains)
        ]

    def move(self, start: Point, cell: Point, table: Table, hidden: set[Point]) -> Iterator[Point]:
        """Every figure that changes when children of `cell`, who are at `start`, go round to its like and back."""
        ways = [self._ways(start, cell, table, place, hidden) for place in range(len(cell))]
        # A table that cannot tell the two ends of one coordinate apart counts as many going as coming.
        ends = [
            {grain: seen for grain in grains if len(seen := {_label(value, place, grain) for value in way}) == len(way)}
            for place, (way, grains) in enumerate(zip(ways, self._axes, strict=True))
        ]
        for seen_by in TABLES:
            if all(grain in seen for grain, seen in zip(seen_by, ends, strict=True)):
                changed = product(*(seen[grain] for grain, seen in zip(seen_by, ends, strict=True)))
                yield from ((a, b, c, d) for a, b, c, d in changed)

    def _ways(self, start: Point, cell: Point, table: Table, place: int, hidden: set[Point]) -> tuple[str, ...]:
        """Where `start` is in a coordinate, and the place to exchange with; only `start` where there is none.

        The best is of the same parent, suppressed already, not small, and as little above that as can be.
        """
        axis, own = self._axes[place][table[place]], cell[place]
        near = [label for label in axis.of_parent.get(_parent(own, place), ()) if label != own]
        labels = near or [label for label in axis.values if label != own]
        if not labels:
            return (start[place],)
        before, behind = cell[:place], cell[place + 1 :]

        def cost(label: str) -> tuple[bool, bool, int, str]:
            like = (*before, label, *behind)
            point = like[0], like[1], like[2], like[3]
            count = self._figures.get(point, 0)
            return point not in hidden, count < self._below, abs(count - self._below), label

        return start[place], axis.values[min(labels, key=cost)]


def _axis(domain: Sequence[str], place: int, grain: int) -> _Axis:
    values = {_label(value, place, grain): value for value in domain} if grain else {}
    of_parent: defaultdict[str, list[str]] = defaultdict(list)
    for label in values:
        of_parent[_parent(label, place)].append(label)
    return _Axis(values, of_parent)


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
    tables = [_cells_of(children, table) for table in TABLES]
    known = _figures(children, tables)
    hidden = _suppressed(children, tables, known, domains, below)
    return [(cell, None if cell in hidden else known[cell]) for cell in sorted({*known, *hidden})]
