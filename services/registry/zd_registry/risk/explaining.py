"""Why a pupil's score is what it is, in words, and the smallest changes that would lower it. Pure."""

from typing import Final, NamedTuple

from zd_registry.risk.rules import (
    CHANGEABLE,
    LEVELS,
    POVERTY,
    SINKING,
    Bands,
    Factor,
    Limits,
    Model,
    Observed,
    band_points,
    contribution,
    factor_points,
    level_at,
    value_of,
)


class Words(NamedTuple):
    th: str
    en: str


class Change(NamedTuple):
    """What would bring the factor down to a lower band; `level` is what the score alone would say then."""

    words: Words
    points: int
    score: int
    level: str


class Explained(NamedTuple):
    """`points` in hundredths of a point of the score. `changes`: to the next lower band and, where that is not enough
    and more of the same factor is, to the next lower level."""

    code: str
    points: int
    known: bool
    words: Words
    changes: list[Change]


FACTORS: Final = {
    "attendance": Words("การมาเรียน", "Attendance"),
    "grades": Words("ผลการเรียน", "Grades"),
    "behaviour": Words("พฤติกรรม", "Behaviour"),
    "poverty": Words("ความยากจนของครัวเรือน", "Poverty of the household"),
    "health": Words("สุขภาพหรือความพิการ", "Health or disability"),
    "history": Words("ประวัติหลุดจากระบบ", "Time out of learning before"),
    "age": Words("อายุเทียบกับชั้น", "Age for the grade"),
    "distance": Words("การเดินทางไปโรงเรียน", "The way to school"),
}
_SAID: Final = {
    "absent_share": Words("ขาดเรียน {0} % ของวันเรียนของตน", "absent {0} % of the pupil's own school days"),
    "streak": Words("ขาดติดต่อกัน {0} วัน", "absent {0} school days in a row"),
    "gpa": Words("เกรดเฉลี่ย {0}", "grade point average {0}"),
    "failed": Words("ไม่ผ่าน {0} วิชา", "{0} subjects failed"),
    "incidents": Words("เหตุด้านพฤติกรรม {0} ครั้ง", "{0} incidents of behaviour"),
    "need": Words("มีความต้องการด้านสุขภาพหรือความพิการ", "has a need in health or disability"),
    "dropouts": Words("เคยอยู่นอกการเรียนรู้ {0} ครั้ง", "was out of learning {0} times"),
    "years_over": Words("อายุเกินเกณฑ์ของชั้น {0} ปี", "{0} years over the age for the grade"),
    "distance_m": Words("ทางไปโรงเรียน {0} กม.", "{0} km to school"),
    "travel_minutes": Words("เดินทาง {0} นาที", "{0} minutes to school"),
}
_CLASSES: Final = {
    "not_poor": Words("ครัวเรือนไม่ยากจน", "the household is not poor"),
    "near_poor": Words("ครัวเรือนใกล้จน", "the household is nearly poor"),
    "poor": Words("ครัวเรือนยากจน", "the household is poor"),
    "extremely_poor": Words("ครัวเรือนยากจนพิเศษ", "the household is extremely poor"),
}
_NOTHING: Final = {"need": Words("ไม่มีความต้องการที่บันทึกไว้", "no need is recorded")}
_UNKNOWN: Final = Words("ยังไม่มีข้อมูล", "nothing is known")
_WANTED: Final = {
    "absent_share": Words("มาเรียนครบอีก {0} วัน", "attend {0} more school days without absence"),
    "streak": Words("กลับมาเรียน", "come back to school"),
    "gpa": Words("เกรดเฉลี่ยอย่างน้อย {0}", "a grade point average of at least {0}"),
    "failed": Words("ไม่ผ่านไม่เกิน {0} วิชา", "no more than {0} subjects failed"),
    "incidents": Words("ไม่มีเหตุเพิ่มจนเหลือไม่เกิน {0} ครั้ง", "no further incident, until no more than {0} count"),
    "distance_m": Words("ที่พักหรือรถรับส่งให้ทางสั้นกว่า {0} กม.", "lodging or transport so that less than {0} km are left"),
    "travel_minutes": Words("รถรับส่งให้เดินทางไม่ถึง {0} นาที", "transport that takes less than {0} minutes"),
}


