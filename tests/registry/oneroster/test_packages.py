"""A roster leaves as a OneRoster package that another instance takes in: the same children in the same lists."""

import csv
import io
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, cast
from zipfile import ZipFile

import pytest

from tests.registry.builders import FAR_SCHOOL, KO_KHA_SCHOOL, a_citizen_id, a_pupil
from tests.registry.classes.builders import plant_schools, put, school
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


TEACHING = """
SELECT k.organisation, k.term, k.code, k.title, k.kind, k.grade, k.location, o.code AS course, o.title AS course_title,
    o.organisation AS course_of, o.grades, o.subjects,
    ARRAY(SELECT t.code || ' ' || t.given_name || ' ' || t.family_name || ' ' || coalesce(t.email, '-') || ' ' || a.main
        FROM class_teacher a JOIN teacher t ON t.id = a.teacher_id
        WHERE a.class_id = k.id AND a.removed_at IS NULL ORDER BY t.code) AS teachers,
    ARRAY(SELECT c.given_name || ' ' || m.begin_date || ' ' || coalesce(m.end_date::text, '-')
        FROM class_member m JOIN child c ON c.id = m.child_id
        WHERE m.class_id = k.id AND m.removed_at IS NULL ORDER BY c.given_name) AS pupils
FROM school_class k LEFT JOIN course o ON o.id = k.course_id WHERE k.removed_at IS NULL ORDER BY k.organisation, k.code
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
        await plant_schools(elsewhere)
        taking = elsewhere.caller(areas=["*"], organisations=["5203", FAR_SCHOOL])
        answer = await taking.upload("enrolment", package, TERM)
        assert answer.status_code == 202, answer.text
        await elsewhere.work()
        taken = (await taking.get(answer.headers["Location"])).json()
        assert (taken["phase"], taken["accepted"], taken["rejected"]) == ("committed", 4, 0), taken
        assert await elsewhere.rows(LISTS) == await roster.registry.rows(LISTS)
        teaching = await roster.registry.rows(TEACHING)
        assert [(row["code"], len(row["teachers"]), len(row["pupils"])) for row in teaching] == [
            ("ท16101-1", 0, 1),
            ("ป.6/1", 1, 2),
        ]
        assert await elsewhere.rows(TEACHING) == teaching
        assert await elsewhere.rows("SELECT FROM import_teaching") == []
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


MEMBERS = """
SELECT m.child_id, k.code, m.changed_by, m.updated_at, m.removed_at IS NULL AS sits FROM class_member m
JOIN school_class k ON k.id = m.class_id ORDER BY m.id
"""


def without(content: bytes, name: str, line: Callable[[str], bool]) -> bytes:
    """The package, and lines of one of its files left out."""
    made = io.BytesIO()
    with ZipFile(io.BytesIO(content)) as package, ZipFile(made, "w") as other:
        for each in package.namelist():
            text = package.read(each).decode()
            if each == name:
                text = "".join(part for part in text.splitlines(keepends=True) if not line(part))
            other.writestr(each, text)
    return made.getvalue()


async def take(caller: Caller, content: bytes) -> str:
    """Where the import is read."""
    answer = await caller.upload("enrolment", content, TERM)
    assert answer.status_code == 202, answer.text
    await caller.registry.work()
    assert (await caller.get(answer.headers["Location"])).json()["phase"] == "committed"
    return str(answer.headers["Location"])


def delta(content: bytes, **told: list[dict[str, str]]) -> bytes:
    """A package of changes: of each file only the rows that are given."""
    made, held = io.BytesIO(), tables(content)
    with ZipFile(made, "w") as package:
        for name, header in HEADERS["1.2"].items():
            text = io.StringIO()
            writer = csv.DictWriter(text, header)
            writer.writeheader()
            writer.writerows({"status": "active"} | row for row in told.get(name, ()))
            package.writestr(f"{name}.csv", text.getvalue())
        lines = [f"{row['propertyName']},{row['value'].replace('bulk', 'delta')}" for row in held["manifest"]]
        package.writestr("manifest.csv", "\n".join(["propertyName,value", *lines]))
    return made.getvalue()


async def test_changes_name_classes_that_an_earlier_package_told_of_and_no_place_is_lost_unsaid(roster: Roster) -> None:
    office = roster.caller(SCOPES, areas=["*"], organisations=["5203", FAR_SCHOOL])
    package = await export(office, identifiers=True)
    taking = roster.registry.caller(areas=["*"], organisations=["5203", FAR_SCHOOL])
    await take(taking, package)
    held, one, four = tables(package), str(roster.child[1]), str(roster.child[4])
    users = [row for row in held["users"] if row["sourcedId"] in {one, four}]
    roles = [row for row in held["roles"] if row["userSourcedId"] in {one, four}]
    (seat,) = (row for row in held["enrollments"] if row["classSourcedId"] == roster.scheduled)
    assert seat["userSourcedId"] == one
    seats = [
        seat | {"status": "tobedeleted"},
        seat | {"sourcedId": "seat-2", "userSourcedId": four, "status": "active"},
        seat | {"sourcedId": "seat-3", "userSourcedId": four, "classSourcedId": "unheard-of", "status": "active"},
        seat | {"sourcedId": "seat-4", "userSourcedId": "unheard-of", "status": "active"},
    ]
    taken = (await taking.get(await take(taking, delta(package, users=users, roles=roles, enrollments=seats)))).json()
    sits = {(str(row["child_id"]), row["code"]): row["sits"] for row in await roster.registry.rows(MEMBERS)}
    assert sits == {
        (one, "ป.6/1"): True, (four, "ป.6/1"): True, (one, "ท16101-1"): False, (four, "ท16101-1"): True,
    }  # fmt: skip
    said = {each["code"]: each["count"] for each in taken["report"]["warnings"]}
    assert said["classes_unknown"] == 1, "the place in a class that no package told of"
    assert said["seats_unmatched"] == 1, "the place of somebody of whom nobody has told"
    back = seat | {"status": "active", "sourcedId": "seat-5"}
    await take(taking, delta(package, enrollments=[back]))
    sits = {(str(row["child_id"]), row["code"]): row["sits"] for row in await roster.registry.rows(MEMBERS)}
    assert sits[one, "ท16101-1"] is True, "an earlier package named the pupil"


async def test_a_whole_package_says_all_classes_of_whom_it_names_and_its_withdrawal_takes_back_what_it_said(
    roster: Roster,
) -> None:
    office = roster.caller(SCOPES, areas=["*"], organisations=["5203", FAR_SCHOOL])
    package = await export(office, identifiers=True)
    before = await roster.registry.rows(MEMBERS)
    taking = roster.registry.caller(areas=["*"], organisations=["5203", FAR_SCHOOL])

    await take(taking, package)
    assert await roster.registry.rows(MEMBERS) == before, "the same again changes nothing"
    one, scheduled = str(roster.child[1]), roster.scheduled
    left = without(package, "enrollments.csv", lambda line: one in line and scheduled in line)
    await take(roster.registry.caller(organisations=[FAR_SCHOOL]), left)
    assert await roster.registry.rows(MEMBERS) == before, "another school says nothing of these classes"
    await take(taking, left)
    sits = {(str(row["child_id"]), row["code"]): row["sits"] for row in await roster.registry.rows(MEMBERS)}
    assert sits == {(one, "ป.6/1"): True, (str(roster.child[4]), "ป.6/1"): True, (one, "ท16101-1"): False}
    again = await take(taking, package)
    assert all(row["sits"] for row in await roster.registry.rows(MEMBERS))
    assert (await taking.delete(again)).status_code in {200, 202}
    await roster.registry.work()
    sits = {(str(row["child_id"]), row["code"]): row["sits"] for row in await roster.registry.rows(MEMBERS)}
    assert sits[one, "ท16101-1"] is False
    assert sits[one, "ป.6/1"] is True


@pytest.mark.parametrize("version", ["1.1", "1.2"])
async def test_a_package_of_changes_names_what_changed_since_and_what_is_to_be_deleted(
    roster: Roster, version: str, clock: ControlledClock
) -> None:
    office = roster.caller((*SCOPES, "registry:erase"), areas=["*"], organisations=["5203", FAR_SCHOOL])
    since = (await roster.registry.rows("SELECT clock_timestamp() AS at"))[0]["at"].isoformat()
    clock.set(datetime.fromisoformat(since) + timedelta(seconds=1))  # the database notes some changes by its own clock
    empty = tables(await export(office, version=version, since=since))
    told = {row["propertyName"]: row["value"] for row in empty.pop("manifest")}
    assert {name for name, value in told.items() if value == "delta"} == {f"file.{name}" for name in HEADERS[version]}
    assert {name for name, rows in empty.items() if rows} == {"academicSessions"}
    one, four = str(roster.child[1]), str(roster.child[4])
    near = school(roster.registry)
    await put(near, f"/v1/classes/{roster.scheduled}/members", {"members": []})
    listing = roster.registry.caller(areas=["*"], organisations=["5203"])
    pupils = [a_pupil(1), a_pupil(2, grade="M2"), a_pupil(4)]
    await listing.take_in("enrolment", pupils, TERM, complete=True)  # the third left
    assert (await office.delete(f"/v1/children/{four}")).status_code == 204
    await roster.registry.work()
    held = tables(await export(office, version=version, since=since))
    users = {row["sourcedId"]: row for row in held["users"]}
    two, three = str(roster.child[2]), str(roster.child[3])
    assert users.keys() == {one, two, three, four}, "also whose classes changed"
    assert (users[two]["status"], users[two]["grades"]) == ("active", "08")
    assert (users[four]["status"], users[four]["givenName"], users[four]["username"]) == ("tobedeleted", "", "")
    assert users[three]["enabledUser"] == "false"
    if version == "1.2":
        assert {row["userSourcedId"]: row["status"] for row in held["roles"]} == {
            one: "active", two: "active", three: "tobedeleted",
        }  # fmt: skip
    else:
        assert users[three]["status"] == "tobedeleted"
    assert {row["status"] for row in held["enrollments"]} == {"tobedeleted"}
    assert {row["userSourcedId"] for row in held["enrollments"]} == {one, ""}
    assert all(row["dateLastModified"] > since[:19] for name, rows in held.items() for row in rows
               if name not in {"manifest", "academicSessions"})  # fmt: skip
    assert held["classes"] == held["orgs"] == []
