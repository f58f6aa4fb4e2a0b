"""Numbers that say who somebody is. A spoiled or wrong one is reported and counts as none; nothing is guessed."""

import re
from typing import Final, Literal, NamedTuple

from zd_registry.values.text import plain, says_nothing

IdentifierKind = Literal["citizen_id", "g_code", "passport", "other"]

_SCIENTIFIC: Final = re.compile(r"\d([.,]\d*)?e\+?\d+", re.ASCII)
_THOUSANDS: Final = re.compile(r"\d{1,3}(,\d{3}){2,}", re.ASCII)
_DIGITS: Final = re.compile(r"\d+", re.ASCII)
_G_CODE: Final = re.compile(r"g\d{12}", re.ASCII)
_G_START: Final = re.compile(r"g\d{9,}", re.ASCII)
_PASSPORT: Final = re.compile(r"[a-z]{1,3}\d{5,8}", re.ASCII)
_PASSPORT_COLUMN: Final = re.compile(r"(?=.*\d)[a-z0-9]{6,9}", re.ASCII)
_OTHER: Final = re.compile(r"[^\W_]{3,30}")
_SEPARATORS: Final = str.maketrans("", "", "- .\u00a0/")
_ROUNDED: Final = "0000000"  # what a spreadsheet writes for the digits it dropped


class Identifier(NamedTuple):
    """`value` in one canonical form, "" together with a `kind` of None; `problem` is a code of `REASONS` then."""

    kind: IdentifierKind | None
    value: str
    problem: str | None


def identifier(cell: str, kind: IdentifierKind | None = None) -> Identifier:
    """What the cell identifies. `kind` is what the column is for, None for a column that takes anything.

    Citizen IDs come as 13 digits, G-codes as `G` and 12, passports in capitals. Never raises. Problems:
    `citizen_id_missing`, `…_spreadsheet`, `…_short`, `…_malformed`, `…_reserved`, `…_checksum`, `g_code_malformed`,
    `passport_malformed`, `identifier_malformed`.
    """
    text = plain(cell).rstrip("'")
    if says_nothing(text):
        return _none("citizen_id_missing")
    if _SCIENTIFIC.fullmatch(text.replace(" ", "")):
        return _none("citizen_id_spreadsheet")
    if text.endswith(".0") and text[:-2].isdigit():
        text = text[:-2]
    if _THOUSANDS.fullmatch(text):
        text = text.replace(",", "")
    text = text.translate(_SEPARATORS)
    if _G_CODE.fullmatch(text):
        return Identifier("g_code", text.upper(), None)
    if kind == "g_code" or _G_START.fullmatch(text):
        return _none("g_code_malformed") if not _is_citizen_id(text) else Identifier("citizen_id", text, None)
    if kind in {"passport", "other"} and not _is_citizen_id(text):
        return _of_column(text, kind)
    if _PASSPORT.fullmatch(text) and 6 <= len(text) <= 9 and kind is None:
        return Identifier("passport", text.upper(), None)
    problem = citizen_id_problem(text)
    return _none(problem) if problem else Identifier("citizen_id", text, None)


def citizen_id_problem(digits: str) -> str | None:
    """Why bare text is no citizen ID: 13 digits, first 0 to 8, right check digit.

    First digit 0 marks people without registration status, who are among those to be found; 9 is not given out.
    """
    if not digits or (len(set(digits)) == 1 and digits[0] in "0123456789-"):
        return "citizen_id_missing"
    if len(digits) == 12 and _DIGITS.fullmatch(digits):
        return "citizen_id_short"
    if len(digits) != 13 or not _DIGITS.fullmatch(digits):
        return "citizen_id_malformed"
    if digits.endswith(_ROUNDED):
        return "citizen_id_spreadsheet"
    if digits[0] == "9":
        return "citizen_id_reserved"
    return None if check_digit(digits) == int(digits[12]) else "citizen_id_checksum"


def check_digit(digits: str) -> int:
    """(11 − Σ dᵢ·(13−i) mod 11) mod 10 over the first twelve, i from 0."""
    return (11 - sum((13 - i) * int(digit) for i, digit in enumerate(digits[:12])) % 11) % 10


def _is_citizen_id(text: str) -> bool:
    return citizen_id_problem(text) is None


def _of_column(text: str, kind: IdentifierKind | None) -> Identifier:
    if kind == "passport":
        fits = _PASSPORT_COLUMN.fullmatch(text)
        return Identifier("passport", text.upper(), None) if fits else _none("passport_malformed")
    return Identifier("other", text.upper(), None) if _OTHER.fullmatch(text) else _none("identifier_malformed")


def _none(problem: str) -> Identifier:
    return Identifier(None, "", problem)
