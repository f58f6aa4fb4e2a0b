import asyncio
from datetime import date
from uuid import UUID

import asyncpg
import pytest

from tests.grants.awards.builders import HERE, THERE, erased, placement
from zd_contracts.events.grants import AwardApproved, PaymentInstructed
from zd_engines.event_door import EventDoor
from zd_engines.harness import ControlledClock
from zd_kernel.clock import bangkok_date
from zd_kernel.ids import uuid7
from zd_kernel.scope import Scope, areas

AWARDS = "SELECT * FROM award ORDER BY id"
PAYMENTS = "SELECT * FROM payment ORDER BY id"


async def test_a_placement_leads_to_an_approved_award_and_one_instruction_of_the_same_amount(
    door: EventDoor, clock: ControlledClock, child_id: UUID
) -> None:
    await door.hear(placement(child_id))

    (award,), (payment,) = await door.rows(AWARDS), await door.rows(PAYMENTS)
    today = bangkok_date(clock.now())
    assert (award["programme"], award["amount_satang"], award["status"]) == ("learning_fund", 300_000, "approved")
    assert (award["area"], award["rate_source"]) == (52030100, "resolution 3/2567")
    assert (payment["amount_satang"], payment["status"]) == (300_000, "instructed")
    assert await door.told(AwardApproved) == [
        AwardApproved(
            award_id=award["id"],
            child_id=child_id,
            tambon=HERE,
            programme="learning_fund",
            amount_satang=300_000,
            approved_date=today,
        )
    ]
    assert await door.told(PaymentInstructed) == [
        PaymentInstructed(
            payment_id=payment["id"],
            award_id=award["id"],
            child_id=child_id,
            tambon=HERE,
            amount_satang=300_000,
            instructed_date=today,
        )
    ]


@pytest.mark.parametrize(
    "overrides",
    [{"kind": "school"}, {"started_date": date(2024, 5, 15)}, {"tambon": THERE}, {"tambon": None}],
    ids=["no rate for the kind", "before any rate", "another district", "unknown residence"],
)
async def test_nothing_is_awarded(door: EventDoor, child_id: UUID, overrides: dict[str, object]) -> None:
    await door.hear(placement(child_id, **overrides))

    assert await door.rows(AWARDS) == []
    assert await door.told(AwardApproved) == []


async def test_the_same_placement_told_again_under_another_id_is_not_paid_again(
    door: EventDoor, child_id: UUID
) -> None:
    fact = placement(child_id)
    await door.hear(fact, fact)
    await door.hear(fact)

    assert len(await door.rows(AWARDS)) == len(await door.rows(PAYMENTS)) == 1
    assert len(await door.told(AwardApproved)) == len(await door.told(PaymentInstructed)) == 1


async def test_the_same_placement_told_to_many_consumers_at_once_is_paid_once(door: EventDoor, child_id: UUID) -> None:
    fact = placement(child_id)
    await asyncio.gather(*(door.hear(fact) for _ in range(6)))

    assert len(await door.rows(AWARDS)) == len(await door.rows(PAYMENTS)) == 1
    assert len(await door.told(PaymentInstructed)) == 1


async def test_an_award_and_an_erasure_are_written_down(door: EventDoor, child_id: UUID) -> None:
    await door.hear(placement(child_id))
    await door.hear(erased(child_id))

    entries = await door.rows("SELECT actor, subjects FROM audit_entry ORDER BY id")
    assert entries == [{"actor": "system:test", "subjects": [child_id]}] * 2


async def test_two_placements_of_one_child_are_two_awards(door: EventDoor, child_id: UUID) -> None:
    await door.hear(placement(child_id), placement(child_id, kind="flexible_learning"))

    assert [award["amount_satang"] for award in await door.rows(AWARDS)] == [300_000, 200_000]


async def test_the_books_of_an_erased_child_stay_under_one_pseudonym(
    door: EventDoor, clock: ControlledClock, child_id: UUID
) -> None:
    other = uuid7()
    await door.hear(placement(child_id), placement(child_id, kind="flexible_learning"), placement(other))
    await door.hear(erased(child_id))

    awards, payments = await door.rows(AWARDS), await door.rows(PAYMENTS)
    first, second, untouched = awards
    assert first["child_id"] == second["child_id"] != child_id
    assert first["placement_id"] is second["placement_id"] is None
    assert first["pseudonymised_date"] == bangkok_date(clock.now())
    assert (untouched["child_id"], untouched["pseudonymised_date"]) == (other, None)
    assert [payment["child_id"] for payment in payments] == [award["child_id"] for award in awards]
    assert [payment["amount_satang"] for payment in payments] == [300_000, 200_000, 300_000]
    assert await door.rows("SELECT key FROM forgotten_key") == [{"key": str(child_id)}]


async def test_an_erasure_heard_twice_or_of_a_stranger_changes_nothing(door: EventDoor, child_id: UUID) -> None:
    await door.hear(erased(uuid7()), placement(child_id), erased(child_id))
    before = await door.rows(AWARDS), await door.rows(PAYMENTS)
    await door.hear(erased(child_id))

    assert (await door.rows(AWARDS), await door.rows(PAYMENTS)) == before


@pytest.mark.parametrize("table", ["award", "payment"])
async def test_no_row_of_the_books_can_be_read_or_changed_from_another_area(
    door: EventDoor, child_id: UUID, table: str
) -> None:
    await door.hear(placement(child_id))

    async def touched(query: str, *codes: str) -> int:
        async with door.database.transaction(Scope("officer", areas(codes))) as session:
            return int((await (await session.driver()).execute(query)).rpartition(" ")[2])

    for query in (f"SELECT 1 FROM {table}", f"UPDATE {table} SET amount_satang = amount_satang"):
        assert await touched(query, "5203") == 1
        assert await touched(query, "520302", "50") == await touched(query) == 0


@pytest.mark.parametrize("table", ["award", "payment"])
async def test_the_app_role_cannot_delete_from_the_books(door: EventDoor, child_id: UUID, table: str) -> None:
    await door.hear(placement(child_id))

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await door.database.pool.execute(f"DELETE FROM {table}")
