"""A merge is taken back, in one transaction. Three states of every row are compared, column by column: before the
merge, after it, and now. What still is as the merge left it goes back; what others changed since is left, and counted.
"""
# ruff: noqa: S608  (names of tables and columns come from the catalogue of the database)

import json
from collections import Counter
from typing import Any
from uuid import UUID

import asyncpg

from zd_contracts.events.registry import ChildMissing
from zd_kernel.data.session import WriteSession, savepoint
from zd_kernel.events.outbox import emit
from zd_kernel.jobs.table import DONE, JobRow, StepResult
from zd_kernel.keyring import KeyRing
from zd_kernel.scope import tambon_of
from zd_registry.children.actions import take_turns
from zd_registry.duplicates import queries, rules
from zd_registry.duplicates.actions import pair_between
from zd_registry.duplicates.catalogue import ChildColumn, Rows, child_columns, key_of, rows_of
from zd_registry.duplicates.merging import open_snapshot, place, returned, tell_merged, tell_moved, write_columns
from zd_registry.duplicates.models import ChildMerge

_RESTORE = "INSERT INTO {table} SELECT * FROM jsonb_populate_record(NULL::{table}, $1::text::jsonb)"


class Undoing:
    """The rows of one merge while it is taken back; `kept` counts per table what was left."""

    def __init__(
        self, connection: "asyncpg.Connection[asyncpg.Record]", columns: list[ChildColumn], told: dict[str, Rows]
    ) -> None:
        self.connection = connection
        self.before, self.after = told["before"], told["after"]
        self.keys = {"child": ("id",), "duplicate_pair": ("id",)} | {at.table: at.key for at in columns}
        # An area follows the child and is set last.
        self.following = {at.table for at in columns if at.follows}
        self.kept: dict[str, Counter[str]] = {}

    async def put_back(self, table: str) -> None:
        """The rows of one table: changed ones first, because those set aside may need their keys."""
        current = await self._current(table)
        missing = []
        for key, was in self.before.get(table, {}).items():
            left = self.after.get(table, {}).get(key)
            if key in current and left is not None:
                await self._columns_back(table, was, left, current[key])
            elif left is None:
                missing.append(was)
            else:
                self._keep(table, "gone")
        for was in missing:
            await self._insert(table, was)

    async def take_away_made(self, table: str) -> None:
        """Rows that the merge itself made, unless others changed them."""
        current = await self._current(table)
        for key, left in self.after.get(table, {}).items():
            if key in self.before.get(table, {}) or key not in current:
                continue
            if _without_area(current[key]) == _without_area(left):
                where = " AND ".join(f"t.{name} = v.{name}" for name in self.keys[table])
                await self.connection.execute(
                    f"DELETE FROM {table} t USING jsonb_populate_record(NULL::{table}, $1::text::jsonb) v"
                    f" WHERE {where}",
                    json.dumps(left),
                )
            else:
                self._keep(table, "changed")

    async def _columns_back(self, table: str, was: rules.Row, left: rules.Row, now: rules.Row) -> None:
        still, changed = rules.put_back(was, left, now)
        unasked = {"version", "updated_at"} | ({"area"} if table in self.following else set())
        for name in changed:
            if name not in unasked:
                self._keep(table, name)
        await write_columns(self.connection, table, self.keys[table], was, [n for n in still if n != "version"])

    async def _insert(self, table: str, row: rules.Row) -> None:
        try:
            async with savepoint(self.connection):
                await self.connection.execute(_RESTORE.format(table=table), json.dumps(row))
        except (asyncpg.UniqueViolationError, asyncpg.ForeignKeyViolationError):
            self._keep(table, "superseded")

    async def _current(self, table: str) -> dict[str, Any]:
        """The rows of the snapshot as they are now, wherever they belong by now."""
        known = [*self.before.get(table, {}).values(), *self.after.get(table, {}).values()]
        if not known:
            return {}
        key = self.keys[table]
        where = " AND ".join(f"t.{name} = v.{name}" for name in key)
        rows = await self.connection.fetch(
            f"SELECT DISTINCT to_jsonb(t)::text AS row FROM {table} t"
            f" JOIN jsonb_populate_recordset(NULL::{table}, $1::text::jsonb) v ON {where}",
            json.dumps(known),
        )
        return {key_of(key, row): row for row in (json.loads(found["row"]) for found in rows)}

    def _keep(self, table: str, what: str) -> None:
        self.kept.setdefault(table, Counter())[what] += 1


