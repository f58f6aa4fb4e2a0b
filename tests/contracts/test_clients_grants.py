"""The client of grants against its real app."""

from datetime import date
from uuid import uuid4

import pytest

from tests.contracts.conftest import Start
from zd_contracts.clients.base import ApiError
from zd_contracts.clients.grants import GrantsClient
from zd_contracts.events.cases import PlacementStarted
from zd_contracts.events.grants import AwardApproved, PaymentInstructed
from zd_grants.__main__ import SPEC

RATES = [
    {
        "programme": "return_to_learning",
        "amount_satang": 300_000,
        "valid_from": "2024-01-01",
        "source": "made up for this test",
    }
]


async def test_what_a_placement_is_granted_is_read_through_the_client(start: Start) -> None:
    grants = await start(SPEC, "grants:read", "grants:events", rates=RATES)
    client, child_id = GrantsClient(grants.http), uuid4()
    await grants.door.hear(
        PlacementStarted(
            child_id=child_id,
            tambon="520301",
            placement_id=uuid4(),
            case_id=uuid4(),
            kind="training",
            started_date=date(2024, 6, 17),
        )
    )

    [award] = [award async for award in client.awards(child_id=child_id)]
    assert (award.child_id, award.area, award.amount_satang) == (child_id, "520301", 300_000)
    assert await client.award(award.id) == award
    [payment] = [payment async for payment in client.payments(child_id=child_id)]
    assert (payment.award_id, payment.amount_satang, payment.status) == (award.id, 300_000, "instructed")

    approved, instructed = [event async for event in client.events(wait=1)]
    assert approved.decode(AwardApproved).data.award_id == award.id
    assert instructed.decode(PaymentInstructed).data.payment_id == payment.id


async def test_an_award_that_is_not_there_is_refused_with_a_code(start: Start) -> None:
    grants = await start(SPEC, "grants:read")
    with pytest.raises(ApiError, match="404 award_not_found"):
        await GrantsClient(grants.http).award(uuid4())
