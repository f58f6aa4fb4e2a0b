"""While citizen IDs are hashed anew under another key, rows of files still have to find the children they name.

Hashes of one number under two keys have nothing in common, so a step of an import first gives its rows the hashes
under which their people are kept, and the present key's where nobody is. It costs microseconds a row, and only while
something is hashed under another key.
"""

from typing import Final
from uuid import UUID

import asyncpg

from zd_kernel.keyring import KeyRing
from zd_registry.children.rules import CITIZEN_ID, OTHER_ID

# $1 and $2 enclose what the present key made: `k2.` and `k2/`.
STRANGE: Final = """
SELECT EXISTS (SELECT FROM child WHERE citizen_id_index < $1) OR EXISTS (SELECT FROM child WHERE citizen_id_index >= $2)
    OR EXISTS (SELECT FROM child_identifier WHERE value_index < $1)
    OR EXISTS (SELECT FROM child_identifier WHERE value_index >= $2)
    OR EXISTS (SELECT FROM erased_child WHERE citizen_id_index < $1 OR citizen_id_index >= $2)
    OR EXISTS (SELECT FROM erased_identifier WHERE value_index < $1 OR value_index >= $2)
    OR EXISTS (SELECT FROM import_row WHERE import_id = $3 AND row > $4 AND row <= $5 AND reason IS NULL
        AND (citizen_id_index < $1 OR citizen_id_index >= $2 OR other_id_index < $1 OR other_id_index >= $2))
"""
ROWS: Final = """
SELECT row, child_id, citizen_id_encrypted, citizen_id_index, other_id_encrypted, other_id_index FROM import_row
WHERE import_id = $1 AND row > $2 AND row <= $3 AND reason IS NULL
    AND (citizen_id_encrypted IS NOT NULL OR other_id_encrypted IS NOT NULL)
"""
KEPT: Final = """
SELECT citizen_id_index FROM child WHERE citizen_id_index = ANY ($1::text[])
UNION SELECT value_index FROM child_identifier WHERE value_index = ANY ($1::text[])
UNION SELECT citizen_id_index FROM erased_child WHERE citizen_id_index = ANY ($1::text[])
UNION SELECT value_index FROM erased_identifier WHERE value_index = ANY ($1::text[])
UNION SELECT citizen_id_index FROM unlinked_record WHERE citizen_id_index = ANY ($1::text[])
"""
ALIGN: Final = """
UPDATE import_row r SET citizen_id_index = n.citizen_id, other_id_index = n.other_id
FROM unnest($2::int[], $3::text[], $4::text[]) AS n(row, citizen_id, other_id) WHERE r.import_id = $1 AND r.row = n.row
"""
# Rows staged before and after a new key came could not be compared then.
REPEATED: Final = """
UPDATE import_row r SET reason = 'duplicate_in_file'
WHERE r.import_id = $1 AND r.row > $2 AND r.row <= $3 AND r.reason IS NULL AND EXISTS (
    SELECT FROM import_row f WHERE f.import_id = $1 AND f.row > $2 AND f.row < r.row AND f.reason IS NULL
        AND f.citizen_id_index = r.citizen_id_index AND f.organisation IS NOT DISTINCT FROM r.organisation)
"""


async def align_rows(
    connection: "asyncpg.Connection[asyncpg.Record]", keyring: KeyRing, import_id: UUID, after: int, until: int
) -> int:
    """Returns how many rows turned out to repeat another one, and are refused."""
    if not keyring.rotating:
        return 0
    key = keyring.current_keys[1]
    if not await connection.fetchval(STRANGE, f"{key}.", f"{key}/", import_id, after, until):
        return 0
    rows = await connection.fetch(ROWS, import_id, after, until)
    marks = [
        (
            _marks(keyring, CITIZEN_ID, row["citizen_id_encrypted"], row["child_id"]),
            _marks(keyring, OTHER_ID, row["other_id_encrypted"], row["child_id"]),
        )
        for row in rows
    ]
    every = [mark for pair in marks for of_one in pair for mark in of_one]
    kept = {row[0] for row in await connection.fetch(KEPT, every)}
    numbers = [row["row"] for row in rows]
    chosen = [[_chosen(of_one, kept) for of_one in pair] for pair in marks]
    await connection.execute(ALIGN, import_id, numbers, [one for one, _ in chosen], [other for _, other in chosen])
    repeated = await connection.execute(REPEATED, import_id, after, until)
    return int(repeated.rpartition(" ")[2])


def _marks(keyring: KeyRing, purpose: str, sealed: str | None, bound: UUID) -> list[str]:
    return [] if sealed is None else keyring.blind_all(purpose, keyring.decrypt(purpose, sealed, str(bound)))


def _chosen(marks: list[str], kept: set[str]) -> str | None:
    return next((mark for mark in marks if mark in kept), marks[0] if marks else None)
