"""Growth as z-scores by the LMS method. Pure.

Source: Cole and Green, Statistics in Medicine 1992, 11:1305; WHO Child Growth Standards: Methods and development
(2006), chapter 7, for what lies beyond three deviations.
"""

from bisect import bisect_left
from collections.abc import Sequence
from math import exp, log
from typing import Final

from zd_registry.instruments.definition import HEIGHT, WEIGHT, GrowthRow, Measure

DAYS_PER_MONTH: Final = 30.4375
TAKES: Final[dict[Measure, tuple[str, ...]]] = {
    "weight_for_age": (WEIGHT,),
    "height_for_age": (HEIGHT,),
    "bmi_for_age": (WEIGHT, HEIGHT),
    "weight_for_height": (WEIGHT, HEIGHT),
}
_FURTHEST: Final = 3.0
_MOST: Final = 99.0


def measured(measure: Measure, weight_kg: float, height_cm: float, age_days: int) -> tuple[float, float]:
    """The value in kg, cm or kg/m², and where in the table: months of 30.4375 days, or millimetres."""
    months = age_days / DAYS_PER_MONTH
    if measure == "height_for_age":
        return height_cm, months
    if measure == "bmi_for_age":
        return weight_kg / (height_cm / 100) ** 2, months
    return weight_kg, months if measure == "weight_for_age" else height_cm * 10


def parameters_at(rows: Sequence[GrowthRow], at: float) -> tuple[float, float, float] | None:
    """L, M and S at `at`, straight between the two nearest rows; None outside the table. `rows` rise by `at`."""
    place = bisect_left(rows, at, key=lambda row: row.at)
    if place < len(rows) and rows[place].at == at:
        return rows[place].l, rows[place].m, rows[place].s
    if not 0 < place < len(rows):
        return None
    before, after = rows[place - 1], rows[place]
    share = (at - before.at) / (after.at - before.at)
    return (
        before.l + share * (after.l - before.l),
        before.m + share * (after.m - before.m),
        before.s + share * (after.s - before.s),
    )


def z_score(value: float, power: float, median: float, variation: float, *, restricted: bool) -> float:
    """Deviations from the median, to two decimals; `value` is positive."""
    z = _z(value, power, median, variation)
    if restricted and abs(z) > _FURTHEST:
        sign = 1 if z > 0 else -1
        third = _value_at(sign * 3, power, median, variation)
        second = _value_at(sign * 2, power, median, variation)
        if third is not None and second is not None and third != second:
            z = sign * _FURTHEST + (value - third) / abs(third - second)
    return round(max(-_MOST, min(_MOST, z)), 2)


def _z(value: float, power: float, median: float, variation: float) -> float:
    ratio = log(value / median)
    if abs(power * ratio) < 1e-9:
        return ratio / variation
    return (exp(min(power * ratio, 700.0)) - 1) / (power * variation)


def _value_at(z: float, power: float, median: float, variation: float) -> float | None:
    if power == 0:
        return median * exp(min(z * variation, 700.0))
    inner = 1 + power * variation * z
    return median * exp(min(log(inner) / power, 700.0)) if inner > 0 else None
