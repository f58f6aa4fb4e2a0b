"""Poverty classes that grants tell of many households at once."""

from datetime import date
from uuid import UUID

from tests.registry.conftest import Everything, Registry
from tests.registry.reconciliation.builders import HOME, World
from zd_contracts.events.grants import HouseholdScreened
from zd_kernel.ids import uuid7


def screened(child_id: UUID, poverty: str = "poor", screening_id: UUID | None = None) -> HouseholdScreened:
    return HouseholdScreened(
        screening_id=screening_id or uuid7(), child_id=child_id, tambon="500101", poverty_class=poverty,
        model_version="m1", screened_date=date(2024, 4, 1),
    )  # fmt: skip


async def test_many_screenings_at_once_find_whom_each_means(registry: Registry, everything: Everything) -> None:
    here, survivor = await World(everything.connection).children(2)
    merged, erased, unknown, again = (uuid7() for _ in range(4))
    await everything.connection.execute("INSERT INTO merged_child VALUES ($1, $2, $3)", merged, survivor, HOME)
    await everything.connection.execute(
        "INSERT INTO erased_child (child_id, area, erased_date) VALUES ($1, $2, '2024-05-01')", erased, HOME
    )
    await registry.hear(
        screened(here, screening_id=again), screened(here, "not_poor", again), screened(here, "near_poor"),
        screened(merged), screened(erased), screened(unknown),
    )  # fmt: skip
    rows = await registry.rows("SELECT child_id, area, poverty_class FROM household_screening")
    assert {tuple(row.values()) for row in rows} == {
        (here, HOME, "poor"), (here, HOME, "near_poor"), (survivor, HOME, "poor"), (unknown, 50010100, "poor"),
    }  # fmt: skip
    assert len(rows) == 4, "one told twice counts once"
    await registry.hear(screened(here, "not_poor", again), screened(erased))
    assert len(await registry.rows("SELECT 1 FROM household_screening")) == 4
    marked = await registry.rows("SELECT DISTINCT child_id FROM risk_mark")
    assert {row["child_id"] for row in marked} == {here, survivor, unknown}
