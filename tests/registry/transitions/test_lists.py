"""Lists to print, of schools and tambons and of a receiving school; what was said of two records of one child."""

from uuid import UUID

import pytest

from tests.registry.builders import FAR_SCHOOL
from tests.registry.conftest import Everything, Registry
from tests.registry.duplicates.conftest import Reviewer
from tests.registry.reconciliation.builders import OTHER_SCHOOL, World
from tests.registry.transitions.builders import YEAR, a_pupil_of, confirm, in_april, intend


@pytest.fixture(autouse=True)
def april(registry: Registry) -> None:
    in_april(registry)


async def test_a_list_to_print_has_a_page_for_each_school_with_the_reason_in_thai(
    registry: Registry, world: World
) -> None:
    stopping = await a_pupil_of(world, given_name="<สมชาย>")
    await intend(world, stopping, "stop")
    await a_pupil_of(world, organisation=OTHER_SCHOOL, area=52030200)
    await confirm(world, await a_pupil_of(world, given_name="มีที่เรียน"))
    page = await registry.office.get("/v1/transitions/printed")
    assert page.headers["content-type"].startswith("text/html")
    assert page.text.count("<section>") == 2
    assert "&lt;สมชาย&gt;" in page.text
    assert "มีที่เรียน</td>" not in page.text, "nobody has to speak with who has a place"
    words = (await registry.rows("SELECT name_th FROM stop_reason WHERE code = 'work'"))[0]["name_th"]
    assert words in page.text
    tambons = await registry.office.get("/v1/transitions/printed", by="tambon", format="csv")
    assert tambons.text.count("ตำบล/แขวง") == 2
    school = registry.caller(organisations=[OTHER_SCHOOL])
    assert (await school.get("/v1/transitions/printed")).text.count("<section>") == 1
    writer = registry.caller(areas=["52"], scopes=["registry:write"])
    assert (await writer.get("/v1/transitions/printed")).status_code == 403
    nobody = await registry.caller(areas=["50"]).get("/v1/transitions/printed")
    assert "สมชาย" not in nobody.text


async def test_a_receiving_school_lists_and_prints_whom_it_takes_in(registry: Registry, world: World) -> None:
    mine, both, taken_back, other = [await a_pupil_of(world) for _ in range(4)]
    for child in (mine, both, taken_back):
        await confirm(world, child)
    await confirm(world, both, "family", hour=-1)
    await confirm(world, taken_back, holds=False, hour=-1)
    school, office = registry.caller(organisations=[OTHER_SCHOOL]), registry.office
    asked = {"organisation": OTHER_SCHOOL, "year": YEAR}
    found = (await school.get("/v1/place-confirmations", **asked)).json()["items"]
    assert [(UUID(row["child_id"]), row["given_name"], row["confirmed_by"]) for row in found] == [
        (mine, None, "school"), (both, None, "school")
    ]  # fmt: skip
    first = (await office.get("/v1/place-confirmations", **asked, limit=1)).json()
    assert first["items"][0]["family_name"] == "ตัวอย่าง"
    rest = (await office.get("/v1/place-confirmations", **asked, cursor=first["next_cursor"])).json()
    assert [UUID(row["child_id"]) for row in rest["items"]] == [both]
    printed = await office.get("/v1/place-confirmations/printed", **asked, format="csv")
    assert printed.text.count("สถานศึกษา,") == 2
    for stranger in (registry.caller(organisations=[FAR_SCHOOL]), registry.caller(areas=["50"])):
        assert (await stranger.get("/v1/place-confirmations", **asked)).json()["items"] == []
    assert str(other) not in printed.text


async def test_what_was_said_of_two_records_of_one_child_is_said_of_the_one_that_stays_and_comes_back(
    registry: Registry, world: World, everything: Everything
) -> None:
    survivor, merged = await a_pupil_of(world), await world.child(given_name="สมมุติ1")
    await confirm(world, survivor)
    await intend(world, merged, "stop", hour=-1)
    reviewer = Reviewer(registry, everything)
    merge = await reviewer.merge(survivor, merged)
    said = (await registry.office.get(f"/v1/children/{survivor}/transition", year=YEAR)).json()
    assert (said["transition"]["state"], len(said["confirmations"]), len(said["intentions"])) == ("stopping", 1, 1)
    await reviewer.unmerge(merge)
    said = (await registry.office.get(f"/v1/children/{survivor}/transition", year=YEAR)).json()
    assert (said["transition"]["state"], said["intentions"]) == ("confirmed_by_school", [])
    owners = await registry.rows("SELECT child_id FROM intention")
    assert [row["child_id"] for row in owners] == [merged]
