"""The jobs process is killed in the middle of each stage and started again: the result is the same as without."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from pydantic import SecretStr

from tests.registry.builders import a_child, a_file, a_pupil, people
from tests.registry.conftest import Registry
from zd_registry.settings import RegistrySettings

# Enough that several steps are left when a step has been seen.
PEOPLE = 45_000
PUPILS = 12_000


def environment(settings: RegistrySettings) -> dict[str, str]:
    values = {name: getattr(settings, name) for name in type(settings).model_fields}
    shown = {k: v.get_secret_value() if isinstance(v, SecretStr) else v for k, v in values.items() if v is not None}
    return dict(os.environ) | {
        f"ZD_REGISTRY_{name.upper()}": str(value) if isinstance(value, str | int | float | Path) else json.dumps(value)
        for name, value in shown.items()
    }


class JobsProcess:
    """`python -m zd_registry jobs`, in a group of its own so that nothing of it outlives a kill."""

    def __init__(self, settings: RegistrySettings, log: Path) -> None:
        self._environment = environment(settings) | {"ZD_REGISTRY_JOB_LEASE_S": "1"}
        self._log = log
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "zd_registry", "jobs",
                env=self._environment, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    async def kill(self) -> None:
        if self._process is not None and self._process.returncode is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            await self._process.wait()


@pytest_asyncio.fixture
async def process(settings: RegistrySettings, log_dir: Path) -> AsyncIterator[JobsProcess]:
    process = JobsProcess(settings, log_dir / f"registry-jobs-{settings.service}.log")
    yield process
    await process.kill()


async def until(registry: Registry, condition: str) -> None:
    """A condition over the last import or run; the jobs of the night go on beside it."""
    last = "SELECT * FROM job WHERE kind LIKE 'import%' OR kind = 'reconciliation' ORDER BY id DESC LIMIT 1"
    query = f"SELECT 1 FROM ({last}) j WHERE {condition}"
    async with asyncio.timeout(120):
        while not await registry.rows(query):
            await asyncio.sleep(0.01)


Start = Callable[[Registry], "asyncio.Future[None]"]


async def prepare(registry: Registry, stage: str) -> None:
    """Everything before the job that is killed, worked off in this process."""
    if stage != "population":
        await registry.office.take_in("population", people(PEOPLE))
    if stage == "judge":
        await registry.office.take_in("enrolment", [a_pupil(n) for n in range(1, PUPILS + 1)])


async def begin(registry: Registry, stage: str) -> None:
    if stage == "population":
        rows = [*people(PEOPLE), a_child(1), a_child(PEOPLE + 1, sex="ผิด")]
        await registry.office.upload("population", a_file("population", rows))
    elif stage == "enrolment":
        rows = [a_pupil(n) for n in range(1, PUPILS + 1)]
        await registry.office.upload("enrolment", a_file("enrolment", rows), "2567/1")
    else:
        headers = registry.office.headers | {"Idempotency-Key": "once"}
        body = {"term": "2567/1", "reference_date": "2024-06-10"}
        await registry.office.http.post("/v1/reconciliations", json=body, headers=headers)


@pytest.mark.parametrize(
    ("stage", "moments", "counts"),
    [
        (
            "population",
            ["step = 'recognise'", "step = 'apply' AND progress_done > 0"],
            {"registered.v1": PEOPLE},
        ),
        ("enrolment", ["version > 3"], {"registered.v1": PEOPLE, "enrolled.v1": PUPILS}),
        ("judge", ["version > 1"], {"registered.v1": PEOPLE, "enrolled.v1": PUPILS, "missing.v1": -1}),
    ],
)
async def test_a_job_killed_in_the_middle_ends_as_if_it_had_not_been(
    registry: Registry, process: JobsProcess, stage: str, moments: list[str], counts: dict[str, int]
) -> None:
    await prepare(registry, stage)
    await begin(registry, stage)
    for moment in moments:
        await process.start()
        await until(registry, f"({moment}) OR state = 'done'")
        await process.kill()
    assert await registry.rows("SELECT 1 FROM job WHERE state = 'running'"), "the job ended before it could be killed"
    await process.start()
    await until(registry, "state IN ('done', 'failed')")
    told = await registry.event_counts()
    run = await registry.rows("SELECT examined, in_school, missing, newly_missing FROM reconciliation_run")
    if run:
        assert run[0]["examined"] == run[0]["in_school"] + run[0]["missing"]
        counts = counts | {"missing.v1": run[0]["newly_missing"]}
    assert told == counts
    figures = await registry.rows("SELECT rows, accepted, unchanged, rejected FROM file_import ORDER BY id LIMIT 1")
    expected = (PEOPLE + 2, PEOPLE, 0, 2) if stage == "population" else (PEOPLE, PEOPLE, 0, 0)
    assert tuple(figures[0].values()) == expected
    assert (await registry.rows("SELECT count(*) AS n FROM child"))[0]["n"] == PEOPLE
