"""What schools and centres lack, and who enters at the right age."""

from datetime import date
from typing import Any

import httpx
import pytest

from tests.registry.builders import FAR_SCHOOL, KO_KHA_SCHOOL, ORGANISATIONS
from tests.registry.conftest import Caller, Everything, Registry
from tests.registry.standards.builders import assessor, held_by, plant_centres
from zd_registry.facilities.rules import right_births, share

TOILETS = {"kind": "toilet", "description": "ห้องน้ำเด็กเล็ก", "quantity": 2, "unit": "ห้อง", "estimated_satang": 12_000_000}


async def report(caller: Caller, code: str = "52030001", **changes: Any) -> httpx.Response:
    return await caller.post(f"/v1/organisations/{code}/shortages", TOILETS | changes)


async def listed(caller: Caller, **params: Any) -> list[dict[str, Any]]:
    answer = await caller.get("/v1/shortages", **params)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_what_is_lacking_is_reported_priced_and_met(registry: Registry) -> None:
    await plant_centres(registry)
    office = assessor(registry)
    made = await report(office, standard="example_centre", criterion="1.2", needed_by_date="2026-12-31")
    assert (made.status_code, made.json()["state"]) == (201, "open"), made.text
    await report(office, "52030002", quantity=1, estimated_satang=None)
    figures = (await office.get("/v1/shortage-figures")).json()["items"]
    assert figures == [
        {"kind": "toilet", "state": "open", "shortages": 2, "organisations": 2, "quantity": 3,
            "estimated_satang": 12_000_000, "not_estimated": 1}
    ]  # fmt: skip
    path = f"/v1/shortages/{made.json()['id']}"
    met = await office.patch(path, {"state": "met", "closed_date": "2026-06-01"}, if_match='"1"')
    assert (met.status_code, met.json()["closed_date"], met.json()["quantity"]) == (200, "2026-06-01", 2)
    assert (await office.patch(path, {"state": "open"}, if_match='"1"')).status_code == 412
    again = await office.patch(path, {"state": "open", "quantity": 3}, if_match='"2"')
    assert (again.json()["closed_date"], again.json()["quantity"], again.json()["version"]) == (None, 3, 3)
    assert [row["organisation"] for row in await listed(office, kind="toilet", state="open")] == [
        "52030001",
        "52030002",
    ]
    assert await listed(office, state="met") == []


async def test_a_shortage_is_corrected_or_withdrawn_and_what_was_said_stays(registry: Registry) -> None:
    await plant_centres(registry)
    office = assessor(registry)
    path = f"/v1/shortages/{(await report(office)).json()['id']}"
    corrected = await office.patch(path, {"kind": "water", "quantity": 5}, if_match='"1"')
    assert (corrected.json()["kind"], corrected.json()["quantity"]) == ("water", 5)
    await office.patch(path, {"state": "withdrawn"}, if_match='"2"')
    assert await listed(office) == (await office.get("/v1/shortage-figures")).json()["items"] == []
    assert [row["version"] for row in await listed(office, state="withdrawn")] == [3]
    first = (await office.get(f"{path}/history", limit=1)).json()
    rest = (await office.get(f"{path}/history", cursor=first["next_cursor"])).json()
    said = [(row["version"], row["kind"], row["quantity"], row["state"]) for row in first["items"] + rest["items"]]
    assert said == [(2, "water", 5, "open"), (1, "toilet", 2, "open")]
    far = assessor(registry, "50")
    assert (await far.get(f"{path}/history")).status_code == 404
    assert (await far.patch(path, {"state": "open"}, if_match="*")).status_code == 404


async def test_shortages_are_written_and_read_within_area_and_organisation(registry: Registry) -> None:
    await plant_centres(registry)
    office, far, centre = assessor(registry), assessor(registry, "50"), await held_by(registry, "52030001")
    made = (await report(centre)).json()
    assert (await report(office, "52030002")).status_code == (await report(far, "52030003")).status_code == 201
    refused = (await report(far), await report(centre, "52030002"), await report(office, "52030003"))
    assert [answer.status_code for answer in refused] == [403, 403, 403]
    assert (await far.patch(f"/v1/shortages/{made['id']}", {"state": "met"}, if_match="*")).status_code == 404
    assert (await report(office, "99999999")).status_code == 404
    seen = [{row["organisation"] for row in await listed(caller)} for caller in (office, far, centre)]
    assert seen == [{"52030001", "52030002"}, {"52030003"}, {"52030001"}]
    assert {row["organisation"] for row in await listed(office, under="52030002")} == {"52030002"}
    assert await listed(office, area="5201") == []
    above = await held_by(registry, "obec")
    assert len(await listed(above, under="lampang-1")) == 2
    reader = registry.caller(areas=["52"], scopes=["registry:read"])
    assert (await report(reader)).status_code == 403
    assert (await registry.caller(areas=["52"], scopes=()).get("/v1/shortages")).status_code == 403


