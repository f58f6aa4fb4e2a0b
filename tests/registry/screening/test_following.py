"""What follows from results, and how many were found, helped and still wait."""

from typing import Any

import pytest

from tests.registry.builders import FAR_SCHOOL, KO_KHA_SCHOOL
from tests.registry.conftest import Caller, Everything, Registry
from tests.registry.screening.builders import NEVER, do, due, health, pupils, results, screened, teacher, today


async def counts(caller: Caller, **params: Any) -> list[tuple[Any, ...]]:
    year = caller.registry.clock.now().year + 543
    answer = await caller.get("/v1/screening-counts", **({"year": year} | params))
    assert answer.status_code == 200, answer.text
    names = ("screened", "positive", "helped", "to_help")
    return [(row["area"] or row["organisation"], *(row[name] for name in names)) for row in answer.json()["items"]]


async def test_each_party_has_a_day_and_is_overdue_after_it_until_it_is_done(registry: Registry) -> None:
    (child_id,) = await pupils(registry)
    await screened(health(registry), child_id, screened_date=today(registry, 20))
    found = await due(health(registry))
    assert {each["party"]: (each["state"], each["due_date"]) for each in found} == {
        "teacher": ("overdue", today(registry, 6)),
        "parent": ("overdue", today(registry, 6)),
        "doctor": ("due", today(registry, -40)),
    }
    assert found[-1]["party"] == "doctor"
    by_teacher = next(each for each in found if each["party"] == "teacher")
    assert (await do(health(registry), by_teacher, "in_progress")).json()["state"] == "done"
    assert [each["party"] for each in await due(health(registry), state="overdue")] == ["parent"]
    assert [each["outcome"] for each in await due(health(registry), state="done", party="teacher")] == ["in_progress"]
    assert await due(health(registry), kind="growth") == []


async def test_lists_of_what_is_due_are_of_an_area_or_a_school_and_their_pages_hold_every_row_once(
    registry: Registry,
) -> None:
    here, there = await pupils(registry, "520301", "520101")
    (far,) = await pupils(registry, "520302", school=FAR_SCHOOL)
    for child_id in (here, there, far):
        await screened(health(registry), child_id)
    assert {each["child_id"] for each in await due(health(registry), area="5203")} == {str(here), str(far)}
    of_school = await due(health(registry), organisation=KO_KHA_SCHOOL)
    assert (
        {each["child_id"] for each in of_school}
        == {str(here), str(there)}
        == {each["child_id"] for each in await due(teacher(registry))}
    )
    assert await due(health(registry, "50")) == []
    assert (await health(registry).get("/v1/screening-follow-ups", organisation="1")).status_code == 404
    seen, params = [], {"limit": "2"}
    while True:
        page = (await health(registry).get("/v1/screening-follow-ups", **params)).json()
        seen += [each["id"] for each in page["items"]]
        if page["next_cursor"] is None:
            break
        params["cursor"] = page["next_cursor"]
    assert len(seen) == len(set(seen)) == 9


async def test_whoever_of_the_year_has_no_result_of_an_instrument_is_still_to_be_screened(registry: Registry) -> None:
    first, second, away = await pupils(registry, "520301", "520301", "520101")
    (far,) = await pupils(registry, school=FAR_SCHOOL)
    await screened(health(registry), first, screened_date="2024-08-01")

    async def left(caller: Caller, **params: Any) -> set[str]:
        wanted = {"instrument": "example_learning", "year": 2567} | params
        answer = await caller.get("/v1/screening-outstanding", **wanted)
        assert answer.status_code == 200, answer.text
        return {row["child_id"] for row in answer.json()["items"]}

    assert await left(health(registry)) == {str(second), str(away), str(far)}
    assert await left(health(registry, "5203")) == {str(second), str(far)}
    assert await left(teacher(registry)) == {str(second), str(away)}
    assert await left(health(registry), organisation=FAR_SCHOOL, limit=1) == {str(far)}
    assert str(first) in await left(health(registry), instrument="example_growth")
    assert await left(health(registry), instrument="example_development") == set()  # they are too old for it
    assert await left(health(registry), year=2566) == set()
    refused = await teacher(registry).get("/v1/screening-outstanding", instrument="example_disability", year=2567)
    assert (refused.status_code, refused.json()["code"]) == (403, "screener_not_named")
    assert (
        await registry.office.get("/v1/screening-outstanding", instrument="example_growth", year=2567)
    ).status_code == 403


async def test_whose_family_said_no_is_listed_apart_until_they_change_their_mind(registry: Registry) -> None:
    asked, unasked = await pupils(registry, "520301", "520301", consent=False)
    path = f"/v1/children/{asked}/consents"
    no = await registry.office.post(path, {"purpose": "health_support", "given_by": "self", "refused": True})
    assert no.status_code == 201, no.text

    async def listed(caller: Caller, state: str) -> list[str]:
        wanted = {"instrument": "example_learning", "year": 2567, "state": state}
        answer = await caller.get("/v1/screening-outstanding", **wanted)
        return [row["child_id"] for row in answer.json()["items"]]

    for caller in (health(registry), teacher(registry)):
        assert await listed(caller, "outstanding") == [str(unasked)]
        assert await listed(caller, "refused") == [str(asked)]
    assert await listed(health(registry, "50"), "refused") == []
    await registry.office.delete(f"{path}/{no.json()['id']}")
    assert await listed(health(registry), "outstanding") == [str(asked), str(unasked)]


