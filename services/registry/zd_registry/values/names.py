"""Names of people: how they are written, split, compared and sorted. Thai first, any script taken."""

import re
import unicodedata
from typing import Final, NamedTuple

from zd_registry.values.faults import RowFault
from zd_registry.values.text import cleaned, repaired, says_nothing
from zd_registry.values.titles import without_title

LONGEST_NAME: Final = 120
_THAI_WORD: Final = re.compile("[ก-ฮะ-ฺเ-ๆ็-์]+")
PLAIN_WORD: Final = r"^(?:[เ-ไ]?[ก-ฮ][ัิ-ฺ็]?[่-๋]?[ะาำ]?|[ก-ฮ][ัิ-ู]?์)+$"
"""A Thai word in the order of reading, as nearly all names are: it is kept as it stands and is its own key."""
NOT_PLAIN: Final = "^(?:ไม่|ว่าง$)|(?:[เ-ไ][ก-ฮ]|[ฺ็])[่-๋]?[นณฑร]์"
_EDGES: Final = " .,;:'\"“”‘’`*#_|/\\-+=@"
_NICKNAME: Final = re.compile(r"\s*[(\[（]\s*([^()\[\]]*?)\s*[)\]）]\s*")
_JOINERS: Final = {
    "ณ", "แซ่", "บิน", "บินตี", "บินติ", "บินตี้", "บินต์", "na", "sae", "bin", "binti", "bint", "binte", "ibn",
    "de", "da", "del", "della", "di", "du", "la", "le", "van", "von", "der", "den", "ter", "al", "el", "dos",
}  # fmt: skip
_LEAD: Final = re.compile("([เ-ไ])([ก-ฮ])")
_MARK: Final = re.compile("[็-์]")


class PersonName(NamedTuple):
    """A name in its parts. `family` is "" for people who have only one name; `sex` is what the title tells."""

    given: str
    family: str
    nickname: str | None
    sex: str | None


def name(cell: str) -> str:
    """One name as it is kept: cleaned, repaired, without quotation marks and dots around it; the title stays on.

    "" for an empty cell, dashes or a word such as `ไม่มี`. Raises `RowFault("name_malformed")`.
    """
    if _THAI_WORD.fullmatch(cell) and cell == repaired(cell) and len(cell) <= LONGEST_NAME:
        return "" if says_nothing(cell) else cell
    text = repaired(cleaned(cell))
    if not text.isprintable():
        raise RowFault("name_malformed")
    while (bare := repaired(text.strip(_EDGES))) != text:
        text = bare
    if len(text) > LONGEST_NAME:
        raise RowFault("name_malformed")
    return "" if says_nothing(text) else text


def given_name(cell: str, *, titled: bool = True) -> tuple[str, str | None]:
    """A given name without its title, and the sex that the title tells. Raises `name_missing`, `name_malformed`."""
    text, sex = without_title(name(cell), titled=titled)
    if not name_key(text):
        raise RowFault("name_missing" if not text else "name_malformed")
    return text, sex


def full_name(cell: str, *, titled: bool = True) -> PersonName:
    """A whole name in one cell: `ด.ช.สมชาย ใจดี (ต้น)`, `Na Ayutthaya, Somchai`. Raises as `given_name`.

    The last word is the family name, and everything from a joining word on: ณ with the word before it if a given name
    is left, `บินตี`, `van`, `na`.
    """
    text = cleaned(cell)
    nicknames = _NICKNAME.findall(text)
    text, sex = without_title(name(_NICKNAME.sub(" ", text)), titled=titled)
    family, comma, given = (part.strip() for part in text.partition(","))
    if not comma or "," in given:
        given, family = _split(text.replace(",", " ").split())
    elif sex is None:
        given, sex = without_title(given, titled=titled)
    given, _ = given_name(given, titled=False) if comma else (given, None)
    if not name_key(given):
        raise RowFault("name_missing" if not text else "name_malformed")
    return PersonName(given, name(family), (name(nicknames[0]) or None) if nicknames else None, sex)


def _split(words: list[str]) -> tuple[str, str]:
    at = next((i for i, word in enumerate(words) if i and word.lower() in _JOINERS), max(1, len(words) - 1))
    if at > 1 and at < len(words) and words[at].lower() in {"ณ", "na"}:
        at -= 1
    return " ".join(words[:at]), " ".join(words[at:])


def name_key(text: str) -> str:
    """For comparing: letters, their marks and digits of a kept name, without case, spaces and punctuation."""
    if _THAI_WORD.fullmatch(text):
        return text
    folded = unicodedata.normalize("NFC", text.casefold())
    return unicodedata.normalize("NFC", "".join(c for c in folded if unicodedata.category(c)[0] in "LMN"))


def sort_key(text: str) -> str:
    """Orders by code point as a Thai dictionary does: the consonant before its leading vowel, marks last.

    Source: Royal Society dictionary order; primary letters, a tab, then the marks at their places.
    """
    text = unicodedata.normalize("NFC", text.casefold())
    letters = _LEAD.sub(r"\2\1", _MARK.sub("", text))
    marks = re.sub("[^็-์]", "0", re.sub("[^็-์](?=[็-์])", "", text)).rstrip("0")
    return f"{letters}\t{marks}" if marks else letters
