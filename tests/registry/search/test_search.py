"""Looking for a child through HTTP."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest

from tests.registry.builders import KO_KHA_SCHOOL, Row, a_child, a_citizen_id, a_file, a_pupil
from tests.registry.conftest import Caller, Everything, Registry
from tests.registry.plans import explain, rows_read
from zd_kernel.jobs.steps import MOST_ATTEMPTS, load, note_failure
from zd_kernel.scope import Range, Scope, areas
from zd_registry.intake.staging_queries import NAMESAKES, NAMESAKES_AMONG_NEW
from zd_registry.jobs import jobs
from zd_registry.search.queries import BY_IDENTIFIER, Filters, bearers

PEOPLE = (
    a_child(1, given_name="ศิริพร", family_name="ใจดี"),
    a_child(2, given_name="สมชาย", family_name="ใจดี", birth_date="2552-03-01"),
    a_child(3, given_name="สมชาย", family_name="แก้วมณี", area="520501"),
    a_child(4, given_name="กรรณิการ์", family_name="ณ ลำปาง"),
    a_child(5, given_name="บุญมี", family_name="ทองคำ"),
)


async def looked_for(caller: Caller, query: str, **filters: Any) -> list[str]:
    answer = await caller.post("/v1/children/search", {"query": query} | filters)
    assert answer.status_code == 200, answer.text
    return [f"{found['child']['given_name']} {found['child']['family_name']}" for found in answer.json()["items"]]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("ศิริพร ใจดี", "ศิริพร ใจดี"),
        ("ด.ญ.สิริพร ใจดี", "ศิริพร ใจดี"),
        ("สิรพร ไจดี", "ศิริพร ใจดี"),
        ("ใจดี ศิริพร", "ศิริพร ใจดี"),
        ("กันนิกา ณ ลำปาง", "กรรณิการ์ ณ ลำปาง"),
        ("somchai kaewmanee", "สมชาย แก้วมณี"),
        ("บุญ", "บุญมี ทองคำ"),
        ("มณี", "สมชาย แก้วมณี"),
    ],
)
async def test_the_child_meant_comes_first(registry: Registry, query: str, first: str) -> None:
    await registry.office.take_in("population", PEOPLE)
    await registry.work(background=True)
    assert (await looked_for(registry.office, query))[0] == first


async def test_an_identifier_finds_its_child_however_it_is_written(registry: Registry) -> None:
    await registry.office.take_in("population", PEOPLE)
    digits = a_citizen_id(2)
    for written in (digits, f"{digits[0]}-{digits[1:5]}-{digits[5:10]}-{digits[10:12]}-{digits[12]}"):
        assert await looked_for(registry.office, written) == ["สมชาย ใจดี"]
    assert await looked_for(registry.caller(areas=["50"]), digits) == []


async def test_filters_narrow_what_a_name_finds(registry: Registry) -> None:
    await registry.office.take_in("population", PEOPLE)
    await registry.office.take_in("enrolment", [a_pupil(2, given_name="สมชาย", family_name="ใจดี")])
    await registry.work(background=True)
    assert set(await looked_for(registry.office, "สมชาย")) == {"สมชาย ใจดี", "สมชาย แก้วมณี"}
    assert await looked_for(registry.office, "สมชาย", area="5205") == ["สมชาย แก้วมณี"]
    assert await looked_for(registry.office, "สมชาย", born_until=2552) == ["สมชาย ใจดี"]
    assert await looked_for(registry.office, "สมชาย", organisation=KO_KHA_SCHOOL) == ["สมชาย ใจดี"]
    assert await looked_for(registry.caller(organisations=[KO_KHA_SCHOOL]), "สมชาย") == ["สมชาย ใจดี"]
    assert await looked_for(registry.caller(areas=["520501"]), "สมชาย") == ["สมชาย แก้วมณี"]
    assert await looked_for(registry.caller(), "สมชาย") == []


async def test_a_name_corrected_before_the_names_of_the_file_are_collected_is_the_one_that_leads_to_the_child(
    registry: Registry,
) -> None:
    await registry.office.take_in("population", PEOPLE)
    (child,) = await registry.rows("SELECT id FROM child WHERE given_name = 'บุญมี'")
    corrected = {"given_name": "ประเสริฐ", "area": "520501", "reason": "ตามสูติบัตร"}
    answer = await registry.office.patch(f"/v1/children/{child['id']}", corrected, if_match="*")
    assert answer.status_code == 200, answer.text
    assert await registry.rows("SELECT given_key FROM child_name") == [{"given_key": "ประเสริฐ"}]
    await registry.work(background=True)
    assert await looked_for(registry.office, "ประเสริฐ", area="520501") == ["ประเสริฐ ทองคำ"]
    assert await looked_for(registry.office, "บุญมี") == []
    assert len(await registry.rows("SELECT 1 FROM child_name")) == len(PEOPLE)


async def test_the_names_of_files_that_end_together_are_indexed_once(registry: Registry) -> None:
    for people in (PEOPLE[:3], PEOPLE[3:]):
        await registry.office.take_in("population", people)
    waiting = [row["id"] for row in await registry.rows("SELECT id FROM job WHERE kind = 'names'")]
    while await registry.rows("SELECT FROM job WHERE kind = 'names' AND step <> 'index'"):
        for job_id in waiting:
            await registry.carry(job_id, most_steps=1)
    await asyncio.gather(*map(registry.carry, waiting))
    assert await looked_for(registry.office, "บุญมี") == ["บุญมี ทองคำ"]


async def test_whom_a_file_brought_before_it_failed_or_was_withdrawn_half_way_is_found_by_name(
    registry: Registry,
) -> None:
    path, job_id = await half_way(registry, [PEOPLE[0]])
    for _ in range(MOST_ATTEMPTS):
        row = await load(registry.database, job_id)
        assert row is not None
        await note_failure(registry.database, row, RuntimeError(), jobs(registry.settings).jobs["import"])
    assert (await registry.office.get(path)).json()["phase"] == "failed"
    await registry.work(background=True)
    assert await looked_for(registry.office, "ศิริพร") == ["ศิริพร ใจดี"]
    path, _ = await half_way(registry, [PEOPLE[4]])
    assert (await registry.office.delete(path)).status_code == 202
    await registry.work()
    assert (await registry.office.get(path)).json()["phase"] == "withdrawn"
    await registry.work(background=True)
    assert await looked_for(registry.office, "บุญมี") == ["บุญมี ทองคำ"]


async def half_way(registry: Registry, rows: Sequence[Row]) -> tuple[str, UUID]:
    """A register whose rows are in and that has not ended: where it is, and its job."""
    before = len(await registry.rows("SELECT 1 FROM child"))
    answer = await registry.office.upload("population", a_file("population", rows))
    job_id: UUID = (await registry.rows("SELECT id FROM job WHERE kind = 'import' ORDER BY id DESC LIMIT 1"))[0]["id"]
    while len(await registry.rows("SELECT 1 FROM child")) == before:
        await registry.carry(job_id, 1)
    return answer.headers["Location"], job_id


async def test_every_child_shown_is_in_the_access_log_and_the_query_is_not(registry: Registry) -> None:
    await registry.office.take_in("population", PEOPLE)
    await registry.work(background=True)
    await looked_for(registry.office, "สมชาย")
    (seen,) = await registry.rows("SELECT cardinality(subjects) AS n FROM audit_entry WHERE action = 'search_children'")
    assert seen["n"] == 2


async def test_a_query_that_says_nothing_is_answered_with_what_to_do(registry: Registry) -> None:
    for query in ("...", "", "x" * 300):
        answer = await registry.office.post("/v1/children/search", {"query": query})
        assert answer.status_code == 422
        assert answer.json()["detail"] or answer.json()["errors"]


FILL = """
INSERT INTO child (id, area, given_name, family_name, given_key, family_key, birth_date, sex, citizen_id_index, version,
    created_at, updated_at)
