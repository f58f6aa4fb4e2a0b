"""A roster leaves as a OneRoster package that another instance takes in: the same children in the same lists."""

import csv
import io
from typing import Any, cast
from zipfile import ZipFile

import pytest

from tests.registry.builders import FAR_SCHOOL, KO_KHA_SCHOOL, a_citizen_id
from tests.registry.conftest import Caller, run_registry
from tests.registry.oneroster.builders import TERM, Roster
from zd_engines.databases import TestDatabase
from zd_engines.harness import ControlledClock
from zd_engines.pytest_plugin import DatabaseFactory, SettingsFactory
from zd_engines.tokens import TokenFactory
from zd_registry.__main__ import SPEC
from zd_registry.oneroster.packages import HEADERS
from zd_registry.settings import RegistrySettings

SCOPES = ("registry:export", "registry:read", "registry:identify")
LISTS = """
SELECT c.given_name, c.family_name, c.birth_date, c.sex, c.citizen_id_index IS NOT NULL AS numbered, e.organisation,
    e.term, e.grade, e.ended_date
FROM child c JOIN enrolment e ON e.child_id = c.id ORDER BY c.given_name, e.term, e.organisation
"""


async def export(caller: Caller, **wanted: Any) -> bytes:
    answer = await caller.post("/v1/roster-exports", {"term": TERM} | wanted)
    assert answer.status_code == 202, answer.text
    await caller.registry.work()
    place = answer.headers["Location"]
    shown = (await caller.get(place)).json()
    assert (shown["status"], shown["what"]) == ("done", "rosters"), shown
    content = await caller.get(f"{place}/file")
    assert (content.status_code, content.headers["Content-Type"]) == (200, "application/zip"), content.text
    return bytes(content.content)


def tables(content: bytes) -> dict[str, list[dict[str, str]]]:
    with ZipFile(io.BytesIO(content)) as package:
        return {
            name.removesuffix(".csv"): list(csv.DictReader(io.StringIO(package.read(name).decode())))
            for name in package.namelist()
        }


@pytest.mark.parametrize("version", ["1.1", "1.2"])
async def test_another_instance_takes_the_package_in_and_has_the_same_children_in_the_same_lists(
    roster: Roster, version: str, settings: RegistrySettings, service_settings: SettingsFactory,
    database_factory: DatabaseFactory, clock: ControlledClock, token_factory: TokenFactory,
) -> None:  # fmt: skip
    office = roster.caller(SCOPES, areas=["*"], organisations=["5203", FAR_SCHOOL])
    package = await export(office, version=version, identifiers=True)
    other: TestDatabase = await database_factory(SPEC)
    there = await service_settings(
        SPEC, database=other, instance="elsewhere", organisations_file=settings.organisations_file
    )
    async with run_registry(cast(RegistrySettings, there), clock, token_factory) as elsewhere:
        taking = elsewhere.caller(areas=["*"], organisations=["5203", FAR_SCHOOL])
        answer = await taking.upload("enrolment", package, TERM)
        assert answer.status_code == 202, answer.text
        await elsewhere.work()
        taken = (await taking.get(answer.headers["Location"])).json()
        assert (taken["phase"], taken["accepted"], taken["rejected"]) == ("committed", 4, 0), taken
        assert await elsewhere.rows(LISTS) == await roster.registry.rows(LISTS)
        number = elsewhere.caller(areas=["*"], organisations=["5203"], scopes=["registry:read", "registry:identify"])
        children = await elsewhere.rows("SELECT id FROM child WHERE given_name = 'สมมุติ1'")
        told = await number.get(f"/v1/children/{children[0]['id']}/citizen-id")
        assert told.json() == {"citizen_id": a_citizen_id(1)}


@pytest.mark.parametrize("version", ["1.1", "1.2"])
async def test_headers_stand_in_the_order_of_the_standard_and_every_reference_is_there(
    roster: Roster, version: str
) -> None:
    content = await export(roster.caller(SCOPES, areas=["*"], organisations=["5203"]), version=version)
    with ZipFile(io.BytesIO(content)) as package:
        assert package.namelist()[0] == "manifest.csv"
        for name, header in HEADERS[version].items():
            assert package.read(f"{name}.csv").decode().partition("\r\n")[0] == ",".join(header)
    held = tables(content)
    told = {row["propertyName"]: row["value"] for row in held["manifest"]}
    assert (told["oneroster.version"], told["file.users"], told["file.results"]) == (version, "bulk", "absent")
    assert {name for name, value in told.items() if value == "bulk"} == {f"file.{name}" for name in HEADERS[version]}
    ids = {name: {row["sourcedId"] for row in rows} for name, rows in held.items() if name != "manifest"}
    counted = {name: len(found) for name, found in ids.items()}
    assert counted == {
        "academicSessions": 2, "orgs": 2, "courses": 2, "classes": 2, "users": 5, "enrollments": 4, "demographics": 4,
    } | ({"roles": 5} if version == "1.2" else {})  # fmt: skip
    targets = {"courseSourcedId": "courses", "schoolSourcedId": "orgs", "classSourcedId": "classes",
               "userSourcedId": "users", "orgSourcedId": "orgs", "termSourcedIds": "academicSessions",
               "parentSourcedId": "academicSessions", "orgSourcedIds": "orgs"}  # fmt: skip
    for name, rows in held.items():
        for row in rows if name not in {"manifest", "orgs"} else ():
            assert (row["status"], row["dateLastModified"]) == ("", ""), "a bulk package says neither"
            for column, target in targets.items():
                assert not row.get(column) or row[column] in ids[target], (name, row)
    assert a_citizen_id(1) not in str(held)


async def test_a_package_holds_what_its_caller_may_see_and_identifiers_need_their_scope_twice(roster: Roster) -> None:
    near = roster.caller(SCOPES, organisations=[KO_KHA_SCHOOL])
    assert {row["givenName"] for row in tables(await export(near))["users"]} == {"สมมุติ1", "สมมุติ2", "สมมุติ4", "ครู"}
    everywhere = roster.caller(SCOPES, areas=["*"], organisations=["5203"])
    only = tables(await export(everywhere, organisation=FAR_SCHOOL))
    assert {row["givenName"] for row in only["users"]} == {"สมมุติ3"}
    assert only["classes"] == []
    plain = roster.caller(SCOPES[:2], areas=["*"], organisations=["5203"])
    refused = await plain.post("/v1/roster-exports", {"term": TERM, "identifiers": True})
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")
    asked = await everywhere.post("/v1/roster-exports", {"term": TERM, "identifiers": True})
    await roster.registry.work()
    fetched = await plain.get(f"{asked.headers['Location']}/file")
    assert (fetched.status_code, fetched.json()["code"]) == (403, "scope_missing")
    told = await roster.registry.rows(
        "SELECT cardinality(subjects) AS n FROM audit_entry WHERE action = 'export' ORDER BY id"
    )
    assert [row["n"] for row in told if row["n"]] == [3, 1, 4]
    missing = await everywhere.post("/v1/roster-exports", {"term": TERM, "organisation": "99999999"})
    assert missing.status_code == 404
