"""Many systems call a teacher by the citizen ID: kept as a keyed hash, by which a later package finds them too."""

from base64 import urlsafe_b64decode
from collections.abc import Collection, Mapping
from typing import Any, Final

from zd_kernel.keyring import KeyRing
from zd_registry.oneroster.remembering import ROSTER_ID
from zd_registry.values.identifiers import identifier

# 12 bytes of the hash; hexadecimal, so that no table takes a code for a formula.
_LENGTH: Final = 16


def veil_teachers(keyring: KeyRing, told: Mapping[str, Any], known: Collection[str]) -> None:
    """Codes and ids of teachers, in place. `known`: those that are stored; one hashed under a former key stays."""
    for each in told["teachers"]:
        each["code"], each["id"] = _veiled(keyring, each["code"], known), _veiled(keyring, each["id"], known)
    for each in told["assigned"]:
        each["teacher"] = _veiled(keyring, each["teacher"], known)


def _veiled(keyring: KeyRing, said: str, known: Collection[str]) -> str:
    found = identifier(said)
    if found.kind != "citizen_id":
        return said
    hashes = [mark.rpartition(".")[2][:_LENGTH] for mark in keyring.blind_all(ROSTER_ID, found.value)]
    marks = [urlsafe_b64decode(each).hex() for each in hashes]
    return next((mark for mark in marks if mark in known), marks[0])
