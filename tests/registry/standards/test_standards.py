"""Assessments of centres over the years, by whom, and the figures of an area."""

from typing import Any

import pytest

from tests.registry.conftest import Registry
from tests.registry.organisations.builders import keeper, send
from tests.registry.standards.builders import FULL, STANDARD, assess, assessor, held_by, plant_centres, quality


async def test_quality_is_shown_year_by_year_with_what_changed_and_evidence(registry: Registry) -> None:
    await plant_centres(registry)
    office = assessor(registry)
    first = await assess(office, FULL | {"1.1": 0, "2.2": 0}, year=2566, assessed_date="2023-08-01",
                         evidence={"1.2": "เดินดูทั้งอาคาร"})  # fmt: skip
    assert (first.status_code, first.json()["percent"], first.json()["level"]) == (200, 66.67, "b"), first.text
    assert (await assess(office, FULL)).json()["level"] == "a"
    now, before = await quality(office)
    assert (now["school_year"], now["change"], now["area_changes"]) == (2567, 33.33, {"1": 33.33, "2": 33.33})
    assert (before["change"], before["evidence"], before["assessed_by"]) == (
        None, {"1.2": "เดินดูทั้งอาคาร"}, "คณะกรรมการตัวอย่าง"
    )  # fmt: skip


async def test_a_corrected_year_keeps_what_was_said_and_the_same_again_changes_nothing(registry: Registry) -> None:
    await plant_centres(registry)
    office = assessor(registry)
    first = (await assess(office, FULL)).json()
    assert (await assess(office, FULL)).json()["id"] == first["id"]
    second = (await assess(office, FULL | {"1.1": 1})).json()
    assert [row["id"] for row in await quality(office)] == [second["id"]]
    assert {row["id"] for row in await quality(office, replaced="true")} == {first["id"], second["id"]}


async def test_an_assessment_that_never_was_is_withdrawn_and_stays_among_what_was_replaced(registry: Registry) -> None:
    await plant_centres(registry)
    office = assessor(registry)
    path = f"/v1/organisations/52030001/quality/{STANDARD}/2567"
    first = (await assess(office, FULL)).json()
    refused = [await assessor(registry, "50").delete(path), await (await held_by(registry, "52030001")).delete(path)]
    assert [answer.status_code for answer in refused] == [403, 403]
    assert (await office.delete(path)).status_code == 204
    assert await quality(office) == []
    (kept,) = await quality(office, replaced="true")
    assert (kept["id"], kept["replaced_by"] is None) == (first["id"], False)
    assert (await office.get("/v1/quality-assessments", standard=STANDARD, year=2567)).json()["items"] == []
    assert (await office.delete(path)).status_code == (await office.delete(f"{path}?own=true")).status_code == 404
    assert (await assess(office, FULL)).json()["id"] != first["id"], "it can be recorded anew"


async def test_what_a_centre_says_of_itself_stands_beside_what_others_found(registry: Registry) -> None:
    await plant_centres(registry)
    centre, above = await held_by(registry, "52030001"), await held_by(registry, "lampang-1")
    assert (await assess(centre, FULL, own=True)).status_code == 200
    refused = await assess(centre, FULL)
    assert (refused.status_code, refused.json()["code"]) == (403, "outside_your_scope")
    listed = await above.get("/v1/quality-assessments", standard=STANDARD, year=2567)
    assert [(row["organisation"], row["own"]) for row in listed.json()["items"]] == [("52030001", True)]
    assert (await assess(above, FULL | {"1.1": 0})).status_code == 200
    listed = await above.get("/v1/quality-assessments", standard=STANDARD, year=2567)
    assert [(row["organisation"], row["own"]) for row in listed.json()["items"]] == [("52030001", False)]


