"""The rules over whole columns: pupils in rows, numpy arrays in and out; a test holds them equal to `rules`."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zd_registry.risk.rules import LEVELS, OBSERVED, SINKING, Factor, Limits, Model

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
NOBODY = -1
"""No level yet, or no day from which on."""
_COLUMN = {name: n for n, name in enumerate(OBSERVED)}


class Standings(NamedTuple):
    """`levels`: index into `LEVELS`; `below_since`: ordinal of the day, or NOBODY."""

    levels: Ints
    below_since: Ints


def observed_matrix(rows: Sequence[Sequence[int | None]]) -> Floats:
    """One row for each pupil, a column for each of `OBSERVED`; NaN where nothing is known."""
    return np.array(rows, dtype=np.float64).reshape(len(rows), len(OBSERVED))


def factor_points(factor: Factor, observed: Floats) -> Ints:
    points = np.zeros(len(observed), dtype=np.int64)
    for name, bands in factor.measures.items():
        if not bands:
            continue
        limits, worth = (np.array(column) for column in zip(*sorted(bands), strict=True))
        value = _values(name, observed)
        if name in SINKING:
            brings = np.append(np.maximum.accumulate(worth[::-1])[::-1], 0)[np.searchsorted(limits, value, "right")]
        else:
            brings = np.insert(np.maximum.accumulate(worth), 0, 0)[np.searchsorted(limits, value, "right")]
        points = np.maximum(points, np.where(np.isnan(value), 0, brings))
    return points


def points_matrix(model: Model, observed: Floats) -> Ints:
    """A column for each factor of the model: points by the bands."""
    return np.column_stack([factor_points(factor, observed) for factor in model.factors])


def contributions(model: Model, points: Ints) -> Ints:
    weights = np.array([factor.weight for factor in model.factors], dtype=np.float64)
    means = np.array([factor.mean for factor in model.factors], dtype=np.float64)
    return np.rint(weights * (points - means)).astype(np.int64)


def limits_of(areas: Ints, own: Limits, stored: Sequence[tuple[tuple[int, int], Limits]]) -> Ints:
    """Each pupil's three limits, a row each: of `stored`, ordered from the widest area to the nearest, the last that
    holds the area; the model's own where none does."""
    limits = np.tile(np.array(own, dtype=np.int64), (len(areas), 1))
    for (lo, hi), theirs in stored:
        limits[(areas >= lo) & (areas <= hi)] = theirs
    return limits


def levels_at(scores: Ints, limits: Ints) -> Ints:
    levels: Ints = (scores[:, None] >= limits).sum(axis=1)
    return levels


def standings_after(before: Standings, scores: Ints, limits: Ints, model: Model, today: date) -> Standings:
    level = levels_at(scores, limits)
    clearly = np.minimum(before.levels, levels_at(scores + model.patience.margin, limits))
    since = np.where(before.below_since == NOBODY, today.toordinal(), before.below_since)
    falls = level < before.levels
    waits = falls & (today.toordinal() - since < model.patience.hold_days)
    after = np.where(waits, clearly, level)
    return Standings(after, np.where(waits & (clearly != level), since, NOBODY))


def _values(measure: str, observed: Floats) -> Floats:
    if measure != "absent_share":
        return observed[:, _COLUMN[measure]]
    absent, possible = observed[:, _COLUMN["absent"]], observed[:, _COLUMN["possible"]]
    shares: Floats = np.floor_divide(absent * 10_000, np.where(possible > 0, possible, np.nan))
    return shares


def level_index(level: str | None) -> int:
    return NOBODY if level is None else LEVELS.index(level)
