"""Every status can be explained: which feed said what, when, how fresh it was, and why the status follows."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from tests.registry.builders import a_child
from tests.registry.conftest import Caller, Registry
from tests.registry.reconciliation.builders import BEFORE, IN_TIME, LAST_YEAR, SCHOOL, TERM, World


async def test_a_never_enrolled_child_is_explained_by_the_register_that_names_it(registry: Registry) -> None:
    taken = await registry.office.take_in("population", [a_child(1)], feed="อำเภอเกาะคา")
    registry.clock.advance(seconds=60)
    await registry.office.reconcile()
    found = await evidence(registry.office, await registry.office.child_id(1))
    assert (found["missing_kind"], found["in_register"]) == ("never_enrolled", True)
    said = found["register_said"]
    assert (said["import_id"], said["agency"], said["days_before_run"]) == (taken["id"], "ศธจ.ลำปาง", 0)
    assert said["feed_id"] == taken["feed_id"]


async def evidence(caller: Caller, child_id: UUID) -> dict[str, Any]:
    answer = await caller.get(f"/v1/children/{child_id}/evidence")
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_a_dropout_is_explained_by_the_last_list_and_by_how_fresh_the_present_one_is(
    registry: Registry, world: World
) -> None:
    feed = await world.feed("สพป.ลำปาง เขต 1")
    await world.delivery(feed, LAST_YEAR, BEFORE)
    await world.delivery(feed, TERM, IN_TIME)
    child = await world.child()
    await world.enrol([child], LAST_YEAR, grade="P4", feed_id=feed)
    await world.place(child, "other_care", date(2024, 7, 1))
    run = await registry.office.reconcile()
    found = await evidence(registry.office, child)
    assert (found["learning_status"], found["missing_kind"], found["judged_term"]) == (
        "not_learning",
        "dropped_out",
        TERM,
    )
    assert found["reason"]["code"] == "left"
    assert found["reason"]["th"] == (f"รายชื่อภาคเรียน {TERM} ไม่มีชื่อเด็ก ครั้งสุดท้ายเรียนที่ {SCHOOL} ชั้น ป.4 ภาคเรียน {LAST_YEAR}")
    on = found["stands_on"]
    assert (on["kind"], on["organisation"], on["term"], on["grade"]) == ("enrolment", SCHOOL, LAST_YEAR, "P4")
    assert (on["feed_id"], found["last_run_id"]) == (str(feed), run["id"])
    (said,) = found["lists"]
    assert (said["agency"], said["kind"], said["term"]) == ("สพป.ลำปาง เขต 1", "enrolment", LAST_YEAR)
    ended = (registry.clock.now() + timedelta(hours=7)).date()
    assert said["days_before_run"] == (ended - (BEFORE + timedelta(hours=7)).date()).days
    assert [placed["kind"] for placed in found["placements"]] == ["other_care"]


async def test_a_child_whom_nobody_ever_listed_names_the_agencies_that_have_not_delivered(
    registry: Registry, world: World
) -> None:
    silent = await world.feed("สช.ลำปาง")
    spoke = await world.feed("สพป.ลำปาง")
    await world.delivery(spoke)
    child, pupil = await world.children(2)
    await world.enrol([pupil], feed_id=spoke)
    await registry.office.reconcile()
    found = await evidence(registry.caller(areas=["520301"]), child)
    assert (found["reason"]["code"], found["stands_on"]["kind"], found["lists"]) == ("never_listed", "none", [])
    assert [(owed["feed_id"], owed["agency"]) for owed in found["undelivered"]] == [(str(silent), "สช.ลำปาง")]
    assert (await evidence(registry.office, pupil))["undelivered"] == []


async def test_a_departure_is_explained_by_the_register(registry: Registry, world: World) -> None:
    child = await world.child(gone_kind="moved_abroad", gone_date=date(2024, 5, 1))
    await registry.office.reconcile()
    found = await evidence(registry.office, child)
    assert found["reason"]["en"].startswith("The register says that the child moved abroad on 2024-05-01")
    assert found["gone"] == {"kind": "moved_abroad", "since": "2024-05-01"}
    assert (found["stands_on"]["kind"], found["stands_on"]["import_id"]) == ("register", str(UUID(int=1)))


async def test_a_child_whom_no_run_judged_says_so(registry: Registry, world: World) -> None:
    found = await evidence(registry.office, await world.child())
    assert (found["learning_status"], found["reason"]["code"]) == ("unconfirmed", "not_judged")
    assert (found["judged_at"], found["last_run_id"]) == (None, None)


async def test_evidence_is_for_the_childs_area_and_recorded(registry: Registry, world: World) -> None:
    child = await world.child()
    for caller, wanted in ((registry.caller(areas=["5205"]), child), (registry.office, uuid4())):
        answer = await caller.get(f"/v1/children/{wanted}/evidence")
        assert (answer.status_code, answer.json()["code"]) == (404, "child_not_found")
    await evidence(registry.office, child)
    audited = await world.connection.fetch("SELECT subjects FROM audit_entry WHERE action = 'get_child_evidence'")
    assert [row["subjects"] for row in audited] == [[child]]
