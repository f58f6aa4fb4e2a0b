"""Rows of figures as the answers show them."""

from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

from asyncpg import Record

from zd_registry.indicators.rules import LEVELS
from zd_registry.indicators.schemas import Cell, Coordinates, RunInfo, SeriesPoint

_NOBODY: Final = UUID(int=0)
_PLACES: Final = tuple(Coordinates.model_fields)


def cell_from(row: Record, by: Sequence[str]) -> Cell:
    """From a row of `queries.of_run` or `queries.of_now`."""
    values = dict(row)
    for level in LEVELS:
        if level in by:
            values["area"] = values.pop(level)
    if "feed" in by:
        feed = values.pop("feed")
        values["feed_id"] = None if feed == _NOBODY else feed
    if "missing_kind" in by:
        values["missing_kind"] = values["missing_kind"] or None
    return Cell.model_validate(values)


def key_of(cell: Cell) -> tuple[tuple[str, Any], ...]:
    """What a figure is about, for comparing two runs."""
    return tuple((name, getattr(cell, name)) for name in _PLACES)


def point_from(info: RunInfo, cells: Iterable[Cell]) -> SeriesPoint:
    found = list(cells)
    told = [cell.children for cell in found]
    total = None if None in told else sum(count or 0 for count in told)
    return SeriesPoint(**info.model_dump(), children=total, cells=found)
