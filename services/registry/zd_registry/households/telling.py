"""What the files of a step say of guardians, houses and needs, taken in set by set."""

import json
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple
from uuid import UUID

from zd_kernel.data.session import WriteSession
from zd_kernel.ids import uuid7
from zd_kernel.keyring import KeyRing
from zd_registry.children.rules import CITIZEN_ID
from zd_registry.households import queries, rules
from zd_registry.households.actions import ADDRESS, HOUSE_CODE, NAME, NEED, PHONE


class Told(NamedTuple):
    """`details`: canonical column → what the cell says."""

    child_id: UUID
    area: int
    details: Mapping[str, str]


DETAILS: Final = "details"
"""The key ring's purpose of what optional columns say, sealed as one JSON object."""
_GUARDIAN_COLUMNS: Final = (
    "own_id", "child_id", "area", "name_encrypted", "name_index", "citizen_id_index", "citizen_id_encrypted",
    "phone_encrypted", "relation", "main",
)  # fmt: skip
_HOUSE_COLUMNS: Final = (
    "own_id", "child_id", "area", "house_code_index", "house_code_encrypted", "address_encrypted",
)  # fmt: skip
_NEED_COLUMNS: Final = ("id", "child_id", "area", "kind", "code", "detail_encrypted")


def opened(keyring: KeyRing, sealed: str | None, bound_to: str) -> dict[str, str]:
    """Canonical column → what the cell says; nothing where nothing was sealed."""
    if sealed is None:
        return {}
    said: dict[str, str] = json.loads(keyring.decrypt(DETAILS, sealed, bound_to))
    return said


def marks(keyring: KeyRing, details: Mapping[str, str]) -> str:
    """Of the guardians whom a row names what `GUARDIAN_MARKS` holds of a child's, the main one first."""
    found = sorted(rules.guardians(details), key=lambda guardian: not guardian.main)
    return " ".join(hashed.partition(".")[2][:16] for hashed in keyring.blind_many(NAME, [each.key for each in found]))


async def take_told(
    session: WriteSession, keyring: KeyRing, told: Iterable[Told], *, feed_kind: str, source: str, import_id: UUID
) -> None:
    """Guardians with a citizen ID are one person for all their children; others are told apart by child and name. What
    is known already stays; nothing is taken away because a file is silent."""
    rows = list(told)
    guardians = [_guardian(keyring, row, found) for row in rows for found in rules.guardians(row.details)]
    houses = [_house(keyring, row, code) for row in rows if (code := rules.house_code(row.details)) is not None]
    needs = [_need(keyring, row, found) for row in rows for found in rules.needs(feed_kind, row.details)]
    connection = await session.driver()
    now = session.clock.now()
    if guardians:
        await connection.execute(queries.TOLD_GUARDIANS)
        await connection.copy_records_to_table("told_guardian", records=guardians, columns=_GUARDIAN_COLUMNS)
        for statement in queries.KNOW_GUARDIANS:
            await connection.execute(statement)
        await connection.execute(queries.STORE_GUARDIANS, now)
        # Somebody may have entered the same guardian meanwhile.
        await connection.execute(queries.KNOW_GUARDIANS[0])
        await connection.execute(queries.LINK_GUARDIANS, import_id, now)
    if houses:
        await connection.execute(queries.TOLD_HOUSES)
        await connection.copy_records_to_table("told_house", records=houses, columns=_HOUSE_COLUMNS)
        await connection.execute(queries.STORE_HOUSES, now)
        await connection.execute(queries.MOVE_IN)
    if needs:
        await connection.execute(queries.TOLD_NEEDS)
        await connection.copy_records_to_table("told_need", records=needs, columns=_NEED_COLUMNS)
        await connection.execute(queries.STORE_NEEDS, source, import_id, now)


def _guardian(keyring: KeyRing, row: Told, found: rules.ToldGuardian) -> tuple[object, ...]:
    own_id = uuid7()
    number, phone = found.citizen_id, found.phone
    return (
        own_id,
        row.child_id,
        row.area,
        keyring.encrypt(NAME, found.name, str(own_id)),
        keyring.blind(NAME, found.key),
        keyring.blind(CITIZEN_ID, number) if number else None,
        keyring.encrypt(CITIZEN_ID, number, str(own_id)) if number else None,
        keyring.encrypt(PHONE, phone, str(own_id)) if phone else None,
        found.relation,
        found.main,
    )


def _house(keyring: KeyRing, row: Told, code: str) -> tuple[object, ...]:
    own_id, address = uuid7(), rules.address(row.details)
    return (
        own_id,
        row.child_id,
        row.area,
        keyring.blind(HOUSE_CODE, code),
        keyring.encrypt(HOUSE_CODE, code, str(own_id)),
        keyring.encrypt(ADDRESS, address, str(own_id)) if address else None,
    )


def _need(keyring: KeyRing, row: Told, found: rules.ToldNeed) -> tuple[object, ...]:
    own_id = uuid7()
    detail = keyring.encrypt(NEED, found.detail, str(own_id)) if found.detail else None
    return own_id, row.child_id, row.area, found.kind, found.code, detail
