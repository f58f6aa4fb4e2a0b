"""Over columns, every pupil is judged as the rules judge one."""

from datetime import date, timedelta
from itertools import product

import numpy as np

from tests.registry.risk.builders import DEFAULT
from zd_registry.risk import vectors
from zd_registry.risk.rules import (
    LEVELS,
    OBSERVED,
    Limits,
    Model,
    Patience,
    Standing,
    contributions,
    factor_points,
    level_at,
    standing_after,
)

DAY = date(2024, 8, 1)
GRID: dict[str, tuple[int | None, ...]] = {
    "absent": (None, 0, 1, 9, 10, 30), "possible": (None, 0, 1, 100, 199, 200), "streak": (None, 0, 3, 6, 7),
    "gpa": (None, 0, 199, 200, 299, 300, 400), "failed": (None, 0, 1, 2, 9), "incidents": (None, 0, 1, 2, 3),
    "poverty": (None, 0, 1, 2, 3), "need": (None, 0, 1), "dropouts": (None, 0, 1, 2), "years_over": (None, 0, 1, 2, 3),
    "distance_m": (None, 0, 9_999, 10_000), "travel_minutes": (None, 0, 59, 60),
}  # fmt: skip
FITTED: Model = DEFAULT._replace(
    factors=tuple(f._replace(weight=37.31 + 20.7 * n, mean=0.13 * n) for n, f in enumerate(DEFAULT.factors)),
    patience=Patience(margin=55, hold_days=10),
)


def grid() -> list[list[int | None]]:
    """Every combination of the measures of each factor, with all other measures at several values."""
    rows = []
    for factor in DEFAULT.factors:
        names = ["absent", "possible", "streak"] if factor.code == "attendance" else list(factor.measures)
        for values in product(*(GRID[name] for name in names)):
            for others in range(7):
                row = {name: GRID[name][others % len(GRID[name])] for name in OBSERVED}
                row |= dict(zip(names, values, strict=True))
                rows.append([row[name] for name in OBSERVED])
    return rows


def test_points_and_contributions_are_those_of_the_rules() -> None:
    rows = grid()
    matrix = vectors.observed_matrix(rows)
    for model in (DEFAULT, FITTED):
        points = vectors.points_matrix(model, matrix)
        parts = vectors.contributions(model, points)
        for n, row in enumerate(rows):
            seen = dict(zip(OBSERVED, row, strict=True))
            assert points[n].tolist() == [factor_points(factor, seen) for factor in model.factors], seen
            assert tuple(parts[n].tolist()) == contributions(model, seen), seen


def test_levels_fall_and_rise_with_the_patience_of_the_rules() -> None:
    limits = (Limits(300, 500, 700), Limits(100, 100, 800))
    since = (None, DAY, DAY - timedelta(days=9), DAY - timedelta(days=10), DAY - timedelta(days=100))
    cases = list(product((None, *LEVELS), since, range(-50, 900, 25), limits))
    before = vectors.Standings(
        np.array([vectors.level_index(level) for level, *_ in cases]),
        np.array([vectors.NOBODY if day is None else day.toordinal() for _, day, *_ in cases]),
    )
    scores = np.array([score for *_, score, _ in cases])
    after = vectors.standings_after(before, scores, np.array([case[3] for case in cases]), FITTED, DAY)
    for n, (level, day, score, own) in enumerate(cases):
        was = None if level is None else Standing(level, day)
        expected = standing_after(was, score, own, FITTED.patience, DAY)
        below = vectors.NOBODY if expected.below_since is None else expected.below_since.toordinal()
        assert (LEVELS[after.levels[n]], after.below_since[n]) == (expected.level, below), cases[n]


def test_the_nearest_area_decides_where_levels_begin() -> None:
    stored = [((0, 99_999_999), Limits(1, 1, 1)), ((52_000_000, 52_999_999), Limits(2, 2, 2)),
              ((52_030_000, 52_039_999), Limits(3, 3, 3)), ((52_030_000, 52_039_999), Limits(4, 4, 4))]  # fmt: skip
    areas = np.array([10_000_000, 52_010_100, 52_030_100, 0])
    found = vectors.limits_of(areas, Limits(9, 9, 9), stored)
    assert found[:, 0].tolist() == [1, 2, 4, 1]
    assert vectors.limits_of(areas, Limits(9, 9, 9), stored[2:])[:, 0].tolist() == [9, 9, 4, 9]
    assert level_at(3, Limits(*found[2].tolist())) == "green"
