"""What a column is, by its header and by what it holds; what a kind of file must have. Light: no reader is imported."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from zd_kernel.problems import Text
from zd_registry.files.headers import CANONICAL
from zd_registry.files.writings import PROPOSED_BELOW, THAI_DIGITS, lookup, plain

KINDS: Final = ("population", "enrolment", "nonformal", "social", "health", "disability")
Alternatives = tuple[frozenset[str], ...]
_NAME: Final[Alternatives] = (frozenset({"full_name"}), frozenset({"given_name", "family_name"}))
_BORN: Final[Alternatives] = (frozenset({"birth_date"}), frozenset({"birth_year"}))
_KNOWN_BY: Final[Alternatives] = (
    frozenset({"citizen_id"}), frozenset({"g_code"}), frozenset({"passport"}), *_BORN
)  # fmt: skip
_PLACE: Final[Alternatives] = (frozenset({"area"}), frozenset({"tambon"}))
_SCHOOL: Final[Alternatives] = (frozenset({"organisation"}), frozenset({"organisation_name"}))
REQUIRED: Final[dict[str, tuple[Alternatives, ...]]] = {
    "population": (_NAME, _BORN, _PLACE),
    "enrolment": (_NAME, _KNOWN_BY, _SCHOOL),
    "nonformal": (_NAME, _KNOWN_BY),
    "social": (_NAME, _KNOWN_BY),
    "health": (_NAME, _KNOWN_BY),
    "disability": (_NAME, _KNOWN_BY),
}
"""`{kind: groups}`; of each group one alternative must be there, with all of its columns."""
WANTED: Final = {
    "population": ("citizen_id", "sex"),
    "enrolment": ("citizen_id", "grade", "birth_date"),
    "nonformal": ("citizen_id", "birth_date", "organisation"),
    "social": ("citizen_id", "birth_date", "need_kind"),
    "health": ("citizen_id", "birth_date", "need_kind"),
    "disability": ("citizen_id", "birth_date", "disability_kind"),
}
"""`{kind: columns}` without which fewer people are recognised; their absence is told, not refused."""

_DIGITS: Final = re.compile(r"[\s\-]", re.ASCII)


class Column(NamedTuple):
    """`key` is the header made unique (`ชื่อ`, `ชื่อ (2)`), which mappings use; `canonical` None = left alone.

    `score` 0 to 1. A `proposed` column is not used until a mapping names it.
    """

    position: int
    key: str
    canonical: str | None
    score: float
    proposed: bool = False


@dataclass(frozen=True, slots=True)
class Recognition:
    """`missing`: groups of which no alternative is there; `twice`: `{canonical: keys}`; `wanted`: advisable, absent."""

    columns: tuple[Column, ...]
    missing: tuple[Alternatives, ...]
    twice: dict[str, tuple[str, ...]]
    wanted: tuple[str, ...]

    @property
    def positions(self) -> dict[str, int]:
        """`{canonical: position}` of the columns in use."""
        return {c.canonical: c.position for c in self.columns if c.canonical and not c.proposed}

    @property
    def complete(self) -> bool:
        return not self.missing and not self.twice

    @property
    def advice(self) -> list[Text]:
        """What the sender has to do before the file can be taken; empty if `complete`."""
        said = [_missing_text(group) for group in self.missing]
        for canonical, keys in self.twice.items():
            names = ", ".join(f"“{key}”" for key in keys)
            said.append(
                Text(
                    f"คอลัมน์ {names} ตรงกับ {canonical} ทั้งหมด โปรดเลือกเพียงคอลัมน์เดียว",
                    f"The columns {names} all read as {canonical}. Choose one of them in the mapping.",
                )
            )
        return said


def _missing_text(group: Alternatives) -> Text:
    thai = " หรือ ".join(" กับ ".join(SYNONYM_SHOWN.get(c, c) for c in sorted(one)) for one in group)
    english = " or ".join(" with ".join(sorted(one)) for one in group)
    return Text(
        f"ไม่พบคอลัมน์ {thai} โปรดเพิ่มคอลัมน์ หรือระบุว่าคอลัมน์ใดคือข้อมูลนี้",
        f"There is no column for {english}. Add it, or map one of your columns to it.",
    )


SYNONYM_SHOWN: Final = {
    "full_name": "ชื่อ-นามสกุล", "given_name": "ชื่อ", "family_name": "นามสกุล",
    "birth_date": "วันเดือนปีเกิด", "birth_year": "ปีเกิด", "citizen_id": "เลขประจำตัวประชาชน", "g_code": "รหัส G",
    "passport": "เลขหนังสือเดินทาง", "area": "รหัสตำบล", "tambon": "ตำบล",
    "organisation": "รหัสสถานศึกษา", "organisation_name": "ชื่อสถานศึกษา",
}  # fmt: skip
"""How the columns that files must have are called in Thai."""


def keys_of(header: Sequence[str]) -> list[str]:
    """Headers made unique: a repeated one gets ` (2)`; a blank one is named after its position, from 1: `#3`."""
    seen: Counter[str] = Counter()
    keys = []
    for position, cell in enumerate(header, start=1):
        name = " ".join(cell.split()) or f"#{position}"
        seen[name] += 1
        keys.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return keys


def recognise(
    kind: str,
    header: Sequence[str],
    *,
    mapping: Mapping[str, str | None] | None = None,
    sample: Sequence[Sequence[str]] = (),
) -> Recognition:
    """What each column of a file of `kind` is. `mapping` is `{key or header: canonical or None}` and overrides.

    `sample` is some of the rows: a column of valid citizen IDs under an odd header is proposed, a name in one cell
    under `ชื่อ` is told from a given name, and a name spread under one merged header is taken apart.
    """
    keys = keys_of(header)
    columns = [_by_header(position, key, cell) for position, (key, cell) in enumerate(zip(keys, header, strict=True))]
    columns = _by_content(columns, header, sample)
    columns = [_mapped(column, mapping or {}) for column in columns]
    taken = {c.canonical for c in columns if c.canonical and c.score > 1}
    columns = [c._replace(canonical=None, score=0) if c.canonical in taken and c.score <= 1 else c for c in columns]
    columns, twice = _one_each(columns, sample)
    there = {c.canonical for c in columns if c.canonical and not c.proposed}
    missing = tuple(group for group in REQUIRED[kind] if not any(one <= there | set(twice) for one in group))
    wanted = tuple(c for c in WANTED[kind] if c not in there)
    return Recognition(tuple(c._replace(score=min(c.score, 1.0)) for c in columns), missing, twice, wanted)


def mapping_faults(mapping: Mapping[str, str | None]) -> list[Text]:
    """What is wrong with a mapping that somebody wrote: unknown canonical names, one name for two columns."""
    named = Counter(name for name in mapping.values() if name is not None)
    faults = [
        Text(f"ไม่มีคอลัมน์มาตรฐานชื่อ {name[:60]}", f"There is no canonical column named {name[:60]}.")
        for name in named
        if name not in CANONICAL
    ]
    return faults + [
        Text(f"{name} ถูกจับคู่กับหลายคอลัมน์ โปรดเลือกเพียงคอลัมน์เดียว", f"{name} is mapped to several columns. Choose one.")
        for name, count in named.items()
        if count > 1 and name in CANONICAL
    ]


def valid_citizen_id(cell: str) -> bool:
    """13 digits whose last is (11 − Σ dᵢ·(13−i) mod 11) mod 10, dashes, spaces and Thai digits allowed."""
    text = _DIGITS.sub("", cell.strip().translate(THAI_DIGITS))
    if len(text) != 13 or not (text.isascii() and text.isdigit()):
        return False
    return (11 - sum((13 - i) * int(digit) for i, digit in enumerate(text[:12])) % 11) % 10 == int(text[12])


def _by_header(position: int, key: str, cell: str) -> Column:
    found = lookup(cell.strip()) if cell.strip() else None
    if found is None:
        return Column(position, key, None, 0)
    return Column(position, key, found[0], found[1], found[1] < PROPOSED_BELOW)


def _mapped(column: Column, mapping: Mapping[str, str | None]) -> Column:
    wanted = {plain(key): canonical for key, canonical in mapping.items()}
    for name in (column.key, plain(column.key)):
        source = mapping if name == column.key else wanted
        if name in source:
            return column._replace(canonical=source[name], score=2.0, proposed=False)
    return column


def _by_content(columns: list[Column], header: Sequence[str], sample: Sequence[Sequence[str]]) -> list[Column]:
    there = {c.canonical for c in columns}
    if "given_name" in there and "family_name" not in there:  # the civil register's ชื่อตัว and ชื่อสกุล
        columns = [c._replace(canonical="family_name") if plain(c.key) == "ชื่อสกุล" else c for c in columns]
    held = [[row[p].strip() for row in sample if p < len(row) and row[p].strip()] for p in range(len(columns))]
    for place, column in enumerate(columns):
        cells = held[place]
        if not cells:
            continue
        if column.canonical in {None, "ordinal"} and "citizen_id" not in there:
            if len(cells) >= 3 and sum(map(valid_citizen_id, cells)) >= 0.8 * len(cells):
                columns[place] = column._replace(canonical="citizen_id", score=0.6, proposed=True)
        elif column.canonical == "given_name" and not there & {"family_name", "full_name"}:
            if not _spread(columns, header, held, place) and sum(" " in cell for cell in cells) >= 0.6 * len(cells):
                columns[place] = column._replace(canonical="full_name", score=0.85)
        elif column.canonical == "full_name" and not there & {"family_name", "given_name"}:
            _spread(columns, header, held, place)
    return columns


def _spread(columns: list[Column], header: Sequence[str], held: Sequence[Sequence[str]], place: int) -> bool:
    """A name under one merged header: `ชื่อ-สกุล` over two cells (given, family) or three (title, given, family)."""
    blanks = 0
    while place + blanks + 1 < len(header) and not header[place + blanks + 1].strip() and blanks < 2:
        after = held[place + blanks + 1]
        if not after or sum(any(c.isdigit() for c in cell) for cell in after) > 0.2 * len(after):
            break
        blanks += 1
    parts = {1: ("given_name", "family_name"), 2: ("title", "given_name", "family_name")}.get(blanks, ())
    for offset, canonical in enumerate(parts):
        columns[place + offset] = columns[place + offset]._replace(canonical=canonical, score=0.85, proposed=False)
    return bool(parts)


def _one_each(
    columns: list[Column], sample: Sequence[Sequence[str]]
) -> tuple[list[Column], dict[str, tuple[str, ...]]]:
    twice: dict[str, tuple[str, ...]] = {}
    for canonical in dict.fromkeys(c.canonical for c in columns if c.canonical and not c.proposed):
        rivals = [c for c in columns if c.canonical == canonical and not c.proposed]
        best = [c for c in rivals if c.score == max(r.score for r in rivals)]
        if len(best) > 1 and sample:
            filled = [c for c in best if any(c.position < len(row) and row[c.position].strip() for row in sample)]
            best = filled or best[:1]
        losers = [c.position for c in rivals if c not in best] if len(best) == 1 else [c.position for c in rivals]
        columns = [c._replace(canonical=None, score=0) if c.position in losers else c for c in columns]
        if len(best) > 1:
            twice[str(canonical)] = tuple(c.key for c in best)
    ignored = {"ordinal", "need_detail", "phone", "address"}
    return columns, {name: keys for name, keys in twice.items() if name not in ignored}
