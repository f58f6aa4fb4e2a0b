"""The linkage model as data: fields, their levels of agreement, blocks. Plain SQL that DuckDB and Spark both read.

The probabilities are what is used where there is too little data to train. Their source: m follows the rates of
mistakes that are seen in Thai school records (surname changed 2 %, given name 1 %, romanised 0.5 %, day and month
swapped 0.5 %, year only 3 %, sex wrong 0.5 %, other tambon 8 %, spelling 15 %), u is counted over a province of 150,000
children in 100 tambons.
"""

from collections.abc import Container
from copy import deepcopy
from typing import Any, NamedTuple

from splink import SettingsCreator


class Level(NamedTuple):
    """`m` and `u`: how often two records of one person, and of two persons, agree just so."""

    label: str
    condition: str
    m: float
    u: float
    term: str | None = None  # column whose common values count for less


class Field(NamedTuple):
    """What is compared. `needs`: prepared columns that must hold values; `missing`: when nothing can be said."""

    name: str
    needs: str
    missing: str
    levels: tuple[Level, ...]


class Block(NamedTuple):
    """Pairs are only made of records that agree on all the expressions; `right` where the two sides differ."""

    name: str
    left: tuple[str, ...]
    right: tuple[str, ...] | None = None


SWAPPED = "given_fold_l = family_fold_r AND family_fold_l = given_fold_r AND given_fold_l <> family_fold_l"
SWAPPED_NAMES = Level("given and family name swapped", SWAPPED, 0.002, 1e-7)
OTHER_SCRIPT = "given_script_l <> given_script_r"
OWN = ("given", "birth", "sex")
MIN_PROBABILITY = 1e-7


def _near(part: str) -> str:
    left, right = f"{part}_frame_l", f"{part}_frame_r"
    return f"levenshtein({left}, {right}) * 3 <= greatest(3, length({left}), length({right}))"


# Who writes one name in Latin letters writes both so: they are compared as one, by the given name.
ROMANISED = (
    Level("romanised", f"{OTHER_SCRIPT} AND {_near('given')} AND coalesce({_near('family')}, TRUE)", 0.0045, 5e-6),
    Level("other script", OTHER_SCRIPT, 0.0005, 5e-3),
)


def _name(part: str, *, other: float, extra: tuple[Level, ...], missing: str) -> Field:
    left, right = f"{part}_fold_l", f"{part}_fold_r"
    within = f"least(length({left}), length({right})) >= 4 AND (contains({left}, {right}) OR contains({right}, {left}))"
    near = f"abs(length({left}) - length({right})) <= 1 AND levenshtein({left}, {right}) <= 1"
    sounds = f"{part}_lk82_l = {part}_lk82_r OR {part}_udom83_l = {part}_udom83_r"
    alike = f"{sounds} OR levenshtein({left}, {right}) * 4 <= greatest(length({left}), length({right}))"
    return Field(
        part, f"{part}_fold", f"{left} IS NULL OR {right} IS NULL{missing}",
        (
            *extra,
            Level("same", f"{left} = {right}", 0.93 - other, 1e-4, f"{part}_fold"),
            Level("a letter or a title", f"({near}) OR ({within})", 0.05, 5e-4),
            Level("sounds alike", alike, 0.015, 5e-3),
            Level("different", "ELSE", other, 0.98),
        ),
    )  # fmt: skip


FIELDS = (
    _name("given", other=0.012, extra=(SWAPPED_NAMES, *ROMANISED), missing=""),
    _name("family", other=0.022, extra=(), missing=f" OR ({SWAPPED}) OR family_script_l <> family_script_r"),
    Field(
        "birth", "birth_year", "birth_year_l IS NULL OR birth_year_r IS NULL",
        (
            Level("same day", "birth_day_l = birth_day_r", 0.94, 1.7e-4, "birth_day"),
            Level("same month, day unknown", "(birth_day_l IS NULL OR birth_day_r IS NULL) "
                  "AND birth_month_l = birth_month_r", 0.003, 1e-5),
            Level("same year, month unknown", "(birth_month_l IS NULL OR birth_month_r IS NULL) "
                  "AND birth_year_l = birth_year_r", 0.03, 2.5e-3),
            Level("day and month swapped", "birth_day_l = birth_swapped_r", 0.004, 6e-5),
            Level("two of day, month and year", "birth_month_l = birth_month_r OR (birth_d_l = birth_d_r "
                  "AND (birth_year_l = birth_year_r OR birth_m_l = birth_m_r))", 0.01, 0.01),
            Level("same year", "birth_year_l = birth_year_r", 0.003, 0.05),
            Level("different", "ELSE", 0.01, 0.93),
        ),
    ),
    Field(
        "sex", "sex", "sex_l IS NULL OR sex_r IS NULL",
        (Level("same", "sex_l = sex_r", 0.995, 0.5), Level("different", "ELSE", 0.005, 0.5)),
    ),
    Field(
        "area", "province", "province_l IS NULL OR province_r IS NULL",
        (
            Level("same village", "village_l = village_r", 0.87, 1e-3),
            Level("same tambon", "tambon_l = tambon_r", 0.05, 9e-3),
            Level("same district", "district_l = district_r", 0.02, 0.09),
            Level("same province", "province_l = province_r", 0.04, 0.85),
            Level("different", "ELSE", 0.02, 0.05),
        ),
    ),
    Field(
        # Neighbours go to one school: it only tells something of those who live apart.
        "organisation", "organisation", "organisation_l IS NULL OR organisation_r IS NULL OR tambon_l = tambon_r",
        (
            Level("same", "organisation_l = organisation_r", 0.6, 1e-3, "organisation"),
            Level("different", "ELSE", 0.4, 0.999),
        ),
    ),
    Field(
        "guardian", "guardian_1", "guardian_1_l IS NULL OR guardian_1_r IS NULL",
        (
            Level("same", "guardian_1_l = guardian_1_r OR guardian_1_l = guardian_2_r OR guardian_2_l = guardian_1_r "
                  "OR guardian_2_l = guardian_2_r", 0.85, 2e-5),
            Level("different", "ELSE", 0.15, 0.99998),
        ),
    ),
)  # fmt: skip

