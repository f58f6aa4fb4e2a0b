from uuid import UUID

import asyncpg
import pytest

from tests.registry.builders import a_child, a_citizen_id, a_pupil
from tests.registry.conftest import Everything, Registry
from tests.registry.duplicates.conftest import Reviewer, two_records, without_versions
from zd_contracts.events.cases import PlacementStarted
from zd_contracts.events.registry import ChildMerged, ChildMissing, ChildReturned
from zd_kernel.ids import uuid7
from zd_registry.duplicates.catalogue import EXEMPT, child_columns


async def test_the_survivor_keeps_its_id_and_everything_of_both(registry: Registry, reviewer: Reviewer) -> None:
    survivor, merged = await two_records(reviewer)
    await reviewer.merge(survivor, merged)

    (child,) = await registry.rows("SELECT * FROM child WHERE id = ANY ($1)", [survivor, merged])
    assert child["id"] == survivor
    rows = await registry.rows("SELECT child_id, area FROM enrolment WHERE child_id = $1", survivor)
    assert rows == [{"child_id": survivor, "area": child["area"]}]


async def test_a_second_citizen_id_becomes_a_former_identifier_that_later_files_are_known_by(
    registry: Registry, reviewer: Reviewer
) -> None:
    survivor, merged = await two_records(reviewer)
    await reviewer.merge(survivor, merged)

    (former,) = await registry.rows("SELECT child_id, kind, valid_to IS NOT NULL AS ended FROM child_identifier")
    assert former == {"child_id": survivor, "kind": "citizen_id", "ended": True}
    taken = await reviewer.caller.take_in("enrolment", [a_pupil(3, grade="M1")], term="2567/2")
    assert taken["accepted"] == 1
    assert await registry.rows("SELECT child_id FROM enrolment WHERE term = '2567/2'") == [{"child_id": survivor}]


async def test_the_merged_id_leads_to_the_survivor(reviewer: Reviewer) -> None:
    survivor, merged = await two_records(reviewer)
    await reviewer.merge(survivor, merged)

    answer = await reviewer.caller.get(f"/v1/children/{merged}")
    assert (answer.status_code, answer.json()["code"]) == (404, "child_merged")
    assert answer.headers["Link"] == f'</v1/children/{survivor}>; rel="canonical"'


async def test_a_merge_is_told_under_both_ids(registry: Registry, reviewer: Reviewer) -> None:
    survivor, merged = await two_records(reviewer)
    merge = await reviewer.merge(survivor, merged)
    await reviewer.unmerge(merge)

    timeline = (await reviewer.caller.get(f"/v1/children/{survivor}/profile")).json()["timeline"]
    assert {entry["kind"] for entry in timeline} >= {"merged", "unmerged"}
    told = await registry.told(ChildMerged)
    assert [(fact.child_id, fact.undone) for fact in told] == [
        (survivor, False), (merged, False), (survivor, True), (merged, True),
    ]  # fmt: skip
    assert {(fact.surviving_child_id, fact.merged_child_id) for fact in told} == {(survivor, merged)}


async def test_a_placement_told_under_the_merged_id_counts_for_the_survivor(
    registry: Registry, reviewer: Reviewer
) -> None:
    survivor, merged = await two_records(reviewer)
    await reviewer.merge(survivor, merged)
    await registry.hear(a_placement(merged))

    assert await registry.rows("SELECT child_id FROM placement") == [{"child_id": survivor}]


def a_placement(child_id: UUID) -> PlacementStarted:
    return PlacementStarted.model_validate({
        "placement_id": uuid7(), "case_id": uuid7(), "child_id": child_id, "tambon": "520301", "kind": "training",
        "started_date": "2024-08-01",
    })  # fmt: skip


