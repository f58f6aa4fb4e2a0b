"""How a name that somebody half remembers, mishears or mistypes finds the names that the register holds.

Persons are never compared one by one: the register's distinct names are a dictionary (`name_form`), far smaller than
the register, whose entries lie under every form by which they may be asked for. Pure: text in, text out.
"""

import re
from collections.abc import Iterable
from difflib import SequenceMatcher
from typing import Final, NamedTuple

LONGEST_KEY: Final = 40
"""Of longer names only the beginning is indexed."""
LEAST_FRAGMENT: Final = 2
LEAST_ALIKE: Final = 0.6
"""Below this likeness (0 to 1) a name is not offered."""

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


def forms(key: str) -> list[str]:
    """Every form under which the dictionary holds a name; one letter of each form says what it is.

    `d` the soft key and all that it is with one letter less: two names with one letter wrong, lacking, too many or
    swapped share one of them. `x` every ending, so that a fragment is found as the beginning of one. `r` the skeleton.
    """
    base = soft(key)
    found = {f"d{text}" for text in _lacking_one(base)}
    found |= {f"x{base[start:]}" for start in range(max(1, len(base) - LEAST_FRAGMENT + 1))}
    if len(bones := skeleton(key)) > 1:
        found.add(f"r{bones}")
    return sorted(found)


def probes(key: str) -> list[str]:
    """Forms to look up for a name as somebody wrote it."""
    bones = skeleton(key) if key.isascii() else ""
    return [*(f"d{text}" for text in sorted(_lacking_one(soft(key)))), *((f"r{bones}",) if len(bones) > 1 else ())]


def fragment(key: str) -> tuple[str, str] | None:
    """Bounds, the last not included, of the endings that begin with a fragment; None if it is too short."""
    base = soft(key)
    return (f"x{base}", f"x{base}\U0010ffff") if len(base) >= LEAST_FRAGMENT else None


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
