"""Keys under which names that sound alike are found together, in any script.

Importing pythainlp makes a folder `pythainlp-data` in the home directory, and fails where it cannot, unless the
process runs with PYTHAINLP_READ_ONLY=1. So `names` does without it, and only this module needs it.
"""

import re
import unicodedata
from typing import Final

from pythainlp.soundex import lk82 as thai_lk82
from pythainlp.soundex import udom83 as thai_udom83

_NOT_THAI: Final = re.compile("[^ก-ฮะ-ฺเ-ๅ็-์]+")
_CONSONANT: Final = re.compile("[ก-ฮ]")
_LEADING_MARKS: Final = re.compile("^[^ก-ฮเ-ไ]+")
_SAME_SOUND: Final = [
    (re.compile(pattern), sound)
    for pattern, sound in (
        ("tch|ch|sh|j", "c"), ("ph|b|f", "p"), ("th|d", "t"), ("c?k+h?|gh|g|q(?:u)?", "k"), ("x", "ks"), ("z", "s"),
        ("v", "w"), ("l", "r"), ("(?<=o)r(?=n)", ""), ("(?<=.)h", ""), ("^[aeiouy]+", "a"), ("(?<=.)[aeiouyw]+", ""),
        (r"(.)\1+", r"\1"),
    )
]  # fmt: skip


def lk82(key: str) -> str:
    """LK82 code (5 characters) of a `name_key`; for other scripts a skeleton of as many; "" if nothing is heard."""
    thai = _thai(key)
    return thai_lk82(thai) if thai else _skeleton(key)[:5]


def udom83(key: str) -> str:
    """Udom83 code (7 characters) of a `name_key`; for other scripts a skeleton of at most 8; "" if nothing is heard."""
    thai = _thai(key)
    return thai_udom83(thai) if thai else _skeleton(key)[:8]


def _thai(key: str) -> str:
    """The Thai letters from the first that can begin a word; "" without a consonant."""
    thai = _LEADING_MARKS.sub("", _NOT_THAI.sub("", key))
    return thai if _CONSONANT.search(thai) else ""


def _skeleton(key: str) -> str:
    """Consonants of a romanised name, letters that Thai romanisation confuses made one; other scripts: base letters."""
    letters = "".join(
        c
        for c in unicodedata.normalize("NFD", key.casefold())
        if unicodedata.category(c)[0] == "L" and not "ก" <= c <= "๛"
    )
    for pattern, sound in _SAME_SOUND:
        letters = pattern.sub(sound, letters)
    return unicodedata.normalize("NFC", letters)