async def test_an_undoing_puts_every_row_of_every_table_back(registry: Registry, reviewer: Reviewer) -> None:
    await reviewer.caller.take_in("population", [a_child(1), a_child(2, area="520302", family_name="แก้ไข")])
    await reviewer.caller.take_in("population", [a_child(1), a_child(2, area="520302")])
    await reviewer.caller.take_in("enrolment", [a_pupil(1), a_pupil(2)])
    survivor, merged = await reviewer.caller.child_id(1), await reviewer.caller.child_id(2)
    await registry.hear(a_placement(merged), a_placement(survivor))
    await reviewer.caller.reconcile()
    for child_id in (survivor, merged):
        body = {"name": "นางสมศรี ตัวอย่าง", "relation": "mother", "main": True, "citizen_id": a_citizen_id(77)}
        assert (await reviewer.caller.post(f"/v1/children/{child_id}/guardians", body)).status_code == 201
    before = await reviewer.everything_about_children()
    assert {"enrolment", "placement", "learning_state", "child_guardian"} <= {t for t, rows in before.items() if rows}

    merge = await reviewer.merge(survivor, merged)
    joined = await reviewer.everything_about_children()
    assert str(merged) not in str({t: rows for t, rows in joined.items() if t != "merged_child"})
    undone = await reviewer.unmerge(merge)

    assert without_versions(await reviewer.everything_about_children()) == without_versions(before)
    assert undone["kept"] == {}


async def test_what_came_and_changed_since_the_merge_is_left_and_counted(
    registry: Registry, reviewer: Reviewer
) -> None:
    survivor, merged = await two_records(reviewer)
    merge = await reviewer.merge(survivor, merged)
    later = [a_child(1, family_name="เปลี่ยนแล้ว"), a_child(2, area="520302")]
    await reviewer.caller.take_in("population", later)
    await reviewer.caller.take_in("enrolment", [a_pupil(1, family_name="เปลี่ยนแล้ว", grade="M1")], term="2567/2")
    await reviewer.caller.take_in("enrolment", [a_pupil(3, grade="M2"), a_pupil(2)])
    undone = await reviewer.unmerge(merge)

    assert undone["kept"]["since_the_merge"]["enrolment"] == 1
    rows = await registry.rows("SELECT id, family_name FROM child WHERE id = ANY ($1)", [survivor, merged])
    assert {row["id"]: row["family_name"] for row in rows} == {survivor: "เปลี่ยนแล้ว", merged: "ตัวอย่าง"}
    lists = await registry.rows(
        "SELECT child_id, term, grade FROM enrolment WHERE child_id = ANY ($1)", [survivor, merged]
    )
    assert {(row["child_id"], row["term"], row["grade"]) for row in lists} == {
        (survivor, "2567/2", "M1"), (merged, "2567/1", "M2"),
    }  # fmt: skip


async def test_both_can_be_read_by_their_citizen_ids_after_the_undoing(reviewer: Reviewer) -> None:
    survivor, merged = await two_records(reviewer)
    await reviewer.unmerge(await reviewer.merge(survivor, merged))

    for number, child_id in ((1, survivor), (3, merged)):
        answer = await reviewer.caller.get(f"/v1/children/{child_id}/citizen-id")
        assert answer.json() == {"citizen_id": a_citizen_id(number)}


async def test_a_missing_survivor_whose_duplicate_is_enrolled_has_returned_until_the_merge_is_undone(
    registry: Registry, reviewer: Reviewer
) -> None:
    survivor, merged = await two_records(reviewer)
    await reviewer.caller.reconcile()
    (missing,) = await registry.told(ChildMissing)
    assert missing.child_id == survivor

    merge = await reviewer.merge(survivor, merged)
    (returned,) = await registry.told(ChildReturned)
    assert (returned.child_id, returned.learning_status, returned.evidence) == (survivor, "in_school", "enrolment")
    state = await registry.rows("SELECT status, announced_kind FROM learning_state WHERE child_id = $1", survivor)
    assert state == [{"status": "in_school", "announced_kind": None}]

    await reviewer.unmerge(merge)
    assert [fact.child_id for fact in await registry.told(ChildMissing)] == [survivor, survivor]
    assert (await registry.told(ChildMissing))[1] == missing


