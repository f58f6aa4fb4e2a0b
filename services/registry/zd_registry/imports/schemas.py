"""How an import is shown, and what the error file says about a refused row."""

from typing import Final

from asyncpg import Record

from zd_contracts.api.registry import ImportJob
from zd_kernel.problems import Text

REASONS: Final = {
    "citizen_id_missing": Text(
        "ไม่มีเลขประจำตัวประชาชน โปรดเติมเลข 13 หลัก", "There is no citizen ID. Fill in its 13 digits."
    ),
    "citizen_id_malformed": Text(
        "เลขประจำตัวประชาชนต้องเป็นตัวเลข 13 หลัก", "A citizen ID has 13 digits. Check it against the document."
    ),
    "citizen_id_spreadsheet": Text(
        "โปรแกรมตารางแปลงเลขประจำตัวจนเลขหาย โปรดตั้งคอลัมน์เป็นข้อความแล้วส่งออกใหม่จากต้นทาง",
        "A spreadsheet rounded this ID, so digits are lost. Export again from the source with the column set to text.",
    ),
    "citizen_id_checksum": Text(
        "เลขตรวจสอบของเลขประจำตัวประชาชนไม่ถูกต้อง โปรดเทียบกับเอกสาร",
        "The check digit of the citizen ID is wrong. Compare it with the document.",
    ),
    "name_missing": Text("ไม่มีชื่อหรือนามสกุล", "The given name or the family name is missing."),
    "name_malformed": Text(
        "ชื่อยาวเกิน 120 อักษรหรือมีอักขระควบคุม", "A name is longer than 120 characters or holds control characters."
    ),
    "birth_date_malformed": Text(
        "วันเกิดต้องเขียนเป็น ปี-เดือน-วัน เช่น 2556-02-13 หรือ 2013-02-13",
        "Write the birth date as year-month-day, such as 2013-02-13 or 2556-02-13.",
    ),
    "birth_date_impossible": Text(
        "ไม่มีวันเกิดนี้ในปฏิทิน หรือเป็นวันในอนาคต", "This birth date is not in the calendar, or lies in the future."
    ),
    "sex_malformed": Text("เพศต้องเป็น ชาย หญิง หรือ ไม่ทราบ", "Sex is male, female or unknown."),
    "area_malformed": Text(
        "รหัสพื้นที่ต้องเป็นเลขตำบล 6 หลัก หรือหมู่บ้าน 8 หลัก", "An area is a tambon of 6 digits or a village of 8."
    ),
    "area_unknown": Text("ไม่มีตำบลรหัสนี้ในประเทศไทย", "Thailand has no tambon with this code."),
    "organisation_unknown": Text(
        "ไม่รู้จักรหัสสถานศึกษานี้ โปรดแจ้งผู้ดูแลทะเบียน",
        "This school or centre is not in the registry's list. Ask the registry office to add it.",
    ),
    "grade_malformed": Text(
        "ระดับชั้นต้องเป็นเช่น ป.6, ม.3, ปวช.1 หรือ P6, M3, V1", "Write the grade as P6, M3, V1 or ป.6, ม.3, ปวช.1."
    ),
    "columns_mismatch": Text("จำนวนช่องในแถวไม่เท่ากับหัวตาราง", "The row has more or fewer cells than the header."),
    "row_unreadable": Text(
        "อ่านแถวนี้ไม่ได้ โปรดตรวจเครื่องหมายคำพูดและความยาวของช่อง",
        "The row cannot be read. Check its quotation marks and the length of its cells.",
    ),
    "duplicate_in_file": Text(
        "เด็กคนนี้อยู่ในแถวก่อนหน้าของไฟล์เดียวกันแล้ว", "An earlier row of the same file names this child already."
    ),
    "outside_scope": Text(
        "พื้นที่หรือสถานศึกษาอยู่นอกเขตที่ผู้ส่งไฟล์รับผิดชอบ", "The area or school lies outside the uploader's scope."
    ),
    "registered_elsewhere": Text(
        "เด็กคนนี้มีทะเบียนในพื้นที่อื่น โปรดประสานสำนักงานของพื้นที่นั้น",
        "The child is registered in an area outside the uploader's scope. Ask the office of that area.",
    ),
    "erased": Text(
        "ข้อมูลของบุคคลนี้ถูกลบตามสิทธิแล้ว จึงไม่นำเข้าอีก",
        "This person's data was erased on request and is not taken in again.",
    ),
}
"""Codes stored with a row that was refused. `{code: what to do about it}`"""


def import_from(row: Record) -> ImportJob:
    """From a row of `queries.IMPORT`."""
    state = row["state"]
    return ImportJob.model_validate(
        {**row, "status": "uploaded" if state == "queued" else state, "progress": percent(row)}
    )


def percent(row: Record) -> int:
    """How much of a job is done: `state`, `progress_done` and `progress_total` of its row."""
    if row["state"] == "done":
        return 100
    return min(99, 100 * (row["progress_done"] or 0) // (row["progress_total"] or 1)) if row["progress_total"] else 0
