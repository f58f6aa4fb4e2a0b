"""Titles before a name, glued on or spaced, and the sex they tell."""

import re
from typing import Final, NamedTuple

Sex = str  # male | female, as zd_contracts writes it


class Titled(NamedTuple):
    """`rest` is the text without its title; `sex` is None where the title, if any, does not tell it."""

    rest: str
    sex: Sex | None


def _dotted(letters: str) -> str:
    """`ดช` as `ด.ช.`, `ด. ช.`, `ดช.`, `ด.ช` and `ดช ` with a space; without dot and space it is part of a name."""
    first, others = letters[0], letters[1:]
    dots = "".join(rf"\s*\.\s*{letter}" for letter in others)
    plain = rf"\s?{others}" if len(others) == 1 else others
    return rf"{first}(?:{dots}\s*\.?|{plain}(?:\s*\.|(?=\s)))"


_BOY: Final = rf"เด็กชาย|{_dotted('ดช')}|นาย|สามเณร(?!ี)|{_dotted('สณ')}|พระภิกษุ|พระมหา"
_GIRL: Final = rf"เด็กหญิง|{_dotted('ดญ')}|นางสาว|{_dotted('นส')}|สามเณรี|แม่ชี"
_RANK: Final = (
    r"(?:ว่าที่\s*)?(?:(?:ร้อย|พัน)(?:ตรี|โท|เอก)|(?:ร|พ)\s*\.\s*(?:ต|ท|อ)\s*\.(?:\s*(?:ต|ท|อ)\s*\.)?)|"
    r"(?:จ่า)?สิบ(?:ตรี|โท|เอก)|(?:จ\s*\.\s*)?ส\s*\.\s*(?:ต|ท|อ)\s*\.(?:\s*(?:ต|ท|อ)\s*\.)?|พลทหาร|พลฯ"
)
_NOBLE: Final = r"หม่อมราชวงศ์|หม่อมหลวง|หม่อมเจ้า|ม\s*\.\s*ร\s*\.\s*ว\s*\.|ม\s*\.\s*[ลจ]\s*\."
_BARE: Final = r"(?:คุณ|พระ|นาง)(?=\s)"
_GLUED: Final = r"พระ|นาง"
_WORDS: Final = {"นาย", "นาง", "พระ"}

MAY_BE_TITLED: Final = "^(?:เด็ก|นาย|สามเณร|พระ|นาง|แม่ชี|ว่าที่|ร้อย|พัน|จ่า|สิบ|พล|หม่อม|คุณ)"
"""A title may be glued before a `names.PLAIN_WORD` that begins so."""

_STRICT: Final = re.compile(
    rf"(?:(?P<male>{_BOY})|(?P<female>{_GIRL})|(?P<rank>(?:{_RANK})\s*(?P<woman>หญิง)?)|(?:{_NOBLE})|(?P<bare>{_BARE}))"
    r"[\s.]*"
)
_LOOSE: Final = re.compile(rf"(?P<bare>{_GLUED})")
_LATIN: Final = re.compile(
    r"(?:(?P<male>mr|master|mstr)|(?P<female>mrs|miss|ms)|(?:dr|khun))(?:\.\s*|\s+)", re.IGNORECASE
)
_NAME: Final = re.compile(r"[เ-ไ]?[^\W\d_]")
_GLUED_NAME: Final = re.compile(r"[เ-ไ][ก-ฮ]|[ก-ฮ](?!์)[^\s์]")
"""What can stand after `นาย` without a space: a Thai syllable, and more than one bare letter."""


def without_title(text: str, *, titled: bool = True) -> Titled:
    """Take one title off repaired text. `titled=False` says that names in this column stand without titles.

    Glued on, `นาง` and `พระ` are also how real names begin (นางหอม among the Tai Yai), so they go only where titles are
    usual. A title never goes if what is left could be no name (นายก, นายิกา, นางาม), and never twice.
    """
    if not text:
        return Titled(text, None)
    match = _STRICT.match(text) or (_LOOSE.match(text) if titled else None) or _LATIN.match(text)
    if match is None:
        return Titled(text, None)
    rest = text[match.end() :].lstrip(" .")
    can_be = _GLUED_NAME if match[0] in _WORDS else _NAME
    return Titled(rest, _sex(match.groupdict())) if can_be.match(rest) else Titled(text, None)


def title_sex(text: str) -> Sex | None:
    """The sex that a title in a cell of its own tells: `ด.ช.` → male, `น.ส.` → female, `ดร.` → None."""
    return without_title(f"{text} สมมุติ").sex


def _sex(groups: dict[str, str | None]) -> Sex | None:
    if groups.get("male") or groups.get("bare") == "พระ":
        return "male"
    if groups.get("female") or groups.get("woman") or groups.get("bare") == "นาง":
        return "female"
    return None