async def test_assessments_are_written_and_read_within_area_and_organisation(registry: Registry) -> None:
    await plant_centres(registry)
    office, far = assessor(registry), assessor(registry, "50")
    for number, scores in ((1, FULL), (2, FULL | {"1.2": 0})):
        assert (await assess(office, scores, code=f"5203000{number}")).status_code == 200
    assert (await assess(far, FULL)).status_code == (await assess(office, FULL, code="52030003")).status_code == 403
    assert (await assess(far, FULL, code="52030003")).status_code == 200
    reader = registry.caller(areas=["52"], scopes=["registry:read"])
    assert (await assess(reader, FULL)).status_code == 403
    assert await quality(far) == await quality(await held_by(registry, "52030002")) == []
    assert len(await quality(await held_by(registry, "52030001"))) == 1
    assert len(await quality(await held_by(registry, "lampang-1"))) == 1

    async def figures(caller: Any, **params: Any) -> tuple[Any, ...]:
        found = (await caller.get("/v1/quality-figures", standard=STANDARD, year=2567, **params)).json()
        levels = {each["level"]: each["organisations"] for each in found["levels"]}
        return found["organisations"], found["assessed"], found["mean_percent"], levels

    assert await figures(office) == (2, 2, 83.34, {"a": 1, "c": 1})
    assert await figures(far) == (1, 1, 100, {"a": 1})
    assert await figures(office, area="5201") == (0, 0, None, {})
    assert await figures(office, under="52030001") == (1, 1, 100, {"a": 1})
    assert await figures(await held_by(registry, "lampang-1"), under="obec") == (2, 2, 83.34, {"a": 1, "c": 1})
    pages = await office.get("/v1/quality-assessments", standard=STANDARD, year=2567, limit=1)
    assert [row["organisation"] for row in pages.json()["items"]] == ["52030001"]
    rest = await office.get(
        "/v1/quality-assessments", standard=STANDARD, year=2567, cursor=pages.json()["next_cursor"], level="c"
    )
    assert [row["organisation"] for row in rest.json()["items"]] == ["52030002"]


async def test_a_centre_that_moves_in_the_tree_takes_its_assessments_along(registry: Registry) -> None:
    await plant_centres(registry)
    await assess(assessor(registry), FULL)
    change = await send(keeper(registry), "PATCH", "/v1/organisations/52030001", {"parent": "obec", "area": "500101"},
                        **{"If-Match": "*"})  # fmt: skip
    assert change.status_code == 200, change.text
    assert len(await quality(assessor(registry, "50"))) == 1
    assert await quality(assessor(registry, "52")) == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"scores": {"1.1": 9}}, "scores_wrong"),
        ({"assessed_date": "2999-01-01"}, "day_to_come"),
        ({"assessed_date": "1800-01-01"}, "standard_unknown"),
        ({"code": "lampang-1"}, "standard_not_for_kind"),
        ({"evidence": {"1.1": "ก\x00ข"}}, "value_not_storable"),
    ],
)
async def test_what_cannot_be_is_refused_with_its_reason(
    registry: Registry, changes: dict[str, Any], code: str
) -> None:
    await plant_centres(registry)
    refused = await assess(assessor(registry), **({"scores": FULL} | changes))
    assert (refused.status_code, refused.json()["code"]) == (422, code)
    if code == "scores_wrong":
        pointers = {error["pointer"] for error in refused.json()["errors"]}
        assert pointers == {f"/scores/{criterion}" for criterion in FULL}
    assert (await assess(assessor(registry), FULL, code="99999999")).status_code == 404


async def test_versions_of_a_standard_follow_one_another(registry: Registry) -> None:
    (example,) = (await registry.office.get("/v1/quality-standards")).json()["items"]
    assert example["example"]
    body = {name: example[name] for name in ("name_th", "name_en", "kinds", "definition", "source")}
    configure = registry.caller(areas=registry.settings.areas, scopes=["registry:configure"])
    path = "/v1/quality-standards/centre"
    assert (await configure.put(path, body | {"valid_from": "2024-01-01"})).json()["version"] == 1
    again = await configure.put(path, body | {"valid_from": "2024-01-01"})
    assert (again.status_code, again.json()["code"]) == (409, "standard_exists")
    assert (await configure.put(path, body | {"valid_from": "2024-06-01"})).json()["version"] == 2
    broken = body["definition"] | {"levels": body["definition"]["levels"][1:]}
    faulty = await configure.put(path, body | {"valid_from": "2025-01-01", "definition": broken})
    assert (faulty.status_code, faulty.json()["errors"][0]["pointer"]) == (422, "/definition/levels")
    of_a_part = registry.caller(areas=["5203"], scopes=["registry:configure"])
    for caller in (assessor(registry), of_a_part):
        assert (await caller.put(path, body | {"valid_from": "2025-01-01"})).status_code == 403
