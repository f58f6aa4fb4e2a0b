"""The model in force, the limits of the areas, and what is known of pupils on a day."""

import json
from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple
from uuid import UUID

import asyncpg

from zd_kernel.data.session import WriteSession
from zd_kernel.scope import Range, area_range
from zd_registry.organisations.queries import patterns
from zd_registry.organisations.rules import school_year_at, terms_of
from zd_registry.risk import queries
from zd_registry.risk.rules import OBSERVED, Limits, Model, model_from, years_over


class Terms(NamedTuple):
    """Lists of which terms count, both included."""

    first: str
    last: str


class Pupils(NamedTuple):
    """`rows` and `observed` go together; the latter in the order of `OBSERVED`."""

    rows: list[asyncpg.Record]
    observed: list[list[int | None]]


async def model_in_force(session: WriteSession, day: date) -> Model:
    row = await (await session.driver()).fetchrow(queries.IN_FORCE, day)
    if row is None:
        raise LookupError("a migration stores a model that always holds")
    return model_from(row["version"], json.loads(row["definition"]))


async def limits_by_area(session: WriteSession, version: int, day: date) -> list[tuple[Range, Limits]]:
    """From the widest area to the nearest, and in each from the oldest day on."""
    rows = await (await session.driver()).fetch(queries.LIMITS, version, day)
    return [(area_range(row["area"]), Limits(row["yellow"], row["orange"], row["red"])) for row in rows]


async def present_terms(session: WriteSession, day: date) -> Terms:
    """The term of the day, or the last one before it, back to the same term a year ago: between two terms, and until
    the lists of a new one have come, a pupil is whom the last list named."""
    known = await patterns(session)
    year = int(school_year_at(day, known).label)
    last = max(term.label for term in terms_of(year, known) if term.start <= day)
    return Terms(f"{int(last[:4]) - 1}{last[4:]}", last)


async def pupils_on(
    connection: "asyncpg.Connection[asyncpg.Record]", ids: Sequence[UUID], day: date, terms: Terms, model: Model,
    *, present: bool = False,
) -> Pupils:  # fmt: skip
    """Those of the children who are pupils on the day, with what was known then."""
    incidents, poverty, history = (day - timedelta(days=days) for days in model.memory)
    await connection.execute(queries.READ_IN_ORDER)
    rows = await connection.fetch(queries.FACTS, ids, day, *terms, incidents, poverty, history, present)
    return Pupils(rows, [_observed(row, model) for row in rows])


def _observed(row: asyncpg.Record, model: Model) -> list[int | None]:
    over = years_over(row["birth_year"], row["grade"], row["term"], model.grade_ages)
    return [over if name == "years_over" else row[name] for name in OBSERVED]
