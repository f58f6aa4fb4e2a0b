"""The tree of organisations: directory, positions, and who may change what."""

from typing import Any

from tests.registry.builders import FAR_SCHOOL
from tests.registry.conftest import Everything, Registry
from tests.registry.organisations.builders import (
    FEED,
    LAMPANG_1,
    OBEC,
    a_school,
    check_tree,
    enrol_somebody,
    keeper,
    plant,
    positions_of_enrolments,
    send,
    span,
    spans_of_feeds,
)  # fmt: skip

FULL_SCHOOL = a_school(9)


async def test_an_organisation_is_added_below_its_parent_and_read_with_an_etag(registry: Registry) -> None:
    office = keeper(registry)
    await plant(office, OBEC, LAMPANG_1)
    school = a_school(7, external_codes={"moe": "1052030007", "dmc": "52030007"}, opened_date="1980-05-01")
    made = await send(office, "POST", "/v1/organisations", school)
    assert (made.status_code, made.headers["Location"]) == (201, "/v1/organisations/52030007"), made.text
    found = await office.get("/v1/organisations/52030007")
    assert (found.json(), found.headers["ETag"]) == (made.json(), '"1"')
    assert {name: found.json()[name] for name in school} == school
    assert found.json()["affiliation"] == "obec"
    again = await send(office, "POST", "/v1/organisations", school)
    assert (again.status_code, again.json()["code"]) == (409, "organisation_known")
    assert (await office.get("/v1/organisations/52030008")).json()["code"] == "organisation_not_found"


async def test_the_same_list_again_changes_nothing_and_one_refused_keeps_no_other_out(registry: Registry) -> None:
    office = keeper(registry)
    wanted = [OBEC, LAMPANG_1, a_school(7), a_school(8, parent="nobody"), a_school(6, area="520399"), a_school(5)]
    first = (await send(office, "PUT", "/v1/organisations", {"organisations": wanted})).json()["items"]
    outcomes = [item["outcome"] for item in first]
    assert outcomes == ["created", "created", "created", "rejected", "rejected", "created"]
    assert [item["error_code"] for item in first[3:5]] == ["parent_unknown", "area_unknown"]
    assert all(item["detail_th"] and item["detail_en"] for item in first[3:5])
    before = await registry.rows("SELECT * FROM organisation o, organisation_tree ORDER BY code")
    wanted[3:5] = []
    assert {item["outcome"] for item in await plant(office, *wanted)} == {"unchanged"}
    assert await registry.rows("SELECT * FROM organisation o, organisation_tree ORDER BY code") == before
    renamed = await plant(office, a_school(7, name_th="โรงเรียนชื่อใหม่"), a_school(5))
    assert [item["outcome"] for item in renamed] == ["changed", "unchanged"]
    assert await check_tree(registry) == 4


async def test_organisations_are_listed_by_area_affiliation_kind_parent_subtree_and_external_code(
    registry: Registry,
) -> None:
    office = keeper(registry)
    centre = {"kind": "learning_centre", "parent": None, "affiliation": "dole", "area": "520302"}
    await plant(
        office, OBEC, LAMPANG_1, a_school(6), a_school(7, external_codes={"moe": "1052"}), a_school(8, **centre)
    )

    async def codes(**params: Any) -> list[str]:
        return [each["code"] for each in (await office.get("/v1/organisations", **params)).json()["items"]]

    assert await codes() == ["52030006", "52030007", "52030008", "lampang-1", "obec"]
    assert await codes(area="520302") == ["52030008"]
    assert await codes(affiliation="obec", kind="school") == ["52030006", "52030007"]
    assert await codes(parent="obec") == ["lampang-1"]
    assert await codes(under="obec") == ["52030006", "52030007", "lampang-1"]
    assert await codes(under="52030006") == []
    assert await codes(system="moe", external_code="1052") == ["52030007"]
    assert await codes(system="dmc") == []
    page = (await office.get("/v1/organisations", limit=2)).json()
    assert await codes(cursor=page["next_cursor"], limit=2) == ["52030008", "lampang-1"]
    affiliations = (await office.get("/v1/affiliations")).json()
    assert (len(affiliations), affiliations[0]["abbreviation_th"]) == (11, "สพฐ.")


