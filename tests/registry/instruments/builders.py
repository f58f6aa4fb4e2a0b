"""Invented instruments."""

from typing import Any

from zd_registry.instruments.definition import Definition, GrowthRow

ITEMS: list[dict[str, Any]] = [
    {"code": "a", "text_th": "ก", "text_en": "A", "choices": [
        {"code": "no", "text_th": "ไม่", "text_en": "No", "points": 0},
        {"code": "yes", "text_th": "ใช่", "text_en": "Yes", "points": 3}]},
    {"code": "n", "text_th": "ข", "text_en": "B", "low": 0, "high": 10, "required": False},
]  # fmt: skip
SCALES: list[dict[str, Any]] = [{"code": "total", "name_th": "รวม", "name_en": "Total", "items": ["a", "n"]}]
BANDS: list[dict[str, Any]] = [
    {"code": "low", "name_th": "ต่ำ", "name_en": "Low", "severity": 0, "positive": False},
    {"code": "high", "name_th": "สูง", "name_en": "High", "severity": 3, "positive": True,
        "follow_up": [{"party": "teacher", "within_days": 7}]},
]  # fmt: skip
CUT_OFFS: list[dict[str, Any]] = [
    {"scale": "total", "band": "low", "score_below": 3},
    {"scale": "total", "band": "high", "score_from": 3},
]
GROWTH_ITEMS: list[dict[str, Any]] = [
    {"code": "weight_kg", "text_th": "น้ำหนัก", "text_en": "Weight", "low": 1, "high": 200},
    {"code": "height_cm", "text_th": "ส่วนสูง", "text_en": "Height", "low": 30, "high": 220},
]
GROWTH_SCALES: list[dict[str, Any]] = [
    {"code": "wfa", "name_th": "น้ำหนัก", "name_en": "Weight", "measure": "weight_for_age"}
]
GROWTH_CUT_OFFS: list[dict[str, Any]] = [
    {"scale": "wfa", "band": "high", "score_below": -2},
    {"scale": "wfa", "band": "low", "score_from": -2},
]


def definition(**parts: Any) -> Definition:
    return Definition.model_validate({"items": ITEMS, "scales": SCALES, "bands": BANDS, "cut_offs": CUT_OFFS} | parts)


def growth_definition(**parts: Any) -> Definition:
    growth = {"items": GROWTH_ITEMS, "scales": GROWTH_SCALES, "cut_offs": GROWTH_CUT_OFFS}
    return definition(**(growth | parts))


def growth_table(*months: int, measure: str = "weight_for_age") -> list[GrowthRow]:
    """A median of 10 kg at birth and of 1 kg more every ten months."""
    return [
        GrowthRow.model_validate({"measure": measure, "sex": sex, "at": at, "l": 1, "m": 10 + at / 10, "s": 0.1})
        for sex in ("male", "female")
        for at in months
    ]


def an_instrument(**changes: Any) -> dict[str, Any]:
    """The body of `PUT /v1/instruments/{code}`."""
    return {
        "valid_from": "2024-05-16", "kind": "learning_disability", "name_th": "ตัวอย่าง", "name_en": "Example",
        "from_months": 60, "below_months": 240, "purpose": "health_support", "screeners": ["teacher"],
        "readers": ["teacher"], "source": "แต่งขึ้นเพื่อทดสอบ", "example": True,
        "definition": definition().model_dump(mode="json"),
    } | changes  # fmt: skip
