"""How a name that somebody half remembers, mishears or mistypes finds the names that the register holds.

Persons are never compared one by one: the register's distinct names are a dictionary (`name_form`), far smaller than
the register, whose entries lie under every form by which they may be asked for. A form is a number of 64 bits, so that
millions of them are soon stored and cost little room. Pure.
"""

import re
from collections.abc import Iterable
from difflib import SequenceMatcher
from typing import Final, NamedTuple
from zlib import crc32

LONGEST_KEY: Final = 40
"""Of longer names only the beginning is indexed."""
LEAST_FRAGMENT: Final = 2
LEAST_ALIKE: Final = 0.6
"""Below this likeness (0 to 1) a name is not offered."""
_LACKING, _BONES = 0, 1
_LETTERS: Final = 7
_LETTER_BITS: Final = 9
_HIGHEST: Final = (_LETTERS - 1) * _LETTER_BITS

# Letters that sound alike, as people who write down a name they heard mix them up; tone marks and silent letters go.
_ALIKE: Final = str.maketrans({
    "ศ": "ส", "ษ": "ส", "ซ": "ส", "ณ": "น", "ฎ": "ด", "ฏ": "ต", "ญ": "ย", "ไ": "ใ", "ฬ": "ล", "ฐ": "ท", "ฑ": "ท",
    "ฒ": "ท", "ธ": "ท", "ถ": "ท", "ภ": "พ", "ผ": "พ", "ฝ": "ฟ", "ฮ": "ห", "ฆ": "ค", "ข": "ค", "ฃ": "ค", "ฅ": "ค",
    "ฌ": "ช", "ฉ": "ช", "ี": "ิ", "ื": "ึ", "ู": "ุ", "ฤ": "ร",
    "่": None, "้": None, "๊": None, "๋": None, "็": None, "ํ": None, "์": None, "ฺ": None,
})  # fmt: skip
_SILENT: Final = re.compile("[ก-ฮ][ิุ]?์")
_DOUBLED: Final = re.compile(r"(.)\1+")

# Thai letters and romanised spellings in the same few classes of consonants; vowels say too little to compare.
_CLASSES: Final = {
    "กขฃคฅฆ": "k", "จฉชฌ": "c", "สศษซ": "s", "ดตถทธฎฏฐฑฒ": "t", "บปผพภ": "p", "ฝฟ": "f", "ม": "m", "นณ": "n", "ง": "n",
    "รลฬฤ": "r", "หฮ": "", "วยญอ": "",
}  # fmt: skip
_SKELETON: Final = str.maketrans({letter: name for letters, name in _CLASSES.items() for letter in letters})
_ROMAN: Final = (
    ("ch", "c"), ("kh", "k"), ("th", "t"), ("ph", "p"), ("ng", "n"), ("g", "k"), ("j", "c"), ("d", "t"), ("b", "p"),
    ("v", ""), ("w", ""), ("y", ""), ("h", ""), ("l", "r"), ("q", "k"), ("x", "s"), ("z", "s"),
)  # fmt: skip
_CONSONANTS: Final = frozenset("kcstpfmnr")
# What ends a syllable is heard otherwise: `พร` is written porn, `พล` pol or phon.
_ENDINGS: Final = ((re.compile("r+n*$"), "n"), (re.compile("[sc]$"), "t"))


class Alike(NamedTuple):
    """A name of the register that resembles what was asked for, from 0 to 1."""

    key: str
    likeness: float


def soft(key: str) -> str:
    """The key with letters that sound alike made the same."""
    return _DOUBLED.sub(r"\1", _SILENT.sub("", key).translate(_ALIKE))[:LONGEST_KEY]


def skeleton(key: str) -> str:
    """Classes of consonants: `สมชาย` and `somchai` → `smc`; "" where there is nothing to compare."""
    text = _SILENT.sub("", key).translate(_SKELETON).lower()
    for spelling, name in _ROMAN:
        text = text.replace(spelling, name)
    bones = "".join(letter for letter in text if letter in _CONSONANTS)
    for ending, heard in _ENDINGS:
        bones = ending.sub(heard, bones)
    return _DOUBLED.sub(r"\1", bones)


def forms(key: str) -> set[int]:
    """Every form under which the dictionary holds a name.

    Below 0, hashed: the soft key and all that it is with one letter less (two names with one letter wrong, lacking, too
    many or swapped share one of them), and the skeleton. From 0 on, in the order of their letters: the first seven of
    every ending, so that a fragment is found as the beginning of one.
    """
    base, bones = soft(key), skeleton(key)
    found = {_hashed(text, _LACKING) for text in _lacking_one(base)}
    if len(bones) > 1:
        found.add(_hashed(bones, _BONES))
    ending = 0
    for place in range(len(base) - 1, -1, -1):
        ending = _letter(base[place]) << _HIGHEST | ending >> _LETTER_BITS
        if len(base) - place >= LEAST_FRAGMENT or not place:
            found.add(ending)
    return found


def probes(key: str) -> list[int]:
    """Forms to look up for a name as somebody wrote it."""
    bones = skeleton(key) if key.isascii() else ""
    found = [_hashed(text, _LACKING) for text in sorted(_lacking_one(soft(key)))]
    return [*found, _hashed(bones, _BONES)] if len(bones) > 1 else found


def fragment(key: str) -> tuple[int, int] | None:
    """Bounds, both included, of the endings that begin with a fragment; None if it is too short."""
    base = soft(key)
    if len(base) < LEAST_FRAGMENT:
        return None
    first = 0
    for place, letter in enumerate(base[:_LETTERS]):
        first |= _letter(letter) << _HIGHEST - _LETTER_BITS * place
    return first, first + (1 << _LETTER_BITS * (_LETTERS - min(len(base), _LETTERS))) - 1


def _hashed(text: str, what: int) -> int:
    """Short: names that share it by chance are told apart by their likeness."""
    return ~(what << 32 | crc32(text.encode()))


def _letter(letter: str) -> int:
    """From 1 to 511: Latin and Thai letters each their own, those of other scripts share."""
    code = ord(letter)
    if code < 0x80:
        return max(code, 1)
    return code - 0x0E00 + 0x80 if 0x0E00 < code < 0x0E60 else 0xE0 + code % (0x1FF - 0xE0)


def alike(asked: str, keys: Iterable[str], most: int) -> list[Alike]:
    """The likest names first."""
    wanted, bones = soft(asked), skeleton(asked)
    scored = [Alike(key, round(_likeness(wanted, bones, key, asked), 3)) for key in set(keys)]
    scored.sort(key=lambda found: (-found.likeness, found.key))
    return [found for found in scored if found.likeness >= LEAST_ALIKE][:most]


def _likeness(wanted: str, bones: str, key: str, asked: str) -> float:
    if key == asked:
        return 1.0
    base = soft(key)
    if asked.isascii() and not key.isascii():
        return 0.9 * SequenceMatcher(None, bones, skeleton(key), autojunk=False).ratio()
    if wanted in base:
        return 0.95 if wanted == base else 0.7 + 0.2 * len(wanted) / len(base)
    return 0.95 * SequenceMatcher(None, wanted, base, autojunk=False).ratio()


def _lacking_one(text: str) -> set[str]:
    return {text, *(text[:place] + text[place + 1 :] for place in range(len(text)) if len(text) > LEAST_FRAGMENT)}
