"""The mechanism, with a kind of the test's own."""

from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio

from tests.registry.builders import FAR_SCHOOL, KO_KHA_SCHOOL, TERM, a_child, a_citizen_id, a_pupil
from tests.registry.classes.builders import plant_schools
from tests.registry.conftest import Caller, Everything, Registry
from tests.registry.sheets import kind
from tests.registry.sheets.kind import SCORES
from zd_engines.harness import AppClient, ControlledClock, Lifespan
from zd_engines.tokens import TokenFactory
from zd_kernel.jobs.table import Job, JobTable, Step
from zd_registry import jobs, main
from zd_registry.settings import RegistrySettings
from zd_registry.sheets.kinds import by_name
from zd_registry.sheets.taking import Taking


@pytest_asyncio.fixture
async def registry(
    settings: RegistrySettings, clock: ControlledClock, token_factory: TokenFactory, everything: Everything,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Registry]:  # fmt: skip
    monkeypatch.setattr(main, "SHEETS", (SCORES,))
    app = main.create_app(settings, clock)
    lifespan = Lifespan(app)
    await lifespan.startup()
    await everything.connection.execute(f"{kind.TABLE}; GRANT ALL ON score TO PUBLIC")
    async with AppClient(app, settings) as http, Registry(settings, clock, http, token_factory) as registry:
        taking = Taking(settings, by_name([SCORES]))
        sheet = Job("sheet", [Step("read", taking.read), Step("apply", taking.apply)])
        registry._jobs = JobTable([*registry._jobs.jobs.values(), sheet])
        await plant_schools(registry)
        await registry.office.take_in("population", [a_child(n) for n in (1, 2, 3)])
        await registry.office.take_in("enrolment", [a_pupil(n) for n in (1, 2, 3)])
        yield registry
    await lifespan.shutdown()


def teacher(registry: Registry, school: str = KO_KHA_SCHOOL, *scopes: str) -> Caller:
    return registry.caller(organisations=[school], scopes=scopes or ["registry:attendance"], agency="โรงเรียน")


async def hand_in(caller: Caller, text: str, **params: str) -> httpx.Response:
    said = {"kind": "scores", "organisation": KO_KHA_SCHOOL, "term": TERM} | params
    headers = caller.headers | {"Idempotency-Key": str(uuid4()), "Content-Type": "text/csv"}
    return await caller.http.post("/v1/sheets", params=said, content=text.encode("cp874"), headers=headers)


async def taken_in(caller: Caller, text: str) -> dict[str, object]:
    answer = await hand_in(caller, text)
    assert answer.status_code == 202, answer.text
    await caller.registry.work()
    found: dict[str, object] = (await caller.get(answer.headers["Location"])).json()
    return found


SHEET = f"""ตารางคะแนน
เลขประจำตัวประชาชน,ชื่อ-สกุล,คะแนน
{a_citizen_id(1)},ด.ญ.สมมุติ1 ตัวอย่าง,55
,สมมุติ2 ตัวอย่าง,๖๐
,สมมุติ3 ตัวอย่าง,สูง
,สมมุติ2 ตัวอย่าง,61
{a_citizen_id(77)},คนอื่น ตัวอย่าง,70
,สมมุติ3 ตัวอย่าง,170
"""


async def test_rows_are_taken_in_or_refused_with_a_reason_and_twice_changes_nothing(registry: Registry) -> None:
    found = await taken_in(teacher(registry), SHEET)
    assert [found[name] for name in ("phase", "rows", "accepted", "unchanged", "refused")] == ["done", 6, 2, 0, 4]
    errors = await teacher(registry).get(f"/v1/sheets/{found['id']}/errors")
    header, *refused = errors.text.removeprefix("\ufeff").splitlines()
    assert header == "เลขประจำตัวประชาชน,ชื่อ-สกุล,คะแนน,reason_th,reason_en"
    assert [line.split(",")[2] for line in refused] == ["สูง", "61", "70", "170"]
    assert "A score is a number." in refused[0]
    assert "The score is above 100." in refused[3]
    assert len(await registry.rows("SELECT 1 FROM score")) == 2
    again = await taken_in(teacher(registry), SHEET)
    assert [again[name] for name in ("accepted", "unchanged", "refused")] == [0, 2, 4]


async def test_a_dry_run_says_what_would_become_of_each_row_and_changes_nothing(registry: Registry) -> None:
    answer = await hand_in(teacher(registry), SHEET, dry_run="true")
    await registry.work()
    tried = (await teacher(registry).get(answer.headers["Location"])).json()
    assert [tried[name] for name in ("phase", "dry_run", "accepted", "unchanged", "refused")] == [
        "checked", True, 2, 0, 4
    ]  # fmt: skip
    assert await registry.rows("SELECT 1 FROM score") == []
    assert len((await teacher(registry).get(f"/v1/sheets/{tried['id']}/errors")).text.splitlines()) == 5
    taken = await taken_in(teacher(registry), SHEET)
    assert (taken["phase"], taken["accepted"]) == ("done", 2)


async def test_only_who_may_hands_in_a_sheet_and_hears_of_it(registry: Registry) -> None:
    found = await taken_in(teacher(registry), "ชื่อ-สกุล,วันเกิด\nสมมุติ1 ตัวอย่าง,1/1/2556\n")
    assert found["phase"] == "failed"
    assert "คะแนน" in str(found["fault"])
    assert (await hand_in(teacher(registry, FAR_SCHOOL), SHEET)).status_code == 403
    assert (await hand_in(teacher(registry, KO_KHA_SCHOOL, "registry:read"), SHEET)).status_code == 403
    assert (await hand_in(teacher(registry), SHEET, kind="other")).status_code == 422
    found = await taken_in(teacher(registry), SHEET)
    stranger = registry.caller(areas=["52"], scopes=["registry:attendance"], agency="อื่น")
    for path in (f"/v1/sheets/{found['id']}", f"/v1/sheets/{found['id']}/errors"):
        assert (await stranger.get(path)).status_code == 404
        assert (await teacher(registry, FAR_SCHOOL).get(path)).status_code == 404


async def test_rows_are_kept_encrypted_and_of_an_erased_pupil_not_at_all(
    registry: Registry, everything: Everything
) -> None:
    await hand_in(teacher(registry), SHEET)
    assert not await everything.tables_with([a_citizen_id(77), "คนอื่น"])
    await registry.work()
    assert not await everything.tables_with([a_citizen_id(77), "คนอื่น"])
    assert await registry.rows("SELECT 1 FROM sheet WHERE content IS NOT NULL") == []
    child: UUID = await registry.office.child_id(3)
    await registry.office.delete(f"/v1/children/{child}")
    await registry.work()
    kept = await registry.rows("SELECT row FROM sheet_refusal WHERE cells <> '' ORDER BY row")
    assert [row["row"] for row in kept] == [6, 7]


def test_the_api_and_the_jobs_know_the_same_kinds() -> None:
    assert main.SHEETS == jobs.SHEETS
