"""Which of two records stays, what it takes over from the other, and how far their fields agree."""

import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import date
from typing import Any, Final, Literal

Row = Mapping[str, Any]
Agreement = Literal["same", "alike", "different", "one_lacks", "both_lack"]

# A citizen ID is wrong in about 1 of 200 school records (0.3 % one digit, 0.2 % transposed): two different ones speak
# against one person with log2(0.005 / 1) bits, a shared other identifier for it with log2(0.8 / 1e-6).
OTHER_CITIZEN_ID_BITS: Final = -7.6
SHARED_IDENTIFIER_BITS: Final = 19.6

_LEARNING: Final = ("in_school", "flexible_learning", "training_or_work")
_EVIDENCE: Final = ("none", "register", "placement", "enrolment")
_PRECISION: Final = ("year", "month", "day")
_NAME_PARTS: Final = ("given", "family")
_KEYS: Final = ("key", "lk82", "udom83")
EMPTY: Final = (None, "", "unknown", 0)
# What the survivor takes over as it stands where it has nothing of its own.
_FILLED: Final = ("nickname", "nationality", "home_language", "household_id", "registered_import_id", "sex")
COMPARED: Final = (
    "given_name",
    "family_name",
    "birth_date",
    "sex",
    "area",
    "nationality",
    "citizen_id",
    "organisation",
)


_LONG_HASH: Final = re.compile(r'"([a-z0-9-]{1,40}\.)([0-9a-f]{64})"')
# The names of the linkage model's fields for ours.
WEIGHED_AS: Final = {"given_name": "given", "family_name": "family", "birth_date": "birth"}


def with_short_hashes(snapshot: str) -> str:
    """The JSON of a snapshot as if it had been made today: until registry_0040 keyed hashes were kept in full."""
    return _LONG_HASH.sub(_shortened, snapshot)


def _shortened(found: re.Match[str]) -> str:
    return f'"{found[1]}{urlsafe_b64encode(bytes.fromhex(found[2])).decode()[:22]}"'


def held_fields(weights: Mapping[str, float]) -> list[str]:
    """What was weighed beside the compared fields: a guardian, an identifier."""
    known = {WEIGHED_AS.get(name, name) for name in COMPARED}
    return [name for name, bits in weights.items() if name not in known and bits > 0]


def filled(survivor: Row, merged: Row) -> dict[str, Any]:
    """Values of `child` that the survivor takes from the other record: only what it lacks or knows less finely."""
    taken = {name: merged[name] for name in _FILLED if survivor[name] in EMPTY and merged[name] not in EMPTY}
    for part in _NAME_PARTS:
        if not survivor[f"{part}_name"] and merged[f"{part}_name"]:
            taken |= {name: merged[name] for name in (f"{part}_name", *(f"{part}_{key}" for key in _KEYS))}
    if _finer(survivor, merged):
        taken |= {name: merged[name] for name in ("birth_date", "birth_precision")}
    if survivor["area"] == 0 and merged["area"] != 0:
        taken["area"] = merged["area"]
    if survivor["gone_kind"] is None and merged["gone_kind"] is not None:
        taken |= {name: merged[name] for name in ("gone_kind", "gone_date")}
    return taken


def _finer(survivor: Row, merged: Row) -> bool:
    """The other record knows a birth date, or more of the same one."""
    if merged["birth_date"] is None:
        return False
    if survivor["birth_date"] is None:
        return True
    coarse, fine = survivor["birth_precision"], merged["birth_precision"]
    if _PRECISION.index(fine) <= _PRECISION.index(coarse):
        return False
    digits = {"year": 4, "month": 7}[coarse]
    return bool(survivor["birth_date"][:digits] == merged["birth_date"][:digits])


def better_state(survivor: Row | None, merged: Row | None) -> Literal["survivor", "merged"]:
    """Whose `learning_state` stays: who is known to learn, then the later term, then the stronger evidence."""
    if merged is None:
        return "survivor"
    if survivor is None:
        return "merged"
    return "merged" if _strength(merged) > _strength(survivor) else "survivor"


def _strength(state: Row) -> tuple[bool, str, int]:
    return state["status"] in _LEARNING, state["term"] or "", _EVIDENCE.index(state["evidence_kind"])


def learns(state: Row | None) -> bool:
    return state is not None and state["status"] in _LEARNING


def suggested_survivor(first: Row, second: Row) -> Any:
    """The id of the record that the register names, then that has a citizen ID, a residence, a longer life here."""
    return min((first, second), key=_rank)["id"]


def _rank(side: Row) -> tuple[bool, bool, bool, Any]:
    return not side["in_register"], not side["has_citizen_id"], side["area"] == 0, side["id"]


def agreement(name: str, first: Row, second: Row) -> Agreement:
    """How far two records agree on one of `COMPARED`; `alike` names sound the same, dates and areas may be the same."""
    values = (first[name], second[name])
    held = [value for value in values if value not in EMPTY]
    if len(held) < 2:
        return "one_lacks" if held else "both_lack"
    if values[0] == values[1]:
        same_precision = name != "birth_date" or first["birth_precision"] == second["birth_precision"]
        return "same" if same_precision else "alike"
    return "alike" if _alike(name, first, second) else "different"


def _alike(name: str, first: Row, second: Row) -> bool:
    if name in {"given_name", "family_name"}:
        part = name.removesuffix("_name")
        return any(first[key] and first[key] == second[key] for key in (f"{part}_{kind}" for kind in _KEYS))
    if name == "birth_date":
        return _may_be_one(first, second)
    # Village and tambon of the village, or two villages of one tambon.
    return name == "area" and bool(first["area"] // 100 == second["area"] // 100)


def _may_be_one(first: Row, second: Row) -> bool:
    coarse = min((first, second), key=lambda side: _PRECISION.index(side["birth_precision"]))["birth_precision"]
    one, other = first["birth_date"], second["birth_date"]
    if coarse == "day":
        return (one.day, one.month) == (other.month, other.day) and one.year == other.year
    return _told(one, coarse) == _told(other, coarse)


def _told(day: date, precision: str) -> tuple[int, int]:
    return day.year, day.month if precision == "month" else 0


def changed(before: Row, after: Row) -> list[str]:
    """Columns in which two states of one row differ."""
    return [name for name, value in before.items() if after.get(name) != value]


def put_back(before: Row, after: Row, current: Row) -> tuple[list[str], list[str]]:
    """Columns that the merge had changed: those that still are as it left them, and those changed by others since."""
    touched = changed(before, after)
    still = [name for name in touched if current[name] == after[name]]
    return still, [name for name in touched if name not in still]
