"""How what happened to a child is said in words. Pure."""

from datetime import date
from typing import Final

from zd_kernel.problems import Text
from zd_registry.values.grades import thai_grade

BUDDHIST_ERA: Final = 543
STATUS: Final = {
    "in_school": Text("อยู่ในสถานศึกษา", "in school"),
    "flexible_learning": Text("เรียนรู้แบบยืดหยุ่น", "flexible learning"),
    "training_or_work": Text("ฝึกอาชีพหรือทำงานพร้อมเรียน", "training or work with learning"),
    "rehabilitation_first": Text("ฟื้นฟูก่อน", "rehabilitation first"),
    "completed": Text("สำเร็จการศึกษา", "completed"),
    "not_learning": Text("ไม่ได้เรียนรู้", "not learning"),
    "unconfirmed": Text("ยังไม่ยืนยัน", "unconfirmed"),
    "not_yet_of_age": Text("ยังไม่ถึงวัย", "not yet of age"),
    "gone": Text("ไม่อยู่แล้ว", "gone"),
}
MISSING: Final = {
    "never_enrolled": Text("ไม่เคยเข้าเรียน", "never enrolled"),
    "dropped_out": Text("หลุดออกกลางคัน", "dropped out"),
    "not_continuing": Text("จบ ม.3 แล้วไม่เรียนต่อ", "did not continue after ม.3"),
}
PLACEMENT: Final = {
    "school": Text("สถานศึกษา", "a school"),
    "flexible_learning": Text("การเรียนรู้แบบยืดหยุ่น", "flexible learning"),
    "training": Text("การฝึกอาชีพ", "training"),
    "work_with_learning": Text("การทำงานพร้อมเรียน", "work with learning"),
    "other_care": Text("การดูแลอื่น", "other care"),
}
FIELD: Final = {
    "given_name": Text("ชื่อ", "given name"),
    "family_name": Text("นามสกุล", "family name"),
    "nickname": Text("ชื่อเล่น", "nickname"),
    "birth_date": Text("วันเกิด", "birth date"),
    "birth_precision": Text("ความละเอียดของวันเกิด", "precision of the birth date"),
    "sex": Text("เพศ", "sex"),
    "nationality": Text("สัญชาติ", "nationality"),
    "home_language": Text("ภาษาที่ใช้ที่บ้าน", "home language"),
    "citizen_id": Text("เลขประจำตัวประชาชน", "citizen ID"),
    "area": Text("พื้นที่ที่อยู่", "area of residence"),
    "gone_kind": Text("เหตุที่ไม่อยู่แล้ว", "why the child is gone"),
    "gone_date": Text("วันที่ไม่อยู่แล้ว", "since when the child is gone"),
}
RELATION: Final = {
    "mother": Text("มารดา", "mother"),
    "father": Text("บิดา", "father"),
    "grandparent": Text("ปู่ย่าตายาย", "grandparent"),
    "relative": Text("ญาติ", "relative"),
    "foster": Text("ผู้อุปถัมภ์", "foster parent"),
    "other": Text("อื่น", "other"),
}
RISK: Final = {
    "green": Text("ปกติ", "green"),
    "yellow": Text("เฝ้าระวัง", "yellow"),
    "orange": Text("เสี่ยง", "orange"),
    "red": Text("เสี่ยงสูง", "red"),
}
VERIFIED: Final = {
    "visit": Text("ยืนยันจากการเยี่ยมบ้านว่าอยู่นอกการเรียนรู้", "A visit confirmed that the child is out of learning"),
    "feed": Text("รายชื่อที่ส่งภายหลังยืนยันว่าอยู่นอกการเรียนรู้", "A later list confirmed that the child is out of learning"),
}
VISITED: Final = Text("มีผู้ไปเยี่ยมบ้าน", "Somebody visited the home")
MERGED: Final = Text("รวมกับระเบียนที่ซ้ำกัน", "A second record of the child was merged into this one")
UNMERGED: Final = Text("ยกเลิกการรวมระเบียน", "A merge of records was taken back")


def status_text(status_code: str, missing_kind: str | None) -> Text:
    status, kind = STATUS[status_code], MISSING.get(missing_kind or "")
    if kind is None:
        return Text(f"สถานะการเรียนรู้: {status.th}", f"Learning status: {status.en}")
    return Text(f"สถานะการเรียนรู้: {status.th} ({kind.th})", f"Learning status: {status.en} ({kind.en})")


def listed_text(organisation: str, term: str, grade: str) -> Text:
    return Text(
        f"มีชื่อในสถานศึกษา {organisation} ภาคเรียน {term} ชั้น {thai_grade(grade)}",
        f"In the list of {organisation}, term {term}, grade {grade}",
    )


def left_text(organisation: str, term: str) -> Text:
    return Text(
        f"ไม่มีชื่อในรายชื่อล่าสุดของสถานศึกษา {organisation} ภาคเรียน {term}",
        f"No longer in the list of {organisation}, term {term}",
    )


def placed_text(kind: str) -> Text:
    place = PLACEMENT[kind]
    return Text(f"เริ่ม{place.th}", f"Placement started: {place.en}")


def place_ended_text(kind: str) -> Text:
    place = PLACEMENT[kind]
    return Text(f"สิ้นสุด{place.th}", f"Placement ended: {place.en}")


def guardian_text(relation: str, *, ended: bool = False) -> Text:
    """By relation alone: names are encrypted, and told by their own route."""
    who = RELATION[relation]
    if ended:
        return Text(f"ผู้ปกครองไม่ได้ดูแลแล้ว ({who.th})", f"A guardian no longer cares for the child: {who.en}")
    return Text(f"บันทึกผู้ปกครอง ({who.th})", f"A guardian was recorded: {who.en}")


def consent_text(purpose: str, kind: str) -> Text:
    said = {
        "consent": Text("บันทึกความยินยอมหรือฐานทางกฎหมาย", "Consent or another basis recorded"),
        "consent_refused": Text("ไม่ยินยอม", "Consent refused"),
        "consent_withdrawn": Text("ถอนความยินยอม", "Consent withdrawn"),
    }[kind]
    return Text(f"{said.th}: {purpose}", f"{said.en}: {purpose}")


def risk_text(level: str | None) -> Text:
    if level is None:
        return Text("ไม่ประเมินความเสี่ยงแล้ว", "Risk is no longer assessed")
    shown = RISK[level]
    return Text(f"ระดับความเสี่ยง: {shown.th}", f"Risk level: {shown.en}")


def moved_text(area: str | None) -> Text:
    return Text(f"ย้ายไปอยู่พื้นที่ {area or 'ไม่ทราบ'}", f"Moved to area {area or 'unknown'}")


def corrected_text(field: str) -> Text:
    """Which field, never what stood or stands there: that is sealed, and shown to whom it is about."""
    name = FIELD[field]
    return Text(f"เจ้าหน้าที่แก้ไข{name.th}", f"Corrected by hand: {name.en}")


def thai_date(day: date) -> str:
    """`2024-06-01` → `1/6/2567`."""
    return f"{day.day}/{day.month}/{day.year + BUDDHIST_ERA}"
