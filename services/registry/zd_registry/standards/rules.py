"""Whether a standard can be assessed by, and what scores come to. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import NamedTuple

from zd_registry.standards.definition import Criterion, StandardDefinition


class Fault(NamedTuple):
    """`where` is a part of a JSON pointer; `th` and `en` say what to do."""

    where: str
    code: str
    th: str
    en: str


class Outcome(NamedTuple):
    """Percents to two decimals; an area without a score has none."""

    percent: float
    areas: dict[str, float | None]
    level: str


def definition_faults(definition: StandardDefinition) -> Iterator[Fault]:
    """Every code is there once; levels rise, and the first is reached by everybody."""
    named = [(f"/areas/{at}", area.code) for at, area in enumerate(definition.areas)]
    named += [(f"/levels/{at}", level.code) for at, level in enumerate(definition.levels)]
    criteria = [
        (f"/areas/{at}/criteria/{n}", criterion.code)
        for at, area in enumerate(definition.areas)
        for n, criterion in enumerate(area.criteria)
    ]
    yield from _repeated([each for each in named if each[0].startswith("/areas")])
    yield from _repeated([each for each in named if each[0].startswith("/levels")])
    yield from _repeated(criteria)
    limits = [(level.from_percent, level.area_percent) for level in definition.levels]
    if limits[0] != (0, 0) or any(low[0] >= high[0] or low[1] > high[1] for low, high in pairwise(limits)):
        th, en = (
            "ระดับแรกต้องเริ่มที่ 0 และระดับต่อไปต้องสูงขึ้น",
            "The first level begins at 0, and each is higher than the one before.",
        )
        yield Fault("/levels", "levels_not_rising", th, en)


def _repeated(named: Iterable[tuple[str, str]]) -> Iterator[Fault]:
    seen: set[str] = set()
    for where, code in named:
        if code in seen:
            yield Fault(f"{where}/code", "code_repeated", "ใช้รหัสนี้แล้ว โปรดใช้รหัสอื่น", "The code is taken.")
        seen.add(code)


def score_faults(
    definition: StandardDefinition, scores: Mapping[str, float | None], evidence: Iterable[str]
) -> Iterator[Fault]:
    """Criterion by criterion what is missing or wrong."""
    criteria = _criteria(definition)
    for code in dict.fromkeys([*scores, *evidence]):
        if code not in criteria:
            yield Fault(code, "criterion_unknown", "มาตรฐานนี้ไม่มีเกณฑ์ข้อนี้", "The standard has no such criterion.")
    for code, criterion in criteria.items():
        score = scores.get(code)
        if code not in scores:
            th, en = "โปรดให้คะแนนข้อนี้ หรือ null หากใช้ไม่ได้", "Score it, or say null where it does not apply."
            yield Fault(code, "criterion_missing", th, en)
        elif score is not None and not 0 <= score <= criterion.max_score:
            most = f"{criterion.max_score:g}"
            yield Fault(code, "score_out_of_range", f"คะแนนต้องอยู่ระหว่าง 0 ถึง {most}", f"It lies between 0 and {most}.")
    if criteria.keys() == scores.keys() and all(score is None for score in scores.values()):
        yield Fault("", "nothing_scored", "ต้องมีคะแนนอย่างน้อยหนึ่งข้อ", "Score at least one criterion.")


def assessed(definition: StandardDefinition, scores: Mapping[str, float | None]) -> Outcome:
    """Of scores without faults. What does not apply (null) counts neither for nor against."""
    areas = {area.code: _percent(area.criteria, scores) for area in definition.areas}
    percent = _percent(_criteria(definition).values(), scores) or 0.0
    lowest = min(each for each in areas.values() if each is not None)
    level = [
        level.code for level in definition.levels if percent >= level.from_percent and lowest >= level.area_percent
    ][-1]
    return Outcome(percent, areas, level)


def _percent(criteria: Iterable[Criterion], scores: Mapping[str, float | None]) -> float | None:
    counted = [(each.weight, score / each.max_score) for each in criteria if (score := scores[each.code]) is not None]
    weight = sum(each for each, _ in counted)
    return round(100 * sum(each * share for each, share in counted) / weight, 2) if counted else None


def _criteria(definition: StandardDefinition) -> dict[str, Criterion]:
    return {criterion.code: criterion for area in definition.areas for criterion in area.criteria}
