"""The sheet of a school about how its pupils come to it."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from zd_kernel.data.session import WriteSession
from zd_kernel.problems import Text
from zd_registry.circumstances import queries
from zd_registry.circumstances.models import MOST_METRES, MOST_MINUTES
from zd_registry.sheets.cells import past_day
from zd_registry.sheets.kinds import Entry, SheetKind, SheetOf
from zd_registry.values.faults import RowFault
from zd_registry.values.text import plain, says_nothing

_NUMBER: Final = re.compile(r"\d{1,7}(\.\d{1,3})?", re.ASCII)
_UNITS: Final = re.compile(r"\s*(กิโลเมตร|กม|เมตร|ม|นาที|km|m|min)\.?$")


def read_travel(cells: Mapping[str, str], of: SheetOf) -> dict[str, Any]:
    """Metres, minutes and the day. A distance in kilometres counts before one in metres."""
    kilometres, metres = _number(cells.get("distance_km", "")), _number(cells.get("distance_m", ""))
    distance = metres if kilometres is None else kilometres * 1000
    minutes = _number(cells.get("minutes", ""))
    if distance is None and minutes is None:
        raise RowFault("travel_missing")
    if (distance or 0) > MOST_METRES or (minutes or 0) > MOST_MINUTES:
        raise RowFault("travel_impossible")
    return {
        "distance_m": None if distance is None else round(distance),
        "minutes": None if minutes is None else round(minutes),
        "said": past_day(cells.get("said_date", ""), of) or of.today.isoformat(),
    }


def _number(cell: str) -> float | None:
    if says_nothing(plain(cell)):
        return None
    text = _UNITS.sub("", plain(cell).lower())
    if not _NUMBER.fullmatch(text):
        raise RowFault("travel_malformed")
    return float(text)


async def apply_travel(session: WriteSession, of: SheetOf, entries: Sequence[Entry]) -> dict[int, str]:
    """Of several days the latest counts."""
    columns = (
        [entry.child_id for entry in entries],
        [entry.value["distance_m"] for entry in entries],
        [entry.value["minutes"] for entry in entries],
        [date.fromisoformat(entry.value["said"]) for entry in entries],
    )
    connection = await session.driver()
    rows = await connection.fetch(queries.STORE_TRAVEL, *columns, of.organisation, of.term, of.by, session.clock.now())
    found = {row["child_id"]: row["outcome"] for row in rows}
    return {entry.row: found.get(entry.child_id, "not_enrolled") for entry in entries}


TRAVEL: Final = SheetKind(
    name="travel",
    scope="registry:achievement",
    title=Text("การเดินทางไปโรงเรียน", "the way to school"),
    columns={
        "distance_km": (
            "ระยะทางไปโรงเรียน (กม.)",
            "ระยะทาง (กม.)",
            "ระยะทางจากบ้านถึงโรงเรียน (กม.)",
            "ระยะทาง",
            "distance km",
        ),
        "distance_m": ("ระยะทาง (เมตร)", "ระยะทาง (ม.)", "distance m"),
        "minutes": ("เวลาเดินทาง (นาที)", "เวลาเดินทาง", "ใช้เวลาเดินทาง (นาที)", "minutes"),
        "said_date": ("วันที่สอบถาม", "วันที่สำรวจ", "said date"),
    },
    required=(),
    read=read_travel,
    apply=apply_travel,
    reasons={
        "travel_missing": Text("ไม่มีทั้งระยะทางและเวลาเดินทาง", "Neither the distance nor the minutes are given."),
        "travel_malformed": Text(
            "ระยะทางเป็นกิโลเมตร เวลาเป็นนาที เขียนเป็นตัวเลข", "Write kilometres and minutes as numbers."
        ),
        "travel_impossible": Text("ระยะทางหรือเวลามากเกินเป็นไปได้", "So far, or so long, cannot be."),
        "date_malformed": Text("วันที่ไม่ถูกต้อง หรือเป็นวันในอนาคต", "That is no day, or one in the future."),
        "not_enrolled": Text(
            "รายชื่อของโรงเรียนในภาคเรียนนี้ไม่มีนักเรียนคนนี้", "The school's list of the term does not name this pupil."
        ),
    },
)
