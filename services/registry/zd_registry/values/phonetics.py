"""Keys under which names that sound alike are found together, in any script.

Importing pythainlp makes a folder `pythainlp-data` in the home directory, and fails where it cannot, unless the
process runs with PYTHAINLP_READ_ONLY=1. So `names` does without it, and only this module needs it.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final

import polars as pl
from pythainlp.soundex import lk82 as thai_lk82
from pythainlp.soundex import udom83 as thai_udom83

_Rules = Sequence[tuple[list[str], Sequence[tuple[str, str]]]]
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

# The two codes by columns: the rules are the papers', what each letter stands for is asked of the library.
_CONSONANTS: Final = [chr(letter) for letter in range(ord("ก"), ord("ฮ") + 1)]
_SEMIVOWELS: Final = "ยรฤฦว"
_UNHEARD: Final = "[\u0e48-\u0e4b\u0e3a\u0e47]"  # tone marks, phinthu, maitaikhu
_LK82_RULES: Final = ((["์"], (("จน์|มณ์|ณฑ์|ทร์|ตร์|[ก-ฮ]์|[ก-ฮ][ะ-ู]์", ""),)),)
_BREAK: Final = "-"
"""Of a vowel without a code, which keeps two equal codes apart."""
_LK82_FIRST: Final = {letter: thai_lk82(letter)[0] for letter in _CONSONANTS}
_LK82: Final = {letter: thai_lk82(f"ก{letter}ก")[1] for letter in [*_CONSONANTS, *"าำึืุูเแโใไ"]} | dict.fromkeys(
    "ะัิี", _BREAK
)
_VOICED: Final = {letter: thai_lk82(f"ก{letter}ึ")[1] for letter in f"{_SEMIVOWELS}หอ"}
_BEFORE_LONG_U: Final = {f"{letter}{u}": f"{code}{u}" for letter, code in _VOICED.items() for u in "ึืุู"}
_LK82_REST: Final = {
    **{f"{t}ุ{semi}": f"{_LK82[t]}{_BREAK}{_VOICED[semi]}" for t in "ตธ" for semi in _SEMIVOWELS},
    **{f"{t}ุ": f"{_LK82[t]}{_BREAK}" for t in "ตธ"},
    **{f"{vowel}{semi}": f"{_LK82[vowel]}{_VOICED[semi]}" for vowel in "ะัาิีึืุู" for semi in _SEMIVOWELS},
    **_LK82, **dict.fromkeys(_VOICED, ""),
}  # fmt: skip
"""What follows the first letter. The first of the patterns that fit counts."""
_CODES: Final = sorted({*_LK82.values(), *_VOICED.values()})
_RUN: Final = "|".join(f"({code}){code}+" for code in _CODES)
_ONCE: Final = "".join(f"${{{group}}}" for group in range(1, len(_CODES) + 1))
_UDOM83_FIRST: Final = {letter: thai_udom83(letter)[0] for letter in _CONSONANTS}
_UDOM83: Final = {letter: thai_udom83(f"ก{letter}")[1] for letter in _CONSONANTS} | dict.fromkeys(
    map(chr, range(ord("ะ"), ord("์") + 1)), ""
)
_UDOM83_RULES: Final = (
    (["รร"], (
        ("รร([เ-ไ])", "ัน${1}"), ("รร([ก-รลว-ฮ][ก-รลว-ฮเ-ไ])", "ั${1}"), ("รร([ก-รลว-ฮ][ะ-ู่-์])", "ัน${1}"),
        ("รร", "ัน"),
    )),
    (["ไ", "ใ"], (("ไ([ก-รลว-ฮ]ย)", "${1}"), ("[ไใ]([ก-รลว-ฮ])", "${1}ย"))),
    (["ำ"], (("ำ(ม[ะ-ู])", "ม${1}"), ("ำม?", "ม"))),
    (["์"], (("จน์|มณ์|ณฑ์|ทร์|ตร์|[ก-รลว-ฮ][ะ-ู]?์", ""),)),
)  # fmt: skip
"""Signs, and what is done to words that have one of them."""


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


def thai_sounds(words: pl.Series) -> pl.DataFrame:
    """`key`, `lk82` and `udom83` of keys that are `names.PLAIN_WORD`s. Several times as fast as one by one."""
    return pl.DataFrame({"key": words, "lk82": _lk82_of(words), "udom83": _udom83_of(words)})


def _lk82_of(words: pl.Series) -> pl.Series:
    text = _by_rules(words.str.replace_all(_UNHEARD, ""), _LK82_RULES)
    first = text.str.extract("^[เ-ไ]?([ก-ฮ])").replace_strict(_LK82_FIRST, default="")
    rest = _replaced(_replaced(text.str.replace("[ก-ฮ]", ""), _BEFORE_LONG_U), _LK82_REST)
    codes = first + rest.str.replace_all(_RUN, _ONCE).str.replace_all(_BREAK, "", literal=True)
    return codes.str.pad_end(5, "0").str.slice(0, 5).set(text == "", "")


def _udom83_of(words: pl.Series) -> pl.Series:
    text = _by_rules(words, _UDOM83_RULES)
    first = text.str.extract("([ก-ฮ])")
    codes = first.replace_strict(_UDOM83_FIRST, default="") + _replaced(text.str.replace("[ก-ฮ]", ""), _UDOM83)
    return codes.str.pad_end(7, "0").str.slice(0, 7).set(first.is_null(), "")


def _by_rules(words: pl.Series, rules: _Rules) -> pl.Series:
    for signs, replacements in rules:
        signed = words.str.contains_any(signs)
        changed = words.filter(signed)
        for pattern, sound in replacements:
            changed = changed.str.replace_all(pattern, sound)
        words = words.clone().scatter(signed.arg_true(), changed)
    return words


def _replaced(text: pl.Series, by: Mapping[str, str]) -> pl.Series:
    return text.str.replace_many(list(by), list(by.values()), leftmost=True)
