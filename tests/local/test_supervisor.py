"""Real processes: what ends is started again, what cannot start is said, what an earlier run left is stopped."""

import asyncio
import base64
import errno
import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import httpx
import psutil
import pytest
import pytest_asyncio

from zd_engines.errors import DidNotStart, PortInUse
from zd_engines.postgres import Postgres
from zd_engines.process import ProcessRecord, free_port
from zd_local import orphans, parts, stack
from zd_local.__main__ import main
from zd_local.environment import clean_environment
from zd_local.orphans import sole_supervisor, stop_orphans
from zd_local.parts import EnginePart, Program, ProgramPart
from zd_local.secret_files import keyring, secret
from zd_local.supervisor import Supervisor


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    run = tmp_path / "run"
    run.mkdir()
    for module, names in ((parts, {"RUN": run, "LOGS": tmp_path / "logs"}), (orphans, {"RUN": run, "STATE": tmp_path})):
        for name, path in names.items():
            monkeypatch.setattr(module, name, path)
    monkeypatch.setattr(orphans, "SUPERVISOR", run / "supervisor")
    monkeypatch.setattr(orphans, "READY", run / "ready")
    return tmp_path


@pytest.fixture
def said() -> list[str]:
    return []


@pytest_asyncio.fixture
async def supervisor(said: list[str]) -> AsyncIterator[Supervisor]:
    supervisor = Supervisor(lambda _, en: said.append(en))
    yield supervisor
    await supervisor.stop()


@pytest_asyncio.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient() as client:
        yield client


def a_server(folder: Path, name: str = "server") -> Program:
    """Any program that answers HTTP."""
    port = free_port()
    arguments = ("http.server", str(port), "--bind", "127.0.0.1", "--directory", str(folder))
    return Program(name, arguments, clean_environment(), port, "/")


@pytest_asyncio.fixture
async def server(state: Path, supervisor: Supervisor, http: httpx.AsyncClient) -> ProgramPart:
    part = ProgramPart(a_server(state), http)
    await supervisor.bring_up([part])
    return part


async def test_bring_up_returns_when_the_program_answers(server: ProgramPart) -> None:
    assert server.pid
    assert await server.ready()


async def test_a_killed_program_is_started_again_and_said_to_be(server: ProgramPart, said: list[str]) -> None:
    first = server.pid
    assert first
    os.kill(first, signal.SIGKILL)
    async with asyncio.timeout(20):
        while server.pid in (first, None) or not await server.ready():
            await asyncio.sleep(0.05)
    assert said == ["server ended by itself (signal SIGKILL); starting again in 0.5 s"]


async def test_a_killed_engine_is_started_again_and_said_to_be(
    tmp_path: Path, supervisor: Supervisor, said: list[str]
) -> None:
    engine = Postgres(tmp_path / "engine", free_port(), durable=False)
    try:
        await supervisor.bring_up([EnginePart("PostgreSQL", engine)])
        first = engine.pid
        assert first
        os.kill(first, signal.SIGKILL)
        async with asyncio.timeout(20):
            while engine.pid in (first, None):
                await asyncio.sleep(0.05)
        assert [line.partition(" (")[0] for line in said] == ["PostgreSQL ended by itself"]
    finally:
        await supervisor.stop()
        await asyncio.to_thread(engine.remove)


async def test_pauses_grow_and_a_program_that_keeps_ending_is_given_up_with_its_log(
    state: Path, supervisor: Supervisor, http: httpx.AsyncClient, said: list[str]
) -> None:
    hopeless = Program("hopeless", ("this_module_is_nowhere",), clean_environment(), free_port(), "/")
    with pytest.raises(DidNotStart, match=r"hopeless did not start \(exit code 1\): read its log .*hopeless\.log"):
        await supervisor.bring_up([ProgramPart(hopeless, http)])
    assert [line.rpartition(" in ")[2] for line in said][:2] == ["0.5 s", "1 s"]
    assert "this_module_is_nowhere" in (state / "logs" / "hopeless.log").read_text()


