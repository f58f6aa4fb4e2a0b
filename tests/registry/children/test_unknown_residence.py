"""Whom no register places is shown to the areas of the schools that name them, and of who handed in their file."""

from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from tests.registry.builders import FAR_SCHOOL, KO_KHA_SCHOOL, a_child, a_file, a_pupil
from tests.registry.children.test_row_security import execute
from tests.registry.conftest import Caller, Everything, Registry
from tests.registry.exports.test_exports import export, table
from tests.registry.plans import explain, rows_read
from tests.registry.reconciliation.builders import LAST_YEAR, World
from zd_kernel.scope import EVERYWHERE, Range, Scope, areas
from zd_registry.children.queries import START, Narrowed, list_children
from zd_registry.search.queries import Filters, bearers

NAMED_HERE, NAMED_FAR, OF_FILE = "สมมุติ1", "สมมุติ2", "สมมุติ3"


@pytest_asyncio.fixture
async def filled(registry: Registry, everything: Everything) -> AsyncIterator[Registry]:
    """All of unknown residence: child 1 in the last list of a school here, child 2 of one far away, child 3 in a file
    of the province alone; and child 4, whose residence is known."""
    world = World(everything.connection)
    await world.stands(KO_KHA_SCHOOL, 52030100)
    await world.stands(FAR_SCHOOL, 50010100)
    await registry.office.take_in("enrolment", [a_pupil(1)], LAST_YEAR)
    await registry.caller(areas=["50"]).take_in("enrolment", [a_pupil(2, organisation=FAR_SCHOOL)], LAST_YEAR)
    await registry.office.upload("social", a_file("population", [a_child(3, area="")]))
    await registry.office.take_in("population", [a_child(4)])
    await registry.work(background=True)
    yield registry


CALLERS: dict[str, tuple[dict[str, Any], set[str]]] = {
    "the province": ({"areas": ["52"]}, {NAMED_HERE, OF_FILE}),
    "the tambon of the school": ({"areas": ["520301"]}, {NAMED_HERE}),
    "the next district": ({"areas": ["5205"]}, set()),
    "the far province": ({"areas": ["50"]}, {NAMED_FAR}),
    "the school": ({"organisations": [KO_KHA_SCHOOL]}, {NAMED_HERE}),
    "who keeps the unknown": ({"areas": ["0"]}, {NAMED_HERE, NAMED_FAR, OF_FILE}),
    "nobody": ({}, set()),
}


EXPORTED = ("the province", "the tambon of the school", "the far province")
PLACES = ("area 0", "all", "states", "search", "search of 0", "profiles")


async def shown(caller: Caller) -> dict[str, set[str]]:
    """Who of unknown residence is shown where, by given name."""
    listed = [await caller.children(area="0"), [c for c in await caller.children() if c["area"] is None]]
    states = [await caller.children(area="0", status=status) for status in ("unconfirmed", "not_learning")]
    found = []
    for query, wanted in (("สมมุติ", {}), ("ตัวอย่าง", {"area": "0"})):
        answer = await caller.post("/v1/children/search", {"query": query} | wanted)
        assert answer.status_code == 200, answer.text
        found.append([i["child"] for i in answer.json()["items"] if i["child"]["area"] is None])
    profiles = []
    for number in (1, 2, 3):
        path = f"/v1/children/{await caller.child_id(number)}"
        answers = [await caller.get(f"{path}{what}") for what in ("", "/profile", "/evidence")]
        assert len({answer.status_code for answer in answers}) == 1, path
        profiles += [answers[0].json()] if answers[0].status_code == 200 else []
    found = [*listed, states[0] + states[1], *found, profiles]
    return {place: {child["given_name"] for child in children} for place, children in zip(PLACES, found, strict=True)}


