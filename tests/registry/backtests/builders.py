"""Terms of the past with pupils of whom it is known who left."""

from datetime import date
from typing import Any, cast
from uuid import UUID

from tests.registry.conftest import Caller, Registry
from tests.registry.reconciliation.builders import World

_GRADE = """
INSERT INTO term_grade (id, child_id, area, organisation, organisation_position, term, gpa_hundredths, graded_date,
    recorded_by, recorded_at)
SELECT uuidv7(), id, 52030100, '52030001', 100, $2, 150, $3, 'x', now() FROM unnest($1::uuid[]) AS n(id)
"""
_INCIDENTS = """
INSERT INTO behaviour_incident (id, child_id, area, organisation, organisation_position, kind, occurred_date, number,
    reported_date, recorded_by, recorded_at)
SELECT uuidv7(), id, 52030100, '52030001', 100, 'truancy', $2, number, $2, 'x', now()
FROM unnest($1::uuid[]) AS n(id), generate_series(1, 3) AS number
"""
_POVERTY = """
INSERT INTO household_screening SELECT uuidv7(), id, 52030100, 'extremely_poor', 'v1', $2 FROM unnest($1::uuid[]) n(id)
"""
_END = "UPDATE enrolment SET ended_date = $2 WHERE child_id = ANY ($1)"


class Past(World):
    async def failed(self, pupils: list[UUID], term: str, on: date) -> None:
        """Two points of grades and two of behaviour."""
        await self.connection.execute(_GRADE, pupils, term, on)
        await self.connection.execute(_INCIDENTS, pupils, on)

    async def poor(self, pupils: list[UUID], on: date) -> None:
        """Two points."""
        await self.connection.execute(_POVERTY, pupils, on)

    async def ended(self, pupils: list[UUID], on: date) -> None:
        await self.connection.execute(_END, pupils, on)


SCOPES = ("registry:configure", "registry:read")


def configurer(registry: Registry) -> Caller:
    return registry.caller(areas=registry.settings.areas, scopes=SCOPES)


async def replayed(registry: Registry, **wanted: Any) -> dict[str, Any]:
    """The back-test of all areas, worked off."""
    return await replayed_by(configurer(registry), **wanted)


async def replayed_by(caller: Caller, **wanted: Any) -> dict[str, Any]:
    answer = await caller.post("/v1/risk-backtests", wanted)
    assert answer.status_code == 202, answer.text
    await caller.registry.work()
    found = cast(dict[str, Any], (await caller.get(answer.headers["Location"])).json())
    assert found["finished_at"] is not None
    return found