SELECT uuidv7(), 10000000 + n % 8000 * 10000 + n % 100 * 100, '', '', 'g' || n % 400, 'f' || n % 9000, '2013-02-13',
    'unknown', n::text, 1, now(), now()
FROM generate_series(1, 120000) n
"""
FILL_NAMES = "INSERT INTO child_name SELECT id, area, given_key, family_key FROM child"


async def test_every_plan_uses_an_index_as_the_app_role(registry: Registry, everything: Everything) -> None:
    for statement in ("SET zd.names_later = 'on'", FILL, FILL_NAMES, "ANALYZE child, child_name"):
        await everything.connection.execute(statement)
    district = Scope("officer", areas(["5203"]))
    school = Scope("school", (), (Range(100, 100),))
    for scope, within in ((district, Range(52030000, 52039999)), (school, None)):
        query, args = bearers(["g1", "g2"], ["f1", "f2", "f3"], Filters(within, None, None))
        read = await explain(registry, scope, query, *args)
        assert not _whole_tables(read), scope.name
        assert max(rows_read(scan) for scan in read) <= 700, scope.name
        assert not _whole_tables(await explain(registry, scope, BY_IDENTIFIER, ["17"])), scope.name
    (new,) = await registry.rows("SELECT id FROM child ORDER BY id DESC OFFSET 99 LIMIT 1")
    job, named = Scope.system("job:import"), ([1, 2], ["g1", "g2"], ["f1", "f2"])
    for statement, given in ((NAMESAKES, named), (NAMESAKES_AMONG_NEW, (*named, new["id"]))):
        read = await explain(registry, job, statement, *given)
        assert not _whole_tables(read), statement
        assert max(rows_read(scan) for scan in read) <= 700, statement


def _whole_tables(plan: list[dict[str, Any]]) -> list[str]:
    """Tables with persons that are read from end to end; those that are empty here do not count."""
    return [scan["Relation Name"] for scan in plan if scan["Node Type"] == "Seq Scan" and rows_read(scan) > 0]
