"""Rows of `queries.page` as answers and spreadsheets show them."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from asyncpg import Record

from zd_kernel.clock import bangkok_date
from zd_registry.children.schemas import area_text
from zd_registry.organisations.rules import NATIONAL
from zd_registry.outcomes.rules import thai_date, thai_sex
from zd_registry.transitions.rules import State
from zd_registry.transitions.schemas import Transition
from zd_registry.values.grades import thai_grade

HEADER: Final = (
    "ลำดับ (no.)", "ชื่อ (given name)", "นามสกุล (family name)", "เพศ (sex)", "วันเกิด พ.ศ. (birth date B.E.)",
    "รหัสพื้นที่ (area)", "สถานศึกษา (school)", "ชั้น (grade)", "สถานะที่เรียนต่อ (state)", "สถานศึกษาถัดไป (next school)",
    "ชั้นถัดไป (next grade)", "เหตุผลที่ไม่เรียนต่อ (reason)", "กำหนดเปิดเรียน (term begins)", "รหัสเด็ก (child id)",
)  # fmt: skip
INCOMING: Final = (
    "ลำดับ (no.)", "ชื่อ (given name)", "นามสกุล (family name)", "ชั้น (grade)", "ผู้ยืนยัน (confirmed by)",
    "หน่วยงานที่บันทึก (agency)", "วันที่ยืนยัน พ.ศ. (date B.E.)", "รหัสเด็ก (child id)",
)  # fmt: skip
STATES: Final[dict[State, str]] = {
    "enrolled": "มีชื่อในบัญชีแล้ว",
    "repeating": "เรียนซ้ำชั้น",
    "placed": "เรียนรู้ยืดหยุ่น ฝึกอาชีพ หรือทำงานควบคู่",
    "confirmed_by_school": "สถานศึกษายืนยันที่เรียน",
    "confirmed_by_family": "ครอบครัวยืนยันที่เรียน",
    "stopping": "แจ้งว่าไม่เรียนต่อ",
    "left": "ออกจากสถานศึกษาแล้ว",
    "unconfirmed": "ยังไม่ยืนยันที่เรียน",
    "gone": "ย้ายออกหรือเสียชีวิต",
}


def transition_from(row: Record, starts: Mapping[str, date], today: date) -> Transition:
    """`starts`: organisation → first day of its school year; under `national` for those without a calendar."""
    deadline = starts.get(row["organisation"], starts[NATIONAL])
    organisation, grade = _next_place(row)
    return Transition.model_validate({
        **row, "child_id": row["id"], "area": area_text(row["area"]), "next_organisation": organisation,
        "next_grade": grade, "reason": row["reason"] if row["state"] == "stopping" else None, "deadline": deadline,
        "days_left": (deadline - today).days,
    })  # fmt: skip


def transition_cells(number: int, row: Record, starts: Mapping[str, date], reasons: Mapping[str, str]) -> list[str]:
    """A row under `HEADER`. `reasons`: code → in Thai."""
    organisation, grade = _next_place(row)
    return [
        str(number),
        row["given_name"],
        row["family_name"],
        thai_sex(row["sex"]),
        thai_date(row["birth_date"], row["birth_precision"]),
        area_text(row["area"]) or "",
        row["organisation"],
        thai_grade(row["grade"]),
        STATES[row["state"]],
        organisation or "",
        thai_grade(grade),
        reasons.get(row["reason"], row["reason"]) if row["state"] == "stopping" else "",
        thai_date(starts.get(row["organisation"], starts[NATIONAL]), "day"),
        str(row["id"]),
    ]


def incoming_cells(number: int, row: Record) -> list[str]:
    """A row under `INCOMING`."""
    return [
        str(number),
        row["given_name"] or "",
        row["family_name"] or "",
        thai_grade(row["grade"]),
        "สถานศึกษา" if row["confirmed_by"] == "school" else "ครอบครัว",
        row["agency"],
        thai_date(bangkok_date(row["said_at"]), "day"),
        str(row["child_id"]),
    ]


def _next_place(row: Record) -> tuple[str | None, str | None]:
    if row["state"] in {"enrolled", "repeating"}:
        return row["next_organisation"], row["next_grade"]
    if row["state"] in {"confirmed_by_school", "confirmed_by_family"}:
        return row["confirmed_organisation"], row["confirmed_grade"]
    return None, None
