"""Child processes that may outlive their starter, and are recognised later by process id and start time."""

import json
import random
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from zd_engines.errors import DiskFull, PortInUse

# The boot time that start times are counted from is known to the second only, and a clock update may move it.
_SAME_START_S = 2.0
# Below the range that systems hand out for outgoing connections, so that none of those takes the port before us.
_FREE_PORTS = range(20_000, 32_000)


@dataclass(frozen=True, slots=True)
class ProcessRecord:
    """A process that stays the same one even if its number is given to another: `started` is seconds since 1970."""

    pid: int
    started: float

    @classmethod
    def of(cls, pid: int) -> "ProcessRecord":
        return cls(pid, psutil.Process(pid).create_time())

    @classmethod
    def load(cls, path: Path) -> "ProcessRecord | None":
        """None where there is no record, or a half-written one."""
        try:
            return cls(**json.loads(path.read_text()))
        except (OSError, ValueError, TypeError):
            return None

    def save(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self)))

    def process(self) -> psutil.Process | None:
        """The running process, or None if it has ended or the number now belongs to another."""
        try:
            process = psutil.Process(self.pid)
            if process.status() == psutil.STATUS_ZOMBIE or abs(process.create_time() - self.started) > _SAME_START_S:
                return None
        except psutil.NoSuchProcess:
            return None
        return process


def end(process: psutil.Process, first: signal.Signals, grace_s: float) -> None:
    """Ask with `first`, then force: returns when the process is gone."""
    try:
        process.send_signal(first)
        process.wait(grace_s)
    except psutil.NoSuchProcess:
        return
    except psutil.TimeoutExpired:
        kill(process)


def kill(process: psutil.Process) -> None:
    try:
        process.kill()
        process.wait(10)
    except psutil.NoSuchProcess:
        return


def reap(child: "subprocess.Popen[bytes] | None") -> None:
    """Collect the exit status of a child that has ended, whoever ended it."""
    if child is not None:
        child.poll()


def wait_until(ready: Callable[[], bool], timeout_s: float, pause_s: float = 0.02) -> bool:
    """Poll `ready`; False if it did not come true in time."""
    deadline = time.monotonic() + timeout_s
    while not ready():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause_s)
    return True


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do, so that connections of an earlier run that are still dying away do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A port nobody uses now. Chosen at random: parallel runs should not meet."""
    return next(port for port in random.sample(_FREE_PORTS, len(_FREE_PORTS)) if port_is_free(port))


def require_port(engine: str, port: int) -> None:
    if not port_is_free(port):
        raise PortInUse(engine, port)


def require_space(folder: Path, free_bytes: int) -> None:
    if shutil.disk_usage(folder).free < free_bytes:
        raise DiskFull(folder)
