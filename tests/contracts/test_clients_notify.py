"""The client of notify against its real app, with LINE's stand-in behind it."""

from datetime import date
from uuid import uuid4

import pytest

from tests.contracts.conftest import Start
from zd_contracts.api.notify import NewGuardianLink
from zd_contracts.clients.base import ApiError
from zd_contracts.clients.notify import NotifyClient
from zd_contracts.events.grants import AwardApproved
from zd_contracts.events.notify import GuardianLinked, MessageDelivered
from zd_contracts.events.registry import ChildRegistered
from zd_engines.pytest_plugin import LineStandIn
from zd_notify.__main__ import SPEC

LINE_USER = "U" + "0123456789abcdef" * 2


async def test_a_guardian_is_linked_and_told_through_the_client(start: Start, line: LineStandIn) -> None:
    notify = await start(
        SPEC,
        "notify:read",
        "notify:write",
        "notify:events",
        line_base_url=line.url,
        line_channel_secret=line.channel.secret,
        line_access_token=line.channel.access_token,
    )
    client, child_id = NotifyClient(notify.http), uuid4()
    await notify.door.hear(ChildRegistered(child_id=child_id, tambon="520301", birth_year=2013))

    link = await client.link_guardian(NewGuardianLink(child_id=child_id, line_user_id=LINE_USER))
    assert (link.child_id, link.channel, link.active) == (child_id, "line", True)
    assert [link] == [known async for known in client.guardian_links(child_id=child_id)]

    await notify.door.hear(
        AwardApproved(
            child_id=child_id,
            tambon="520301",
            award_id=uuid4(),
            programme="return_to_learning",
            amount_satang=300_000,
            approved_date=date(2024, 6, 17),
        )
    )
    linked, delivered = [event async for event in client.events(wait=3)]
    assert linked.decode(GuardianLinked).data.guardian_id == link.id
    told = delivered.decode(MessageDelivered).data
    [message] = [message async for message in client.messages(child_id=child_id)]
    assert (message.id, message.template, message.delivered_at) == (told.message_id, told.template, told.delivered_at)
    assert (message.status, message.attempts) == ("sent", 1)
    for answer in (await notify.http.get("/v1/guardian-links"), await notify.http.get("/v1/events")):
        assert LINE_USER not in answer.text


async def test_a_link_to_a_child_that_nobody_knows_is_refused_with_a_code(start: Start, line: LineStandIn) -> None:
    notify = await start(
        SPEC,
        "notify:write",
        line_base_url=line.url,
        line_channel_secret=line.channel.secret,
        line_access_token=line.channel.access_token,
    )
    with pytest.raises(ApiError, match="409 child_unknown"):
        await NotifyClient(notify.http).link_guardian(NewGuardianLink(child_id=uuid4(), line_user_id=LINE_USER))
