"""HTTP types of sheets, and what is said of their rows."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import Field

from zd_contracts.api.common import Resource
from zd_contracts.api.registry import ImportAdvice
from zd_contracts.fields import Instant, Organisation, Term
from zd_kernel.problems import Text
from zd_registry.files.rules import SYNONYM_SHOWN
from zd_registry.imports.schemas import reason_of
from zd_registry.sheets.kinds import SheetKind

_REASONS: Final = {
    "pupil_not_in_school": Text(
        "ไม่มีนักเรียนคนนี้ในรายชื่อของโรงเรียนในภาคเรียนนี้ โปรดตรวจชื่อหรือเลขประจำตัว หรือส่งรายชื่อนักเรียนก่อน",
        "The school's list of the term has no such pupil. Check the name or number, or send the list of pupils first.",
    ),
    "pupil_ambiguous": Text(
        "มีนักเรียนชื่อนี้มากกว่าหนึ่งคน โปรดเติมเลขประจำตัวประชาชนหรือชั้น",
        "More than one pupil has this name. Add the citizen ID or the grade.",
    ),
    "pupil_contradicted": Text(
        "เลขประจำตัวกับชื่อเป็นของคนละคน โปรดตรวจสอบ", "The number and the name are of different people. Check them."
    ),
    "pupil_unnamed": Text(
        "แถวนี้ไม่บอกว่าเป็นนักเรียนคนใด โปรดเติมเลขประจำตัวหรือชื่อ", "The row names no pupil. Add a number or the name."
    ),
    "repeated_in_sheet": Text(
        "แถวก่อนหน้าในไฟล์เดียวกันบอกเรื่องเดียวกันแล้ว", "An earlier row of the same sheet says the same thing already."
    ),
}


def said_of(kind: SheetKind | None, code: str) -> Text:
    """What to do about a refused row."""
    return _REASONS.get(code) or (kind.reasons.get(code) if kind else None) or reason_of(code)


def missing_columns(kind: SheetKind, missing: Sequence[str]) -> Text:
    named = [next(iter(kind.columns.get(each, ())), SYNONYM_SHOWN.get(each, each)) for each in missing]
    thai = ", ".join("เลขประจำตัวประชาชนหรือชื่อ-นามสกุล" if each == "pupil" else each for each in named)
    english = ", ".join("citizen ID or full name" if each == "pupil" else each for each in missing)
    return Text(f"ไม่พบคอลัมน์ {thai} โปรดเพิ่มในหัวตาราง", f"There is no column for {english}. Add it to the header.")


class RefusedFor(Resource):
    """How many rows were refused for one reason."""

    code: Annotated[str, Field(description="Stable code", examples=["nobody"])]
    count: Annotated[int, Field(ge=1, description="Rows")]
    th: Annotated[
        str, Field(description="What to do about it, in Thai", examples=["ไม่พบนักเรียนคนนี้ในรายชื่อ โปรดตรวจรหัสหรือชื่อ"])
    ]
    en: Annotated[
        str,
        Field(
            description="What to do about it, in English",
            examples=["No such pupil is in the list. Check the code or the name."],
        ),
    ]


class SheetInfo(Resource):
    """A sheet that was handed in. In the end accepted + unchanged + refused = rows."""

    id: UUID
    kind: Annotated[str, Field(description="What the sheet is about", examples=["attendance_days"])]
    organisation: Organisation
    term: Term
    period: Annotated[str | None, Field(description="What all rows are about, such as a month", examples=["2567/1"])]
    phase: Annotated[
        Literal["received", "applying", "done", "checked", "failed"],
        Field(description="`done`, `checked` (a dry run) and `failed` are final"),
    ]
    dry_run: Annotated[bool, Field(description="Nothing is changed; the counts say what would become of the rows")]
    rows: Annotated[int, Field(ge=0, description="Rows of the sheet")]
    accepted: Annotated[int, Field(ge=0, description="Rows that changed something")]
    unchanged: Annotated[int, Field(ge=0, description="Rows that were known already")]
    refused: Annotated[int, Field(ge=0, description="Rows that are in the error file")]
    refused_for: list[RefusedFor] = Field(
        default_factory=list, description="Why rows were refused, most frequent first"
    )
    fault: Annotated[ImportAdvice | None, Field(description="Why the sheet as a whole could not be taken")] = None
    job_id: Annotated[UUID, Field(description="The job that reads it")]
    created_at: Instant
    finished_at: Annotated[datetime | None, Field(description="When the last row had its turn (UTC)")]


def sheet_from(row: dict[str, Any], kind: SheetKind | None, reasons: Sequence[tuple[str, int]] = ()) -> SheetInfo:
    why = [(code, count, said_of(kind, code)) for code, count in reasons]
    refused_for = [RefusedFor(code=code, count=count, th=text.th, en=text.en) for code, count, text in why]
    return SheetInfo.model_validate(row | {"fault": row["report"].get("fault"), "refused_for": refused_for})
