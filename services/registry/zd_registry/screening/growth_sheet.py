"""A class's sheet of weights and heights."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date
from operator import itemgetter
from typing import Any, Final
from uuid import UUID

from zd_kernel.data.session import WriteSession
from zd_kernel.keyring import KeyRing
from zd_kernel.problems import Problem, Text
from zd_registry.instruments.actions import instrument_in_use
from zd_registry.instruments.definition import HEIGHT, WEIGHT
from zd_registry.screening import queries
from zd_registry.screening.actions import ANSWERS, By, correct_screening, screen
from zd_registry.screening.schemas import NewScreening, ScreeningCorrection
from zd_registry.sheets.kinds import Entry, SheetKind, SheetOf
from zd_registry.values.dates import birth_date
from zd_registry.values.faults import RowFault
from zd_registry.values.text import plain

_NUMBER: Final = re.compile(r"\d{1,3}(\.\d{1,3})?", re.ASCII)
_UNITS: Final = re.compile(r"\s*(กก|กิโลกรัม|ซม|เซนติเมตร|kg|cm)\.?$")
_WHY: Final = "ตารางของชั้นเรียนฉบับใหม่"  # for a correction, if the uploader says none


def read(cells: Mapping[str, str], of: SheetOf) -> dict[str, Any]:
    """Raises RowFault for what is no number or no day by today."""
    day = _day(cells["measured_date"], of.today)
    return {"date": day.isoformat(), WEIGHT: _number(cells["weight"]), HEIGHT: _number(cells["height"])}


def _day(cell: str, today: date) -> date:
    try:
        found = birth_date(cell, today, serial=True)
    except RowFault as exc:
        raise RowFault("measured_date_malformed") from exc
    if found is None or found.precision != "day":
        raise RowFault("measured_date_malformed")
    return found.day


def _number(cell: str) -> float:
    text = _UNITS.sub("", plain(cell))
    if not _NUMBER.fullmatch(text):
        raise RowFault("measure_malformed")
    return float(text)


async def apply(session: WriteSession, of: SheetOf, entries: Sequence[Entry]) -> dict[int, str]:
    """Each row is a screening by the growth instrument in use that day, or the correction of the one of that day."""
    if of.keyring is None:
        raise TypeError("answers are kept encrypted")
    by = By(of.by, of.organisation, frozenset({"teacher"}))
    return {entry.row: await _taken(session, of.keyring, of, entry, by) for entry in entries}


async def _taken(session: WriteSession, keyring: KeyRing, of: SheetOf, entry: Entry, by: By) -> str:
    day = date.fromisoformat(entry.value["date"])
    instrument = await instrument_in_use(session, "growth", day, "teacher")
    if instrument is None:
        return "instrument_unknown"
    answers = {name: entry.value[name] for name in (WEIGHT, HEIGHT)}
    before = await (await session.driver()).fetchrow(queries.SAME_DAY, entry.child_id, instrument, day)
    try:
        if before is None:
            new = NewScreening(instrument=instrument, screened_date=day, answers=answers)
            await screen(session, keyring, entry.child_id, new, by, school=of.organisation)
        elif _said(keyring, before["id"], before["answers_encrypted"]) == answers:
            return "unchanged"
        else:
            again = ScreeningCorrection(screened_date=day, answers=answers, reason=of.reason or _WHY)
            await correct_screening(session, keyring, entry.child_id, before["id"], again, by)
    except Problem as problem:
        code = problem.errors[0].code if problem.errors else problem.code
        return code if code in GROWTH.reasons else "not_screened"
    return "accepted"


def _said(keyring: KeyRing, screening_id: UUID, sealed: str) -> Any:
    return json.loads(keyring.decrypt(ANSWERS, sealed, str(screening_id)))["answers"]


GROWTH: Final = SheetKind(
    name="growth",
    scope="registry:teaching",
    title=Text("น้ำหนักและส่วนสูงของนักเรียน", "weights and heights of pupils"),
    columns={"measured_date": ("วันที่ชั่งวัด", "วันที่ชั่งน้ำหนัก", "วันที่วัด", "วันที่", "measured_date", "date")},
    required=("weight", "height", "measured_date"),
    takes=("weight", "height"),
    read=read,
    apply=apply,
    key=itemgetter("date"),
    reasons={
        "measured_date_malformed": Text("วันที่ชั่งวัดไม่ถูกต้อง", "The day of measuring is wrong."),
        "measure_malformed": Text("น้ำหนักหรือส่วนสูงไม่ใช่ตัวเลข", "Weight or height is no number."),
        "out_of_range": Text("น้ำหนักหรือส่วนสูงเกินที่เป็นไปได้ ใช้ กก. และ ซม.", "It cannot be so in kg and cm."),
        "beyond_reference": Text("ส่วนสูงอยู่นอกตารางอ้างอิง", "The height lies outside the growth table."),
        "consent_missing": Text("ยังไม่มีความยินยอม โปรดขอก่อน", "Consent is missing. Ask for it first."),
        "sex_unknown": Text("ทะเบียนไม่ทราบเพศของเด็ก โปรดแก้ไขก่อน", "The register lacks the sex. Correct it first."),
        "birth_date_unknown": Text(
            "ทะเบียนไม่ทราบวันเกิด โปรดแก้ไขก่อน", "The register lacks the birth date. Correct it first."
        ),
        "age_outside": Text("เครื่องมือไม่ได้ใช้กับอายุนี้", "The instrument is not for this age."),
        "instrument_unknown": Text("ไม่มีเครื่องมือการเติบโตที่ครูใช้ได้", "Teachers have no growth instrument in use."),
        "not_screened": Text("บันทึกผลไม่ได้ โปรดบันทึกทีละคน", "It could not be recorded. Record this child alone."),
    },
)
