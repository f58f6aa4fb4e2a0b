"""Keeping out whom somebody erased: later files that name them, by a number or by name and birth date, are refused.

Only keyed hashes are kept of the erased. A name and a birth date prove less than a number: they refuse a row without a
citizen ID, or one with a number where the erased person had none, since another number is another person.
"""
# ruff: noqa: S608  (SQL put together from constants of its own)

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

import asyncpg

from zd_kernel.keyring import KeyRing

PERSON: Final = "person"
"""The key ring's purpose."""

ANY: Final = """
SELECT EXISTS (SELECT FROM erased_child WHERE person_index IS NOT NULL) AS persons,
    EXISTS (SELECT FROM erased_identifier) AS identifiers
"""
_REFUSED: Final = "outcome = 'rejected', reason = 'erased', created = false, child_id = NULL, enrolment_id = NULL"
# Rejected for another reason they are refused as erased too: then nothing of the row is kept for the error file.
_NEW: Final = "(i.created OR i.outcome = 'unlinked' OR (i.outcome = 'rejected' AND i.known_area IS NULL))"
REFUSE_IDENTIFIERS: Final = f"""
UPDATE incoming i SET {_REFUSED} WHERE {_NEW} AND EXISTS (
    SELECT FROM erased_identifier x WHERE x.value_index IN (i.citizen_id_index, i.other_id_index))
"""
NEWCOMERS: Final = f"""
SELECT row, given_key, family_key, birth_date, birth_precision, citizen_id_index IS NOT NULL AS numbered
FROM incoming i WHERE {_NEW} AND birth_date IS NOT NULL
"""
REFUSE_ROWS: Final = f"UPDATE incoming i SET {_REFUSED} WHERE {_NEW} AND row = ANY ($1::int[])"
KNOWN_PERSONS: Final = """
SELECT person_index, citizen_id_index IS NOT NULL AS numbered FROM erased_child WHERE person_index = ANY ($1::text[])
"""


class Person(NamedTuple):
    """What stands for somebody without a number. `numbered` says that there is one."""

    given_key: str
    family_key: str
    birth_date: date
    birth_precision: str
    numbered: bool

    def said(self) -> str:
        return f"{self.given_key}|{self.family_key}|{self.birth_date.isoformat()}|{self.birth_precision}"


async def refuse_erased(connection: "asyncpg.Connection[asyncpg.Record]", keyring: KeyRing) -> None:
    """Of the rows in `incoming` that would bring somebody new, those that name an erased person are rejected."""
    found = await connection.fetchrow(ANY)
    if found is None or not (found["identifiers"] or found["persons"]):
        return
    if found["identifiers"]:
        await connection.execute(REFUSE_IDENTIFIERS)
    if found["persons"]:
        newcomers = [(row["row"], person_of(row)) for row in await connection.fetch(NEWCOMERS)]
        erased = await erased_among(connection, keyring, [person for _, person in newcomers])
        rows = [row for (row, _), gone in zip(newcomers, erased, strict=True) if gone]
        if rows:
            await connection.execute(REFUSE_ROWS, rows)


async def erased_among(
    connection: "asyncpg.Connection[asyncpg.Record]", keyring: KeyRing, persons: Sequence[Person]
) -> list[bool]:
    """Of each person, whether somebody erased them."""
    marks = [keyring.blind_all(PERSON, person.said()) for person in persons]
    every = [mark for of_one in marks for mark in of_one]
    rows = await connection.fetch(KNOWN_PERSONS, every) if every else []
    return (
        [_is_erased(person, of_one, rows) for person, of_one in zip(persons, marks, strict=True)]
        if rows
        else [False] * len(persons)
    )


def _is_erased(person: Person, marks: Iterable[str], erased: Sequence[asyncpg.Record]) -> bool:
    return any(row["person_index"] in marks and not (person.numbered and row["numbered"]) for row in erased)


def person_of(row: "asyncpg.Record | dict[str, Any]") -> Person:
    names = row["given_key"] or "", row["family_key"] or ""
    return Person(*names, row["birth_date"], row["birth_precision"] or "day", row["numbered"])
