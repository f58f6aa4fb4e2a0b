"""Whether an instrument can be scored at all, what is wrong with answers, and what they come to. Pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from math import inf
from typing import Final, NamedTuple

from zd_registry.instruments.definition import HEIGHT, WEIGHT, Band, CutOff, Definition, GrowthRow, Item, Measure, Scale
from zd_registry.instruments.growth import TAKES, measured, parameters_at, z_score

Answer = str | float
SEXES: Final = ("male", "female")
_SCOPES: Final = {"health_officer": "registry:screening", "teacher": "registry:teaching"}
_OTHERS: Final = "registry:screening."


def scope_of(role: str) -> str:
    """The scope of a token whose holder has the position: two that most have, and one for each further position."""
    return _SCOPES.get(role, f"{_OTHERS}{role}")


def roles_of(scopes: Collection[str]) -> frozenset[str]:
    """The positions that a token stands for."""
    further = {scope.removeprefix(_OTHERS) for scope in scopes if scope.startswith(_OTHERS)}
    return frozenset({role for role, scope in _SCOPES.items() if scope in scopes} | (further - _SCOPES.keys()))


class Fault(NamedTuple):
    """`where` is a part of a JSON pointer; `th` and `en` say what to do."""

    where: str
    code: str
    th: str
    en: str


class Child(NamedTuple):
    """What scoring knows of a child. `age_days` is None where the birth date is not known well enough."""

    sex: str
    age_days: int | None
    age_months: int | None


class Scored(NamedTuple):
    """`band` is None where no cut-off speaks of the scale."""

    scale: str
    score: float
    band: str | None


class Outcome(NamedTuple):
    scores: list[Scored]
    band: Band


def definition_faults(
    definition: Definition, growth: Sequence[GrowthRow], from_months: int, below_months: int
) -> list[Fault]:
    """Why the instrument cannot be scored for every child of its ages; empty if it can."""
    found = [*_repeated(definition), *_unknown(definition), *_wrong_items(definition)]
    if found:
        return found
    ages = from_months, below_months
    return [*_growth_faults(definition, growth, *ages), *_cut_off_faults(definition, *ages)]


def _repeated(definition: Definition) -> Iterator[Fault]:
    for name in ("items", "scales", "bands"):
        seen: set[str] = set()
        for at, part in enumerate(getattr(definition, name)):
            if part.code in seen:
                yield Fault(f"/{name}/{at}/code", "code_repeated", "ใช้รหัสนี้แล้ว โปรดใช้รหัสอื่น", "The code is taken.")
            seen.add(part.code)


def _unknown(definition: Definition) -> Iterator[Fault]:
    items, scales = {item.code for item in definition.items}, {scale.code for scale in definition.scales}
    bands = {band.code for band in definition.bands}
    th, en = "ไม่มีรหัสนี้ในเครื่องมือ โปรดตรวจสอบ", "The instrument has no such part. Check the code."
    for at, scale in enumerate(definition.scales):
        if bool(scale.items) == (scale.measure is not None):
            ask = "ระบุข้อหรือการวัดการเติบโตอย่างใดอย่างหนึ่ง", "Give items or a measure, one of the two."
            yield Fault(f"/scales/{at}", "scale_unclear", *ask)
        for code in scale.items or (TAKES[scale.measure] if scale.measure else ()):
            if code not in items:
                yield Fault(f"/scales/{at}/items", "item_unknown", f"{th}: {code}", f"{en} {code}")
    for at, cut_off in enumerate(definition.cut_offs):
        if cut_off.scale not in scales:
            yield Fault(f"/cut_offs/{at}/scale", "scale_unknown", th, en)
        if cut_off.band not in bands:
            yield Fault(f"/cut_offs/{at}/band", "band_unknown", th, en)


def _wrong_items(definition: Definition) -> Iterator[Fault]:
    measured_items = {code for scale in definition.scales if scale.measure for code in TAKES[scale.measure]}
    for at, item in enumerate(definition.items):
        bounded = item.low is not None and item.high is not None and item.low <= item.high
        if bool(item.choices) == bounded or (item.choices and (item.low is not None or item.high is not None)):
            th, en = "ระบุตัวเลือก หรือค่าต่ำสุดและสูงสุด", "Give choices, or the least and the greatest number."
            yield Fault(f"/items/{at}", "item_unclear", th, en)
        elif len({choice.code for choice in item.choices}) < len(item.choices):
            yield Fault(f"/items/{at}/choices", "code_repeated", "รหัสตัวเลือกซ้ำกัน", "Two choices have one code.")
        elif item.code in measured_items and not (item.required and item.low is not None and item.low > 0):
            th, en = "น้ำหนักและส่วนสูงต้องตอบเป็นตัวเลขมากกว่า 0", "Weight and height are required numbers above 0."
            yield Fault(f"/items/{at}", "item_not_measured", th, en)


def _growth_faults(
    definition: Definition, growth: Sequence[GrowthRow], from_months: int, below_months: int
) -> Iterator[Fault]:
    for at, scale in enumerate(definition.scales):
        for sex in SEXES if scale.measure else ():
            places = [row.at for row in growth_rows(growth, scale.measure, sex)]
            if len(places) < 2 or len(set(places)) < len(places):
                th, en = (
                    f"ตารางอ้างอิงของเพศ {sex} ต้องมีอย่างน้อยสองแถวและไม่ซ้ำ",
                    f"Give {sex} at least two rows, none twice.",
                )
                yield Fault(f"/scales/{at}", "growth_incomplete", th, en)
            elif scale.measure != "weight_for_height" and not places[0] <= from_months < below_months <= places[-1]:
                th, en = "ตารางอ้างอิงไม่ครอบคลุมอายุที่ใช้เครื่องมือ", "The table does not reach over the instrument's ages."
                yield Fault(f"/scales/{at}", "growth_incomplete", th, en)


def _cut_off_faults(definition: Definition, from_months: int, below_months: int) -> Iterator[Fault]:
    for scale in sorted({cut_off.scale for cut_off in definition.cut_offs}):
        own = [cut_off for cut_off in definition.cut_offs if cut_off.scale == scale]
        ages = {from_months, *(age for each in own for age in (each.from_months, each.below_months) if age is not None)}
        for sex in SEXES:
            for age in sorted(age for age in ages if from_months <= age < below_months):
                if not _whole([each for each in own if applies(each, sex, age)]):
                    yield Fault(
                        "/cut_offs",
                        "cut_offs_not_whole",
                        f"เกณฑ์ของ {scale} เพศ {sex} ที่อายุ {age} เดือนมีช่องว่างหรือซ้อนกัน",
                        f"The cut-offs of {scale} for {sex} at {age} months leave a gap, or overlap.",
                    )


def _whole(cut_offs: Iterable[CutOff]) -> bool:
    """Whether every score falls into exactly one of them."""
    spans = sorted(
        (-inf if each.score_from is None else each.score_from, inf if each.score_below is None else each.score_below)
        for each in cut_offs
    )
    if not spans or spans[0][0] != -inf or spans[-1][1] != inf:
        return False
    return all(low < high for low, high in spans) and all(one[1] == two[0] for one, two in pairwise(spans))


def applies(cut_off: CutOff, sex: str, age_months: int | None) -> bool:
    if cut_off.sex not in {None, sex}:
        return False
    if age_months is None:
        return cut_off.from_months is None and cut_off.below_months is None
    return (cut_off.from_months or 0) <= age_months and (
        cut_off.below_months is None or age_months < cut_off.below_months
    )


def growth_rows(growth: Iterable[GrowthRow], measure: Measure | None, sex: str) -> list[GrowthRow]:
    return sorted((row for row in growth if row.measure == measure and row.sex == sex), key=lambda row: row.at)


def answer_faults(items: Iterable[Item], answers: Mapping[str, Answer]) -> list[Fault]:
    """Item by item what is missing or wrong, in the order of the form."""
    known = {item.code: item for item in items}
    found = [
        Fault(code, "item_unknown", "เครื่องมือนี้ไม่มีข้อนี้", "The instrument has no such item.")
        for code in answers
        if code not in known
    ]
    for code, item in known.items():
        fault = _missing(item) if code not in answers else _wrong(item, answers[code])
        if fault is not None:
            found.append(fault)
    return found


def _missing(item: Item) -> Fault | None:
    return Fault(item.code, "item_missing", "โปรดตอบข้อนี้", "Answer this item.") if item.required else None


def _wrong(item: Item, answer: Answer) -> Fault | None:
    if item.choices:
        codes = [choice.code for choice in item.choices]
        said = ", ".join(codes)
        wrong = Fault(item.code, "choice_unknown", f"คำตอบต้องเป็น {said}", f"The answer is one of {said}.")
        return None if answer in codes else wrong
    low, high = item.low or 0.0, item.high or 0.0
    if isinstance(answer, str):
        return Fault(item.code, "not_a_number", "คำตอบต้องเป็นตัวเลข", "The answer is a number.")
    if not low <= answer <= high:
        return Fault(
            item.code, "out_of_range", f"คำตอบต้องอยู่ระหว่าง {low:g} ถึง {high:g}", f"It lies between {low:g} and {high:g}."
        )
    return None


def scored(
    definition: Definition, growth: Sequence[GrowthRow], answers: Mapping[str, Answer], child: Child
) -> Outcome | list[Fault]:
    """The result of answers without faults, or why there is none for this child."""
    scores: list[Scored] = []
    for scale in definition.scales:
        score = _score(scale, definition, growth, answers, child)
        if isinstance(score, Fault):
            return [score]
        band = _band(definition, scale.code, score, child)
        if isinstance(band, Fault):
            return [band]
        scores.append(Scored(scale.code, score, band))
    bands = {band.code: band for band in definition.bands}
    reached = [bands[each.band] for each in scores if each.band is not None]
    return Outcome(scores, max(reached, key=lambda band: band.severity))


def _score(
    scale: Scale,
    definition: Definition,
    growth: Sequence[GrowthRow],
    answers: Mapping[str, Answer],
    child: Child,
) -> float | Fault:
    if scale.measure is None:
        points = {item.code: {choice.code: choice.points for choice in item.choices} for item in definition.items}
        return round(sum(_points(points[code], answers[code]) for code in scale.items if code in answers), 2)
    if child.sex not in SEXES:
        return _sex_unknown()
    if child.age_days is None:
        return _birth_unknown()
    weight, height = (float(answers.get(code, 1.0)) for code in (WEIGHT, HEIGHT))
    value, at = measured(scale.measure, weight, height, child.age_days)
    found = parameters_at(growth_rows(growth, scale.measure, child.sex), at)
    if found is None:
        where = HEIGHT if scale.measure == "weight_for_height" else ""
        return Fault(
            where, "beyond_reference", "ค่านี้อยู่นอกตารางอ้างอิงของเครื่องมือ", "This lies outside the instrument's table."
        )
    return z_score(value, *found, restricted=scale.restricted)


def _points(points: Mapping[str, int], answer: Answer) -> float:
    return points[answer] if isinstance(answer, str) else answer


def _band(definition: Definition, scale: str, score: float, child: Child) -> str | Fault | None:
    own = [cut_off for cut_off in definition.cut_offs if cut_off.scale == scale]
    if not own:
        return None
    for cut_off in own:
        low = -inf if cut_off.score_from is None else cut_off.score_from
        high = inf if cut_off.score_below is None else cut_off.score_below
        if low <= score < high and applies(cut_off, child.sex, child.age_months):
            return cut_off.band
    return _birth_unknown() if child.age_months is None else _sex_unknown()


def _sex_unknown() -> Fault:
    return Fault(
        "",
        "sex_unknown",
        "เครื่องมือนี้ต้องทราบเพศ โปรดแก้ไขข้อมูลเด็กก่อน",
        "It needs the child's sex. Correct the record first.",
    )


def _birth_unknown() -> Fault:
    return Fault(
        "",
        "birth_date_unknown",
        "เครื่องมือนี้ต้องทราบวันเกิด โปรดแก้ไขข้อมูลเด็กก่อน",
        "It needs the child's date of birth. Correct the record first.",
    )
