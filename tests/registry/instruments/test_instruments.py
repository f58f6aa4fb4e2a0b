"""Versions of instruments over HTTP."""

from typing import Any

import pytest

from tests.registry.conftest import Caller, Registry
from tests.registry.instruments.builders import CUT_OFFS, an_instrument, definition, growth_definition, growth_table
from tests.registry.screening.builders import health, pupils, screen, screened, today


def keeper(registry: Registry) -> Caller:
    return registry.caller(areas=registry.settings.areas, scopes=["registry:configure"])


async def test_what_comes_with_the_service_are_examples_and_say_so(registry: Registry) -> None:
    items = (await registry.caller(scopes=()).get("/v1/instruments")).json()["items"]
    assert {item["kind"] for item in items} == {
        "learning_disability", "mental_health", "growth", "disability", "development"
    }  # fmt: skip
    assert all(item["example"] and "invented" in item["source"] for item in items)
    whole = (await registry.office.get("/v1/instruments/example_growth/1")).json()
    assert len(whole["growth"]) > 100
    assert [item["code"] for item in whole["definition"]["items"]] == ["weight_kg", "height_cm"]
    assert (await registry.office.get("/v1/instruments/example_growth/2")).status_code == 404


async def test_a_version_holds_from_its_day_and_what_was_screened_before_stays_scored_by_its_own(
    registry: Registry,
) -> None:
    configure = keeper(registry)
    first = await configure.put("/v1/instruments/reading", an_instrument(screeners=["health_officer"]))
    assert (first.status_code, first.json()["version"]) == (200, 1), first.text
    milder = [CUT_OFFS[0] | {"score_below": 5}, CUT_OFFS[1] | {"score_from": 5}]
    changed = an_instrument(
        valid_from=today(registry), screeners=["health_officer"], definition=definition(cut_offs=milder).model_dump()
    )
    second = await configure.put("/v1/instruments/reading", changed)
    assert second.json()["version"] == 2
    (child_id,) = await pupils(registry)
    before = await screened(health(registry), child_id, {"a": "yes"}, instrument="reading",
                            screened_date=today(registry, 1))  # fmt: skip
    after = await screened(health(registry), child_id, {"a": "yes"}, instrument="reading")
    assert [(row["version"], row["band"]) for row in (before, after)] == [(1, "high"), (2, "low")]
    again = {"screened_date": today(registry, 2), "answers": {"a": "yes"}, "reason": "วันผิด"}
    corrected = await health(registry).put(f"/v1/children/{child_id}/screenings/{before['id']}", again)
    assert (corrected.json()["version"], corrected.json()["band"]) == (1, "high")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"valid_from": "2024-05-16"}, "instrument_exists"),
        ({"valid_from": "2020-01-01"}, "instrument_exists"),
        ({"valid_from": "2025-05-16", "kind": "growth"}, "instrument_exists"),
    ],
)
async def test_a_new_version_begins_after_the_last_one_and_looks_for_the_same(
    registry: Registry, changes: dict[str, Any], code: str
) -> None:
    await keeper(registry).put("/v1/instruments/reading", an_instrument())
    refused = await keeper(registry).put("/v1/instruments/reading", an_instrument(**changes))
    assert (refused.status_code, refused.json()["code"]) == (409, code)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"purpose": "nothing"}, "purpose_unknown"),
        ({"definition": growth_definition().model_dump(mode="json")}, "instrument_faulty"),
        ({"consent_needed": False}, "invalid_input"),
        ({"from_months": 240}, "invalid_input"),
        ({"screeners": []}, "invalid_input"),
        ({"screeners": ["astrologer"]}, "role_unknown"),
        ({"readers": ["astrologer"]}, "role_unknown"),
    ],
)
async def test_an_instrument_that_cannot_be_used_is_refused(
    registry: Registry, changes: dict[str, Any], code: str
) -> None:
    refused = await keeper(registry).put("/v1/instruments/reading", an_instrument(**changes))
    assert (refused.status_code, refused.json()["code"]) == (422, code), refused.text


async def test_only_who_may_configure_all_that_is_served_stores_one(registry: Registry) -> None:
    of_a_part = registry.caller(areas=["5203"], scopes=["registry:configure"])
    for caller in (health(registry), of_a_part):
        assert (await caller.put("/v1/instruments/reading", an_instrument())).status_code == 403


