"""Why a status follows from its evidence, said in a sentence. Pure: values in, text out."""

from collections.abc import Mapping
from typing import Final

from zd_kernel.problems import Text
from zd_registry.values.grades import thai_grade

REASONS: Final[dict[str, Text]] = {
    "enrolled": Text(
        "รายชื่อนักเรียนของ {organisation} ภาคเรียน {term} มีชื่อเด็กในชั้น {grade}",
        "The list of {organisation} for term {term} names the child in grade {grade}.",
    ),
    "nonformal": Text(
        "ฐานข้อมูลการเรียนนอกระบบของ {agency} ภาคเรียน {term} มีชื่อเด็กที่ {organisation}",
        "The non-formal list of {agency} for term {term} names the child at {organisation}.",
    ),
    "placed": Text(
        "ผู้จัดการรายกรณีแจ้งว่าเด็กเริ่มเข้าที่เรียน ที่ฝึกอาชีพ หรือที่ดูแล เมื่อ {date}",
        "Case management reports a placement that began on {date}.",
    ),
    "completed": Text(
        "เรียนจบชั้น {grade} ที่ {organisation} ในปีการศึกษาก่อน (ภาคเรียน {term})",
        "Finished grade {grade} at {organisation} in an earlier school year (term {term}).",
    ),
    "gone": Text(
        "ทะเบียนราษฎรแจ้งว่า{gone} เมื่อ {date} และไม่มีรายชื่อใดพบเด็กหลังจากนั้น",
        "The register says that the child {gone_en} on {date}, and no list has named the child since.",
    ),
    "contradiction": Text(
        "ทะเบียนแจ้งว่า{gone} เมื่อ {date} แต่ยังมีรายชื่อหรือการจัดที่เรียนหลังจากนั้น โปรดตรวจสอบกับสถานศึกษาและสำนักทะเบียน",
        "The register says that the child {gone_en} on {date}, yet a list or a placement names the child afterwards."
        " Ask the school and the register office.",
    ),
    "in_review": Text(
        "มีแถวในรายชื่อภาคเรียน {judged_term} ที่อาจเป็นเด็กคนนี้ กำลังรอเจ้าหน้าที่ตรวจจับคู่",
        "A row in a list for term {judged_term} may be this child and waits for a reviewer.",
    ),
    "row_refused": Text(
        "แถวในรายชื่อภาคเรียน {judged_term} ระบุเด็กคนนี้แต่ไม่รับเข้าเพราะมีข้อผิดพลาด โปรดแก้แถวในไฟล์ข้อผิดพลาดแล้วส่งใหม่",
        "A row in a list for term {judged_term} names the child and was refused for a fault. Correct it in the"
        " import's error file and hand it in again.",
    ),
    "feed_undelivered": Text(
        "{agency} ยังไม่ส่งรายชื่อภาคเรียน {judged_term} ครั้งสุดท้ายเด็กเรียนที่ {organisation} ชั้น {grade} ภาคเรียน {term}",
        "{agency} has not handed in its list for term {judged_term}. The child was last at {organisation},"
        " grade {grade}, term {term}.",
    ),
    "never_listed": Text(
        "อยู่ในทะเบียนแต่ไม่เคยมีชื่อในรายชื่อของสถานศึกษาหรือศูนย์การเรียนใด",
        "In the register, and no list of any school or centre has ever named the child.",
    ),
    "left": Text(
        "รายชื่อภาคเรียน {judged_term} ไม่มีชื่อเด็ก ครั้งสุดท้ายเรียนที่ {organisation} ชั้น {grade} ภาคเรียน {term}",
        "No list for term {judged_term} names the child, who was last at {organisation}, grade {grade}, term {term}.",
    ),
    "finished_compulsory": Text(
        "จบ ม.3 ที่ {organisation} (ภาคเรียน {term}) และไม่มีชื่อในรายชื่อใดของภาคเรียน {judged_term}",
        "Finished ม.3 at {organisation} (term {term}), and no list for term {judged_term} names the child.",
    ),
    "too_young": Text(
        "อายุยังต่ำกว่าเกณฑ์ของการกระทบยอด และยังไม่มีรายชื่อใด", "Younger than the ages of the run, and in no list yet."
    ),
    "withdrawn": Text(
        "ไฟล์ที่เป็นหลักฐานถูกเพิกถอน รอการกระทบยอดครั้งต่อไป",
        "The file that this stood on was withdrawn. The next run will judge anew.",
    ),
    "judged_before": Text(
        "ตัดสินก่อนที่ระบบจะเก็บหลักฐาน รอการกระทบยอดครั้งต่อไป",
        "Judged before evidence was kept. The next run will give it.",
    ),
    "not_judged": Text("ยังไม่เคยอยู่ในการกระทบยอดใด", "No run has judged this child."),
}
"""By the reason of a learning state. What is unknown reads as a dash."""

_GONE: Final = {
    "deceased": Text("เสียชีวิต", "died"),
    "moved_abroad": Text("ย้ายไปต่างประเทศ", "moved abroad"),
    "moved_away": Text("ย้ายออกจากพื้นที่", "moved away"),
}


def sentence(reason: str, known: Mapping[str, object], gone_kind: str | None) -> Text:
    """The reason with what is known filled in; an unknown code, which a later release may write, reads as itself."""
    found = REASONS.get(reason, Text(reason, reason))
    gone = _GONE.get(gone_kind or "", Text("ออกจากพื้นที่", "left"))
    values = {name: "–" if value is None else value for name, value in known.items()}
    values |= {"gone": gone.th, "gone_en": gone.en}
    in_thai = {"grade": thai_grade(str(values["grade"]))} if known.get("grade") else {}
    return Text(found.th.format_map(values | in_thai), found.en.format_map(values))
