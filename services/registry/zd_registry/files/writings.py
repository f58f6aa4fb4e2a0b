"""Which column a header names, whatever way it is written. Pure."""

import re
import unicodedata
from difflib import get_close_matches
from functools import lru_cache
from typing import Final

from zd_registry.files.headers import CANONICAL, FILLERS, ROLE_FIELDS, ROLES, SYNONYMS

PROPOSED_BELOW: Final = 0.75
"""A column recognised with less certainty is proposed to the sender, not used."""
THAI_DIGITS: Final = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
_BRACKETS: Final = re.compile(r"[(\[{（].*?[)\]}）]")
_NUMBERING: Final = re.compile(r"^\s*[(\[]?\d{1,2}[.)\]]\s*")

_BIRTH_PARTS: Final = {
    "วัน": "birth_day",
    "วันที่": "birth_day",
    "เดือน": "birth_month",
    "ปี": "birth_year",
    "พศ": "birth_year",
    "ปีพศ": "birth_year",
}
"""What stands under a group such as วันเดือนปีเกิด."""


@lru_cache(maxsize=8192)
def plain(header: str) -> str:
    """Letters, vowel and tone marks and digits only, lower case, Thai digits as Arabic."""
    text = unicodedata.normalize("NFC", header).translate(THAI_DIGITS).lower().replace("ํา", "ำ")
    return "".join(c for c in text if unicodedata.category(c)[0] in "LMN")


_BY_WRITING: Final = {plain(w): name for name, ws in SYNONYMS.items() for w in ws if plain(w)}
_BY_CANONICAL: Final = {plain(name): name for name in CANONICAL - {"birth_day"}}  # a column called birthday is a date
_ROLE_WORDS: Final = tuple((plain(word), role) for role, words in ROLES.items() for word in words)


@lru_cache(maxsize=8192)
def lookup(header: str) -> tuple[str, float] | None:
    """The canonical column that a header names, and how sure that is; `group\\nsub` of a header of two rows, too."""
    if found := known(header):
        return found
    text = plain(_NUMBERING.sub("", header))
    near = get_close_matches(text, _BY_WRITING, n=1, cutoff=0.9) if len(text) >= 6 and not text.isdigit() else []
    return (_BY_WRITING[near[0]], 0.7) if near else None


@lru_cache(maxsize=8192)
def known(header: str) -> tuple[str, float] | None:
    """As `lookup`, but no writing that is only nearly right: of many cells that takes long to find out."""
    if header.strip() in CANONICAL:
        return header.strip(), 1.0
    bare = _BRACKETS.sub("", header)
    numberless = _NUMBERING.sub("", header)
    last = header.rsplit("\n", 1)[-1]
    for writing, score in ((header, 1.0), (numberless, 0.98), (bare, 0.95), (_NUMBERING.sub("", bare), 0.93)):
        if found := _exact(plain(writing)):
            return found, score
    if role := _of_another(plain(bare)) or _of_another(plain(header)):
        return role, 0.9
    if last != header and (part := _BIRTH_PARTS.get(plain(last))) and "เกิด" in header:
        return part, 0.9
    if last != header and (found := _exact(plain(last)) or _exact(plain(_BRACKETS.sub("", last)))):
        return found, 0.85
    short = plain(bare)
    for filler in map(plain, FILLERS):
        short = short.replace(filler, "")
    return (found, 0.8) if short and (found := _exact(short)) else None


def _exact(text: str) -> str | None:
    return _BY_CANONICAL.get(text) or _BY_WRITING.get(text)


def _of_another(text: str) -> str | None:
    for word, role in _ROLE_WORDS:
        if word not in text:
            continue
        rest = text.replace(word, "", 1)
        if not rest:
            return f"{role}_name"
        if rest in {"อาชีพ", "occupation"}:
            return f"{role}_occupation"
        if rest in {"สถานภาพ", "status"}:
            return f"{role}_status"
        field = ROLE_FIELDS.get(_BY_WRITING.get(rest, "")) or ROLE_FIELDS.get(_without_fillers(rest))
        return f"{role}_{field}" if field else None
    return None


def _without_fillers(text: str) -> str:
    for filler in map(plain, FILLERS):
        text = text.replace(filler, "")
    return _BY_WRITING.get(text, "")
