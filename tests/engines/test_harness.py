"""The fixtures that every service's tests stand on."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from zd_engines.harness import ControlledClock, Lifespan
from zd_engines.pytest_plugin import ClientFactory, SettingsFactory
from zd_kernel.clock import Clock
from zd_kernel.service import ServiceSpec

COLLECTED = """
import logging
import pytest

@pytest.mark.last
def test_written_first(log_dir):
    text = (log_dir / "suite.log").read_text()
    assert "printed-words" in text
    assert "logged-words" in text

def test_written_second():
    print("printed-words")
    logging.getLogger("anything").warning("logged-words")
"""


def test_the_clock_moves_only_when_told(clock: ControlledClock) -> None:
    as_the_kernel_sees_it: Clock = clock
    start = clock.now()
    assert as_the_kernel_sees_it.now() == start
    assert clock.advance(days=1, seconds=2) == start + timedelta(days=1, seconds=2)
    clock.set(datetime(2024, 5, 16, 7, tzinfo=UTC))
    assert clock.advance(timedelta(hours=1)) == datetime(2024, 5, 16, 8, tzinfo=UTC)


async def test_a_client_speaks_to_the_app_while_its_lifespan_runs(
    app_client: ClientFactory, service_spec: ServiceSpec
) -> None:
    client = await app_client(service_spec, instance="mine")
    assert (await client.get("/instance")).json() == "mine"
    assert client.settings.instance == "mine"


async def test_an_app_lives_by_the_clock_of_the_test_if_told_so(
    app_client: ClientFactory, service_spec: ServiceSpec, clock: ControlledClock
) -> None:
    clock.set(datetime(2024, 5, 16, tzinfo=UTC))
    client = await app_client(service_spec, clock=clock)
    assert client.app.state.opened_at == clock.now()


async def test_an_error_that_escapes_the_app_is_a_500_as_on_the_network(
    app_client: ClientFactory, service_spec: ServiceSpec
) -> None:
    client = await app_client(service_spec)
    assert (await client.get("/broken")).status_code == 500


async def test_an_app_that_cannot_start_says_why() -> None:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        raise LookupError("no database")
        yield

    with pytest.raises(RuntimeError, match="no database"):
        await Lifespan(FastAPI(lifespan=lifespan)).startup()


async def test_settings_lead_to_a_database_of_their_own_unless_one_is_given(
    service_settings: SettingsFactory, service_spec: ServiceSpec
) -> None:
    one, other = await service_settings(service_spec), await service_settings(service_spec)
    assert one.database_url != other.database_url
    assert one.topic != other.topic


async def test_the_published_keys_are_those_of_the_settings(
    service_settings: SettingsFactory, service_spec: ServiceSpec
) -> None:
    settings = await service_settings(service_spec)
    async with httpx.AsyncClient() as http:
        assert len((await http.get(settings.jwks_url)).json()["keys"]) == 1


def test_what_any_test_prints_or_logs_is_there_for_the_test_marked_last(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\nasyncio_default_fixture_loop_scope = session\n")
    (tmp_path / "test_collected.py").write_text(COLLECTED)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    environment = os.environ | {"ZD_STATE_DIR": str(tmp_path / "state")}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout


def test_each_run_has_a_folder_of_its_own_with_its_logs(run_dir: Path, log_dir: Path) -> None:
    assert log_dir.parent == run_dir
    assert (log_dir / "suite.log").exists()