async def test_what_came_of_it_is_said_by_who_may_read_the_kind_and_may_be_corrected(
    registry: Registry, everything: Everything
) -> None:
    (child_id,) = await pupils(registry)
    await screened(health(registry), child_id)
    sad = {"alone": "often", "worried": "often", "sleep": "never"}
    await screened(health(registry), child_id, sad, instrument="example_mental")
    of_mind = next(each for each in await due(health(registry)) if each["kind"] == "mental_health")
    assert {each["kind"] for each in await due(teacher(registry))} == {"learning_disability"}
    first = (await due(teacher(registry)))[0]
    for caller, follow_up in ((teacher(registry), of_mind), (teacher(registry, FAR_SCHOOL), first),
                              (health(registry, "50"), first)):  # fmt: skip
        assert (await do(caller, follow_up)).status_code == 404
    late = await do(teacher(registry), first, done_date="2999-01-01")
    assert (late.status_code, late.json()["code"]) == (422, "day_to_come")
    assert (await do(teacher(registry), first, note="อ่านด้วยกันทุกวัน")).status_code == 200
    assert await everything.tables_with(["อ่านด้วยกัน"]) == set()
    assert (await do(teacher(registry), first)).status_code == 412
    helped = {row["kind"]: row["helped_date"] for row in await results(health(registry), child_id)}
    assert helped == {"learning_disability": today(registry), "mental_health": None}
    assert (await do(teacher(registry), first | {"version": 2}, "refused")).status_code == 200
    (now,) = await results(teacher(registry), child_id)
    assert now["helped_date"] is None


async def test_what_was_done_before_a_correction_stays_done(registry: Registry) -> None:
    (child_id,) = await pupils(registry)
    first = await screened(health(registry), child_id)
    by_teacher = next(each for each in await due(health(registry)) if each["party"] == "teacher")
    await do(health(registry), by_teacher)
    again = {"screened_date": today(registry, 2), "answers": first_answers(), "reason": "นับใหม่"}
    done = await health(registry).put(f"/v1/children/{child_id}/screenings/{first['id']}", again)
    assert done.status_code == 200, done.text
    (now,) = await results(health(registry), child_id)
    assert {each["party"]: each["state"] for each in now["follow_ups"]} == {
        "teacher": "done", "parent": "due", "doctor": "due"
    }  # fmt: skip
    assert (now["helped_date"], len(now["follow_ups"])) == (today(registry), 3)


def first_answers() -> dict[str, str]:
    return {"letters": "often", "reading": "often", "numbers": "often"}


async def test_of_so_many_screened_so_many_were_found_helped_and_still_wait(registry: Registry) -> None:
    ids = await pupils(registry, "520301", "520301", "520302", "520101")
    for child_id in ids[:3]:
        await screened(health(registry), child_id, screened_date=today(registry, 1))
    await screened(health(registry), ids[3], NEVER)
    first, second = [each for each in await due(health(registry)) if each["party"] == "teacher"][:2]
    await do(health(registry), first)
    # Whoever is found well later needs no more help.
    await screened(health(registry), ids[2], NEVER)
    assert await counts(health(registry)) == [(None, 4, 3, 2, 1)]
    assert sum(row[3] for row in await counts(health(registry), by="tambon")) == 2
    assert await counts(health(registry, "5201"), by="district") == [("5201", 1, 0, 0, 0)]
    assert await counts(teacher(registry), by="organisation") == [(KO_KHA_SCHOOL, 4, 3, 2, 1)]
    assert await counts(teacher(registry, FAR_SCHOOL)) == []
    assert await counts(health(registry), year=2560) == await counts(health(registry), kind="growth") == []
    assert second["child_id"] != first["child_id"]


async def test_counts_as_they_stand_are_for_those_who_may_read_results(registry: Registry) -> None:
    year = {"year": registry.clock.now().year + 543, "area": "52"}
    for scope in ("registry:figures", "registry:read", "registry:write"):
        caller = registry.caller(areas=["52"], scopes=[scope])
        assert (await caller.get("/v1/screening-counts", **year)).status_code == 403


@pytest.mark.parametrize("answers", [{"weight_kg": 18, "height_cm": 150}, {"weight_kg": 120, "height_cm": 150}])
async def test_a_child_too_light_or_too_heavy_is_found_by_the_growth_table(
    registry: Registry, answers: dict[str, float]
) -> None:
    (child_id,) = await pupils(registry)
    done = await screened(teacher(registry), child_id, answers, instrument="example_growth")
    assert (done["kind"], done["band"]) == ("growth", "needs_help")
    detail = (await health(registry).get(f"/v1/children/{child_id}/screenings/{done['id']}")).json()
    assert [score["scale"] for score in detail["scores"]] == ["weight_for_age", "height_for_age", "weight_for_height"]
