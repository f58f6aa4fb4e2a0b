"""Pupils with days at school, grades, levels, and help, put into the register directly."""

from datetime import date
from uuid import UUID

from tests.registry.builders import ORGANISATIONS
from tests.registry.reconciliation.builders import SCHOOL, TERM, World
from zd_registry.attendance.codes import WORTH

FIRST_DAY = date(2024, 5, 16)
_ATTENDANCE = """
INSERT INTO attendance_term (child_id, term, organisation, organisation_position, area, first_day, due, late, leave,
    sick, absent, streak, streak_told, marks)
SELECT id, $2, $3, $4, area, $5, $6, $7, $8, $9, $10, 0, 0, $11 FROM child WHERE id = $1
"""
_RISK = """
INSERT INTO child_risk (child_id, area, enrolment_id, organisation, organisation_position, term, grade, level,
    since_date, score, observed, model_version, assessed_at)
SELECT c.id, c.area, e.id, e.organisation, e.organisation_position, e.term, e.grade, $2, '2024-06-01', 0, '{}', 1, now()
FROM child c JOIN enrolment e ON e.child_id = c.id WHERE c.id = $1 LIMIT 1
"""
_GRADE = """
INSERT INTO term_grade (id, child_id, area, organisation, organisation_position, term, gpa_hundredths, graded_date,
    recorded_by, recorded_at)
SELECT uuidv7(), id, area, $2, 100, $3, $4, $5, 'ก', now() FROM child WHERE id = $1
"""


async def a_pupil(world: World, organisation: str = SCHOOL, grade: str = "P6", **overrides: object) -> UUID:
    child = await world.child(**overrides)
    await world.enrol([child], TERM, grade=grade, organisation=organisation)
    await world.connection.execute(
        "UPDATE enrolment e SET area = c.area, organisation_position = $2 FROM child c"
        " WHERE c.id = e.child_id AND c.id = $1",
        child, ORGANISATIONS[organisation][0],
    )  # fmt: skip
    return child


async def attended(
    world: World, child: UUID, marks: str, *, organisation: str = SCHOOL, first_day: date = FIRST_DAY, term: str = TERM
) -> None:
    """`marks`: a code for every day from `first_day` on, weekends as unmarked."""
    totals = [sum(WORTH[code][at] for code in marks) for at in range(5)]
    await world.connection.execute(
        _ATTENDANCE, child, term, organisation, ORGANISATIONS[organisation][0], first_day, *totals, marks
    )


async def at_level(world: World, child: UUID, level: str) -> None:
    await world.connection.execute(_RISK, child, level)


async def graded(world: World, child: UUID, gpa: int, on: date = date(2024, 10, 1)) -> None:
    await world.connection.execute(_GRADE, child, SCHOOL, TERM, gpa, on)


async def visited(world: World, child: UUID, on: date, outcome: str = "met") -> None:
    await world.connection.execute(
        "INSERT INTO home_visit SELECT uuidv7(), id, area, $2, $3 FROM child WHERE id = $1", child, on, outcome
    )
