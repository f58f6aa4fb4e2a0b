"""Every column of the database that names a child, read from the database itself: no table of a later slice is
forgotten when two children become one.
"""

import json
from collections import defaultdict
from typing import Any, Final, NamedTuple

import asyncpg

# A former name of the id, what decides about ids themselves, and rows of files that have not been looked at yet.
EXEMPT: Final = frozenset({
    ("merged_child", "child_id"), ("erased_child", "child_id"),
        ("erased_identifier", "child_id"), ("import_row", "child_id"),
    ("duplicate_pair", "first_child_id"), ("duplicate_pair", "second_child_id"),
    # What follows from other rows, and is worked out anew.
    ("child_name", "child_id"), ("child_risk", "child_id"), ("risk_mark", "child_id"),
        ("reconciliation_mark", "child_id"),
})  # fmt: skip
# Their area is not the child's: that of the row of a file, or that at the time of a run.
OWN_AREA: Final = frozenset({"link_candidate", "link_verdict", "link_decision", "reconciliation_finding"})

_COLUMNS: Final = """
SELECT t.relname AS name, a.attname AS column,
    ARRAY(SELECT k.attname::text FROM pg_index i CROSS JOIN unnest(i.indkey::int2[]) WITH ORDINALITY AS n(num, at)
        JOIN pg_attribute k ON k.attrelid = t.oid AND k.attnum = n.num
        WHERE i.indrelid = t.oid AND i.indisprimary ORDER BY n.at) AS key,
    EXISTS (SELECT FROM pg_attribute o WHERE o.attrelid = t.oid AND o.attname = 'area') AS has_area
FROM pg_class t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE t.relkind IN ('r', 'p') AND NOT t.relispartition AND t.relnamespace = current_schema()::regnamespace
    AND a.atttypid = 'uuid'::regtype AND (a.attname IN ('child_id', 'candidate_id') OR EXISTS (
        SELECT FROM pg_constraint f WHERE f.contype = 'f' AND f.conrelid = t.oid AND f.confrelid = 'child'::regclass
            AND f.conkey = ARRAY[a.attnum]))
ORDER BY t.relname, a.attname
"""
# Unique keys that a child's column is part of; those on an expression cannot be compared, and there are none.
_UNIQUE: Final = """
SELECT t.relname AS name, array_agg(k.attname::text) AS columns
FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
JOIN pg_attribute k ON k.attrelid = t.oid AND k.attnum = ANY (i.indkey::int2[])
WHERE i.indisunique AND t.relname = ANY ($1) AND t.relnamespace = current_schema()::regnamespace
GROUP BY i.indexrelid, t.relname
"""


class ChildColumn(NamedTuple):
    """`key`: the table's primary key. `unique`: the other columns of each unique key that the column is part of."""

    table: str
    column: str
    key: tuple[str, ...]
    unique: tuple[tuple[str, ...], ...]
    follows: bool


async def child_columns(connection: "asyncpg.Connection[asyncpg.Record]") -> list[ChildColumn]:
    """All but the exempt ones."""
    found = [row for row in await connection.fetch(_COLUMNS) if (row["name"], row["column"]) not in EXEMPT]
    unique: dict[str, list[list[str]]] = defaultdict(list)
    for row in await connection.fetch(_UNIQUE, [row["name"] for row in found]):
        unique[row["name"]].append(row["columns"])
    return [
        ChildColumn(
            row["name"], row["column"], tuple(row["key"]),
            tuple(
                tuple(name for name in columns if name != row["column"])
                for columns in unique[row["name"]] if row["column"] in columns
            ),
            row["has_area"] and row["name"] not in OWN_AREA,
        )
        for row in found
    ]  # fmt: skip


Rows = dict[str, dict[str, dict[str, Any]]]
"""By table, then by primary key as text: the row as JSON."""

_PAIRS: Final = ChildColumn("duplicate_pair", "first_child_id", ("id",), (), False)
_CHILD: Final = ChildColumn("child", "id", ("id",), (), True)


async def rows_of(
    connection: "asyncpg.Connection[asyncpg.Record]", columns: list[ChildColumn], children: list[Any]
) -> Rows:
    """Every row that names one of the children, and the children themselves."""
    others = [_PAIRS, _PAIRS._replace(column="second_child_id"), _CHILD]
    held: Rows = defaultdict(dict)
    for at in (*columns, *others):
        query = f"SELECT to_jsonb(t)::text AS row FROM {at.table} t WHERE {at.column} = ANY ($1)"  # noqa: S608  (names from the catalogue)
        for found in await connection.fetch(query, children):
            row = json.loads(found["row"])
            held[at.table][key_of(at.key, row)] = row
    return dict(held)


def key_of(key: tuple[str, ...], row: dict[str, Any]) -> str:
    return "/".join(str(row[name]) for name in key)
