"""Hashes and sealed values pass from one key of the ring to another, while everything goes on.

See shared/decisions/0005-rotating-the-index-key.md.
"""

from typing import Any, Final
from uuid import UUID

import asyncpg

from zd_kernel.data.session import WriteSession
from zd_kernel.jobs.table import JobRow, StepResult, again, done
from zd_kernel.keyring import KeyRing
from zd_registry.children.actions import take_turns
from zd_registry.privacy.copies import COPIES, Page
from zd_registry.privacy.models import KeyRotation
from zd_registry.privacy.sealed import TARGETS, Target, renewed
from zd_registry.settings import RegistrySettings

ROWS_AT_ONCE = 5_000
_START: Final = UUID(int=0)


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
    if rotation.target >= len(TARGETS) + len(COPIES):
        rotation.finished_at = session.clock.now()
        return done()
    if (rotation.field_key, rotation.index_key) != keyring.current_keys:
        raise LookupError("the ring has other keys than the rotation began with")
    await take_turns(session)
    connection = await session.driver()
    if rotation.target < len(TARGETS):
        page = await _renew_rows(connection, keyring, TARGETS[rotation.target], rotation.after_id)
    else:
        page = await COPIES[rotation.target - len(TARGETS)](connection, keyring, rotation.after_id)
    rotation.renewed += page.renewed
    ended = page.last is None
    rotation.target, rotation.after_id = (rotation.target + ended, page.last or _START)
    return again(rotation.renewed)


async def _renew_rows(
    connection: "asyncpg.Connection[asyncpg.Record]", keyring: KeyRing, target: Target, after: UUID
) -> Page:
    page = await connection.fetch(
        f"SELECT * FROM {target.table} WHERE id > $1 ORDER BY id LIMIT {ROWS_AT_ONCE}",  # noqa: S608  (names of its own)
        after,
    )
    for_update = [values for row in page if (values := renewed(keyring, target, dict(row)))]
    await _unite(connection, target, for_update)
    await _store(connection, target, for_update)
    return Page(len(for_update), page[-1]["id"] if page else None)


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
