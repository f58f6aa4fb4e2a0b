"""A child's whole record, and what happened to it in words."""

from typing import Any

import pytest

from tests.registry.builders import KO_KHA_SCHOOL, a_child, a_pupil
from tests.registry.conftest import Registry
from zd_contracts.events.cases import PlacementEnded, PlacementStarted, VisitRecorded
from zd_engines.tokens import TokenFactory
from zd_kernel.clock import bangkok_date
from zd_kernel.ids import uuid7
from zd_registry.privacy.schemas import ChildCorrection
from zd_registry.profiles.rules import FIELD

REASON = {"reason": "ตามสูติบัตรที่ระบุ 14 กุมภาพันธ์"}


@pytest.fixture
def days(registry: Registry, token_factory: TokenFactory, monkeypatch: pytest.MonkeyPatch) -> Registry:
    """The instance at ten in the Thai morning; its callers' tokens keep up with a clock that goes on by days."""
    registry.clock.set(registry.clock.now().replace(hour=3, minute=0, second=0))
    monkeypatch.setattr(token_factory, "_now", lambda: registry.clock.now().timestamp())
    return registry


async def a_life(registry: Registry) -> str:
    """Registered, found missing, placed, listed, moved and twice corrected, a day each; the path to the child."""
    clock = registry.clock
    await registry.office.take_in("population", [a_child(1)])
    clock.advance(days=1)
    await registry.office.reconcile()
    clock.advance(days=1)
    child_id = await registry.office.child_id(1)
    placed = PlacementStarted(
        placement_id=uuid7(), case_id=uuid7(), child_id=child_id, tambon="520301", kind="flexible_learning",
        started_date=bangkok_date(clock.now()),
    )  # fmt: skip
    await registry.hear(placed)
    clock.advance(days=1)
    await registry.office.take_in("enrolment", [a_pupil(1)])
    clock.advance(days=1)
    await registry.office.take_in("population", [a_child(1, area="520302")])
    path = f"/v1/children/{child_id}"
    for field in ({"birth_date": "2013-02-14"}, {"nickname": "เล็ก"}):
        clock.advance(days=1)
        answer = await registry.office.patch(path, REASON | field, if_match="*")
        assert answer.status_code == 200, answer.text
    return path


async def profile(registry: Registry, path: str) -> dict[str, Any]:
    answer = await registry.office.get(f"{path}/profile")
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def test_the_timeline_says_everything_that_happened_the_latest_first_in_both_languages(days: Registry) -> None:
    timeline = (await profile(days, await a_life(days)))["timeline"]
    assert [(entry["kind"], entry["text_th"], entry["text_en"]) for entry in timeline] == [
        ("corrected", "เจ้าหน้าที่แก้ไขชื่อเล่น", "Corrected by hand: nickname"),
        ("corrected", "เจ้าหน้าที่แก้ไขวันเกิด", "Corrected by hand: birth date"),
        ("moved", "ย้ายไปอยู่พื้นที่ 520302", "Moved to area 520302"),
        (
            "listed",
            f"มีชื่อในสถานศึกษา {KO_KHA_SCHOOL} ภาคเรียน 2567/1 ชั้น ป.6",
            f"In the list of {KO_KHA_SCHOOL}, term 2567/1, grade P6",
        ),
        ("placed", "เริ่มการเรียนรู้แบบยืดหยุ่น", "Placement started: flexible learning"),
        ("status_changed", "สถานะการเรียนรู้: เรียนรู้แบบยืดหยุ่น", "Learning status: flexible learning"),
        (
            "status_changed",
            "สถานะการเรียนรู้: ไม่ได้เรียนรู้ (ไม่เคยเข้าเรียน)",
            "Learning status: not learning (never enrolled)",
        ),
        ("registered", "เข้าทะเบียน", "Entered the register"),
    ]
    instants = [entry["at"] for entry in timeline]
    assert instants == sorted(instants, reverse=True)
    assert len(set(instants)) == len(timeline)
    sent = await days.rows("SELECT id FROM file_import ORDER BY id")
    told_by_a_file = [entry["import_id"] for entry in reversed(timeline) if entry["import_id"]]
    assert told_by_a_file == [str(row["id"]) for row in sent[:2]]


