"""The database itself keeps callers to their areas and organisations, by raw SQL as the app role."""

from collections.abc import AsyncIterator
from datetime import date
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from tests.registry.builders import FAR_SCHOOL, KO_KHA_SCHOOL, a_child, a_pupil
from tests.registry.conftest import Everything, Registry
from tests.registry.plans import explain, rows_read
from zd_kernel.data.database import Database
from zd_kernel.scope import EVERYWHERE, Range, Scope, areas
from zd_registry.children.queries import CHILD, START, Narrowed, list_children

HERE = Scope("officer", areas(["520301"]))
SCHOOL = Scope("school", (), (Range(100, 100),))
NOBODY = Scope("nobody")
PERSONAL = (
    "child", "learning_state", "enrolment", "placement", "erased_child", "file_import", "import_row",
    "reconciliation_run",
)  # fmt: skip


@pytest_asyncio.fixture
async def filled(registry: Registry) -> AsyncIterator[Registry]:
    """Child 1 lives here and is listed by a far school, child 2 lives far and is listed by the school here."""
    everywhere = registry.caller(areas=["*"], organisations=["5203"])
    await everywhere.take_in("population", [a_child(1), a_child(2, area="500101"), a_child(3, area="999999")])
    await everywhere.take_in("enrolment", [a_pupil(1, organisation=FAR_SCHOOL), a_pupil(2, organisation=KO_KHA_SCHOOL)])
    await everywhere.reconcile()
    yield registry


async def count(registry: Registry, scope: Scope, table: str) -> int:
    async with registry.database.read(scope) as session:
        row = await session.fetchrow(f"SELECT count(*) AS n FROM {table}")
        assert row is not None
        return int(row["n"])


async def test_each_scope_counts_its_own_rows_alone(filled: Registry) -> None:
    seen = {
        scope.name: {table: await count(filled, scope, table) for table in PERSONAL if table != "placement"}
        for scope in (HERE, SCHOOL, NOBODY)
    }
    none = dict.fromkeys((table for table in PERSONAL if table != "placement"), 0)
    assert seen == {
        "officer": none | {"child": 1, "learning_state": 1, "enrolment": 1, "reconciliation_run": 1},
        "school": none | {"child": 1, "learning_state": 1, "enrolment": 1},
        "nobody": none,
    }


@pytest.mark.parametrize("table", ["child", "enrolment", "learning_state"])
async def test_who_asks_whose_rows_were_written_hears_of_their_areas_alone(filled: Registry, table: str) -> None:
    everywhere = Scope.system("reconciliation")
    known = await filled.rows(f"SELECT count(*) AS n FROM {table}")
    found = [await count(filled, scope, f"{table}_written_since(1)") for scope in (everywhere, HERE, SCHOOL, NOBODY)]
    assert found == [known[0]["n"], 1, 0, 0]


async def test_every_table_of_the_service_has_row_level_security(everything: Everything, registry: Registry) -> None:
    secured = {
        row["relname"]
        for row in await everything.connection.fetch(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relrowsecurity"
        )
    }
    assert {*PERSONAL, "import_chunk"} <= secured


async def execute(database: Database, scope: Scope, statement: str, *args: object) -> str:
    async with database.transaction(scope) as session:
        return await (await session.driver()).execute(statement, *args)


@pytest.mark.parametrize("statement", ["UPDATE child SET sex = 'male'", "DELETE FROM child"])
async def test_writes_touch_the_callers_areas_alone_and_a_school_writes_no_child(
    filled: Registry, statement: str
) -> None:
    assert (await execute(filled.database, SCHOOL, statement)).endswith(" 0")
    assert (await execute(filled.database, NOBODY, statement)).endswith(" 0")
    assert (await execute(filled.database, HERE, statement)).endswith(" 1")
    assert await count(filled, Scope.system("test"), "child WHERE sex = 'female'") == 1


