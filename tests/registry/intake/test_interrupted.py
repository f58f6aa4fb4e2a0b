"""The jobs process is killed, or its database goes away, while a file is checked: the check ends as it would have."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import pytest_asyncio

from tests.registry.builders import a_child, a_file, people
from tests.registry.conftest import Everything, Registry
from tests.registry.test_killed import JobsProcess, until
from zd_registry.settings import RegistrySettings

# Of two pieces, so that one is left when the first has been staged.
PEOPLE = 50_000
FILE = a_file("population", [*people(PEOPLE), a_child(1), a_child(PEOPLE + 1, sex="ผิด"), a_child(2, citizen_id="")])
FOUND = {"new": PEOPLE, "changed": 0, "unchanged": 0, "refused": 2, "unlinked": 1, "listed": 0, "vanishing": 0}


@pytest_asyncio.fixture
async def process(settings: RegistrySettings, log_dir: Path) -> AsyncIterator[JobsProcess]:
    # Another name, so that its connections can be told from the test's.
    process = JobsProcess(settings.model_copy(update={"instance": "apart"}), log_dir / "registry-jobs-interrupted.log")
    yield process
    await process.kill()


async def uploaded(registry: Registry) -> str:
    answer = await registry.office.upload("population", FILE, commit=False)
    path: str = answer.headers["Location"]
    return path


async def found(registry: Registry, path: str) -> dict[str, Any]:
    job: dict[str, Any] = (await registry.office.get(path)).json()
    return job


def said(job: dict[str, Any]) -> tuple[Any, ...]:
    report = job["report"]
    refused = [(row["row"], row["code"]) for row in report["sample"]]
    return job["phase"], job["rows"], job["rejected"], report["effect"], report["reasons"], refused


EXPECTED = (
    "checked",
    PEOPLE + 3,
    2,
    FOUND,
    {"sex_malformed": 1, "duplicate_in_file": 1},
    [(PEOPLE + 2, "duplicate_in_file"), (PEOPLE + 3, "sex_malformed")],
)


async def unpacking(path: str) -> None:
    """Until the upload lies in the folder where it is converted."""
    async with asyncio.timeout(120):
        while not any(Path(gettempdir()).glob(f"zd-import-*{path.rpartition('/')[2]}/upload")):
            await asyncio.sleep(0.005)


async def test_a_check_killed_while_it_unpacks_or_stages_ends_as_if_it_had_not_been(
    registry: Registry, process: JobsProcess
) -> None:
    path = await uploaded(registry)
    await process.start()
    await unpacking(path)
    await process.kill()
    await process.start()
    await until(registry, "step = 'stage' AND progress_done > 0 OR state = 'done'")
    await process.kill()
    assert await registry.rows("SELECT 1 FROM job WHERE state = 'running'"), "the job ended before it could be killed"
    await process.start()
    await until(registry, "state IN ('done', 'failed')")
    assert said(await found(registry, path)) == EXPECTED
    assert not list(Path(gettempdir()).glob(f"zd-import-*{path.rpartition('/')[2]}"))


async def test_a_check_whose_database_goes_away_again_and_again_ends_as_if_it_had_not(
    registry: Registry, process: JobsProcess, everything: Everything
) -> None:
    path = await uploaded(registry)
    await process.start()
    for moment in ("step = 'recognise'", "step = 'stage'", "step = 'stage' AND progress_done > 0"):
        await until(registry, f"({moment}) OR state = 'done'")
        await everything.connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'registry:apart'"
            " AND datname = current_database()"
        )
    await until(registry, "state IN ('done', 'failed')")
    assert said(await found(registry, path)) == EXPECTED
