"""What can be exported, and how a value reads in a spreadsheet. Pure: values in, cells out."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

from zd_registry.outcomes.rules import thai_date, yes_no

IDENTIFY: Final = "registry:identify"
"""The scope without which no citizen ID leaves."""


class Column(NamedTuple):
    """`kind`: text, code (told in Thai too), int, number, bool, time, or date, which becomes two columns in sheets."""

    th: str
    kind: str = "text"


_PERSON: Final = {
    "child_id": Column("รหัสเด็ก"),
    "given_name": Column("ชื่อ"),
    "family_name": Column("นามสกุล"),
    "birth_date": Column("วันเกิด", "date"),
    "birth_precision": Column("ความละเอียดของวันเกิด", "code"),
    "sex": Column("เพศ", "code"),
    "area": Column("รหัสพื้นที่"),
}
_LEARNING: Final = {
    "learning_status": Column("สถานะการเรียนรู้", "code"),
    "missing_kind": Column("ประเภทที่ไม่ได้เรียนรู้", "code"),
    "reason": Column("เหตุผลของสถานะ"),
    "organisation": Column("สถานศึกษาล่าสุด"),
    "term": Column("ภาคเรียนล่าสุด"),
    "grade": Column("ชั้นล่าสุด"),
    "evidence_date": Column("วันที่ของหลักฐาน", "date"),
    "verified": Column("ยืนยันแล้ว", "bool"),
    "judged_at": Column("ตัดสินเมื่อ", "time"),
}
_CHILD: Final = _PERSON | {
    "nickname": Column("ชื่อเล่น"),
    "nationality": Column("สัญชาติ"),
    "home_language": Column("ภาษาที่บ้าน"),
    "in_register": Column("มีในทะเบียนราษฎร", "bool"),
} | _LEARNING  # fmt: skip
COLUMNS: Final[Mapping[str, Mapping[str, Column]]] = {
    "children": _CHILD,
    "missing": _CHILD,
    "enrolments": {"enrolment_id": Column("รหัสการลงทะเบียน")} | _PERSON | {
        "organisation": Column("สถานศึกษา"),
        "term": Column("ภาคเรียน"),
        "grade": Column("ชั้น"),
        "feed_id": Column("ชุดข้อมูล"),
        "ended_date": Column("พ้นจากรายชื่อ", "date"),
        "created_at": Column("รับเข้าเมื่อ", "time"),
    },
    "link_reviews": {"record_id": Column("รหัสระเบียน")} | _PERSON | {
        "kind": Column("ชนิดของไฟล์"),
        "organisation": Column("สถานศึกษา"),
        "term": Column("ภาคเรียน"),
        "grade": Column("ชั้น"),
        "id_problem": Column("ปัญหาของเลขประจำตัว"),
        "weight": Column("น้ำหนักความเหมือน", "number"),
        "created_at": Column("รับเข้าเมื่อ", "time"),
    },
    "indicators": {
        "area": Column("รหัสตำบล"),
        "organisation": Column("สถานศึกษา"),
        "age": Column("อายุ", "int"),
        "sex": Column("เพศ", "code"),
        "compulsory": Column("วัยการศึกษาภาคบังคับ", "bool"),
        "learning_status": Column("สถานะการเรียนรู้", "code"),
        "missing_kind": Column("ประเภทที่ไม่ได้เรียนรู้", "code"),
        "feed_id": Column("ชุดข้อมูลที่ยังไม่ส่ง"),
        "children": Column("จำนวนคน", "int"),
        "enrolled_twice": Column("มีชื่อสองแห่ง", "int"),
        "not_in_register": Column("ไม่มีในทะเบียนราษฎร", "int"),
        "returned": Column("กลับมาเรียนรู้", "int"),
    },
}  # fmt: skip
_THAI: Final = {
    "male": "ชาย", "female": "หญิง", "unknown": "ไม่ทราบ", "day": "ครบ", "month": "รู้เดือนและปี", "year": "รู้เฉพาะปี",
    "in_school": "อยู่ในโรงเรียน", "flexible_learning": "เรียนรู้แบบยืดหยุ่น", "training_or_work": "ฝึกอาชีพหรือเรียนรู้คู่ทำงาน",
    "rehabilitation_first": "ฟื้นฟูก่อน", "completed": "สำเร็จการศึกษา", "not_learning": "ไม่ได้เรียนรู้",
    "unconfirmed": "รอยืนยัน", "not_yet_of_age": "ยังไม่ถึงวัย", "gone": "ย้ายออกนอกประเทศหรือเสียชีวิต",
    "never_enrolled": "ไม่เคยเข้าเรียน", "dropped_out": "หลุดออกกลางคัน", "not_continuing": "จบ ม.3 ไม่ได้เรียนต่อ",
}  # fmt: skip


def unknown_columns(what: str, columns: Sequence[str]) -> list[str]:
    return [name for name in columns if name not in COLUMNS[what]]


def header(what: str, columns: Sequence[str]) -> list[str]:
    """`ชื่อ (given_name)`; a date stands in both eras."""
    cells = []
    for name in columns:
        column = COLUMNS[what][name]
        if column.kind == "date":
            cells += [f"{column.th} ค.ศ. ({name})", f"{column.th} พ.ศ. ({name}_be)"]
        else:
            cells.append(f"{column.th} ({name})")
    return cells


def cells(what: str, columns: Sequence[str], row: Sequence[Any], precision: int | None) -> list[str]:
    """A row of values as JSON holds them, under `header`. `precision`: the place of `birth_precision`."""
    found: list[str] = []
    for name, value in zip(columns, row, strict=True):
        kind = COLUMNS[what][name].kind
        if kind == "date":
            known = row[precision] if name == "birth_date" and precision is not None else "day"
            found += _dates(value, known)
        elif value is None:
            found.append("")
        elif kind == "bool":
            found.append(yes_no(value))
        elif kind == "code":
            found.append(f"{_THAI[value]} ({value})" if value in _THAI else value)
        else:
            found.append(str(value))
    return found


def _dates(value: str | None, precision: str) -> tuple[str, str]:
    """`2013-02` and `02/2556` where no more is known."""
    if value is None:
        return "", ""
    digits = {"day": 10, "month": 7, "year": 4}[precision]
    return value[:digits], thai_date(date.fromisoformat(value), precision)
