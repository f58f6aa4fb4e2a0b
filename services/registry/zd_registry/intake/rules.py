"""What a file says of somebody's leaving, which columns are details, and what a row changes. Pure."""

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from zd_registry.files.headers import CANONICAL

_USED: Final = {
    "citizen_id", "id_kind", "passport", "g_code", "ordinal", "title", "given_name", "family_name", "full_name",
    "nickname", "birth_date", "birth_year", "birth_month", "birth_day", "age", "sex", "nationality", "home_language",
    "area", "tambon", "district", "province", "organisation", "organisation_name", "grade", "level", "term",
    "school_year", "status", "status_date", "removed", "source_id", "room",
}  # fmt: skip
DETAILS: Final = tuple(sorted(CANONICAL - _USED))
"""Columns about guardians, household and needs: what they say travels with the row, encrypted as one."""

_DECEASED: Final = re.compile(r"เสียชีวิต|ถึงแก่กรรม|ถึงแก่ความตาย|^ตาย|deceased|^dead|^died", re.IGNORECASE)
_ABROAD: Final = re.compile(r"ต่างประเทศ|abroad|emigrat", re.IGNORECASE)
_AWAY: Final = re.compile(r"ย้ายออก|ย้ายที่อยู่|จำหน่ายชื่อ|moved (?:away|out)|^moved", re.IGNORECASE)
_LEFT: Final = re.compile(
    r"ลาออก|จำหน่าย|ย้าย|พ้นสภาพ|ออกกลางคัน|สำเร็จการศึกษา|จบการศึกษา|^จบ|withdrawn|dropped|left|graduated|transferred|inactive",
    re.IGNORECASE,
)


class Standing(NamedTuple):
    """`removed`: no longer on this list. `gone_kind`: why the person is out of every list, if the file says so."""

    gone_kind: str | None
    removed: bool


def standing(kind: str, status: str) -> Standing:
    """What a cell of a status column means: a register speaks of residence, other files of their own list."""
    text = " ".join(status.split())
    if _DECEASED.search(text):
        return Standing("deceased", removed=kind != "population")
    if _ABROAD.search(text):
        return Standing("moved_abroad", removed=kind != "population")
    if kind == "population":
        return Standing("moved_away" if _AWAY.search(text) else None, removed=False)
    return Standing(None, removed=bool(_LEFT.search(text)))


class Difference(NamedTuple):
    """Of one field, as text; None where nothing is known."""

    field: str
    before: str | None
    after: str | None


_LENGTH: Final = {"year": 4, "month": 7, "day": 10}


def differences(now: Mapping[str, Any], said: Mapping[str, Any]) -> list[Difference]:
    """What becomes different, in the order of `said`. A birth date is shown as far as it is known."""
    before, after = _readable(now), _readable(said)
    return [Difference(name, before.get(name), value) for name, value in after.items() if before.get(name) != value]


def _readable(known: Mapping[str, Any]) -> dict[str, str | None]:
    shown = {name: value or None for name, value in known.items() if name != "birth_precision"}
    if born := shown.get("birth_date"):
        shown["birth_date"] = born[: _LENGTH[known.get("birth_precision") or "day"]]
    if shown.get("sex") == "unknown":
        shown["sex"] = None
    return shown