BLOCKS = (
    Block("full name", ("given_fold", "family_fold")),
    Block("family name by sound, year", ("family_lk82", "birth_year")),
    Block("given name by sound, tambon", ("given_udom83", "tambon")),
    Block("birth date, sex, province", ("birth_day", "sex", "province")),
    Block("birth date, given name begins", ("birth_day", "substr(given_fold, 1, 2)")),
    Block("birth date, family name begins", ("birth_day", "substr(family_fold, 1, 2)")),
    Block("day and month swapped", ("birth_day", "given_udom83"), ("birth_swapped", "given_udom83")),
    Block("given name, year, district", ("given_fold", "birth_year", "district")),
    Block("names swapped", ("given_fold", "family_fold"), ("family_fold", "given_fold")),
    Block("guardian, year", ("guardian_1", "birth_year")),
)


class Lesson(NamedTuple):
    """What is learnt from the pairs of a block: it must be independent of the block and of one another."""

    block: tuple[str, ...]
    fields: tuple[str, ...]


LESSONS = (
    Lesson(("given_fold", "family_fold"), ("birth", "sex", "area", "organisation", "guardian")),
    Lesson(("birth_day", "sex"), ("given", "family", "area")),
)


def identifier(column: str) -> Field:
    """An identifier that both sides may hold (a passport, a student number): equal is nearly proof, unequal little."""
    return Field(
        column, column, f"{column}_l IS NULL OR {column}_r IS NULL",
        (Level("same", f"{column}_l = {column}_r", 0.8, 1e-6), Level("different", "ELSE", 0.2, 0.999999)),
    )  # fmt: skip


def settings(fields: tuple[Field, ...], blocks: Container[str], *, prior: float) -> SettingsCreator:
    """The Splink model over prepared tables; `blocks` are the key columns that hold values."""
    return SettingsCreator(
        link_type="link_only",
        comparisons=[_comparison(field) for field in fields],
        blocking_rules_to_generate_predictions=[
            {"blocking_rule": f"l.{key} = r.{key}"} for key in map(key_column, range(len(BLOCKS))) if key in blocks
        ],
        probability_two_random_records_match=prior,
        retain_matching_columns=False,
        retain_intermediate_calculation_columns=True,
        max_iterations=20,
        em_convergence=1e-3,
    )


def key_column(number: int) -> str:
    return f"block_{number}"


def _comparison(field: Field) -> dict[str, Any]:
    missing = {"sql_condition": field.missing, "label_for_charts": "missing", "is_null_level": True}
    return {"output_column_name": field.name, "comparison_levels": [missing, *map(_level, field.levels)]}


def _level(level: Level) -> dict[str, Any]:
    made: dict[str, Any] = {
        "sql_condition": level.condition, "label_for_charts": level.label,
        "m_probability": level.m, "u_probability": level.u,
    }  # fmt: skip
    if level.term:
        made |= {"tf_adjustment_column": level.term, "tf_adjustment_weight": 1.0, "tf_minimum_u_value": 2e-6}
    return made


def part_of(known: dict[str, Any], fields: Container[str]) -> dict[str, Any]:
    """The same settings with some of the comparisons."""
    compared = [found for found in known["comparisons"] if found["output_column_name"] in fields]
    return deepcopy(known | {"comparisons": compared})


def taught(known: dict[str, Any], learnt: dict[str, Any]) -> dict[str, Any]:
    """`known` with the prior and the probabilities that `learnt` holds. None is zero: the unseen is not impossible."""
    result = deepcopy(known)
    result["probability_two_random_records_match"] = learnt["probability_two_random_records_match"]
    by_name = {found["output_column_name"]: found["comparison_levels"] for found in learnt["comparisons"]}
    for comparison in result["comparisons"]:
        levels = by_name.get(comparison["output_column_name"], comparison["comparison_levels"])
        for level, other in zip(comparison["comparison_levels"], levels, strict=True):
            for kind in ("m_probability", "u_probability"):
                if not level.get("is_null_level"):
                    level[kind] = max(MIN_PROBABILITY, other.get(kind, level[kind]))
    return result