async def test_each_caller_is_shown_whom_the_schools_of_its_areas_name_and_no_other(filled: Registry) -> None:
    run = await filled.caller(areas=["*"]).reconcile()
    for name, (claims, expected) in CALLERS.items():
        caller = filled.caller(**claims)
        assert await shown(caller) == dict.fromkeys(PLACES, expected), name
        assert {row["area"] for row in await caller.children()} <= {None, "520301"}
        if name in EXPORTED:
            got = table(await export(caller, columns=["given_name", "area"]))
            assert {row["given_name"] for row in got if not row["area"]} == expected, name
    office = filled.office
    for caller, missing in ((office, {OF_FILE}), (filled.caller(areas=["50"]), set())):
        text = (await caller.get(f"/v1/reconciliations/{run['id']}/missing.csv", area="0")).text
        assert {name for name in (NAMED_HERE, NAMED_FAR, OF_FILE) if name in text} == missing
    listed = (await office.get(f"/v1/children/{await office.child_id(1)}/profile")).json()["enrolments"]
    assert [(row["organisation"], row["term"]) for row in listed] == [(KO_KHA_SCHOOL, LAST_YEAR)]
    assert [row["organisation"] for row in table(await export(office, "enrolments"))] == [KO_KHA_SCHOOL]
    # To see is not to write.
    officer = Scope("officer", areas(["520301"]))
    for table_name in ("child", "enrolment"):
        assert await execute(filled.database, officer, f"DELETE FROM {table_name} WHERE area = 0") == "DELETE 0"
    # Once the register says where they live, the areas of the residence alone see them.
    await filled.caller(areas=["*"]).take_in("population", [a_child(1, area="500101")])
    assert not any((await shown(filled.caller(areas=["520301"]))).values())


FILL = """
INSERT INTO child (id, area, given_name, family_name, given_key, family_key, birth_date, sex, version, created_at,
    updated_at)
SELECT uuidv7(), CASE WHEN n % 40 = 0 THEN 0 ELSE 10000000 + n % 8000 * 10000 + n % 100 * 100 END, '', '',
    'g' || n % 400, 'f' || n % 9000, '2013-02-13', 'unknown', 1, now(), now()
FROM generate_series(1, 40000) n
"""
FILL_SCHOOLS = """
INSERT INTO organisation (code, kind, name_th, area, position_from, position_to, next_position, version, changed_by,
    updated_at)
SELECT 's' || n, 'school', '', 10000000 + n * 20000, 10000 + n, 10000 + n, 10001 + n, 1, 'tester', now()
FROM generate_series(0, 399) n
"""
FILL_ENROLMENTS = """
INSERT INTO enrolment (id, child_id, area, organisation, organisation_position, term, grade, import_id, created_at)
SELECT uuidv7(), id, area, 's' || n % 400, 10000 + n % 400, '2567/1', 'P6', uuidv7(), now()
FROM (SELECT id, area, row_number() OVER (ORDER BY id) AS n FROM child ORDER BY area DESC) c
"""
FILL_NAMES = "INSERT INTO child_name SELECT id, area, given_key, family_key FROM child"


async def test_whom_the_schools_name_is_read_through_indexes_as_the_app_role(
    registry: Registry, everything: Everything
) -> None:
    for statement in ("SET zd.names_later = 'on'", FILL, FILL_SCHOOLS, FILL_ENROLMENTS, FILL_NAMES, "ANALYZE"):
        await everything.connection.execute(statement)
    scope = Scope("officer", areas(["1000", "1001", "1002", "1003", "1004"]))
    found = await everything.connection.fetchval(
        "SELECT count(*) FROM enrolment WHERE area = 0 AND organisation IN ('s0', 's1', 's2')"
    )
    page = list_children(scope, within=EVERYWHERE, only=Narrowed(), after=START, limit=51)
    named = bearers(["g1", "g2"], ["f1", "f2"], Filters(Range(10000000, 10049999), None, None, unknown=True))
    for query, args in (page, named):  # type: ignore[misc]
        read = await explain(registry, scope, query, *args)
        assert not [scan for scan in read if scan["Node Type"] == "Seq Scan" and rows_read(scan) > 400], read
        assert max(rows_read(scan) for scan in read) <= max(400, found), read
