"""Who is running: the supervisor of this folder, and processes that an earlier one left behind."""

import fcntl
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from zd_engines.process import ProcessRecord, end
from zd_local.layout import RUN, STATE

SUPERVISOR = RUN / "supervisor"
READY = RUN / "ready"
_GRACE_S = 15.0


@contextmanager
def sole_supervisor() -> Iterator[bool]:
    """True for the one process that may supervise here, False while another does. Even a killed one lets go of it."""
    RUN.mkdir(parents=True, exist_ok=True)
    with (STATE / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        ProcessRecord.of(psutil.Process().pid).save(SUPERVISOR)
        READY.unlink(missing_ok=True)
        try:
            yield True
        finally:
            READY.unlink(missing_ok=True)
            SUPERVISOR.unlink(missing_ok=True)


def supervisor() -> psutil.Process | None:
    return recorded(SUPERVISOR)


def recorded(path: Path) -> psutil.Process | None:
    """The process of a record, if it still is that process."""
    record = ProcessRecord.load(path)
    return record.process() if record else None


def stop_orphans() -> list[str]:
    """Stop what is recorded and still the same process; returns the names. Engines look after their own."""
    found: dict[str, psutil.Process] = {}
    for path in sorted(RUN.glob("*.json")):
        if process := recorded(path):
            found[path.stem] = process
        else:
            path.unlink()
    for process in found.values():
        _ask(process)
    for name, process in found.items():
        end(process, signal.SIGTERM, _GRACE_S)
        (RUN / f"{name}.json").unlink()
    return list(found)


def _ask(process: psutil.Process) -> None:
    try:
        process.terminate()
    except psutil.NoSuchProcess:
        return