async def test_where_the_law_needs_no_consent_none_is_asked_for(registry: Registry) -> None:
    lawful = an_instrument(consent_needed=False, legal_basis="ตัวอย่างกฎหมาย", screeners=["health_officer"])
    await keeper(registry).put("/v1/instruments/reading", lawful)
    (child_id,) = await pupils(registry, consent=False)
    assert (await screen(health(registry), child_id)).json()["code"] == "consent_missing"
    await screened(health(registry), child_id, {"a": "no"}, instrument="reading")


async def test_the_agencys_own_growth_table_is_what_counts(registry: Registry) -> None:
    own = an_instrument(
        kind="growth", screeners=["health_officer"], definition=growth_definition().model_dump(mode="json"),
        growth=[row.model_dump() for row in growth_table(0, 60, 240)],
    )  # fmt: skip
    stored = await keeper(registry).put("/v1/instruments/growth_2569", own)
    assert (stored.status_code, len(stored.json()["growth"])) == (200, 6), stored.text
    (child_id,) = await pupils(registry)
    done = await screened(health(registry), child_id, {"weight_kg": 20, "height_cm": 150}, instrument="growth_2569")
    assert done["band"] == "high"
    unmeasured = await screen(health(registry), child_id, {"weight_kg": 0.5, "height_cm": 150},
                              instrument="growth_2569", screened_date=today(registry, 1))  # fmt: skip
    assert unmeasured.json()["errors"][0]["code"] == "out_of_range"


async def test_an_agency_says_which_positions_there_are_and_an_instrument_which_of_them_screen(
    registry: Registry,
) -> None:
    nurse = {"valid_from": "2024-05-01", "name_th": "พยาบาลโรงเรียน", "name_en": "School nurse", "source": "ทดสอบ"}
    stored = await keeper(registry).put("/v1/screening-roles/nurse", nurse)
    assert (stored.status_code, stored.json()["scope"]) == (200, "registry:screening.nurse"), stored.text
    assert (await keeper(registry).put("/v1/screening-roles/nurse", nurse)).status_code == 409
    assert (await health(registry).put("/v1/screening-roles/nurse", nurse)).status_code == 403
    own = an_instrument(screeners=["nurse", "volunteer"], readers=["nurse"])
    assert (await keeper(registry).put("/v1/instruments/reading", own)).status_code == 200
    ended = nurse | {"valid_from": "2024-06-01", "used": False}
    assert (await keeper(registry).put("/v1/screening-roles/nurse", ended)).status_code == 200
    late = an_instrument(screeners=["nurse"], valid_from="2024-06-02")
    assert (await keeper(registry).put("/v1/instruments/reading", late)).json()["code"] == "role_unknown"
    codes = {role["code"] for role in (await keeper(registry).get("/v1/screening-roles")).json()["items"]}
    assert codes == {"teacher", "health_officer", "volunteer", "caregiver", "special_educator", "nurse"}


async def test_a_volunteer_screens_with_what_names_volunteers_and_reads_only_what_says_so(registry: Registry) -> None:
    own = an_instrument(screeners=["volunteer"], readers=["caregiver"])
    await keeper(registry).put("/v1/instruments/reading", own)
    (child_id,) = await pupils(registry)
    volunteer, caregiver, trickster = (
        registry.caller(areas=["520301"], scopes=[f"registry:screening.{role}"], agency="ก")
        for role in ("volunteer", "caregiver", "health_officer")
    )
    refused = await screen(caregiver, child_id, {"a": "yes"}, instrument="reading")
    assert (refused.status_code, refused.json()["code"]) == (403, "screener_not_named")
    assert "Village health volunteer" in refused.json()["detail"]
    done = await screened(volunteer, child_id, {"a": "yes"}, instrument="reading")
    assert done["band"] == "high"
    path = f"/v1/children/{child_id}/screenings"
    assert [len((await caller.get(path)).json()["items"]) for caller in (volunteer, caregiver)] == [0, 1]
    assert (await volunteer.get(f"{path}/{done['id']}")).status_code == 403
    assert (await trickster.get(path)).status_code == 403, "the two that have scopes of their own are had by them alone"