def _without_area(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "area"}


async def unmerge_children(session: WriteSession, job: JobRow, *, keyring: KeyRing) -> StepResult:
    """The step of the job `unmerge`; args: `merge_id`."""
    await take_turns(session)
    merge = await session.get(ChildMerge, UUID(job.args["merge_id"]), with_for_update=True)
    if merge is None or merge.state != "undoing" or merge.snapshot is None:
        return DONE
    connection = await session.driver()
    both = [merge.survivor_id, merge.merged_id]
    await connection.fetch(queries.LOCK, both)
    session.audit_subjects(*both)
    columns = await child_columns(connection)
    undoing = Undoing(connection, columns, open_snapshot(keyring, merge.snapshot, merge.id))
    held = await rows_of(connection, columns, [merge.survivor_id])
    await _part(merge, undoing)
    for child_id in both:
        await place(connection, columns, child_id)
    merge.kept = {table: dict(counted) for table, counted in undoing.kept.items()}
    if since := _since(held, undoing):
        merge.kept["since_the_merge"] = since
    merge.state, merge.undone_at, merge.snapshot = "undone", session.clock.now(), None
    await _refuse_pair(session, merge)
    await _tell(session, merge, undoing, held)
    return DONE


async def _part(merge: ChildMerge, undoing: Undoing) -> None:
    connection = undoing.connection
    tables = [table for table in undoing.keys if table not in {"child", "duplicate_pair"}]
    now = await connection.fetchval("SELECT version FROM child WHERE id = $1", merge.survivor_id)
    await connection.execute("DELETE FROM merged_child WHERE child_id = $1", merge.merged_id)
    for table in tables:
        await undoing.take_away_made(table)
    for table in ("child", *tables, "duplicate_pair"):
        await undoing.put_back(table)
    await connection.execute("UPDATE child SET version = $2 WHERE id = $1", merge.survivor_id, now + 1)
    was = undoing.before["child"][str(merge.survivor_id)]["version"]
    await connection.execute(queries.CARRY_VERSION, merge.survivor_id, was, now + 1)


def _since(held: Rows, undoing: Undoing) -> dict[str, int]:
    """Rows that came since, per table: they stay with the survivor."""
    new = {table: len(rows.keys() - undoing.after.get(table, {}).keys()) for table, rows in held.items()}
    return {table: count for table, count in new.items() if count and table != "duplicate_pair"}


async def _refuse_pair(session: WriteSession, merge: ChildMerge) -> None:
    """Whoever takes a merge back says that these are two people."""
    pair = await pair_between(session, merge.survivor_id, merge.merged_id)
    if pair is not None:
        connection = await session.driver()
        fingerprint = await connection.fetchval(queries.FINGERPRINT, pair.first_child_id, pair.second_child_id)
        pair.state, pair.fingerprint, pair.reason = "refused", fingerprint, merge.undo_reason
        pair.decided_by, pair.decided_at, pair.version = merge.undone_by, merge.undone_at, pair.version + 1


async def _tell(session: WriteSession, merge: ChildMerge, undoing: Undoing, held: Rows) -> None:
    """Also who is missing again, of whom the merge had told that they returned."""
    tell_merged(session, merge, undoing.before, undone=True)
    current = await rows_of(undoing.connection, [], [merge.survivor_id])
    survivor = str(merge.survivor_id)
    tell_moved(session, held["child"][survivor], current["child"][survivor])
    for child_id in returned(merge, undoing.before, undoing.after):
        state = undoing.before["learning_state"][str(child_id)]
        present = await undoing.connection.fetchval(
            "SELECT announced_kind FROM learning_state WHERE child_id = $1", child_id
        )
        reference = (
            await undoing.connection.fetchval(queries.RUN_OF, UUID(state["run_id"])) if state["run_id"] else None
        )
        if present is None or reference is None:
            continue
        was = undoing.before["child"][str(child_id)]
        fact = {
            "child_id": child_id, "tambon": tambon_of(was["area"]), "kind": present,
            "birth_year": int(was["birth_date"][:4]) if was["birth_date"] else None,
            "verified": state["verified_at"] is not None, "reference_date": reference, "run_id": state["run_id"],
        }  # fmt: skip
        emit(session, ChildMissing.model_validate(fact))
