"""HTTP types of attendance, and what is said of marks that are refused."""

from datetime import date
from typing import Annotated, Final, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from zd_contracts.api.common import Request, Resource, example
from zd_contracts.fields import Instant, Organisation, Term
from zd_kernel.problems import Text

Status = Annotated[
    Literal["present", "late", "leave", "sick", "absent"],
    Field(description="มา สาย ลา ป่วย ขาด; leave and sick are with the school's leave"),
]
Part = Annotated[Literal["day", "morning", "afternoon"], Field(description="Which half of the day, or all of it")]
Category = Annotated[
    Literal[
        "In Attendance", "Present", "Excused Absence", "Unexcused Absence", "Tardy", "Early departure", "Partial"
    ],
    Field(description="Descriptor of an Ed-Fi StudentSchoolAttendanceEvent, instead of `status`"),
]  # fmt: skip
Day = Annotated[date, Field(ge=date(2007, 1, 1), le=date(2200, 1, 1), description="Date, ISO 8601, C.E.")]
Days = Annotated[float, Field(ge=0, description="School days, halves included")]

REASONS: Final = {
    "day_in_future": Text("ยังไม่ถึงวันนี้ จึงบันทึกไม่ได้", "This day has not come yet."),
    "day_outside_terms": Text(
        "วันนี้อยู่นอกภาคเรียนตามปฏิทินของโรงเรียน โปรดตรวจวันที่หรือปฏิทิน",
        "The day lies outside the terms of the school's calendar. Check the date or the calendar.",
    ),
    "no_school_day": Text(
        "วันนี้เป็นวันหยุดตามปฏิทินของโรงเรียน หากมีเรียนโปรดแก้ปฏิทินก่อน",
        "There is no school on this day by the school's calendar. If there was, correct the calendar first.",
    ),
    "day_too_long_ago": Text(
        "เกินกำหนดบันทึกย้อนหลัง โปรดขอให้สำนักงานเขตพื้นที่หรือจังหวัดบันทึกแทน",
        "This day is too long ago for you to mark it. Ask the office of the area to do it.",
    ),
    "not_enrolled": Text(
        "เด็กไม่อยู่ในรายชื่อของโรงเรียนในภาคเรียนนี้ โปรดส่งรายชื่อนักเรียนก่อน",
        "The child is not in the school's list of this term. Send the list of pupils first.",
    ),
    "left_school": Text("เด็กออกจากโรงเรียนก่อนวันนี้แล้ว", "The pupil had left the school by this day."),
    "not_in_class": Text(
        "เด็กไม่อยู่ในห้องเรียนที่ท่านบันทึกได้ในวันนี้", "The pupil was not in the class, or in one of yours, on this day."
    ),
    "repeated_mark": Text(
        "มีการบันทึกเด็กคนนี้ซ้ำในวันเดียวกัน ใช้รายการแรก", "The pupil stands twice in this register; the first mark counts."
    ),
    "status_unknown": Text(
        "ไม่รู้จักสัญลักษณ์การมาเรียนนี้ ใช้ / ส ล ป ข หรือเพิ่มที่ /v1/attendance/symbols",
        "This sign of attendance is not known. Use / ส ล ป ข, or add it at /v1/attendance/symbols.",
    ),
    "day_malformed": Text("อ่านวันที่ไม่ได้ โปรดเขียนเช่น 3/6/2567", "The date cannot be read. Write it as 2024-06-03."),
    "duration_malformed": Text(
        "ส่วนของวันต้องเป็นตัวเลขตั้งแต่ 0 ถึง 1 เช่น 0.5", "The share of the day is a number from 0 to 1, such as 0.5."
    ),
    "month_missing": Text(
        "โปรดระบุเดือนของสมุดบันทึกด้วย period เช่น 2024-06", "Say the month of the register in `period`, such as 2024-06."
    ),
    "no_mark": Text("แถวนี้ไม่มีการบันทึกการมาเรียน", "The row has no mark of attendance."),
}


