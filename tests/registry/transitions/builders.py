"""Pupils of a transition grade and what may be known of their next place, put into the register directly."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from tests.registry.builders import ORGANISATIONS
from tests.registry.conftest import Registry
from tests.registry.reconciliation.builders import HOME, SCHOOL, World

YEAR, LAST_TERM, NEXT_TERM = 2568, "2567/2", "2568/1"
BEFORE_TERM = datetime(2025, 4, 20, 5, tzinfo=UTC)
"""Twenty-six days before the school year 2568 begins on 16 May 2025."""
_AS_TAKEN_IN = """
UPDATE enrolment e SET area = c.area, organisation_position = $3 FROM child c
WHERE c.id = e.child_id AND c.id = $1 AND e.organisation = $2
"""
_CONFIRM = """
INSERT INTO place_confirmation (id, child_id, area, year, organisation, organisation_position, grade, confirmed_by,
    holds, agency, said_by, said_at)
VALUES (uuidv7(), $1, $2, $3, '52030002', 101, 'M1', $4, $5, 'ก', 'ก', $6)
"""
_INTEND = """
INSERT INTO intention (id, child_id, area, year, will, reason, told_by, agency, said_by, said_at)
VALUES (uuidv7(), $1, $2, $3, $4, CASE WHEN $4 = 'stop' THEN 'work' END, 'guardian', 'ก', 'ก', $5)
"""


def in_april(registry: Registry) -> None:
    registry.clock.set(BEFORE_TERM)


async def enrol(
    world: World, child: UUID, term: str = LAST_TERM, *, grade: str = "P6", organisation: str = SCHOOL
) -> None:
    """In the list of a school, at the school's place in the tree, where the child lives."""
    await world.enrol([child], term, grade=grade, organisation=organisation)
    await world.connection.execute(_AS_TAKEN_IN, child, organisation, ORGANISATIONS[organisation][0])


async def a_pupil_of(world: World, grade: str = "P6", organisation: str = SCHOOL, **overrides: Any) -> UUID:
    child = await world.child(**overrides)
    await enrol(world, child, grade=grade, organisation=organisation)
    return child


async def confirm(world: World, child: UUID, by: str = "school", *, holds: bool = True, hour: int = 0) -> None:
    at = BEFORE_TERM - timedelta(hours=hour)
    await world.connection.execute(_CONFIRM, child, HOME, YEAR, by, holds, at)


async def intend(world: World, child: UUID, will: str, *, hour: int = 0) -> None:
    await world.connection.execute(_INTEND, child, HOME, YEAR, will, BEFORE_TERM - timedelta(hours=hour))