def explain(model: Model, limits: Limits, observed: Observed) -> list[Explained]:
    """Every factor of the model, the heaviest first."""
    parts = {factor.code: contribution(factor, factor_points(factor, observed)) for factor in model.factors}
    score = sum(parts.values())
    found = [
        Explained(
            factor.code,
            parts[factor.code],
            any(value_of(name, observed) is not None for name in factor.measures),
            _described(factor, observed),
            _changes(factor, limits, observed, score) if factor.code in CHANGEABLE else [],
        )
        for factor in model.factors
    ]
    return sorted(found, key=lambda one: -one.points)


def _described(factor: Factor, observed: Observed) -> Words:
    said = [_said(name, value) for name in factor.measures if (value := value_of(name, observed)) is not None]
    return _joined(said) if said else _UNKNOWN


def _said(measure: str, value: int) -> Words:
    if measure == "poverty":
        return _CLASSES[POVERTY[value]]
    if measure in _NOTHING and value == 0:
        return _NOTHING[measure]
    return _filled(_SAID[measure], _shown(measure, value))


def _changes(factor: Factor, limits: Limits, observed: Observed, score: int) -> list[Change]:
    """From the mildest change on, until one lowers the level."""
    has = factor_points(factor, observed)
    lower = sorted({points for bands in factor.measures.values() for _, points in bands if points < has} | {0})
    present, changes = level_at(score, limits), list[Change]()
    for points in reversed([step for step in lower if step < has]):
        then = score - contribution(factor, has) + contribution(factor, points)
        change = Change(_wanted(factor, observed, points), points, then, level_at(then, limits))
        if then >= score:
            return []
        lowers = LEVELS.index(change.level) < LEVELS.index(present)
        if lowers or not changes:
            changes.append(change)
        if lowers:
            break
    return changes


def _wanted(factor: Factor, observed: Observed, points: int) -> Words:
    """What every measure that brings more than `points` would have to be."""
    wanted = []
    for name, bands in factor.measures.items():
        if band_points(name, bands, value_of(name, observed)) > points:
            wanted.append(_target(name, _limit_above(name, bands, points), observed))
    return _joined(wanted)


def _limit_above(measure: str, bands: Bands, points: int) -> int:
    """The limit that a value must not reach to bring no more than `points`."""
    harmful = [limit for limit, worth in bands if worth > points]
    return max(harmful) if measure in SINKING else min(harmful)


def _target(measure: str, limit: int, observed: Observed) -> Words:
    if measure == "absent_share":
        return _filled(
            _WANTED[measure], str(days_of_presence(observed["absent"] or 0, observed["possible"] or 0, limit))
        )
    if measure in {"failed", "incidents"}:
        return _filled(_WANTED[measure], str(limit - 1))
    return _filled(_WANTED[measure], _shown(measure, limit))


def days_of_presence(absent: int, possible: int, limit: int) -> int:
    """Whole days without absence after which the share of absence, in hundredths of a percent, is below `limit`."""
    needed = absent * 10_000 // limit + 1 - possible
    return max(0, -(-needed // 2))


def _shown(measure: str, value: int) -> str:
    written = {"absent_share": f"{value / 100:g}", "gpa": f"{value / 100:.2f}", "distance_m": f"{value / 1000:g}"}
    return written.get(measure, str(value))


def _filled(words: Words, value: str) -> Words:
    return Words(words.th.format(value), words.en.format(value))


def _joined(parts: list[Words]) -> Words:
    return Words(" และ".join(part.th for part in parts), " and ".join(part.en for part in parts))