class MarkIn(Request):
    """One pupil's day or half day."""

    child_id: Annotated[UUID, Field(description="The pupil")]
    status: Status | None = None
    category: Category | None = None
    duration: Annotated[
        float | None,
        Field(ge=0, le=1, description="Share of the day that an absence or event took (`eventDuration` of Ed-Fi)"),
    ] = None
    part: Part = "day"

    @model_validator(mode="after")
    def _said_once(self) -> Self:
        if (self.status is None) == (self.category is None):
            raise ValueError("give either a status or a category")
        if self.duration is not None and self.category is None:
            raise ValueError("a duration belongs to a category; a status has a part of the day")
        return self


class RegisterIn(Request):
    """A day of a school, or of one class."""

    organisation: Organisation
    date: Annotated[Day, Field(examples=["2024-06-03"])]
    class_id: Annotated[UUID | None, Field(description="Only this class (/v1/organisations/…/classes)")] = None
    complete: Annotated[bool, Field(description="Whoever is in the list and not marked was present")] = False
    reason: Annotated[
        str | None, Field(pattern=r"^[^\x00-\x1f]{3,200}$", description="Why marks are corrected; no person's name")
    ] = None
    marks: Annotated[
        list[MarkIn], Field(max_length=20_000, description="Each pupil once, or each half of their day once")
    ] = Field(default_factory=list[MarkIn])


class RegistersIn(Request):
    model_config = example(
        registers=[
            {
                "organisation": "520301-1",
                "date": "2024-06-03",
                "complete": True,
                "marks": [{"child_id": "018f8e1c-8c5a-7a10-9d3e-2b7f4c1d0a11", "status": "absent"}],
            }
        ]
    )

    registers: Annotated[list[RegisterIn], Field(min_length=1, max_length=500)]


class RefusedMark(Resource):
    child_id: Annotated[UUID | None, Field(description="The pupil; null where the whole register is refused")]
    code: Annotated[str, Field(description="Stable code", examples=["not_listed"])]
    th: Annotated[str, Field(description="What to do about it, in Thai", examples=["ไม่มีชื่อในรายชื่อของวันนั้น"])]
    en: Annotated[str, Field(description="What to do about it, in English", examples=["Not in the list on that day."])]


class HalfDays(Resource):
    """A pupil's day; null for a half that nobody marked."""

    morning: Status | None
    afternoon: Status | None


class CorrectedMark(Resource):
    """A mark that this request replaced; what it replaced stays in the history."""

    child_id: UUID
    was: HalfDays
    became: HalfDays


class RegisterResult(Resource):
    """What became of a register: accepted + unchanged + refused = its marks."""

    organisation: Organisation
    date: date
    accepted: Annotated[int, Field(ge=0, description="Marks that changed something")]
    unchanged: Annotated[int, Field(ge=0, description="Marks that were known already")]
    filled: Annotated[int, Field(ge=0, description="Pupils who count as present because the register is complete")]
    refused: Annotated[list[RefusedMark], Field(description="Marks that were not taken, and why")]
    corrected: Annotated[list[CorrectedMark], Field(description="Marks of before that are replaced")]


class RegisterResults(Resource):
    items: Annotated[list[RegisterResult], Field(description="In the order of the registers")]


class PupilDay(HalfDays):
    child_id: UUID
    given_name: Annotated[str, Field(description="Given name", examples=["สมหญิง"])]
    family_name: Annotated[str, Field(description="Family name", examples=["ตัวอย่าง"])]
    grade: Annotated[str, Field(description="Grade", examples=["P6"])]
    counts: Annotated[bool, Field(description="False on remote days, and where the school was closed after all")]


class SchoolDay(Resource):
    """The register of a day."""

    term: Annotated[Term | None, Field(description="Null outside terms")]
    school_day: Annotated[bool, Field(description="Whether there is school on this day by the school's calendar")]
    pupils: Annotated[list[PupilDay], Field(description="Who is in the list on this day")]


class Counted(Resource):
    """Days, halves included. Those that nobody marked, and those that do not count, are not due."""

    days_due: Days
    days_present: Days
    days_late: Days
    days_leave: Days
    days_sick: Days
    days_absent: Days
    absence_rate: Annotated[
        float | None, Field(ge=0, le=1, description="Share of the days due that count as absence; null without any")
    ]


