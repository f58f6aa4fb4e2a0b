"""In which classes a piece of a roster says that whom is. Runs in a subprocess, beside the heavy readers."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from zd_kernel.keyring import KeyRing
from zd_registry.intake.pieces import unpack
from zd_registry.oneroster.remembering import Called, call
from zd_registry.settings import RegistrySettings
from zd_registry.sheets.rules import Pupil, Roster, number_of
from zd_registry.values.faults import RowFault

_SIGNS: Final = ("citizen_id", "g_code", "passport", "given_name", "family_name")


class Seat(NamedTuple):
    """`class_id` as the package names it, days as it writes them."""

    school: str
    child_id: UUID
    class_id: str
    begin: str
    end: str
    gone: str


class Columns(NamedTuple):
    """Where the classes and the sender's id of a pupil stand, and what the check recognised."""

    seats: int
    source: int
    positions: Mapping[str, int]


class Seated(NamedTuple):
    """What a piece says: places in classes, the pupils (school, child) of whom it says all of them, of how many nobody
    knows surely who they are, and by which ids (hashed) it calls the others."""

    seats: list[Seat]
    named: list[tuple[str, UUID]]
    lost: int
    called: dict[str, Called]

    def joined(self, other: "Seated") -> "Seated":
        return Seated(
            self.seats + other.seats, self.named + other.named, self.lost + other.lost, self.called | other.called
        )


def seats_in(
    settings: RegistrySettings, import_id: UUID, ordinal: int, sealed: bytes,
    columns: Columns, pupils: Mapping[str, Sequence[Pupil]], schools: Mapping[str, str],
) -> Seated:  # fmt: skip
    """`schools`: what the package calls otherwise than by its code. Runs in a subprocess."""
    keyring = KeyRing.from_settings(settings)
    positions = columns.positions
    rosters = {code: Roster(held) for code, held in pupils.items()}
    found = Seated([], [], 0, {})
    for cells in unpack(keyring, sealed, import_id, ordinal).cells.iter_rows():
        said = cells[positions["organisation"]]
        school = schools.get(said, said)
        if school not in rosters:
            continue
        signs = {name: cells[positions[name]] for name in _SIGNS if name in positions}
        try:
            number = number_of(signs)
            child_id = rosters[school].find(signs, keyring.blind_all(*number) if number else [])
        except RowFault:
            found = found._replace(lost=found.lost + bool(cells[columns.seats]))
            continue
        found.named.append((school, child_id))
        found.seats.extend(Seat(school, child_id, *seat) for seat in json.loads(cells[columns.seats] or "[]"))
        if cells[columns.source]:
            found.called.update([call(keyring, cells[columns.source], child_id)])
    return found


def named_before(
    told: Sequence[Mapping[str, Any]], pupils: Mapping[str, Sequence[Pupil]], remembered: Mapping[str, UUID]
) -> Seated:
    """Places of pupils whom a package of changes does not name: found by the id under which this registry tells of
    them, or by the one under which an earlier package did."""
    known = {(code, str(each)): pupil.child_id for code, held in pupils.items() for pupil in held for each in pupil.ids}
    listed = {(code, pupil.child_id) for code, held in pupils.items() for pupil in held}

    def named(school: str, user: str) -> UUID | None:
        before = remembered.get(user)
        return known.get((school, user.lower())) or (before if (school, before) in listed else None)

    seats = [
        Seat(one["organisation"], child_id, one["class"], one["begin"], one["end"], "true" if one["removed"] else "")
        for one in told
        if (child_id := named(one["organisation"], one["user"]))
    ]
    return Seated(seats, [(seat.school, seat.child_id) for seat in seats], len(told) - len(seats), {})


def day_of(cell: str) -> date | None:
    try:
        return date.fromisoformat(cell[:10])
    except ValueError:
        return None


def last_of(cell: str) -> date | None:
    """OneRoster's end is the first day without."""
    day = day_of(cell)
    return None if day is None else day - timedelta(days=1)
