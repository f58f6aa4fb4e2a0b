"""Organisations that a file places before the tree is kept here."""

import json
from pathlib import Path
from typing import Any, cast

import pytest_asyncio

from tests.registry.builders import KO_KHA_SCHOOL, TERM, a_child, a_pupil
from tests.registry.conftest import Everything, Registry
from tests.registry.organisations.builders import (
    LAMPANG_1,
    OBEC,
    a_school,
    check_tree,
    enrol_somebody,
    keeper,
    one,
    plant,
    positions_of_enrolments,
    send,
    span,
)  # fmt: skip
from zd_engines.databases import TestDatabase
from zd_engines.pytest_plugin import SettingsFactory
from zd_registry.__main__ import SPEC
from zd_registry.settings import RegistrySettings

SEEDED = {"5203": [100, 199], KO_KHA_SCHOOL: [110, 110], "52030002": [150, 154], "50010001": [900, 900]}
DISTRICT = {"code": "5203", "kind": "education_service_area", "name_th": "เขตในไฟล์", "area": "5203"}


@pytest_asyncio.fixture
async def settings(service_settings: SettingsFactory, database: TestDatabase, tmp_path: Path) -> RegistrySettings:
    seeded = tmp_path / "organisations.json"
    seeded.write_text(json.dumps(SEEDED))
    made = await service_settings(SPEC, database=database, instance="lampang", organisations_file=seeded)
    return cast(RegistrySettings, made)


def of_district(number: int, **overrides: Any) -> dict[str, Any]:
    return a_school(number, parent="5203", **overrides)


async def test_what_the_seeded_file_holds_keeps_its_positions_and_nobody_else_gets_them(registry: Registry) -> None:
    office = keeper(registry)
    await plant(office, OBEC, DISTRICT, of_district(1), of_district(7))
    assert await span(office, "obec") > (900, 900)
    assert (await span(office, "5203"), await span(office, KO_KHA_SCHOOL)) == ((100, 199), (110, 110))
    assert await span(office, "52030007") == (111, 126)
    published = (await office.get("/v1/organisations/positions")).json()
    assert {code: published[code] for code in SEEDED} == SEEDED
    assert published["52030007"] == list(await span(office, "52030007"))


async def test_what_only_the_file_knows_has_to_be_registered_before_its_parent_moves(registry: Registry) -> None:
    office = keeper(registry)
    await plant(office, OBEC, DISTRICT)
    stuck = await send(office, "PATCH", "/v1/organisations/5203", {"parent": "obec"}, **{"If-Match": "*"})
    assert (stuck.status_code, stuck.json()["code"]) == (409, "seeded_below")
    assert await span(office, "5203") == (100, 199)


async def test_a_seeded_school_registered_below_another_parent_takes_its_pupils_along_and_later_ones(
    registry: Registry, everything: Everything
) -> None:
    office = keeper(registry)
    await enrol_somebody(everything, KO_KHA_SCHOOL, 110)
    await plant(office, OBEC, LAMPANG_1, a_school(1))
    assert await positions_of_enrolments(registry, KO_KHA_SCHOOL) == {(await span(office, KO_KHA_SCHOOL))[0]}
    assert (await one(office, KO_KHA_SCHOOL))["parent"] == "lampang-1"
    await registry.office.take_in("population", [a_child(1)])
    await registry.office.take_in("enrolment", [a_pupil(1, organisation=KO_KHA_SCHOOL)], TERM)
    assert len(await registry.rows("SELECT 1 FROM enrolment")) == 2
    assert await positions_of_enrolments(registry, KO_KHA_SCHOOL) == {(await span(office, KO_KHA_SCHOOL))[0]}


async def test_a_seeded_district_that_is_full_moves_with_all_its_schools_and_nobody_shares_a_position(
    registry: Registry, everything: Everything
) -> None:
    office = keeper(registry)
    await plant(office, OBEC, DISTRICT, of_district(1), of_district(2))
    await enrol_somebody(everything, "52030002", 150)
    await plant(office, *(of_district(n) for n in range(10, 20)))
    assert (await span(office, "5203"))[0] > 900
    assert await positions_of_enrolments(registry, "52030002") == {(await span(office, "52030002"))[0]}
    assert await check_tree(registry) == 14


async def test_a_seeded_district_that_gets_a_parent_takes_the_schools_that_are_registered_along(
    registry: Registry,
) -> None:
    office = keeper(registry)
    await plant(office, OBEC, a_school(1, parent=None), a_school(2, parent=None))
    await plant(office, DISTRICT | {"parent": "obec"}, of_district(1), of_district(2), of_district(3))
    there = await span(office, "5203")
    assert there[0] > 900
    schools = [await span(office, f"5203000{n}") for n in (1, 2, 3)]
    assert all(there[0] < first <= last <= there[1] for first, last in schools)
    assert await check_tree(registry) == 5
