"""What a person corrected stands against files: a register that says otherwise is noted, and does not overwrite it."""
# ruff: noqa: S608  (SQL put together from constants of its own)

from typing import Final

import asyncpg

UNITS: Final = {
    "area": ("area",),
    "given_name": ("given_name", "given_key", "given_lk82", "given_udom83"),
    "family_name": ("family_name", "family_key", "family_lk82", "family_udom83"),
    "nickname": ("nickname",),
    "birth_date": ("birth_date", "birth_precision"),
    "sex": ("sex",),
    "nationality": ("nationality",),
    "home_language": ("home_language",),
    "gone": ("gone_kind", "gone_date"),
}
"""Columns that are corrected together; `child.corrected` holds the names, and `citizen_id`."""

_COLUMNS: Final = {column: unit for unit, columns in UNITS.items() for column in columns}
ANY: Final = "SELECT any_corrected()"
# Few children were corrected: their partial index leads to them. Phonetic keys follow their name.
_SET: Final = ", ".join(
    f"{column} = CASE WHEN '{unit}' = ANY (c.corrected) THEN c.{column} ELSE i.{column} END"
    for column, unit in _COLUMNS.items()
)
_DIFFERED: Final = " OR ".join(f"old.{columns[0]} IS DISTINCT FROM new.{columns[0]}" for columns in UNITS.values())
_LEFT: Final = ", ".join(f"new.{column}" for column in _COLUMNS)
_RIGHT: Final = ", ".join(f"c.{column}" for column in _COLUMNS)
KEEP: Final = f"""
WITH kept AS (
    UPDATE incoming i SET {_SET}, recoded = i.recoded AND NOT 'citizen_id' = ANY (c.corrected)
    FROM child c WHERE c.id = i.child_id AND c.corrected IS NOT NULL AND i.outcome = 'corrected'
    RETURNING i.row, {_DIFFERED} OR old.recoded <> new.recoded AS differed,
        c.registered_import_id IS NOT NULL AND NOT new.recoded AND ({_LEFT}) IS NOT DISTINCT FROM ({_RIGHT}) AS same
), counted AS (SELECT count(*) FILTER (WHERE differed) AS n, array_agg(row) FILTER (WHERE same) AS unchanged FROM kept)
SELECT n, coalesce(unchanged, '{{}}') AS unchanged FROM counted
"""
UNCHANGE: Final = "UPDATE incoming SET outcome = 'unchanged' WHERE row = ANY ($1::int[]) AND outcome = 'corrected'"
# A register that says the same governs again from then on. Columns that it may leave blank prove nothing.
AGREE: Final = """
UPDATE child c SET corrected = nullif(array(
    SELECT unit FROM unnest(c.corrected) AS u(unit) WHERE NOT CASE unit WHEN 'area' THEN i.area = c.area
        WHEN 'given_name' THEN i.given_key = c.given_key WHEN 'birth_date' THEN i.birth_date = c.birth_date
            AND i.birth_precision = c.birth_precision ELSE false END), '{}')
FROM incoming i WHERE c.id = i.child_id AND c.corrected IS NOT NULL AND i.outcome IN ('corrected', 'unchanged')
"""


async def any_corrected(connection: "asyncpg.Connection[asyncpg.Record]") -> bool:
    """Whether a person corrected anybody, anywhere."""
    return bool(await connection.fetchval(ANY))


async def keep_corrections(connection: "asyncpg.Connection[asyncpg.Record]") -> int:
    """Take out of `incoming` (of a register) what persons corrected otherwise; returns how many rows said otherwise."""
    if not await any_corrected(connection):
        return 0
    await connection.execute(AGREE)
    found = await connection.fetchrow(KEEP)
    if found is None:
        return 0
    await connection.execute(UNCHANGE, found["unchanged"])
    return int(found["n"])