ENTER = """
WITH entered AS (
    INSERT INTO child (id, area, given_name, family_name, birth_date, sex, version, created_at, updated_at)
    VALUES (uuidv7(), $1, 'a', 'b', $2, 'unknown', 1, now(), now()) RETURNING id, area
)
INSERT INTO enrolment (id, child_id, area, organisation, organisation_position, term, grade, import_id, created_at)
SELECT uuidv7(), id, area, $3, $4, t.term, t.grade, uuidv7(), now() FROM entered, unnest($5::text[], $6::text[])
    AS t(term, grade)
"""


async def enter(everything: Everything, born: date | None, school: str = KO_KHA_SCHOOL, **lists: str) -> None:
    """A child of Ko Kha with a grade in each of some terms, `t2567_1="P1"`."""
    terms = [name[1:].replace("_", "/") for name in lists]
    position = ORGANISATIONS[school][0]
    await everything.connection.execute(ENTER, 52030100, born, school, position, terms, list(lists.values()))


async def entries(caller: Caller, **params: Any) -> list[tuple[Any, ...]]:
    answer = await caller.get("/v1/entry-ages", **({"year": 2567} | params))
    assert answer.status_code == 200, answer.text
    names = ("stage", "entered", "right_age", "too_early", "too_late", "unknown", "right_percent")
    return [tuple(row[name] for name in names) for row in answer.json()["items"]]


async def test_whoever_enters_is_compared_with_the_law_by_calendar_year(
    registry: Registry, everything: Everything
) -> None:
    for born in (date(2018, 1, 1), date(2018, 12, 31), date(2019, 1, 1), date(2017, 12, 31), None):
        await enter(everything, born, t2567_1="P1")
    await enter(everything, date(2018, 5, 5), t2566_2="P1", t2567_1="P1")  # repeats the grade
    await enter(everything, date(2018, 5, 5), t2566_1="K3", t2567_1="P1", t2567_2="P1")
    await enter(everything, date(2016, 5, 5), t2567_1="P3")  # came from elsewhere
    await enter(everything, date(2020, 5, 5), FAR_SCHOOL, t2567_1="K2")
    await enter(everything, date(2020, 5, 5), FAR_SCHOOL, t2566_1="K0", t2567_1="K0", t2567_2="K1")
    await enter(everything, date(2022, 5, 5), FAR_SCHOOL, t2567_1="K0")
    reader = registry.caller(areas=["52"], scopes=["registry:read"])
    assert await entries(reader) == [("K", 2, 1, 0, 1, 0, 50.0), ("P", 6, 3, 1, 1, 1, 60.0)]
    school = registry.caller(organisations=[KO_KHA_SCHOOL], scopes=["registry:read"])
    assert await entries(school) == [("P", 6, 3, 1, 1, 1, 60.0)]
    assert await entries(registry.caller(areas=["50"], scopes=["registry:read"])) == []
    assert await entries(reader, area="5201") == await entries(reader, year=2560) == []
    by_school = (await reader.get("/v1/entry-ages", year=2567, by="organisation")).json()
    assert [(row["stage"], row["organisation"]) for row in by_school["items"]] == [
        ("K", FAR_SCHOOL), ("P", KO_KHA_SCHOOL)
    ]  # fmt: skip
    assert by_school["years_of_life"]["P1"] == 7
    assert "2545" in by_school["source"]
    assert (await registry.caller(areas=["52"], scopes=()).get("/v1/entry-ages", year=2567)).status_code == 403


async def test_the_age_that_counts_is_that_of_the_policy_when_the_year_began(
    registry: Registry, everything: Everything
) -> None:
    await enter(everything, date(2019, 5, 5), t2567_1="P1")
    office = registry.caller(areas=["52"], scopes=["registry:read", "registry:configure"])
    policy = {"name": "entry_age", "area": "52", "valid_from": "2024-05-16",
              "value": {"K1": 3, "K2": 4, "K3": 5, "P1": 6}, "source": "มติตัวอย่าง"}  # fmt: skip
    assert (await office.post("/v1/policies", policy)).status_code == 201
    assert [row[2] for row in await entries(office, area="52")] == [1]
    assert [row[2] for row in await entries(office)] == [0]


@pytest.mark.parametrize(("year", "born"), [(2567, 2018), (2570, 2021)])
def test_the_seventh_year_of_life_begins_in_the_calendar_year_of_the_sixth_birthday(year: int, born: int) -> None:
    assert right_births(year, {"P1": 7.0, "K1": 4.0}) == [("K1", born + 3), ("P1", born)]


def test_a_share_is_of_those_who_are_known() -> None:
    assert [share(*each) for each in ((0, 0), (1, 3), (3, 3))] == [None, 33.33, 100.0]