async def test_no_child_is_moved_or_written_into_another_area(filled: Registry) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await execute(filled.database, HERE, "UPDATE child SET area = 50010100")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await execute(
            filled.database,
            HERE,
            "INSERT INTO placement VALUES (uuidv7(), uuidv7(), uuidv7(), 50010100, 'training', '2024-01-01')",
        )


FILL = """
INSERT INTO child
    (id, area, given_name, family_name, given_key, family_key, birth_date, sex, citizen_id_index, version, created_at,
    updated_at)
SELECT uuidv7(), 10000000 + n % 8000 * 10000 + n % 100 * 100, 'n', 'n', n % 9000, n % 40000, '2013-02-13', 'unknown',
    n::text, 1, now(), now()
FROM generate_series(1, 120000) n
"""
FILL_STATES = """
INSERT INTO learning_state (child_id, area, status, missing_kind, reason, evidence_kind, judged_at, version)
SELECT id, area, CASE WHEN n % 12 = 0 THEN 'not_learning' ELSE 'in_school' END,
    CASE WHEN n % 12 = 0 THEN 'dropped_out' END, 'judged', 'none', now(), 1
FROM (SELECT id, area, row_number() OVER (ORDER BY id) AS n FROM child) c
"""
FILL_ENROLMENTS = """
INSERT INTO enrolment (id, child_id, area, organisation, organisation_position, term, grade, import_id, created_at)
SELECT uuidv7(), id, area, 's', row_number() OVER (ORDER BY id) / 100, '2567/1', 'P6', uuidv7(), now() FROM child
"""


@pytest_asyncio.fixture
async def large(registry: Registry, everything: Everything) -> Registry:
    """120,000 children all over the country, 1,200 schools of 100."""
    for statement in (
        FILL,
        FILL_STATES,
        FILL_ENROLMENTS,
        "ANALYZE child",
        "ANALYZE learning_state",
        "ANALYZE enrolment",
    ):
        await everything.connection.execute(statement)
    return registry


CALLERS = [
    (Scope("officer", areas(["5203"])), {"child_list", "learning_state_list"}, 60),
    (Scope("province", areas(["52"])), {"child_list", "learning_state_list"}, 60),
    (Scope("school", (), (Range(100, 100),)), {"enrolment_organisation"}, 110),
    (Scope("both", areas(["5203"]), (Range(100, 100),)), {"enrolment_organisation"}, 110),
]


async def test_a_page_read_as_the_app_role_uses_an_index_and_reads_little_more_than_it_shows(large: Registry) -> None:
    for scope, indexes, most in CALLERS:
        for status in (None, "not_learning"):
            page = list_children(scope, within=EVERYWHERE, only=Narrowed(status), after=START, limit=51)
            assert page is not None
            read = await explain(large, scope, page[0], *page[1])
            assert indexes & {scan.get("Index Name") for scan in read}, (scope.name, status, read)
            whole = {scan["Relation Name"] for scan in read if scan["Node Type"] == "Seq Scan"}
            assert whole <= {"file_import"}, (scope.name, status, read)  # of files there are few
            assert max(rows_read(scan) for scan in read) <= most, (scope.name, status, read)
        born = date(2013, 1, 1), date(2013, 12, 31)
        of_school = Narrowed(born=born, listed=Range(100, 100))
        page = list_children(scope, within=EVERYWHERE, only=of_school, after=START, limit=51)
        assert page is not None
        read = await explain(large, scope, page[0], *page[1])
        assert {scan["Relation Name"] for scan in read if scan["Node Type"] == "Seq Scan"} <= {"file_import"}, read


async def test_one_child_by_id_is_found_through_the_primary_key(large: Registry) -> None:
    for scope in (HERE, SCHOOL):
        read = await explain(large, scope, CHILD, UUID(int=1))
        assert [(scan["Node Type"], scan["Index Name"]) for scan in read[:1]] == [("Index Scan", "child_pkey")]
        assert all(rows_read(scan) == 0 for scan in read)
