"""How likely a pupil is to leave learning, as points by factor. Pure; `vectors` does the same for many at once.

A factor's points are the most that any of its measures brings by the bands. Its contribution to the score is
weight × (points - mean), rounded to hundredths of a point: the mean is 0 and the weight whole in a model of rules; a
fitted one has coefficients there. Early warning by attendance, behaviour and course performance (ABC), with what is
known of the pupil's life.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

LEVELS: Final = ("green", "yellow", "orange", "red")
OBSERVED: Final = (
    "absent", "possible", "streak", "gpa", "failed", "incidents", "poverty", "need", "dropouts", "years_over",
    "distance_m", "travel_minutes",
)  # fmt: skip
"""What is read of a pupil, in this order: half days absent and of lessons in the term, school days absent in a row
until now, grade point average in hundredths, subjects failed, incidents of behaviour, rank of the poverty class, 1 for
a need in health, times out of learning, years over the age for the grade, way to school in metres and in minutes."""
MEASURES: Final[dict[str, tuple[str, ...]]] = {
    "attendance": ("absent_share", "streak"),
    "grades": ("gpa", "failed"),
    "behaviour": ("incidents",),
    "poverty": ("poverty",),
    "health": ("need",),
    "history": ("dropouts",),
    "age": ("years_over",),
    "distance": ("distance_m", "travel_minutes"),
}
"""The measures of each factor. `absent_share` is in hundredths of a percent of the pupil's own half days."""
SINKING: Final = frozenset({"gpa"})
"""Measures of which less is worse: a band counts below its limit, of the others from its limit on."""
CHANGEABLE: Final = ("attendance", "grades", "behaviour", "distance")
"""Factors that somebody can do something about while the pupil is in school."""
AT_SCHOOL: Final = ("attendance", "grades", "behaviour")
"""Factors that an event names; the others it says as one, `circumstances`: were each of them named but health, a level
that the named ones cannot reach would tell that there is a need in health."""
POVERTY: Final = ("not_poor", "near_poor", "poor", "extremely_poor")
_SHARES: Final = 10_000

Observed = Mapping[str, int | None]
Bands = Sequence[tuple[int, int]]
"""(limit, points), the points rising; a value within no band brings none."""


class Factor(NamedTuple):
    """`weight` in hundredths of a point of the score for each point of the bands."""

    code: str
    measures: Mapping[str, Bands]
    weight: float
    mean: float


class Limits(NamedTuple):
    """The least score of each level above green, in hundredths of a point."""

    yellow: int
    orange: int
    red: int


class Patience(NamedTuple):
    """When a level falls: the score is `margin` (hundredths) below its limit, or has been below for `hold_days`."""

    margin: int
    hold_days: int


class Memory(NamedTuple):
    """How many days back something counts."""

    incident_days: int
    poverty_days: int
    history_days: int


class Model(NamedTuple):
    """`grade_ages`: the age that a pupil of a grade reaches in the calendar year in which the school year begins."""

    version: int
    factors: tuple[Factor, ...]
    limits: Limits
    patience: Patience
    memory: Memory
    grade_ages: Mapping[str, int]


def model_from(version: int, definition: Mapping[str, Any]) -> Model:
    """A stored definition, which `schemas.Definition` has checked."""
    factors = tuple(
        Factor(
            code,
            {
                name: tuple((band["limit"], band["points"]) for band in given["measures"][name])
                for name in MEASURES[code]
                if name in given["measures"]
            },
            given["weight"],
            given["mean"],
        )
        for code, given in sorted(definition["factors"].items(), key=lambda item: tuple(MEASURES).index(item[0]))
    )
    return Model(
        version, factors, Limits(**definition["limits"]), Patience(**definition["patience"]),
        Memory(**definition["memory"]), definition["grade_ages"],
    )  # fmt: skip


class Standing(NamedTuple):
    """Where a pupil stood: `below_since` is the day from which the score has been below the level, if it is."""

    level: str
    below_since: date | None


def value_of(measure: str, observed: Observed) -> int | None:
    """None where nothing is known; no lessons yet means no rate yet."""
    if measure != "absent_share":
        return observed[measure]
    absent, possible = observed["absent"], observed["possible"]
    return None if absent is None or not possible else absent * _SHARES // possible


def band_points(measure: str, bands: Bands, value: int | None) -> int:
    if value is None:
        return 0
    reached = (points for limit, points in bands if (value < limit if measure in SINKING else value >= limit))
    return max(reached, default=0)


def factor_points(factor: Factor, observed: Observed) -> int:
    return max(band_points(name, bands, value_of(name, observed)) for name, bands in factor.measures.items())


def contribution(factor: Factor, points: int) -> int:
    """Hundredths of a point of the score."""
    return round(factor.weight * (points - factor.mean))


def contributions(model: Model, observed: Observed) -> tuple[int, ...]:
    return tuple(contribution(factor, factor_points(factor, observed)) for factor in model.factors)


def level_at(score: int, limits: Limits) -> str:
    return LEVELS[sum(score >= limit for limit in limits)]


def standing_after(before: Standing | None, score: int, limits: Limits, patience: Patience, today: date) -> Standing:
    """A level rises at once. It falls as far as the score is clearly below, or once it has been below long enough."""
    level = level_at(score, limits)
    if before is None or LEVELS.index(level) >= LEVELS.index(before.level):
        return Standing(level, None)
    since = before.below_since or today
    if (today - since).days >= patience.hold_days:
        return Standing(level, None)
    clearly = min(before.level, level_at(score + patience.margin, limits), key=LEVELS.index)
    return Standing(clearly, None if clearly == level else since)


def heaviest(model: Model, parts: Sequence[int], most: int = 3) -> list[str]:
    """What weighs most, the heaviest first."""
    heavy = sorted(zip(parts, model.factors, strict=True), key=lambda part: -part[0])
    return [factor.code for part, factor in heavy if part > 0][:most]


def told_factors(model: Model, parts: Sequence[int]) -> list[str]:
    """All that weighs, as an event may say it; the heaviest first."""
    weights: dict[str, int] = {}
    for factor, part in zip(model.factors, parts, strict=True):
        name = factor.code if factor.code in AT_SCHOOL else "circumstances"
        weights[name] = weights.get(name, 0) + max(0, part)
    return sorted((name for name in weights if weights[name]), key=lambda name: -weights[name])


def years_over(birth_year: int | None, grade: str, term: str, grade_ages: Mapping[str, int]) -> int | None:
    """By calendar years, as ages for grades are counted; None where the year of birth is not known."""
    if birth_year is None or grade not in grade_ages:
        return None
    return max(0, int(term[:4]) - 543 - birth_year - grade_ages[grade])