async def test_a_change_needs_the_version_and_keeps_what_it_does_not_name(registry: Registry) -> None:
    office = keeper(registry)
    await plant(office, OBEC, LAMPANG_1, a_school(7, external_codes={"moe": "1"}))
    path = "/v1/organisations/52030007"
    assert (await send(office, "PATCH", path, {"name_th": "ก"})).status_code == 428
    closed = await send(office, "PATCH", path, {"closed_date": "2025-03-31"}, **{"If-Match": '"1"'})
    assert (closed.json()["closed_date"], closed.json()["version"]) == ("2025-03-31", 2)
    assert closed.json()["external_codes"] == {"moe": "1"}
    assert (await send(office, "PATCH", path, {"name_th": "ก"}, **{"If-Match": '"1"'})).status_code == 412
    wrong = await send(office, "PATCH", path, {"opened_date": "2026-01-01"}, **{"If-Match": "*"})
    assert wrong.json()["code"] == "closed_before_opened"
    assert (await send(office, "PATCH", path, {"name_th": None}, **{"If-Match": "*"})).status_code == 422
    emptied = await send(office, "PATCH", path, {"external_codes": {}, "area": None}, **{"If-Match": "*"})
    assert (emptied.json()["external_codes"], emptied.json()["area"]) == ({}, None)


async def test_an_external_code_names_one_organisation(registry: Registry) -> None:
    office = keeper(registry)
    await plant(office, OBEC, LAMPANG_1, a_school(7, external_codes={"moe": "1"}), a_school(8))
    taken = await send(
        office, "PATCH", "/v1/organisations/52030008", {"external_codes": {"moe": "1"}}, **{"If-Match": "*"}
    )
    assert (taken.status_code, taken.json()["code"]) == (409, "external_code_taken")


IMPOSSIBLE: list[tuple[dict[str, Any], int]] = [
    ({"code": "โรงเรียน"}, 422),
    ({"code": "school-7"}, 422),
    ({"kind": "affiliation", "code": "national"}, 422),
    ({"kind": "affiliation", "code": "positions"}, 422),
    ({"kind": "castle"}, 422),
    ({"parent": "nobody"}, 422),
    ({"area": "5299"}, 422),
    ({"area": "500101"}, 403),
    ({"opened_date": "2025-01-02", "closed_date": "2025-01-01"}, 422),
    ({"external_codes": {"MoE!": "1"}}, 422),
    ({"position_from": 7}, 422),
]


async def test_an_organisation_that_cannot_be_is_refused(registry: Registry) -> None:
    await plant(keeper(registry), OBEC, LAMPANG_1)
    for change, status in IMPOSSIBLE:
        answer = await send(keeper(registry, "52"), "POST", "/v1/organisations", a_school(7) | change)
        assert answer.status_code == status, (change, answer.text)
    assert await check_tree(registry) == 2


async def test_an_organisation_is_changed_by_keepers_of_its_area_and_by_what_it_belongs_to(registry: Registry) -> None:
    await plant(keeper(registry), OBEC, LAMPANG_1, a_school(7))
    registry.clock.advance(seconds=31)
    change: dict[str, Any] = {"json": {"name_th": "ก"}}
    path = "/v1/organisations/52030007"

    async def status(areas: list[str], organisations: list[str], scope: str = "registry:organisations") -> int:
        caller = registry.caller(areas=areas, organisations=organisations, scopes=[scope])
        return (await caller.http.patch(path, headers=caller.headers | {"If-Match": "*"}, **change)).status_code

    assert await status(["520301"], []) == 200
    assert await status(["520302"], []) == 403
    assert await status([], ["52030007"]) == 200
    assert await status([], ["obec"]) == 200
    assert await status([], [FAR_SCHOOL]) == 403
    assert await status(["52"], [], "registry:read") == 403
    path = "/v1/organisations/obec"
    assert await status(["5203"], []) == 403
    assert await status(["52"], []) == 403
    assert await status(registry.settings.areas, []) == 200


async def test_a_thousand_organisations_are_stored_at_once_in_good_order(registry: Registry) -> None:
    office = keeper(registry)
    await plant(office, OBEC, LAMPANG_1, *(a_school(n) for n in range(1, 999)))
    assert await check_tree(registry) == 1000
    too_many = {"organisations": [a_school(n) for n in range(1001)]}
    assert (await send(office, "PUT", "/v1/organisations", too_many)).status_code == 422


