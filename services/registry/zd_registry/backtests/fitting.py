"""A logistic regression on the points of the rules' own factors, so that it is explained as the rules are.

Features are standardised; coefficients come back in hundredths of a point for each point of a factor, one point being
a doubling of the odds of leaving. Heavy to import (scikit-learn): only the subprocess that fits loads it.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

_A_POINT: Final = 100 / np.log(2)
_MOST_STEPS: Final = 1_000
Floats = NDArray[np.float64]


class Fitted(NamedTuple):
    """In the order of the factors; `limits` are yellow, orange and red."""

    weights: list[float]
    means: list[float]
    limits: list[int]


def fit(cells: Mapping[str, tuple[int, int]], rule_weights: Sequence[float], rule_limits: Sequence[int]) -> Fitted:
    """`cells`: points of the factors, with commas between → pupils, and how many of them left.

    A factor that would lower the risk of who has more of it is left out: it cannot be explained to anybody. The limits
    are set so that no more pupils reach a level than by the rules: the work of the schools stays as it is.
    """
    points = np.array([[int(part) for part in cell.split(",")] for cell in cells], dtype=np.float64)
    pupils, left = (np.array(column, dtype=np.float64) for column in zip(*cells.values(), strict=True))
    means = np.average(points, axis=0, weights=pupils)
    spread = np.sqrt(np.average((points - means) ** 2, axis=0, weights=pupils))
    weights = np.round(_weights(points, means, spread, pupils, left), 2)
    means = np.where(weights > 0, np.round(means, 4), 0.0)
    scores = np.rint(weights * (points - means)).sum(axis=1)
    by_rules = points @ np.array(rule_weights)
    limits = [_limit(scores, pupils, float(pupils[by_rules >= limit].sum())) for limit in rule_limits]
    return Fitted(weights.tolist(), means.tolist(), limits)


def _weights(points: Floats, means: Floats, spread: Floats, pupils: Floats, left: Floats) -> Floats:
    standard = (points - means) / np.where(spread > 0, spread, 1)
    rows = np.vstack([standard, standard])
    labels = np.repeat([1, 0], len(points))
    counted = np.concatenate([left, pupils - left])
    weights = np.zeros(len(means))
    used = np.flatnonzero(spread > 0)
    while len(used):
        fitted = LogisticRegression(max_iter=_MOST_STEPS).fit(rows[:, used], labels, sample_weight=counted)
        found = fitted.coef_[0]
        if found.min() >= 0:
            weights[used] = found / spread[used] * _A_POINT
            break
        used = np.delete(used, found.argmin())
    return weights


def _limit(scores: Floats, pupils: Floats, most: float) -> int:
    """The least score that no more than `most` pupils reach."""
    best = int(scores.max()) + 1
    for score in np.unique(scores)[::-1]:
        if pupils[scores >= score].sum() > most:
            break
        best = int(score)
    return best
