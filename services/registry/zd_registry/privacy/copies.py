"""Copies of rows pass to the present keys after the rows themselves: refused cells as uploaded, snapshots of merges."""
# ruff: noqa: S608  (names of tables and columns are the code's own)

import json
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Final, NamedTuple, TypeAlias
from uuid import UUID

import asyncpg

from zd_kernel.keyring import KeyRing
from zd_registry.duplicates.merging import SNAPSHOT, open_snapshot
from zd_registry.imports.sealing import open_cells, seal_cells
from zd_registry.privacy.sealed import TARGETS, SealedColumn, Target, opened, renewed

_CELLS_AT_ONCE: Final = 5_000
_SNAPSHOTS_AT_ONCE: Final = 100

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Row = dict[str, Any]


class Page(NamedTuple):
    """How many were made anew, and the id of the last one looked at; None where the table has ended."""

    renewed: int
    last: UUID | None


async def _cells(connection: Connection, keyring: KeyRing, after: UUID, *, table: str, owner: str) -> Page:
    rows = await connection.fetch(
        f"SELECT {owner} AS owner, row, cells FROM {table}"
        f" WHERE {owner} >= $1 AND cells <> '' AND NOT starts_with(cells, $2)"
        f" ORDER BY {owner}, row LIMIT {_CELLS_AT_ONCE}",
        after,
        f"{keyring.current_keys[0]}.",
    )
    anew = [seal_cells(keyring, open_cells(keyring, cells, of, row), of, row) for of, row, cells in rows]
    await connection.execute(
        f"UPDATE {table} t SET cells = n.cells FROM unnest($1::uuid[], $2::int[], $3::text[]) AS n(owner, row, cells)"
        f" WHERE t.{owner} = n.owner AND t.row = n.row",
        [row["owner"] for row in rows],
        [row["row"] for row in rows],
        anew,
    )
    return Page(len(rows), rows[-1]["owner"] if rows else None)


async def _snapshots(connection: Connection, keyring: KeyRing, after: UUID) -> Page:
    rows = await connection.fetch(
        "SELECT id, snapshot FROM child_merge WHERE id > $1 AND snapshot IS NOT NULL ORDER BY id"
        f" LIMIT {_SNAPSHOTS_AT_ONCE}",
        after,
    )
    for row in rows:
        told = open_snapshot(keyring, row["snapshot"], row["id"])
        for target in TARGETS:
            held = [one for side in told.values() for one in side.get(target.table, {}).values()]
            await _renew_copies(connection, keyring, target, held)
        anew = keyring.encrypt(SNAPSHOT, json.dumps(told), str(row["id"]))
        await connection.execute("UPDATE child_merge SET snapshot = $2 WHERE id = $1", row["id"], anew)
    return Page(len(rows), rows[-1]["id"] if rows else None)


async def _renew_copies(connection: Connection, keyring: KeyRing, target: Target, held: list[Row]) -> None:
    """What says the same must be the same again, in the copies and in the row itself: an undoing compares them."""
    found = await connection.fetch(
        f"SELECT * FROM {target.table} WHERE id = ANY ($1::uuid[])", list({row["id"] for row in held})
    )
    known: dict[tuple[str, str, str], Row] = {}
    for now in map(dict, found):
        for column in target.columns:
            if now[column.column] is not None:
                known[_said(keyring, target, now, column)] = now
    for row in held:
        flat = row | ({"details": json.dumps(row["details"])} if row.get("details") is not None else {})
        values = flat | renewed(keyring, target, flat)
        for column in target.columns:
            if flat[column.column] is None:
                continue
            same = known.setdefault(_said(keyring, target, flat, column), values)
            value = same[column.column]
            row[column.column] = json.loads(value) if column.column == "details" else value
            if column.hashed is not None and row[column.hashed] is not None:
                row[column.hashed] = same[column.hashed] or values[column.hashed]


def _said(keyring: KeyRing, target: Target, row: Row, column: SealedColumn) -> tuple[str, str, str]:
    return str(row["id"]), column.column, opened(keyring, target, row, column)


COPIES: Final[tuple[Callable[["Connection", KeyRing, UUID], Awaitable[Page]], ...]] = (
    partial(_cells, table="import_row", owner="import_id"),
    partial(_cells, table="sheet_refusal", owner="sheet_id"),
    _snapshots,
)
