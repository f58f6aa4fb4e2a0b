"""Hashes and sealed values pass from one key of the ring to another, while everything goes on.

See shared/decisions/0005-rotating-the-index-key.md.
"""

import json
from typing import Any, Final, NamedTuple
from uuid import UUID

import asyncpg

from zd_kernel.data.session import WriteSession
from zd_kernel.jobs.table import JobRow, StepResult, again, done
from zd_kernel.keyring import KeyRing
from zd_registry.children.actions import take_turns
from zd_registry.children.rules import CITIZEN_ID, OTHER_ID
from zd_registry.households.actions import ADDRESS, HOUSE_CODE, NAME, NEED, PHONE
from zd_registry.privacy.holdings import CORRECTION, DETAILS
from zd_registry.privacy.models import KeyRotation
from zd_registry.screening.actions import ANSWERS
from zd_registry.screening.following import FOLLOW_UP_NOTE
from zd_registry.settings import RegistrySettings
from zd_registry.transitions.actions import NOTE
from zd_registry.values.names import name_key

ROWS_AT_ONCE = 5_000
_START: Final = UUID(int=0)


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
# A file may have made somebody anew under the new key meanwhile: the two become one, as the hash says they are.
SAME: Final = {
    "guardian": (
        """UPDATE child_guardian l SET guardian_id = n.id FROM guardian n
        WHERE l.guardian_id = $1 AND n.citizen_id_index = $2 AND n.id <> $1 AND NOT EXISTS (
            SELECT FROM child_guardian o WHERE o.child_id = l.child_id AND o.guardian_id = n.id)""",
        """DELETE FROM guardian WHERE id = $1
            AND EXISTS (SELECT FROM guardian n WHERE n.citizen_id_index = $2 AND n.id <> $1)""",
    ),
    "household": (
        """UPDATE child c SET household_id = n.id FROM household n
        WHERE c.household_id = $1 AND n.house_code_index = $2 AND n.id <> $1""",
        """DELETE FROM household WHERE id = $1
            AND EXISTS (SELECT FROM household n WHERE n.house_code_index = $2 AND n.id <> $1)""",
    ),
}
_UNIQUE: Final = {"guardian": "citizen_id_index", "household": "house_code_index"}


async def rotate(session: WriteSession, job: JobRow, *, settings: RegistrySettings) -> StepResult:
    """The next rows of a table, in turn with the steps of imports; the place is kept with what was done."""
    rotation = await session.get_one(KeyRotation, UUID(job.args["rotation_id"]), with_for_update=True)
    keyring = KeyRing.from_settings(settings)
    if rotation.target >= len(TARGETS):
        rotation.finished_at = session.clock.now()
        return done()
    if (rotation.field_key, rotation.index_key) != keyring.current_keys:
        raise LookupError("the ring has other keys than the rotation began with")
    await take_turns(session)
    target, connection = TARGETS[rotation.target], await session.driver()
    page = await connection.fetch(
        f"SELECT * FROM {target.table} WHERE id > $1 ORDER BY id LIMIT {ROWS_AT_ONCE}",  # noqa: S608  (names of its own)
        rotation.after_id,
    )
    for_update = [values for row in page if (values := _renewed(keyring, target, dict(row)))]
    await _unite(connection, target, for_update)
    await _store(connection, target, for_update)
    rotation.renewed += len(for_update)
    rotation.target, rotation.after_id = (rotation.target, page[-1]["id"]) if page else (rotation.target + 1, _START)
    return again(rotation.renewed)


def _renewed(keyring: KeyRing, target: Target, row: dict[str, Any]) -> dict[str, Any]:
    """The new values of the row by column, with its id; empty if all are of the present keys."""
    field_key, index_key = (f"{key}." for key in keyring.current_keys)
    new: dict[str, Any] = {}
    for column, given, index in target.columns:
        sealed = row[column]
        if sealed is None:
            continue
        if column == "details":
            new |= _details(keyring, json.loads(sealed), str(row["id"]), (field_key, index_key))
            continue
        purpose = given or (CITIZEN_ID if row["kind"] == "citizen_id" else OTHER_ID)
        stale = index is not None and not (row[index] or index_key).startswith(index_key)
        if sealed.startswith(field_key) and not stale:
            continue
        bound = str(row[target.bound])
        value = keyring.decrypt(purpose, sealed, bound)
        new[column] = keyring.encrypt(purpose, value, bound)
        if index is not None and row[index] is not None:
            new[index] = keyring.blind(purpose, name_key(value) if purpose == NAME else value)
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


async def _unite(connection: "asyncpg.Connection[asyncpg.Record]", target: Target, rows: list[dict[str, Any]]) -> None:
    unique = _UNIQUE.get(target.table)
    if unique is None:
        return
    taken = {
        row[0]
        for row in await connection.fetch(
            f"SELECT {unique} FROM {target.table} WHERE {unique} = ANY ($1::text[])",  # noqa: S608  (names of its own)
            [row[unique] for row in rows if row.get(unique)],
        )
    }
    for row in rows:
        if row.get(unique) in taken:
            for statement in SAME[target.table]:
                await connection.execute(statement, row["id"], row[unique])


async def _store(connection: "asyncpg.Connection[asyncpg.Record]", target: Target, rows: list[dict[str, Any]]) -> None:
    columns = [name for sealed in target.columns for name in (sealed.column, sealed.hashed) if name is not None]
    for column in columns:
        changed = [(row["id"], row[column]) for row in rows if column in row]
        if changed:
            kind = "jsonb" if column == "details" else "text"
            await connection.execute(
                f"UPDATE {target.table} t SET {column} = n.value::{kind}"  # noqa: S608  (names of its own)
                " FROM unnest($1::uuid[], $2::text[]) AS n(id, value) WHERE t.id = n.id",
                *(list(part) for part in zip(*changed, strict=True)),
            )
