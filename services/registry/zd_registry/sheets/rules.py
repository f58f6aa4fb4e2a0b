"""Which pupil a row means: one and surely, or nobody. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple
from uuid import UUID

from zd_registry.values.faults import RowFault
from zd_registry.values.grades import grade as read_grade
from zd_registry.values.identifiers import IdentifierKind, identifier
from zd_registry.values.names import full_name, given_name, name, name_key

_NUMBERS: Final[tuple[IdentifierKind, ...]] = ("citizen_id", "g_code", "passport")
MOST_ROWS: Final = 50_000


class Pupil(NamedTuple):
    """In the school's list of the term. `ids` are those of merged records too, `marks` keyed hashes of numbers."""

    child_id: UUID
    ids: tuple[UUID, ...]
    marks: tuple[str, ...]
    given_key: str
    family_key: str
    grade: str


class Roster:
    """The pupils of a school in a term, to find one of them by what a row says."""

    def __init__(self, pupils: Iterable[Pupil]) -> None:
        self._by_id: dict[UUID, Pupil] = {}
        self._by_mark: dict[str, Pupil] = {}
        self._by_name: dict[tuple[str, str], list[Pupil]] = defaultdict(list)
        for pupil in pupils:
            self._by_id.update(dict.fromkeys(pupil.ids, pupil))
            self._by_mark.update(dict.fromkeys(pupil.marks, pupil))
            self._by_name[pupil.given_key, pupil.family_key].append(pupil)

    def find(self, cells: Mapping[str, str], marks: Sequence[str]) -> UUID:
        """`marks` are the hashes of the row's number, under every key. Raises RowFault unless one pupil is meant."""
        named = _name_of(cells)
        pupil = self._numbered(cells, marks)
        if pupil is None:
            return self._named(named, _grade_of(cells)).child_id
        if named is not None and pupil.given_key != named[0] and pupil.family_key != named[1]:
            raise RowFault("pupil_contradicted")
        return pupil.child_id

    def _numbered(self, cells: Mapping[str, str], marks: Sequence[str]) -> Pupil | None:
        if said := cells.get("child_id", "").strip():
            try:
                return self._by_id[UUID(said)]
            except (ValueError, KeyError):
                raise RowFault("pupil_not_in_school") from None
        if not marks:
            return None
        found = next((self._by_mark[mark] for mark in marks if mark in self._by_mark), None)
        if found is None:
            raise RowFault("pupil_not_in_school")
        return found

    def _named(self, named: tuple[str, str] | None, grade: str | None) -> Pupil:
        if named is None:
            raise RowFault("pupil_unnamed")
        found = [p for p in self._by_name.get(named, ()) if grade is None or p.grade == grade]
        if not found:
            raise RowFault("pupil_not_in_school")
        if len(found) > 1:
            raise RowFault("pupil_ambiguous")
        return found[0]


def number_of(cells: Mapping[str, str]) -> tuple[str, str] | None:
    """Purpose of the key ring and number; None where there is none, or it is spoiled and the name has to do.

    Raises RowFault where it is spoiled and there is no name.
    """
    for kind in _NUMBERS:
        if not cells.get(kind, "").strip():
            continue
        found = identifier(cells[kind], kind)
        if found.kind is not None:
            return ("citizen_id" if found.kind == "citizen_id" else "other_id"), found.value
        if _name_of(cells) is None and found.problem is not None and not cells.get("child_id", "").strip():
            raise RowFault(found.problem)
    return None


def _name_of(cells: Mapping[str, str]) -> tuple[str, str] | None:
    if cells.get("full_name", "").strip():
        whole = full_name(cells["full_name"])
        return name_key(whole.given), name_key(whole.family)
    if cells.get("given_name", "").strip():
        given, _ = given_name(cells["given_name"])
        return name_key(given), name_key(name(cells.get("family_name", "")))
    return None


def _grade_of(cells: Mapping[str, str]) -> str | None:
    return read_grade(cells["grade"]) if cells.get("grade", "").strip() else None
