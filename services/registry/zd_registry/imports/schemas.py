"""How an import is shown, and what the error file says about a refused row."""

import json
from typing import Any, Final

from asyncpg import Record

from zd_contracts.api.registry import ImportAdvice, ImportJob, ImportRefusal
from zd_kernel.problems import Text
from zd_registry.files.faults import ROW_FAULTS
from zd_registry.values.schemas import REASONS as CELL_FAULTS

_OF_ROWS: Final = {
    "identity_missing": Text(
        "ไม่มีทั้งเลขประจำตัวและวันเกิด จึงระบุตัวไม่ได้ โปรดเติมอย่างใดอย่างหนึ่ง",
        "There is neither an identifier nor a birth date, so nobody can be found. Fill in one of them.",
    ),
    "organisation_missing": Text(
        "ไม่มีสถานศึกษา โปรดเติมรหัสหรือชื่อสถานศึกษา", "There is no school or centre. Fill in its code or name."
    ),
    "organisation_unknown": Text(
        "ไม่รู้จักสถานศึกษานี้ โปรดแจ้งผู้ดูแลทะเบียน",
        "This school or centre is not in the registry's list. Ask the registry office to add it.",
    ),
    "term_other": Text(
        "แถวนี้เป็นของภาคเรียนอื่น โปรดส่งแยกตามภาคเรียน",
        "This row is of another school term. Send each term as a file of its own.",
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
    "citizen_id_conflict": Text(
        "เลขประจำตัวนี้เป็นของบุคคลที่ชื่อและวันเกิดต่างกัน รอผู้ตรวจสอบ",
        "This ID belongs to somebody with another name and birth date. A reviewer will decide.",
    ),
}
REASONS: Final = CELL_FAULTS | ROW_FAULTS | _OF_ROWS
"""Codes stored with a row that was refused, and of what is wrong with an ID. `{code: what to do about it}`"""


def reason_of(code: str) -> Text:
    return REASONS.get(code) or Text(code, code)


def advice(code: str, text: Text, count: int | None = None) -> dict[str, Any]:
    """An `ImportAdvice` as the report keeps it."""
    return ImportAdvice(code=code, th=text.th, en=text.en, count=count).model_dump()


def refusal(row: int, code: str, cells: list[str] | None) -> ImportRefusal:
    said = reason_of(code)
    return ImportRefusal(row=row, code=code, reason_th=said.th, reason_en=said.en, cells=cells)


def import_from(row: Record) -> ImportJob:
    """From a row of `queries.IMPORT` or `queries.IMPORTS`."""
    state = row["state"]
    told = {name: json.loads(row[name]) for name in ("mapping", "report") if row.get(name)}
    status = "uploaded" if state == "queued" else state
    return ImportJob.model_validate({**row, **told, "status": status, "progress": percent(row)})


# Where each step begins and ends in per cent of the whole: staging and applying each count in a unit of their own.
_STEPS: Final = {
    "convert": (0, 5), "recognise": (5, 10), "stage": (10, 45), "refuse_repeated": (45, 48), "compare": (48, 50),
    "conclude": (50, 50), "turn": (50, 50), "apply": (50, 95), "close": (95, 97), "classes": (97, 98), "seal": (98, 99),
    "reassess": (99, 99),
}  # fmt: skip


def percent(row: Record) -> int:
    """How much of the job is done: `state`, `step`, `progress_done` and `progress_total` of its row."""
    if row["state"] == "done":
        return 100
    begin, end = _STEPS.get(row["step"] or "", (0, 99))
    if not row["progress_total"]:
        return begin
    done, total = int(row["progress_done"] or 0), int(row["progress_total"])
    return min(99, begin + (end - begin) * min(done, total) // total)