async def test_a_port_in_use_is_said_before_anything_is_started(
    supervisor: Supervisor, server: ProgramPart, http: httpx.AsyncClient
) -> None:
    second = ProgramPart(Program("second", ("http.server",), clean_environment(), server.program.port, "/"), http)
    with pytest.raises(PortInUse, match=f"Port {server.program.port}, which second needs"):
        await supervisor.bring_up([second])
    assert second.pid is None


def test_a_disk_that_fills_up_on_the_way_is_said_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def up() -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(stack, "up", up)
    assert main(["up"]) == 1
    told = capsys.readouterr()
    assert (told.out, told.err.count("\n")) == ("", 1)
    assert "free some space and try again" in told.err


async def test_stopping_ends_the_last_first_and_leaves_no_record(
    state: Path,
    supervisor: Supervisor,
    server: ProgramPart,
    http: httpx.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    later = ProgramPart(a_server(state, "later"), http)
    order: list[str] = []
    await supervisor.bring_up([later])
    for part in (server, later):
        monkeypatch.setattr(part, "stop", noting(order, part))
    await supervisor.stop()
    assert order == ["later", "server"]
    assert (server.pid, later.pid, list((state / "run").iterdir())) == (None, None, [])


def noting(order: list[str], part: ProgramPart) -> Callable[[], Awaitable[None]]:
    stop = part.stop

    async def noted() -> None:
        order.append(part.name)
        await stop()

    return noted


@pytest.fixture
def leftover() -> Iterator["subprocess.Popen[bytes]"]:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
    yield child
    child.kill()
    child.wait()


def test_an_orphan_is_stopped_by_its_process_id_and_start_time(
    state: Path, leftover: "subprocess.Popen[bytes]"
) -> None:
    ProcessRecord.of(leftover.pid).save(state / "run" / "cases-bus.json")
    assert stop_orphans() == ["cases-bus"]
    assert leftover.poll() is not None
    assert list((state / "run").iterdir()) == []


def test_a_process_that_only_has_an_orphans_number_is_left_alone(
    state: Path, leftover: "subprocess.Popen[bytes]"
) -> None:
    started = psutil.Process(leftover.pid).create_time()
    ProcessRecord(leftover.pid, started - 3600).save(state / "run" / "cases-bus.json")
    assert stop_orphans() == []
    assert leftover.poll() is None
    assert list((state / "run").iterdir()) == []


def test_only_one_supervisor_works_at_a_time_and_a_killed_one_does_not_bar_the_next(state: Path) -> None:
    hold = "import fcntl, sys, time; f = open(sys.argv[1], 'w'); fcntl.flock(f, 2); print(flush=True); time.sleep(99)"
    other = subprocess.Popen([sys.executable, "-c", hold, str(state / "lock")], stdout=subprocess.PIPE)
    assert other.stdout
    other.stdout.readline()
    with sole_supervisor() as alone:
        assert not alone
    other.kill()
    other.communicate()
    with sole_supervisor() as alone:
        assert alone
        assert orphans.supervisor() == psutil.Process()
    assert orphans.supervisor() is None


def test_a_secret_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    first = secret("officer", folder=tmp_path / "secrets")
    assert secret("officer", folder=tmp_path / "secrets") == first
    assert secret("teacher", folder=tmp_path / "secrets") != first
    assert stat.filemode((tmp_path / "secrets" / "officer").stat().st_mode) == "-rw-------"
    assert stat.filemode((tmp_path / "secrets").stat().st_mode) == "drwx------"


def test_a_key_ring_has_another_key_of_32_bytes_for_each_purpose(tmp_path: Path) -> None:
    ring = json.loads(keyring("cases", ("field", "index"), tmp_path))
    keys = [base64.b64decode(entry["keys"][entry["current"]]) for entry in ring.values()]
    assert [len(key) for key in keys] == [32, 32]
    assert keys[0] != keys[1]
