"""The jobs process is killed while it judges and started again: the result is the same as without. Every other step is
cut in `test_cut`."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.registry.conftest import Registry
from tests.registry.reconciliation.builders import LAST_YEAR, TERM, World
from tests.registry.test_killed import JobsProcess
from zd_registry.settings import RegistrySettings

CHILDREN = 1_000
_MANY = """
INSERT INTO child (id, area, given_name, family_name, birth_date, sex, version, created_at, updated_at)
SELECT uuidv7(), 52030100, 'สมมุติ', 'ตัวอย่าง', '2013-02-13', 'unknown', 1, now(), now() FROM generate_series(1, $1)
RETURNING id
"""


@pytest_asyncio.fixture
async def process(settings: RegistrySettings, log_dir: Path) -> AsyncIterator[JobsProcess]:
    # Pages so small that several steps are left when one has been seen.
    small = settings.model_copy(update={"reconciliation_page": 25})
    process = JobsProcess(small, log_dir / "registry-jobs-reconciliation.log")
    yield process
    await process.kill()


async def until(registry: Registry, condition: str) -> None:
    """A condition over the runs; the jobs of the night go on beside them."""
    query = f"SELECT 1 FROM job WHERE kind = 'reconciliation' AND ({condition})"
    async with asyncio.timeout(120):
        while not await registry.rows(query):
            await asyncio.sleep(0.01)


async def test_a_run_killed_in_the_middle_ends_as_if_it_had_not_been(
    registry: Registry, world: World, process: JobsProcess
) -> None:
    children = [row["id"] for row in await world.connection.fetch(_MANY, CHILDREN)]
    await world.enrol(children[::2])
    await world.enrol(children[1::4], LAST_YEAR)
    headers = registry.office.headers | {"Idempotency-Key": "once"}
    body = {"term": TERM, "reference_date": "2024-06-10"}
    started = await registry.office.http.post("/v1/reconciliations", json=body, headers=headers)
    await process.start()
    await until(registry, "step = 'judge' AND progress_done > 120 OR state = 'done'")
    await process.kill()
    assert await registry.rows("SELECT 1 FROM job WHERE state = 'running'"), "the job ended before it could be killed"
    await process.start()
    await until(registry, "state IN ('done', 'failed')")
    run = (await registry.office.get(started.headers["Location"])).json()
    assert (run["status"], run["examined"], run["in_school"], run["missing"]) == ("done", 1000, 500, 500)
    assert run["by_missing_kind"] == {"dropped_out": 250, "never_enrolled": 250}
    assert await registry.event_counts() == {"missing.v1": 500}
    assert (await registry.rows("SELECT count(*) AS n FROM learning_change"))[0]["n"] == 500
