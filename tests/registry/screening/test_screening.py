"""Results of screenings: who may record and read them, what is refused, and what stays of them."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest

from tests.registry.builders import FAR_SCHOOL, KO_KHA_SCHOOL
from tests.registry.children.test_row_security import count
from tests.registry.conftest import Everything, Registry
from tests.registry.duplicates.conftest import Reviewer
from tests.registry.retention.test_retention import keep, night
from tests.registry.screening.builders import (
    NEVER,
    OFTEN,
    agree,
    health,
    pupils,
    results,
    screen,
    screened,
    teacher,
    today,
)
from zd_contracts.events.registry import ScreeningRecorded
from zd_kernel.clock import bangkok_date
from zd_kernel.scope import Range, Scope, areas


async def test_a_result_is_shown_by_its_band_and_its_answers_are_kept_encrypted(
    registry: Registry, everything: Everything
) -> None:
    (child_id,) = await pupils(registry)
    done = await screened(health(registry), child_id)
    assert (done["band"], done["positive"], done["kind"]) == ("needs_help", True, "learning_disability")
    assert (done["agency"], done["organisation"]) == ("รพ.สต.ตัวอย่าง", KO_KHA_SCHOOL)
    (shown,) = await results(health(registry), child_id)
    assert shown["band_th"] == "ควรได้รับการช่วยเหลือ"
    assert {each["party"] for each in shown["follow_ups"]} == {"teacher", "parent", "doctor"}
    detail = (await health(registry).get(f"/v1/children/{child_id}/screenings/{done['id']}")).json()
    assert detail["answers"] == OFTEN
    assert detail["scores"] == [{"scale": "total", "score": 4.0, "band": "needs_help"}]
    assert "screening" not in await everything.tables_with(["letters"])


async def test_the_fact_says_that_it_happened_and_neither_of_what_nor_what_came_of_it(registry: Registry) -> None:
    (child_id,) = await pupils(registry)
    await screened(health(registry), child_id)
    (told,) = await registry.told(ScreeningRecorded)
    assert told == ScreeningRecorded(
        child_id=child_id, tambon="520301", screened_date=bangkok_date(registry.clock.now())
    )
    assert json.loads(told.encode()).keys() == {"child_id", "tambon", "screened_date"}


async def test_without_consent_it_is_refused_and_named_who_still_has_to_agree(registry: Registry) -> None:
    (child_id,) = await pupils(registry, consent=False)
    refused = await screen(health(registry), child_id)
    assert (refused.status_code, refused.json()["code"]) == (409, "consent_missing")
    assert "self, guardian" in refused.json()["detail"]
    await agree(registry, child_id)
    await screened(teacher(registry), child_id)
    consents = (await registry.office.get(f"/v1/children/{child_id}/consents")).json()["items"]
    for consent in consents:
        await registry.office.delete(f"/v1/children/{child_id}/consents/{consent['id']}")
    again = await screen(health(registry), child_id, screened_date=today(registry, 1))
    assert again.json()["code"] == "consent_missing"
    assert len(await results(health(registry), child_id)) == 1


async def test_whose_family_said_no_is_not_screened(registry: Registry) -> None:
    (child_id,) = await pupils(registry)
    no = {"purpose": "health_support", "given_by": "self", "refused": True}
    registry.clock.advance(minutes=1)
    answer = await registry.office.post(f"/v1/children/{child_id}/consents", no)
    assert answer.status_code == 201, answer.text
    refused = await screen(health(registry), child_id)
    assert (refused.status_code, refused.json()["code"]) == (409, "consent_refused")
    assert await results(health(registry), child_id) == []


async def test_every_kind_that_comes_with_the_service_is_scored(registry: Registry, everything: Everything) -> None:
    older, small = await pupils(registry, "520301", "520301")
    born = registry.clock.now().date() - timedelta(days=3 * 366)
    await everything.connection.execute("UPDATE child SET birth_date = $2 WHERE id = $1", small, born)
    for held in (await registry.office.get("/v1/instruments")).json()["items"]:
        whole = (await registry.office.get(f"/v1/instruments/{held['code']}/{held['version']}")).json()
        answers = {
            item["code"]: item["choices"][-1]["code"] if item["choices"] else (item["low"] + item["high"]) / 4
            for item in whole["definition"]["items"]
        }
        child_id = older if held["below_months"] > 100 else small
        found = await screened(health(registry), child_id, answers, instrument=held["code"])
        assert (found["kind"], bool(found["band"])) == (held["kind"], True)
    told = {each["kind"] for child_id in (older, small) for each in await results(health(registry), child_id)}
    assert told == {"learning_disability", "mental_health", "growth", "disability", "development"}


async def test_what_is_wrong_is_said_item_by_item(registry: Registry) -> None:
    (child_id,) = await pupils(registry)
    wrong = await screen(health(registry), child_id, {"letters": "always", "reading": 3, "colour": "never"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "answers_wrong")
    assert {(error["pointer"], error["code"]) for error in wrong.json()["errors"]} == {
        ("/answers/colour", "item_unknown"),
        ("/answers/letters", "choice_unknown"),
        ("/answers/reading", "choice_unknown"),
        ("/answers/numbers", "item_missing"),
    }


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"instrument": "nothing"}, "instrument_unknown"),
        ({"screened_date": "2999-01-01"}, "day_to_come"),
        ({"instrument": "example_development", "answers": {}}, "age_outside"),
        ({"screened_date": "1899-12-31"}, "instrument_unknown"),
    ],
)
async def test_an_instrument_is_for_its_days_and_ages(registry: Registry, changes: dict[str, Any], code: str) -> None:
    (child_id,) = await pupils(registry)
    answer = await screen(health(registry), child_id, **changes)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_a_teacher_screens_and_reads_the_pupils_of_the_school_and_only_what_the_instrument_allows(
    registry: Registry,
) -> None:
    (child_id,) = await pupils(registry)
    here, far = teacher(registry), teacher(registry, FAR_SCHOOL)
    await screened(here, child_id)
    await screened(
        here, child_id, {"alone": "never", "worried": "never", "sleep": "never"}, instrument="example_mental"
    )
    can = {"seeing": "yes", "hearing": "yes", "walking": "yes"}
    refused = await screen(here, child_id, can, instrument="example_disability")
    assert (refused.status_code, refused.json()["code"]) == (403, "screener_not_named")
    await screened(health(registry), child_id, can, instrument="example_disability")
    assert [row["kind"] for row in await results(here, child_id)] == ["learning_disability"]
    kinds = {row["kind"] for row in await results(health(registry), child_id)}
    assert kinds == {"learning_disability", "mental_health", "disability"}
    assert (await far.get(f"/v1/children/{child_id}/screenings")).status_code == 404
    assert (await screen(far, child_id, screened_date=today(registry, 1))).status_code == 404


async def test_results_ask_for_a_scope_of_their_own_and_for_the_area(registry: Registry) -> None:
    (child_id,) = await pupils(registry)
    done = await screened(health(registry), child_id)
    path = f"/v1/children/{child_id}/screenings"
    reader = registry.caller(areas=["52"], scopes=["registry:read", "registry:write", "registry:health"])
    assert (await reader.get(path)).status_code == (await screen(reader, child_id)).status_code == 403
    for caller in (reader, teacher(registry)):
        assert (await caller.get(f"{path}/{done['id']}")).status_code == 403
    away = health(registry, "50")
    for answer in (await away.get(path), await away.get(f"{path}/{done['id']}"), await screen(away, child_id)):
        assert answer.status_code == 404
    correction = {"screened_date": today(registry), "answers": NEVER, "reason": "บันทึกผิด"}
    assert (await away.put(f"{path}/{done['id']}", correction)).status_code == 404
    assert (await away.post(f"{path}/{done['id']}/withdrawal", {"reason": "บันทึกผิด"})).status_code == 404


async def test_the_database_keeps_results_apart_whatever_a_query_asks_for(registry: Registry) -> None:
    (child_id,) = await pupils(registry)
    await screened(teacher(registry), child_id)
    school, far = Scope("school", (), (Range(100, 100),)), Scope("far", (), (Range(900, 900),))
    for table, rows in (("screening", 1), ("screening_follow_up", 3)):
        for scope, seen in ((Scope("here", areas(["520301"])), rows), (Scope("there", areas(["50"])), 0),
                            (school, rows), (far, 0), (Scope("nobody"), 0)):  # fmt: skip
            assert await count(registry, scope, table) == seen, (table, scope.name)


async def test_the_same_instrument_again_is_a_new_result_on_another_day_and_a_conflict_on_the_same(
    registry: Registry,
) -> None:
    (child_id,) = await pupils(registry)
    await screened(health(registry), child_id, screened_date=today(registry, 30))
    await screened(health(registry), child_id, NEVER)
    again = await screen(health(registry), child_id)
    assert (again.status_code, again.json()["code"]) == (409, "screened_that_day")
    shown = await results(health(registry), child_id)
    assert [row["positive"] for row in shown] == [False, True]
    onto = {"screened_date": today(registry), "answers": NEVER, "reason": "วันผิด"}
    moved = await health(registry).put(f"/v1/children/{child_id}/screenings/{shown[1]['id']}", onto)
    assert (moved.status_code, moved.json()["code"]) == (409, "screened_that_day")


async def test_of_two_who_record_one_day_at_the_same_moment_one_is_told_of_the_other(registry: Registry) -> None:
    (child_id,) = await pupils(registry)
    answers = await asyncio.gather(*(screen(caller, child_id) for caller in (health(registry), teacher(registry)) * 2))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


async def test_a_correction_stands_in_its_place_and_keeps_what_was_said_and_done(registry: Registry) -> None:
    (child_id,) = await pupils(registry)
    office = health(registry)
    first = await screened(office, child_id)
    path = f"/v1/children/{child_id}/screenings/{first['id']}"
    correction = {"screened_date": today(registry, 1), "answers": NEVER, "reason": "กรอกผิดคน"}
    second = (await office.put(path, correction)).json()
    assert (second["corrects"], second["positive"], second["version"]) == (first["id"], False, 1)
    (now,) = await results(office, child_id)
    assert (now["id"], now["follow_ups"]) == (second["id"], [])
    shown = {row["id"]: row for row in await results(office, child_id, history=True)}
    before = shown[first["id"]]
    assert (len(shown), before["reason"], before["positive"]) == (2, "กรอกผิดคน", True)
    assert before["replaced_at"] is not None
    late = await office.put(path, correction)
    assert (late.status_code, late.json()["code"]) == (409, "screening_replaced")
    gone = await office.post(
        f"/v1/children/{child_id}/screenings/{second['id']}/withdrawal", {"reason": "ไม่ได้คัดกรองจริง"}
    )
    assert gone.status_code == 204
    assert await results(office, child_id) == []
    assert len(await results(office, child_id, history=True)) == 2
    assert len(await registry.told(ScreeningRecorded)) == 1


async def test_results_move_with_the_child_and_go_with_it(registry: Registry, everything: Everything) -> None:
    (child_id,) = await pupils(registry)
    await screened(health(registry), child_id)
    moved = {"reason": "ย้ายตามทะเบียนบ้าน", "area": "520101"}
    assert (await registry.office.patch(f"/v1/children/{child_id}", moved, if_match="*")).status_code == 200
    assert await results(health(registry, "5201"), child_id)
    assert (await health(registry, "5203").get(f"/v1/children/{child_id}/screenings")).status_code == 404
    areas = await registry.rows("SELECT DISTINCT area FROM screening_follow_up")
    assert areas == [{"area": 52010100}]
    erased = await registry.office.delete(f"/v1/children/{child_id}")
    assert erased.status_code in {202, 204}, erased.text
    for table in ("screening", "screening_follow_up"):
        assert await registry.rows(f"SELECT id FROM {table}") == []


async def test_two_records_of_one_child_keep_the_results_of_both(registry: Registry, everything: Everything) -> None:
    survivor, merged = await pupils(registry, "520301", "520302")
    for child_id in (survivor, merged):
        await screened(health(registry), child_id)
    reviewer = Reviewer(registry, everything)
    merge = await reviewer.merge(survivor, merged)
    assert len(await results(health(registry), survivor)) == 2
    await reviewer.unmerge(merge)
    for child_id in (survivor, merged):
        (shown,) = await results(health(registry), child_id)
        assert len(shown["follow_ups"]) == 3


async def test_results_older_than_the_agency_keeps_them_go_at_night(registry: Registry) -> None:
    (child_id,) = await pupils(registry)
    await screened(health(registry), child_id, screened_date=today(registry, 400))
    await screened(health(registry), child_id)
    await keep(registry, "screenings", 365)
    await night(registry)
    assert [row["screened_date"] for row in await results(health(registry), child_id)] == [today(registry)]