async def test_a_survivor_without_residence_takes_that_of_the_other(registry: Registry, reviewer: Reviewer) -> None:
    registered, listed = await two_records(reviewer)
    await reviewer.merge(listed, registered)

    areas = await registry.rows(
        "SELECT area FROM child WHERE id = $1 UNION SELECT area FROM enrolment WHERE child_id = $1", listed
    )
    assert areas == [{"area": 52030100}]


async def test_a_merge_that_fails_in_the_middle_changes_nothing(
    registry: Registry, reviewer: Reviewer, everything: Everything
) -> None:
    survivor, merged = await two_records(reviewer)
    await reviewer.ask_merge(survivor, merged)
    before = await reviewer.everything_about_children()
    await everything.connection.execute(BREAK)
    with pytest.raises(asyncpg.RaiseError):
        await registry.work()
    assert await reviewer.everything_about_children() == before
    assert await registry.told(ChildMerged) == []

    await everything.connection.execute("DROP TRIGGER broken ON child")
    await registry.work()
    assert len(await registry.rows("SELECT id FROM child WHERE id = ANY ($1)", [survivor, merged])) == 1


BREAK = """
CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''broken''; END';
CREATE TRIGGER broken AFTER DELETE ON child FOR EACH ROW EXECUTE FUNCTION broken()
"""


async def test_merges_in_a_chain_are_undone_in_reverse_and_in_no_other_order(
    registry: Registry, reviewer: Reviewer
) -> None:
    survivor, merged = await two_records(reviewer)
    third = await reviewer.caller.child_id(2)
    before = await reviewer.everything_about_children()
    first_merge = await reviewer.merge(survivor, merged)
    second_merge = await reviewer.merge(third, survivor)
    for gone in (survivor, merged):
        assert str(third) in (await reviewer.caller.get(f"/v1/children/{gone}")).headers["Link"]
    assert {row["child_id"] for row in await registry.rows("SELECT child_id FROM enrolment")} == {third}

    refused = await reviewer.undo(first_merge)
    assert (refused.status_code, refused.json()["code"]) == (409, "later_merge")
    assert second_merge["id"] in refused.json()["detail"]

    await reviewer.unmerge(second_merge)
    assert str(survivor) in (await reviewer.caller.get(f"/v1/children/{merged}")).headers["Link"]
    await reviewer.unmerge(first_merge)
    assert without_versions(await reviewer.everything_about_children()) == without_versions(before)


async def test_an_officer_of_one_of_the_two_areas_neither_sees_nor_decides(
    registry: Registry, reviewer: Reviewer, everything: Everything
) -> None:
    await reviewer.caller.take_in("population", [a_child(1), a_child(2, area="520402")])
    one, other = await reviewer.caller.child_id(1), await reviewer.caller.child_id(2)
    pair = await reviewer.report(one, other)
    near = Reviewer(registry, everything, areas=["5203"], organisations=[])

    assert (await near.caller.get("/v1/duplicates")).json()["items"] == []
    assert (await near.caller.get(f"/v1/duplicates/{pair.json()['id']}")).status_code == 404
    assert (await near.decide(pair, "same")).status_code == 404
    assert (await near.report(one, other)).status_code == 404
    await reviewer.merge(one, other)
    assert len((await near.caller.get("/v1/merges")).json()["items"]) == 1


async def test_no_table_that_names_a_child_is_forgotten(everything: Everything) -> None:
    rows = await everything.connection.fetch(
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND data_type = 'uuid'"
        " AND (column_name LIKE '%child%' OR column_name LIKE '%candidate%' OR column_name = 'survivor_id')"
    )
    named = {(row["table_name"], row["column_name"]) for row in rows}
    found = await child_columns(everything.connection)
    assert named - {(at.table, at.column) for at in found} - EXEMPT == {("child_merge", "survivor_id")} | RUNS
    assert all(at.key for at in found), "a row without a primary key cannot be put back"


RUNS = {("reconciliation_run", "after_child"), ("risk_backtest", "after_child")}
