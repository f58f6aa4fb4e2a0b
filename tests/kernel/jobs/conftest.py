import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from pydantic import SecretStr

from tests.kernel.jobs.service import SPEC
from zd_engines.databases import TestDatabase
from zd_engines.harness import ControlledClock
from zd_engines.process import free_port
from zd_engines.pytest_plugin import SettingsFactory
from zd_kernel.data.database import Database
from zd_kernel.events.outbox import flush_events
from zd_kernel.service import ServiceSpec
from zd_kernel.settings import ServiceSettings

StartProcess = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture(scope="session")
def service_spec() -> ServiceSpec:
    return SPEC


@pytest_asyncio.fixture
async def settings(service_settings: SettingsFactory, database: TestDatabase) -> ServiceSettings:
    return await service_settings(
        SPEC, database=database, job_lease_s=1.5, lock_timeout_ms=15_000, ops_port=free_port()
    )


@pytest_asyncio.fixture
async def opened(settings: ServiceSettings, clock: ControlledClock) -> AsyncIterator[Database]:
    database = Database(settings, clock, before_commit=(flush_events,))
    await database.open()
    yield database
    await database.close()


@pytest.fixture
def start(settings: ServiceSettings, log_dir: Path) -> Iterator[StartProcess]:
    """Starts `python -m … jobs` (or other arguments) as a real process; what still runs after the test is killed."""
    started: list[subprocess.Popen[bytes]] = []

    def start_one(*arguments: str, **overrides: str) -> "subprocess.Popen[bytes]":
        with (log_dir / f"effects-{settings.instance}-{len(started)}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.kernel.jobs.service", *(arguments or ("jobs",))],
                env=os.environ | environment(settings) | overrides,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        started.append(process)
        return process

    yield start_one
    for process in started:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.wait(10)


def environment(settings: ServiceSettings) -> dict[str, str]:
    """The variables from which a process of the service would read these settings."""
    prefix = settings.model_config.get("env_prefix", "")
    return {f"{prefix}{name.upper()}": _text(value) for name, value in settings.model_dump(exclude_none=True).items()}


def _text(value: object) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return json.dumps(value) if isinstance(value, list) else str(value)