async def test_visits_places_guardians_and_consents_are_in_the_timeline_and_no_name_is(days: Registry) -> None:
    clock = days.clock
    await days.office.take_in("population", [a_child(1)])
    await days.office.reconcile()
    child_id = await days.office.child_id(1)
    told = {"case_id": uuid7(), "child_id": child_id, "tambon": "520301"}
    placement = {**told, "placement_id": uuid7()}
    clock.advance(days=1)
    today = bangkok_date(clock.now())
    await days.hear(VisitRecorded(**told, visit_id=uuid7(), visited_date=today, outcome="met"))
    clock.advance(days=1)
    path, office = f"/v1/children/{child_id}", days.office
    mother = (await office.post(f"{path}/guardians", {"name": "มารดา ตัวอย่าง", "relation": "mother"})).json()
    agreed = {"purpose": "line_messages", "given_by": "guardian", "guardian_id": mother["id"]}
    assert (await office.post(f"{path}/consents", agreed)).status_code == 201
    confirmed = {entry["text_en"] for entry in (await profile(days, path))["timeline"] if entry["kind"] == "verified"}
    assert confirmed == {"A visit confirmed that the child is out of learning"}
    clock.advance(days=1)
    await days.hear(PlacementStarted(**placement, kind="training", started_date=bangkok_date(clock.now())))
    clock.advance(days=1)
    await days.hear(PlacementEnded(**placement, ended_date=bangkok_date(clock.now()), outcome="left"))

    timeline = (await profile(days, path))["timeline"]
    said = {entry["kind"]: entry["text_en"] for entry in timeline}
    assert {kind: said.get(kind) for kind in ("visited", "guardian", "consent", "place_ended")} == {
        "visited": "Somebody visited the home",
        "guardian": "A guardian was recorded: mother",
        "consent": "Consent or another basis recorded: line_messages",
        "place_ended": "Placement ended: training",
    }
    assert "มารดา ตัวอย่าง" not in str(timeline)


async def test_a_correction_in_the_timeline_names_the_field_and_neither_values_nor_the_reason(days: Registry) -> None:
    path = await a_life(days)
    corrected = [entry for entry in (await profile(days, path))["timeline"] if entry["kind"] == "corrected"]
    noted = (await days.office.get(f"{path}/corrections")).json()["items"]
    assert [entry["at"] for entry in corrected] == [one["at"] for one in noted]
    for said in ("2013", "14", "เล็ก", REASON["reason"], "สูติบัตร"):
        assert not any(said in entry["text_th"] + entry["text_en"] for entry in corrected)


def test_every_field_that_can_be_corrected_has_words() -> None:
    assert set(FIELD) == set(ChildCorrection.model_fields) - {"reason"}


async def test_the_profile_of_a_child_whom_the_caller_does_not_see_is_not_found_and_reading_it_is_recorded(
    registry: Registry,
) -> None:
    await registry.office.take_in("population", [a_child(1)])
    child_id = await registry.office.child_id(1)
    path = f"/v1/children/{child_id}"
    assert (await registry.caller(areas=["50"]).get(f"{path}/profile")).status_code == 404
    shown = await profile(registry, path)
    assert (shown["child"]["id"], shown["in_register"]) == (str(child_id), True)
    assert shown["identifiers"] == [{"kind": "citizen_id", "current": True, "valid_from": None, "valid_to": None}]
    seen = await registry.rows("SELECT subjects FROM audit_entry WHERE action = 'read_profile'")
    assert [row["subjects"] for row in seen] == [[child_id]]
