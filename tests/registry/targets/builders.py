"""What is known of a child, put into the register directly."""

from datetime import UTC, date, datetime
from uuid import UUID

from tests.registry.reconciliation.builders import World

DAY = date(2024, 6, 10)
AT = datetime(2024, 6, 1, tzinfo=UTC)
_STATE = """
INSERT INTO learning_state (child_id, area, status, missing_kind, reason, evidence_kind, judged_at, version)
SELECT id, area, $2, $3, 'left', 'none', $4, 1 FROM child WHERE id = $1
"""
_NEED = """
INSERT INTO child_need (id, child_id, area, kind, code, source, from_date, until_date, created_at)
SELECT uuidv7(), id, area, $2, '', 'ก', $3, $4, now() FROM child WHERE id = $1
"""
_CHANGE = """
INSERT INTO learning_change (id, child_id, area, at, from_status, to_status, missing_kind, reason, evidence)
SELECT uuidv7(), id, area, $2, $3, $4, $5, 'left', '{}' FROM child WHERE id = $1
"""


async def judged(world: World, child: UUID, status: str) -> None:
    """`not_learning/dropped_out`: the kind after a slash."""
    whole, _, kind = status.partition("/")
    await world.connection.execute(_STATE, child, whole, kind or None, AT)


async def need(world: World, child: UUID, kind: str, *, since: date | None = None, until: date | None = None) -> None:
    await world.connection.execute(_NEED, child, kind, since, until)


async def changed(world: World, child: UUID, on: date, was: str | None, status: str) -> None:
    whole, _, kind = status.partition("/")
    at = datetime(on.year, on.month, on.day, 3, tzinfo=UTC)
    await world.connection.execute(_CHANGE, child, at, was, whole, kind or None)


async def list_of_disabled(world: World, areas: str = "{}", *, complete: bool = True) -> None:
    """A whole list of disabled people was handed in for the areas, a multirange literal; `{}` is everywhere."""
    feed = await world.feed(f"พมจ. {areas}", "disability", None)
    await world.connection.execute("UPDATE feed SET scope_areas = $2 WHERE id = $1", feed, areas)
    await world.delivery(feed, None, AT, complete=complete)


async def known_since(world: World, day: date = date(2023, 1, 1)) -> None:
    """Everybody is in the register since a day."""
    at = datetime(day.year, day.month, day.day, tzinfo=UTC)
    await world.connection.execute("UPDATE child SET created_at = $1", at)


async def screened(world: World, child: UUID, poverty_class: str, on: date = date(2024, 5, 1)) -> None:
    await world.connection.execute(
        "INSERT INTO household_screening (screening_id, child_id, area, poverty_class, model_version, screened_date)"
        " SELECT uuidv7(), id, area, $2, 'm1', $3 FROM child WHERE id = $1",
        child, poverty_class, on,
    )  # fmt: skip
