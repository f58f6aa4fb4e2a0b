"""Absence from a list is a question before it is a fact."""

from datetime import date, timedelta

import pytest

from tests.registry.conftest import Registry
from tests.registry.reconciliation.builders import BEFORE, IN_TIME, LAST_YEAR, TERM, World
from zd_contracts.events.registry import ChildMissing


async def test_an_undelivered_feed_makes_the_pupils_of_its_last_list_unconfirmed(
    registry: Registry, world: World
) -> None:
    feed = await world.feed("สช.ลำปาง")
    for term in ("2566/1", LAST_YEAR):
        await world.delivery(feed, term, BEFORE)
    of_last, of_older, never = await world.children(3)
    await world.enrol([of_last], LAST_YEAR, feed_id=feed)
    await world.enrol([of_older], "2566/1", feed_id=feed)
    run = await registry.office.reconcile()
    assert await world.verdict(of_last) == ("unconfirmed", None, "feed_undelivered")
    # The list of 2566/2 no longer named this one: dropped out since then, whatever comes now.
    assert await world.verdict(of_older) == ("not_learning", "dropped_out", "left")
    assert await world.verdict(never) == ("not_learning", "never_enrolled", "never_listed")
    assert [(feed["agency"], feed["before_term"]) for feed in run["undelivered"]] == [("สช.ลำปาง", LAST_YEAR)]
    await world.delivery(feed, TERM)
    later = await registry.office.reconcile()
    assert await world.verdict(of_last) == ("not_learning", "dropped_out", "left")
    assert (later["undelivered"], later["newly_missing"]) == ([], 1)


@pytest.mark.parametrize("flaw", ["incomplete", "withdrawn"])
async def test_a_partial_or_withdrawn_list_is_no_delivery(registry: Registry, world: World, flaw: str) -> None:
    feed = await world.feed()
    await world.delivery(feed, LAST_YEAR, BEFORE)
    child = await world.child()
    await world.enrol([child], LAST_YEAR, feed_id=feed)
    delivered = await world.delivery(feed, TERM, complete=flaw != "incomplete")
    if flaw == "withdrawn":
        await world.connection.execute("UPDATE feed_delivery SET withdrawn_at = now() WHERE import_id = $1", delivered)
    await registry.office.reconcile()
    assert await world.verdict(child) == ("unconfirmed", None, "feed_undelivered")


async def test_a_list_owed_once_a_year_holds_for_its_school_year(registry: Registry, world: World) -> None:
    feed = await world.feed(owed="year")
    pupil, absent = await world.children(2)
    await world.delivery(feed, LAST_YEAR, BEFORE)
    await world.delivery(feed, TERM)
    await world.enrol([pupil], TERM, feed_id=feed)
    await world.enrol([absent], LAST_YEAR, feed_id=feed)
    await registry.office.reconcile("2567/2", reference_date="2024-11-10")
    assert (await world.verdict(pupil))[0] == "in_school"
    assert await world.verdict(absent) == ("not_learning", "dropped_out", "left")


async def test_whoever_a_later_list_of_the_term_left_out_dropped_out_in_it(registry: Registry, world: World) -> None:
    feed = await world.feed()
    last = await world.delivery(feed)
    child = await world.child()
    await world.enrol([child], TERM, grade="M3", feed_id=feed, ended_by=last)
    await registry.office.reconcile()
    assert await world.verdict(child) == ("not_learning", "dropped_out", "left")


async def test_a_review_that_is_open_keeps_a_child_unconfirmed_and_is_told_of_once(
    registry: Registry, world: World
) -> None:
    child = await world.child()
    await registry.office.reconcile()
    await world.review(child)
    await registry.office.reconcile()
    assert await world.verdict(child) == ("unconfirmed", None, "in_review")
    await world.connection.execute("UPDATE unlinked_record SET state = 'refused'")
    await registry.office.reconcile()
    assert await world.verdict(child) == ("not_learning", "never_enrolled", "never_listed")
    assert len(await registry.told(ChildMissing)) == 1


async def test_a_refused_row_that_names_a_child_is_a_question_until_a_later_list_is_whole(
    registry: Registry, world: World
) -> None:
    feed = await world.feed()
    left, never, listed = await world.children(3)
    await world.enrol([left], LAST_YEAR, feed_id=feed)
    await world.refused(left, feed)
    await world.refused(never, feed, complete=False)
    await world.refused(listed, feed, complete=False)
    await world.enrol([listed], feed_id=feed)
    await registry.office.reconcile()
    assert await world.verdict(left) == ("unconfirmed", None, "row_refused")
    assert await world.verdict(never) == ("unconfirmed", None, "row_refused")
    assert (await world.verdict(listed))[0] == "in_school"
    assert not await registry.told(ChildMissing)
    await world.delivery(feed, at=IN_TIME + timedelta(days=1))
    await registry.office.reconcile()
    assert await world.verdict(left) == ("not_learning", "dropped_out", "left")
    assert await world.verdict(never) == ("not_learning", "never_enrolled", "never_listed")


async def test_every_candidate_of_an_open_record_is_in_doubt(registry: Registry, world: World) -> None:
    candidate, other = await world.children(2)
    record = await world.review(None)
    await world.candidate(record, candidate)
    await world.candidate(await world.review(None, LAST_YEAR), other)
    await registry.office.reconcile()
    assert (await world.verdict(candidate))[2] == "in_review"
    assert (await world.verdict(other))[2] == "never_listed"


async def test_gone_needs_evidence_and_a_later_list_contradicts_it(registry: Registry, world: World) -> None:
    feed = await world.feed()
    await world.delivery(feed)
    gone, listed, yet_to_go = [
        await world.child(gone_kind="moved_abroad", gone_date=day)
        for day in (date(2024, 5, 1), date(2024, 5, 1), date(2024, 7, 1))
    ]
    await world.enrol([gone], LAST_YEAR, feed_id=feed)
    await world.enrol([listed, yet_to_go], feed_id=feed)
    run = await registry.office.reconcile()
    assert await world.verdict(gone) == ("gone", None, "gone")
    assert await world.verdict(listed) == ("unconfirmed", None, "contradiction")
    assert await world.verdict(yet_to_go) == ("in_school", None, "enrolled")
    assert run["by_status"] == {"gone": 1, "unconfirmed": 1, "in_school": 1}
