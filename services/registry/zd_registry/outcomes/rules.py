"""How a list of missing children reads in a spreadsheet. Pure: values in, cells out."""

from datetime import date
from typing import Final

from zd_registry.reconciliation.rules import years_before

HEADER: Final = (
    "ลำดับ (no.)", "ชื่อ (given name)", "นามสกุล (family name)", "เพศ (sex)", "วันเกิด พ.ศ. (birth date B.E.)", "อายุ (age)",
    "รหัสพื้นที่ (area)", "ประเภท (kind)", "สถานศึกษาล่าสุด (last school)", "ชั้นล่าสุด (last grade)",
    "ภาคเรียนล่าสุด (last term)", "วัยการศึกษาภาคบังคับ (compulsory age)", "ยืนยันแล้ว (verified)", "รหัสเด็ก (child id)",
)  # fmt: skip
KINDS: Final = {
    "never_enrolled": "ไม่เคยเข้าเรียน",
    "dropped_out": "หลุดออกกลางคัน",
    "not_continuing": "จบ ม.3 ไม่ได้เรียนต่อ",
}
_SEXES: Final = {"male": "ชาย", "female": "หญิง"}
_YES_NO: Final = {True: "ใช่", False: "ไม่ใช่"}


def thai_date(day: date | None, precision: str) -> str:
    """`13/02/2556`, `02/2556` or `2556`: no more than is known."""
    if day is None:
        return ""
    full = f"{day:%d/%m}/{day.year + 543}"
    return full[{"day": 0, "month": 3, "year": 6}[precision] :]


def age_on(born: date | None, day: date) -> str:
    """Completed years, reckoned from the earliest possible birth date."""
    if born is None:
        return ""
    years = day.year - born.year
    return str(years if years_before(day, years) >= born else years - 1)


def yes_no(fact: bool) -> str:
    return _YES_NO[fact]


def thai_sex(sex: str) -> str:
    return _SEXES.get(sex, "ไม่ทราบ")
