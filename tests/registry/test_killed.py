"""The jobs process is killed while a file is taken in and started again: the result is the same as without. Every step
of an import is cut in `intake/test_cut`."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from pydantic import SecretStr

from tests.registry.builders import a_child, a_file, people
from tests.registry.conftest import Registry
from zd_registry.settings import RegistrySettings

# Of two pieces, so that one is left when the first has been taken in.
PEOPLE = 45_000


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
    """A condition over the last import; the jobs of the night go on beside it."""
    last = "SELECT * FROM job WHERE kind LIKE 'import%' ORDER BY id DESC LIMIT 1"
    query = f"SELECT 1 FROM ({last}) j WHERE {condition}"
    async with asyncio.timeout(120):
        while not await registry.rows(query):
            await asyncio.sleep(0.01)


async def test_an_import_killed_between_its_pieces_ends_as_if_it_had_not_been(
    registry: Registry, process: JobsProcess
) -> None:
    rows = [*people(PEOPLE), a_child(1), a_child(PEOPLE + 1, sex="ผิด")]
    await registry.office.upload("population", a_file("population", rows))
    await process.start()
    await until(registry, "step = 'apply' AND progress_done > 0 OR state = 'done'")
    await process.kill()
    assert await registry.rows("SELECT 1 FROM job WHERE state = 'running'"), "the job ended before it could be killed"
    await process.start()
    await until(registry, "state IN ('done', 'failed')")
    assert await registry.event_counts() == {"registered.v1": PEOPLE}
    (figures,) = await registry.rows("SELECT rows, accepted, unchanged, rejected FROM file_import")
    assert tuple(figures.values()) == (PEOPLE + 2, PEOPLE, 0, 2)
    assert (await registry.rows("SELECT count(*) AS n FROM child"))[0]["n"] == PEOPLE
