"""The text of a cell as a person would read it: what editors, fonts and keyboards left behind is taken away."""

import re
import unicodedata
from typing import Final

# Fonts of the 1990s moved Thai marks to private code points to shift them beside tall letters; text copied out of PDF
# files still holds them. U+F700 … U+F71A in order.
_SHIFTED: Final = dict(zip(range(0xF700, 0xF71B), "ฐิีึื่้๊๋์่้๊๋์ญัํ็่้๊๋์ฺุู", strict=True))
_DIGITS: Final = dict(zip(range(0x0E50, 0x0E5A), "0123456789", strict=True))
_INVISIBLE: Final = dict.fromkeys((0x00AD, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2060, 0xFEFF))
_MAP: Final = {**_SHIFTED, **_DIGITS, **_INVISIBLE}
_DASHES: Final = dict.fromkeys((0x2010, 0x2011, 0x2012, 0x2013, 0x2014, 0x2015, 0x2212), "-")
_NOTHING: Final = re.compile(
    r"[-–—_.*?/\\ ]*|n\.?/?a\.?|null|none|nan|nil|unknown|not known|"
    r"ไม่มี(?:ข้อมูล|เลข|บัตร)?|ไม่ทราบ|ไม่ระบุ|ไม่ปรากฏ|ไม่พบ(?:ข้อมูล)?|ว่าง",
    re.IGNORECASE,
)

_BASE: Final = "ก-ฮ"
_MARKS: Final = "ัิ-ฺ็ํ"  # above and below the consonant
_TONES: Final = "่-๋"
_CLUSTER: Final = re.compile(f"[{_MARKS}{_TONES}์ะาำๅ]{{2,}}")
_DANGLING: Final = re.compile(f"^[{_MARKS}{_TONES}์]+| +(?=[{_MARKS}{_TONES}์])")
_REPEATED: Final = re.compile(r"([เแโใไะาำๅ])\1+")


def cleaned(cell: str) -> str:
    """NFC (NFKC would take sara am apart), digits 0–9 for Thai ones, no invisible characters, single spaces."""
    if not cell.isascii():
        cell = unicodedata.normalize("NFC", cell.translate(_MAP))
    return " ".join(cell.split())


def plain(cell: str) -> str:
    """As `cleaned`, for codes and dates: any dash is `-`, no leading apostrophe of a spreadsheet, lower case."""
    return cleaned(cell).translate(_DASHES).lstrip("'’`").strip().lower()


def says_nothing(text: str) -> bool:
    """Empty, dashes and dots, or a word for nothing such as `ไม่มี`, `ไม่ทราบ`, `N/A`."""
    return _NOTHING.fullmatch(text) is not None


def repaired(text: str) -> str:
    """Thai typed in another order than it is read: `เเดง` → `แดง`, `นํ้า` and `นำ้` → `น้ำ`, `ซือ่` → `ซื่อ`.

    Takes and gives `cleaned` text. Unlike the library's normaliser it never joins or merges what a space separates,
    and repeating it changes nothing.
    """
    for _ in range(4):  # one repair can bring the next about; three rounds are the most that arbitrary text needs
        text, before = _repaired_once(text), text
        if text == before:
            break
    return text


def _repaired_once(text: str) -> str:
    text = _DANGLING.sub("", text).replace("เเ", "แ")
    text = _CLUSTER.sub(_in_order, text)
    text = _REPEATED.sub(r"\1", text)
    text = re.sub(f"(?<![ฤฦ])ๅ(?=[{_BASE}เ-ไ ]|$)", "า", text)
    return unicodedata.normalize("NFC", text).strip()


def _in_order(match: re.Match[str]) -> str:
    """Marks, then one tone (the last typed), then the silencer, then the vowels that follow."""
    run = match[0]
    marks = sorted({c for c in run if c in "ัิีึืฺุู็ํ"})
    tones = [c for c in run if "่" <= c <= "๋"]
    follow = "".join(c for c in run if c in "ะาำๅ")
    if "ํ" in marks and follow.startswith("า"):
        marks.remove("ํ")
        follow = "ำ" + follow[1:]
    return "".join(marks) + "".join(tones[-1:]) + ("์" if "์" in run else "") + follow