async def test_new_siblings_leave_the_positions_of_the_old_alone(registry: Registry) -> None:
    office = keeper(registry)
    await plant(office, OBEC, LAMPANG_1, a_school(6), a_school(7))
    before = {code: await span(office, code) for code in ("obec", "lampang-1", "52030006", "52030007")}
    await plant(office, *(a_school(n) for n in range(20, 60)))
    assert {code: await span(office, code) for code in before} == before
    assert await check_tree(registry) == 44


async def test_a_full_parent_moves_to_more_room_with_all_below_it_and_every_row_that_keeps_a_position(
    registry: Registry, everything: Everything
) -> None:
    office = keeper(registry)
    branch = {"kind": "learning_centre", "parent": "52030009"}
    await plant(office, OBEC, LAMPANG_1, FULL_SCHOOL, a_school(10))
    old, neighbour = await span(office, "52030009"), await span(office, "52030010")
    await enrol_somebody(everything, "52030009", old[0])
    await everything.connection.execute(FEED, *old)
    await plant(office, a_school(91, **branch))
    new = await span(office, "52030009")
    assert await spans_of_feeds(registry) == [new]
    assert new[0] > neighbour[1]
    assert new[1] - new[0] >= 2 * (old[1] - old[0])
    assert await span(office, "52030010") == neighbour
    assert await positions_of_enrolments(registry, "52030009") == {new[0]}
    await enrol_somebody(everything, "52030091", (await span(office, "52030091"))[0])
    await plant(office, *(a_school(n, **branch) for n in range(92, 99)))
    assert await positions_of_enrolments(registry, "52030091") == {(await span(office, "52030091"))[0]}
    assert await check_tree(registry) == 12


async def test_another_parent_takes_over_the_school_and_its_pupils_lists(
    registry: Registry, everything: Everything
) -> None:
    office = keeper(registry)
    await plant(office, OBEC, LAMPANG_1, LAMPANG_1 | {"code": "lampang-2"}, a_school(7))
    position = (await span(office, "52030007"))[0]
    await enrol_somebody(everything, "52030007", position)
    await everything.connection.execute(FEED, *await span(office, "52030007"))
    moved = await send(office, "PATCH", "/v1/organisations/52030007", {"parent": "lampang-2"}, **{"If-Match": "*"})
    assert moved.status_code == 200, moved.text
    there, target = await span(office, "52030007"), await span(office, "lampang-2")
    assert target[0] < there[0] <= there[1] <= target[1]
    assert await positions_of_enrolments(registry, "52030007") == {there[0]}
    assert await spans_of_feeds(registry) == [there]
    below = await send(office, "PATCH", "/v1/organisations/obec", {"parent": "52030007"}, **{"If-Match": "*"})
    assert below.json()["code"] == "parent_below_itself"


async def test_a_position_once_given_up_is_never_given_again(registry: Registry) -> None:
    office = keeper(registry)
    await plant(office, OBEC, LAMPANG_1, LAMPANG_1 | {"code": "lampang-2"}, a_school(7))
    left = await span(office, "52030007")
    await send(office, "PATCH", "/v1/organisations/52030007", {"parent": "lampang-2"}, **{"If-Match": "*"})
    await plant(office, a_school(8))
    assert (await span(office, "52030008"))[0] > left[1]


async def test_a_claim_to_a_new_or_moved_organisation_works_within_half_a_minute(
    registry: Registry, everything: Everything
) -> None:
    office, school = keeper(registry), registry.caller(organisations=["52030007"])
    assert await school.children() == []
    await plant(office, OBEC, LAMPANG_1, LAMPANG_1 | {"code": "lampang-2"}, a_school(7))
    await enrol_somebody(everything, "52030007", (await span(office, "52030007"))[0])
    registry.clock.advance(seconds=31)
    assert len(await school.children()) == 1
    await send(office, "PATCH", "/v1/organisations/52030007", {"parent": "lampang-2"}, **{"If-Match": "*"})
    registry.clock.advance(seconds=31)
    assert len(await school.children()) == 1
    assert await registry.caller(organisations=["lampang-1"]).children() == []
    assert len(await registry.caller(organisations=["lampang-2"]).children()) == 1
