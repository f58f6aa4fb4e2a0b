"""Which columns hold sealed and hashed values, and what they are under the present keys."""

import json
from typing import Any, Final, NamedTuple

from zd_kernel.keyring import KeyRing
from zd_registry.children.rules import CITIZEN_ID, OTHER_ID
from zd_registry.households.actions import ADDRESS, HOUSE_CODE, NAME, NEED, PHONE
from zd_registry.households.rules import guardian_key
from zd_registry.oneroster.remembering import ROSTER_ID
from zd_registry.privacy.holdings import CORRECTION, DETAILS
from zd_registry.screening.actions import ANSWERS
from zd_registry.screening.following import FOLLOW_UP_NOTE
from zd_registry.transitions.actions import NOTE


class SealedColumn(NamedTuple):
    """`hashed`: the column with the hash of the value, if there is one. `purpose` None: by the row's kind."""

    column: str
    purpose: str | None
    hashed: str | None = None


class Target(NamedTuple):
    table: str
    columns: tuple[SealedColumn, ...]
    bound: str = "id"


TARGETS: Final = (
    Target("child", (SealedColumn("citizen_id_encrypted", CITIZEN_ID, "citizen_id_index"),)),
    Target("child_identifier", (SealedColumn("value_encrypted", None, "value_index"),), "child_id"),
    Target(
        "guardian",
        (
            SealedColumn("name_encrypted", NAME, "name_index"),
            SealedColumn("citizen_id_encrypted", CITIZEN_ID, "citizen_id_index"),
            SealedColumn("phone_encrypted", PHONE),
        ),
    ),
    Target(
        "household",
        (
            SealedColumn("house_code_encrypted", HOUSE_CODE, "house_code_index"),
            SealedColumn("address_encrypted", ADDRESS),
        ),
    ),
    Target("roster_pupil", (SealedColumn("source_encrypted", ROSTER_ID, "source_index"),)),
    Target("child_need", (SealedColumn("detail_encrypted", NEED),)),
    Target("intention", (SealedColumn("note_encrypted", NOTE),)),
    Target("correction", (SealedColumn("old_encrypted", CORRECTION),)),
    Target("screening", (SealedColumn("answers_encrypted", ANSWERS),)),
    Target("screening_follow_up", (SealedColumn("note_encrypted", FOLLOW_UP_NOTE),)),
    Target(
        "unlinked_record",
        (SealedColumn("citizen_id_encrypted", CITIZEN_ID, "citizen_id_index"), SealedColumn("details", DETAILS)),
    ),
)


def renewed(keyring: KeyRing, target: Target, row: dict[str, Any]) -> dict[str, Any]:
    """The new values of the row by column, with its id; empty if all are of the present keys."""
    field_key, index_key = (f"{key}." for key in keyring.current_keys)
    new: dict[str, Any] = {}
    for place in target.columns:
        column, index, sealed = place.column, place.hashed, row[place.column]
        if sealed is None:
            continue
        if column == "details":
            new |= _details(keyring, json.loads(sealed), str(row["id"]), (field_key, index_key))
            continue
        purpose = _purpose(row, place)
        stale = index is not None and not (row[index] or index_key).startswith(index_key)
        if sealed.startswith(field_key) and not stale:
            continue
        bound = str(row[target.bound])
        value = keyring.decrypt(purpose, sealed, bound)
        new[column] = keyring.encrypt(purpose, value, bound)
        if index is not None and row[index] is not None:
            new[index] = keyring.blind(purpose, guardian_key(value) if purpose == NAME else value)
    return new | {"id": row["id"]} if new else {}


def _details(keyring: KeyRing, details: dict[str, Any], bound: str, current: tuple[str, str]) -> dict[str, Any]:
    before = json.dumps(details, sort_keys=True)
    if "sealed" in details and not details["sealed"].startswith(current[0]):
        details["sealed"] = keyring.encrypt(DETAILS, keyring.decrypt(DETAILS, details["sealed"], bound), bound)
    other = details.get("other_id")
    if other and not (other["encrypted"].startswith(current[0]) and other["index"].startswith(current[1])):
        value = keyring.decrypt(OTHER_ID, other["encrypted"], bound)
        details["other_id"] = other | {
            "index": keyring.blind(OTHER_ID, value), "encrypted": keyring.encrypt(OTHER_ID, value, bound)
        }  # fmt: skip
    return {} if json.dumps(details, sort_keys=True) == before else {"details": json.dumps(details, ensure_ascii=False)}


def opened(keyring: KeyRing, target: Target, row: dict[str, Any], column: SealedColumn) -> str:
    """What the column says, whatever keys it is under; with what it is bound to."""
    bound, sealed = str(row[target.bound]), row[column.column]
    if column.column == "details":
        told = json.loads(sealed)
        if "sealed" in told:
            told["sealed"] = keyring.decrypt(DETAILS, told["sealed"], bound)
        if other := told.get("other_id"):
            told["other_id"] = other | {"index": "", "encrypted": keyring.decrypt(OTHER_ID, other["encrypted"], bound)}
        return json.dumps([bound, told], sort_keys=True)
    return json.dumps([bound, keyring.decrypt(_purpose(row, column), sealed, bound)])


def _purpose(row: dict[str, Any], column: SealedColumn) -> str:
    return column.purpose or (CITIZEN_ID if row["kind"] == "citizen_id" else OTHER_ID)
