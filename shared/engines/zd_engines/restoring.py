"""Puts a database that a test has used back to what its template is, or says that only a new copy can be that."""

from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from typing import Self

import asyncpg

# Without what is known of the distribution of values: that is taken away each time.
_CATALOGS = """
SELECT relname FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind = 'r' AND NOT relisshared
AND relname <> 'pg_statistic'
"""
# The first temporary table of each session slot makes a schema that stays, empty.
_LASTING = {"pg_namespace": "WHERE nspname !~ '^pg_(toast_)?temp_'"}
_SIZES = """
SELECT relname, pg_relation_size(oid) + coalesce(pg_relation_size(nullif(reltoastrelid, 0)), 0) AS bytes
FROM pg_class WHERE relkind = 'r' AND oid >= 16384
"""
# Vacuum has just counted the pages of an index: one at its head, and its root.
_WITH_LARGE_INDEXES = """
SELECT DISTINCT t.relname FROM pg_class i JOIN pg_index ON indexrelid = i.oid JOIN pg_class t ON t.oid = indrelid
WHERE i.relpages > 2 AND t.relname = ANY ($1)
"""
_REFERENCES = """
SELECT r.relname AS to_table, f.relname AS from_table
FROM pg_constraint c JOIN pg_class r ON r.oid = c.confrelid JOIN pg_class f ON f.oid = c.conrelid
"""
_SEQUENCES = """
SELECT relname, s.last_value, s.is_called FROM pg_class, pg_get_sequence_data(oid) s WHERE relkind = 'S'
"""
_ESTIMATES = "SELECT oid, relpages, reltuples FROM pg_class WHERE relkind IN ('r', 'i') AND oid >= 16384"
_ESTIMATE = """
UPDATE pg_class SET relpages = o.relpages, reltuples = o.reltuples, relallvisible = 0, relallfrozen = 0
FROM unnest($1::oid[], $2::int[], $3::float4[]) o(oid, relpages, reltuples)
WHERE pg_class.oid = o.oid AND (pg_class.relpages, pg_class.reltuples) <> (o.relpages, o.reltuples)
"""
_FORGET = "DELETE FROM pg_statistic WHERE starelid >= 16384; SELECT pg_stat_reset()"
_VACUUM = "VACUUM (SKIP_DATABASE_STATS, INDEX_CLEANUP ON, TRUNCATE, PROCESS_TOAST FALSE) "


async def new_mark(connection: "asyncpg.Connection[asyncpg.Record]") -> str:
    """The id of a transaction of now: what a later one wrote to a copy, its test wrote."""
    return str(await connection.fetchval("SELECT pg_current_xact_id()::xid::text"))


@dataclass(frozen=True, slots=True)
class _Counted:
    """How many rows each of some tables held at first, and the query that counts them and what is new of them."""

    rows: dict[str, int]
    query: str

    @classmethod
    async def of(cls, connection: "asyncpg.Connection[asyncpg.Record]", tables: Iterable[str]) -> Self:
        query = " UNION ALL ".join(
            f"SELECT '{name}' AS name, count(*) AS rows, count(*) FILTER (WHERE age(xmin) < age($1::text::xid)) AS new"
            f' FROM "{name}" {_LASTING.get(name, "")}'
            for name in sorted(tables)
        )
        found = await connection.fetch(query, await new_mark(connection))
        return cls({row["name"]: row["rows"] for row in found}, query)

    async def changed(self, connection: "asyncpg.Connection[asyncpg.Record]", mark: str) -> set[str]:
        found = await connection.fetch(self.query, mark)
        return {row["name"] for row in found if row["new"] or row["rows"] != self.rows[row["name"]]}


@dataclass(frozen=True, slots=True)
class Original:
    """The content of a template, by the names of its tables."""

    catalogs: _Counted
    filled: _Counted
    rows: dict[str, bytes]
    sizes: dict[str, int]
    references: frozenset[tuple[str, str]]
    sequences: dict[str, asyncpg.Record]
    estimates: tuple[list[int], list[int], list[float]]

    @classmethod
    async def of(cls, connection: "asyncpg.Connection[asyncpg.Record]") -> Self:
        sizes, rows = await _sizes(connection), dict[str, bytes]()
        for name in sizes:
            await connection.copy_from_table(name, output=(content := BytesIO()))
            if content.tell():
                rows[name] = content.getvalue()
        estimates = await connection.fetch(_ESTIMATES)
        return cls(
            await _Counted.of(connection, [row["relname"] for row in await connection.fetch(_CATALOGS)]),
            await _Counted.of(connection, rows),
            rows,
            sizes,
            frozenset((row["to_table"], row["from_table"]) for row in await connection.fetch(_REFERENCES)),
            {row["relname"]: row for row in await connection.fetch(_SEQUENCES)},
            (
                [row["oid"] for row in estimates],
                [row["relpages"] for row in estimates],
                [row["reltuples"] for row in estimates],
            ),
        )

    async def restore(self, connection: "asyncpg.Connection[asyncpg.Record]", mark: str) -> str | None:
        """The copy's mark from now on, or None where the test changed more than rows: then the copy is of no more use.

        The connection is a superuser's and the only one of that database.
        """
        if await self.catalogs.changed(connection, mark):
            return None
        written = await self.filled.changed(connection, mark)
        sizes = await _sizes(connection)
        written |= {name for name, size in sizes.items() if size != self.sizes[name]}
        large = {name for name in written if sizes[name] > 8192}
        await connection.execute("SET session_replication_role = replica")
        # New files cost the more the more were deleted within minutes: small tables keep theirs.
        if small := sorted(written - self._with_referring(large)):
            await connection.execute("; ".join(f'DELETE FROM ONLY "{name}"' for name in small))
            await connection.execute(_VACUUM + ", ".join(f'"{name}"' for name in small))
            large |= {row["relname"] for row in await connection.fetch(_WITH_LARGE_INDEXES, small)}
        if large := self._with_referring(large):
            await connection.execute("TRUNCATE " + ", ".join(f'ONLY "{name}"' for name in sorted(large)))
        for name in (written | large) & self.rows.keys():
            await connection.copy_to_table(name, source=BytesIO(self.rows[name]))
        for row in await connection.fetch(_SEQUENCES):
            if row != (original := self.sequences[row["relname"]]):
                await connection.execute("SELECT setval($1::text::regclass, $2, $3)", *original)
        await connection.execute(_ESTIMATE, *self.estimates)
        await connection.execute(_FORGET)
        return await new_mark(connection) if await _sizes(connection) == self.sizes else None

    def _with_referring(self, tables: set[str]) -> set[str]:
        """PostgreSQL truncates a table only together with those that refer to it."""
        while more := {by for to, by in self.references if to in tables} - tables:
            tables = tables | more
        return tables


async def _sizes(connection: "asyncpg.Connection[asyncpg.Record]") -> dict[str, int]:
    return {row["relname"]: row["bytes"] for row in await connection.fetch(_SIZES)}
