"""Points of risk counted anew: from the definition of a model and the truth of a generated year."""

from typing import Any, Final

from tests.registry.school_year import Counted, Pupil

LEVELS: Final = ("green", "yellow", "orange", "red")


def measured(pupil: Pupil, counted: Counted, ages: dict[str, int]) -> dict[str, int]:
    """What a model of risk looks at, as the truth has it: chronic absence is missing school for any reason. No
    incident, illness, earlier dropout or way is known."""
    missed = counted.absent + counted.leave + counted.sick
    share = missed * 10_000 // counted.due if counted.due else 0
    poverty = ("not_poor", "near_poor", "poor", "extremely_poor").index(pupil.poverty)
    over = max(0, 2024 - pupil.birth_date.year - ages[pupil.grade]) if pupil.grade in ages else 0
    return {"absent_share": share, "streak": counted.streak, "gpa": pupil.gpa, "poverty": poverty, "years_over": over,
            "incidents": 0, "need": 0, "dropouts": 0}  # fmt: skip


def points(model: dict[str, Any], values: dict[str, int]) -> int:
    """Hundredths of a point: of each factor the most that any measure reaches."""
    total = 0
    for factor in model["factors"].values():
        reached = [0]
        for measure, bands in factor["measures"].items():
            value = values.get(measure)
            for band in bands if value is not None else ():
                counts = value < band["limit"] if measure == "gpa" else value >= band["limit"]
                reached += [band["points"]] if counts else []
        total += round(factor["weight"] * (max(reached) - factor["mean"]))
    return total
