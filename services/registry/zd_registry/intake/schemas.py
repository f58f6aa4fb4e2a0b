"""HTTP types of what taking a checked file in would do."""

from collections.abc import Iterable
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import Field

from zd_contracts.api.common import Resource
from zd_kernel.problems import Text
from zd_registry.imports.schemas import REASONS
from zd_registry.intake.rules import Difference

Kind = Literal[
    "created", "corrected", "moved", "enrolled", "regraded", "reopened", "ended", "vanishing", "unlinked", "refused"
]
_SAYS: Final[dict[str, Text]] = {
    "created": Text("เด็กใหม่ จะเพิ่มเข้าทะเบียน", "Nobody knew this child, who will be added."),
    "corrected": Text("จะแก้ไขข้อมูลของเด็กที่มีอยู่แล้ว", "What is known of the child will be corrected."),
    "moved": Text("เด็กจะย้ายไปอยู่พื้นที่อื่น", "The child will live elsewhere."),
    "enrolled": Text("เด็กจะอยู่ในรายชื่อของสถานศึกษานี้", "The child will be in the list of this school or centre."),
    "regraded": Text("ชั้นเรียนจะเปลี่ยน", "The grade will change."),
    "reopened": Text("เด็กที่ออกไปแล้วจะกลับเข้ารายชื่อ", "The child had left the list and will be in it again."),
    "ended": Text("เด็กจะพ้นจากรายชื่อของสถานศึกษานี้", "The child will leave the list of this school or centre."),
    "vanishing": Text(
        "ไฟล์ฉบับเต็มไม่มีชื่อเด็กคนนี้แล้ว โปรดตรวจว่าส่งออกครบ",
        "The feed listed this child; the complete file does not. Check that it is whole.",
    ),
    "unlinked": Text(
        "ระบุตัวไม่ได้แน่ชัด ระบบจับคู่หรือผู้ตรวจสอบจะตัดสิน", "It names nobody surely: linkage or a reviewer decides."
    ),
    "refused": Text("จะไม่รับแถวนี้", "The row will not be taken."),
}
KINDS: Final = tuple(_SAYS)
"""In the order in which they are shown."""


class FieldChange(Resource):
    """One field, now and after the commit. Both null: it changes, and what it holds is not shown to you or here."""

    field: Annotated[
        str,
        Field(
            description="`given_name`, `family_name`, `nickname`, `birth_date`, `sex`, `nationality`, `home_language`,"
            " `area`, `gone_kind`, `gone_date`, `citizen_id` (its values are never shown), `in_register`,"
            " `organisation`, `grade`, `ended_date`",
            examples=["birth_date"],
        ),
    ]
    before: Annotated[str | None, Field(description="As the register has it", examples=["2013"])] = None
    after: Annotated[
        str | None, Field(description="As the file says; a date as far as it is known, C.E.", examples=["2013-02-13"])
    ] = None


class PreviewedRow(Resource):
    """A row of the file, or somebody whom it no longer names, and what would become of them."""

    row: Annotated[int | None, Field(description="As the uploader's spreadsheet counts; null for `vanishing`")] = None
    kind: Annotated[Kind, Field(description="What would happen")]
    code: Annotated[
        str | None,
        Field(description="Of `unlinked` and `refused` rows, why", examples=["registered_elsewhere"]),
    ] = None
    th: Annotated[str, Field(description="The same in Thai", examples=["ชั้นเรียนจะเปลี่ยน"])]
    en: Annotated[str, Field(description="The same in English", examples=["The grade will change."])]
    child_id: Annotated[UUID | None, Field(description="The child, if known and in your scope")] = None
    name: Annotated[
        str | None,
        Field(description="As the register has it, or the file of whom nobody knows", examples=["สมหญิง ตัวอย่าง"]),
    ] = None
    changes: Annotated[list[FieldChange], Field(description="Field by field", default_factory=list)]


class ImportPreview(Resource):
    """What taking the file in would do, by up to 20 rows of each kind, the first of the file."""

    items: Annotated[list[PreviewedRow], Field(description="By kind, then by row")]


def previewed(
    kind: Kind,
    row: int | None = None,
    code: str | None = None,
    changes: Iterable[Difference] = (),
    person: tuple[UUID | None, str | None] = (None, None),
) -> PreviewedRow:
    """`code` says why, of an unlinked or refused row. `person`: the child's id, if known, and the name."""
    code = code if kind in ("unlinked", "refused") else None
    said, why = _SAYS[kind], REASONS.get(code or "")
    return PreviewedRow(
        row=row, kind=kind, code=code, child_id=person[0], name=person[1],
        th=said.th if why is None else f"{said.th} ({why.th})",
        en=said.en if why is None else f"{said.en} ({why.en})",
        changes=[FieldChange(**one._asdict()) for one in changes],
    )  # fmt: skip


def without_persons(row: PreviewedRow) -> PreviewedRow:
    """What would happen, and in which fields, to nobody in particular."""
    fields = [FieldChange(field=one.field) for one in row.changes]
    return row.model_copy(update={"child_id": None, "name": None, "changes": fields})