class PupilRate(Counted):
    """A pupil's term at a school."""

    child_id: UUID
    organisation: Organisation
    term: Term
    streak: Annotated[int, Field(ge=0, description="Whole school days absent in a row, up to the last that is known")]


class MonthRate(Counted):
    month: Annotated[date, Field(description="First day of the month")]


class TermAttendance(PupilRate):
    months: Annotated[list[MonthRate], Field(description="Month by month")]


class CorrectionInfo(CorrectedMark):
    organisation: Organisation
    day: date
    reason: Annotated[str | None, Field(description="Why, if it was said", examples=["แก้ตามเอกสาร"])]
    corrected_by: Annotated[str, Field(description="Subject of the token that did it", examples=["officer"])]
    corrected_at: Instant


class ElsewhereInfo(Resource):
    """Attendance that a case tells of."""

    kind: Annotated[Literal["placement", "session"], Field(description="Days of a placement, session of a programme")]
    programme: Annotated[str | None, Field(description="The session's programme", examples=["phone_school"])]
    from_date: date
    until_date: date
    unit: Annotated[Literal["half_day", "minute"], Field(description="What is counted")]
    due: Annotated[int, Field(ge=0, description="How much was due")]
    attended: Annotated[int, Field(ge=0, description="How much was attended")]


class ChildAttendance(Resource):
    terms: Annotated[list[TermAttendance], Field(description="The latest first")]
    corrections: Annotated[list[CorrectionInfo], Field(description="The latest first, 200 at most")]
    elsewhere: Annotated[list[ElsewhereInfo], Field(description="Placements and sessions, the latest first")]


class ProgrammeAttendance(Resource):
    """What counts for a programme between two days."""

    programme: Annotated[str, Field(description="Short name of the programme", examples=["phone_school"])]
    counts: Annotated[list[Literal["school", "placement", "session"]], Field(description="What counts for it")]
    days_due: Days
    days_attended: Days
    attendance_rate: Annotated[float | None, Field(ge=0, le=1, description="Share attended; null where none was due")]
    source: Annotated[str, Field(description="Who says what counts", examples=["มติคณะกรรมการจังหวัด"])]


class SymbolIn(Request):
    """What a sign means from a day on."""

    model_config = example(symbol="ข", valid_from="2024-05-16", status="absent", source="ระเบียบโรงเรียน")

    symbol: Annotated[str, Field(pattern=r"^[^\s\x00-\x1f]{1,20}$", description="The sign", examples=["ข"])]
    valid_from: Annotated[date, Field(description="First day, ISO 8601, C.E.", examples=["2024-05-16"])]
    status: Annotated[
        Literal["present", "late", "leave", "sick", "absent", "none"],
        Field(description="What it means; none: nothing was marked"),
    ]
    source: Annotated[
        str, Field(min_length=3, max_length=300, description="Who says so", examples=["มติคณะกรรมการจังหวัด"])
    ]


class SymbolInfo(SymbolIn, Resource):
    pass


class ProgrammeIn(Request):
    """What counts as attendance for a programme, from a day on."""

    model_config = example(programme="parenting", valid_from="2024-05-16", counts=["session"], source="ประกาศ กสศ.")

    programme: Annotated[str, Field(pattern="^[a-z][a-z0-9_]{1,31}$", description="Short name", examples=["parenting"])]
    valid_from: Annotated[date, Field(description="First day, ISO 8601, C.E.", examples=["2024-05-16"])]
    counts: Annotated[list[Literal["school", "placement", "session"]], Field(min_length=1, max_length=3)]
    leave_counts: Annotated[bool, Field(description="Leave and sickness at school count as absence")] = False
    minutes_per_day: Annotated[int, Field(ge=1, le=1440, description="So many minutes are a day")] = 360
    source: Annotated[
        str, Field(min_length=3, max_length=300, description="Who says so", examples=["มติคณะกรรมการจังหวัด"])
    ]


class ProgrammeInfo(ProgrammeIn, Resource):
    pass


def refused_mark(child_id: UUID | None, code: str) -> RefusedMark:
    said = REASONS[code]
    return RefusedMark(child_id=child_id, code=code, th=said.th, en=said.en)
