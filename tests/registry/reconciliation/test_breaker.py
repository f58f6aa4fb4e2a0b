"""A feed that suddenly loses many pupils stops the run until a person has answered."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.registry.conftest import Caller, Registry
from tests.registry.reconciliation.builders import BEFORE, IN_TIME, LAST_YEAR, TERM, World
from zd_contracts.events.registry import ChildMissing


async def answer(caller: Caller, run: dict[str, Any], feed: UUID, decision: str = "accept") -> dict[str, Any]:
    body = {"feed_id": str(feed), "decision": decision, "reason": "ตรวจสอบกับโรงเรียนแล้ว"}
    headers = caller.headers | {"Idempotency-Key": str(uuid4())}
    told = await caller.http.post(f"/v1/reconciliations/{run['id']}/answers", json=body, headers=headers)
    await caller.registry.work()
    result: dict[str, Any] = told.json()
    return result


async def a_feed_that_lost(world: World, listed: int, before: int) -> tuple[UUID, list[UUID]]:
    feed = await world.feed()
    await world.delivery(feed, LAST_YEAR, BEFORE, rows=before)
    await world.delivery(feed, TERM, rows=listed)
    children = await world.children(before)
    await world.enrol(children, LAST_YEAR, feed_id=feed)
    await world.enrol(children[:listed], feed_id=feed)
    return feed, children


async def test_a_bad_export_opens_no_cases_and_asks(registry: Registry, world: World) -> None:
    feed, _ = await a_feed_that_lost(world, 5, 45)
    run = await registry.office.reconcile()
    assert (run["status"], run["examined"]) == ("stopped", 0)
    (question,) = run["questions"]
    assert (question["feed_id"], question["listed"], question["listed_before"]) == (str(feed), 5, 45)
    assert await world.verdicts() == {}
    assert await registry.told(ChildMissing) == []


async def test_an_accepted_loss_is_a_fact_and_not_asked_about_again(registry: Registry, world: World) -> None:
    feed, _ = await a_feed_that_lost(world, 5, 45)
    stopped = await registry.office.reconcile()
    assert (await answer(registry.office, stopped, feed))["status"] == "queued"
    run = (await registry.office.get(f"/v1/reconciliations/{stopped['id']}")).json()
    assert (run["status"], run["in_school"], run["by_missing_kind"]) == ("done", 5, {"dropped_out": 40})
    assert run["questions"][0]["decision"] == "accept"
    assert (await registry.office.reconcile())["status"] == "done"
    # What was accepted is the measure: a later file as short as this one asks nothing either.
    await world.delivery(feed, TERM, rows=5, at=IN_TIME.replace(day=2))
    assert (await registry.office.reconcile())["status"] == "done"


async def test_a_list_that_is_not_believed_leaves_its_pupils_unconfirmed(registry: Registry, world: World) -> None:
    feed, children = await a_feed_that_lost(world, 5, 45)
    stopped = await registry.office.reconcile()
    await answer(registry.office, stopped, feed, "treat_as_undelivered")
    run = (await registry.office.get(f"/v1/reconciliations/{stopped['id']}")).json()
    assert run["by_status"] == {"in_school": 5, "unconfirmed": 40}
    assert await registry.told(ChildMissing) == []
    assert [owed["feed_id"] for owed in run["undelivered"]] == [str(feed)]
    again = await registry.office.reconcile()
    assert (again["status"], again["by_status"]) == ("done", run["by_status"])
    # The next, whole list is asked about no more: nobody is lost.
    mended = await world.delivery(feed, TERM, rows=45, at=IN_TIME.replace(day=2))
    await world.enrol(children[5:], feed_id=feed, import_id=mended)
    assert (await registry.office.reconcile())["by_status"] == {"in_school": 45}


async def test_a_second_list_of_the_term_that_drops_many_is_asked_about(registry: Registry, world: World) -> None:
    feed = await world.feed()
    await world.delivery(feed, TERM)
    short = await world.delivery(feed, TERM, at=IN_TIME.replace(day=2))
    children = await world.children(40)
    await world.enrol(children[:5], feed_id=feed)
    await world.enrol(children[5:], feed_id=feed, ended_by=short)
    stopped = await registry.office.reconcile()
    assert (stopped["questions"][0]["listed"], stopped["questions"][0]["listed_before"]) == (5, 40)
    await answer(registry.office, stopped, feed, "treat_as_undelivered")
    run = (await registry.office.get(f"/v1/reconciliations/{stopped['id']}")).json()
    assert run["by_status"] == {"in_school": 5, "unconfirmed": 35}


async def test_a_register_that_loses_many_children_is_asked_about(registry: Registry, world: World) -> None:
    feed = await world.feed("กรมการปกครอง", "population", owed="month")
    await world.delivery(feed, None, BEFORE, rows=1000)
    await world.delivery(feed, None, IN_TIME, rows=600)
    run = await registry.office.reconcile()
    assert (run["status"], run["questions"][0]["kind"]) == ("stopped", "population")
    assert run["undelivered"] == []


async def test_a_loss_within_the_limits_asks_nothing(registry: Registry, world: World) -> None:
    await a_feed_that_lost(world, 16, 45)
    assert (await registry.office.reconcile())["status"] == "done"


async def test_the_limit_is_a_dated_policy_of_the_area(registry: Registry, world: World) -> None:
    policy = {
        "name": "feed_loss", "area": "52", "valid_from": "2024-05-01", "value": {"share": 0.05, "pupils": 10},
        "source": "ข้อตกลงของคณะทำงานจังหวัด",
    }  # fmt: skip
    head = registry.caller(areas=["52"], scopes=["registry:configure"])
    created = await head.http.post("/v1/policies", json=policy, headers=head.headers | {"Idempotency-Key": "once"})
    assert created.status_code == 201, created.text
    await a_feed_that_lost(world, 16, 45)
    assert (await registry.office.reconcile())["status"] == "stopped"
    listed = (await registry.office.get("/v1/policies")).json()["items"]
    assert policy in listed


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"area": "*"}, 403, "outside_scope"),
        ({"value": {"share": 0.1}}, 422, "value_wrong"),
        ({"valid_from": "1900-01-01", "area": "52"}, 409, "policy_exists"),
    ],
)
async def test_a_policy_that_cannot_hold_is_refused(
    registry: Registry, change: dict[str, Any], status: int, code: str
) -> None:
    policy = {
        "name": "feed_loss", "area": "52", "valid_from": "1900-01-01", "value": {"share": 0.05, "pupils": 10},
        "source": "ข้อตกลงของคณะทำงานจังหวัด",
    }  # fmt: skip
    head = registry.caller(areas=["52"], scopes=["registry:configure"])
    for n, body in enumerate((policy, policy | change)):
        told = await head.http.post("/v1/policies", json=body, headers=head.headers | {"Idempotency-Key": str(n)})
    assert (told.status_code, told.json()["code"]) == (status, code)


async def test_a_question_is_answered_once_and_by_whoever_may_reconcile_all_of_it(
    registry: Registry, world: World
) -> None:
    feed, _ = await a_feed_that_lost(world, 5, 45)
    run = await registry.office.reconcile()
    assert (await answer(registry.caller(areas=["5203"]), run, feed))["code"] == "question_not_found"
    assert (await answer(registry.office, run, uuid4()))["code"] == "question_not_found"
    await answer(registry.office, run, feed)
    assert (await answer(registry.office, run, feed))["code"] == "already_answered"
