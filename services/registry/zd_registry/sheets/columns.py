"""What the columns of a sheet are. Light: no reader is imported."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from zd_registry.files.rules import recognise
from zd_registry.files.writings import plain
from zd_registry.sheets.kinds import SheetKind

_PUPIL: Final = (
    "citizen_id", "g_code", "passport", "given_name", "family_name", "full_name", "title", "grade", "nickname"
)  # fmt: skip
_CHILD_ID: Final = {plain(writing) for writing in ("child_id", "child id", "รหัสเด็ก")}


class Columns(NamedTuple):
    """`{canonical: position}`, and what of the header is missing."""

    positions: Mapping[str, int]
    missing: tuple[str, ...]


def columns_of(kind: SheetKind, header: Sequence[str], sample: Sequence[Sequence[str]]) -> Columns:
    """The kind's own columns go before the pupil's, and of two columns with one name the first counts."""
    own = {plain(writing): canonical for canonical, writings in kind.columns.items() for writing in writings}
    known = recognise("social", header, sample=sample).positions
    found: dict[str, int] = {}
    for place, cell in enumerate(header):
        canonical = own.get(plain(cell)) or kind.any_column(cell) or ("child_id" if plain(cell) in _CHILD_ID else None)
        if canonical is not None:
            found.setdefault(canonical, place)
    taken = set(found.values())
    wanted = {*_PUPIL, *kind.takes}
    found |= {c: p for c, p in known.items() if c in wanted and p not in taken and c not in found}
    missing = [each for each in kind.required if each not in found]
    if not found.keys() & {"child_id", "citizen_id", "g_code", "passport", "full_name", "given_name"}:
        missing.insert(0, "pupil")
    return Columns(found, tuple(missing))
