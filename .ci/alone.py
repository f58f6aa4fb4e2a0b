"""Each service alone: in a clean environment with the contracts, the kernel and itself it starts on an empty database,
with Kafka and every other service away; then the engines and pytest are added, and its own tests pass.

    .venv/bin/python .ci/alone.py [SERVICE...]
"""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
import venv
from functools import partial
from pathlib import Path

import httpx

from zd_engines.postgres import Postgres
from zd_engines.process import free_port, wait_until
from zd_engines.roles import provision
from zd_local.environment import passwords, service_environment
from zd_local.layout import PROCESSES, ROOT, SERVICES, port, url

INSTALL = str(ROOT / "deploy" / "install")
SHARED = ("shared/contracts", "shared/kernel")
_READY_S, _DRAIN_S = 60.0, 20.0


def main(services: list[str]) -> None:
    with tempfile.TemporaryDirectory(prefix="zd-alone-") as folder:
        postgres = Postgres(Path(folder) / "state", free_port(), durable=False)
        postgres.start()
        try:
            for service in services or SERVICES:
                started = time.monotonic()
                _check(service, Path(folder) / service, postgres)
                print(f"{service} alone: ok ({time.monotonic() - started:.0f} s)", flush=True)
        finally:
            postgres.remove()


def _check(service: str, folder: Path, postgres: Postgres) -> None:
    venv.create(folder, with_pip=True)
    python = str(folder / "bin" / "python")
    _install(python, f"services/{service}", *SHARED, f"services/{service}")
    _only_these_local_packages(python, {"zd-contracts", "zd-kernel", f"zd-{service}"})
    _starts_on_an_empty_database(python, service, folder, postgres)
    _install(python, "shared/engines", "shared/engines")
    tests = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"tests/{service}"]
    subprocess.run(tests, cwd=ROOT, check=True)


def _install(python: str, locked: str, *folders: str) -> None:
    subprocess.run([INSTALL, python, f"{locked}/requirements.lock", *folders], cwd=ROOT, check=True)


def _only_these_local_packages(python: str, expected: set[str]) -> None:
    subprocess.run([python, "-m", "pip", "check"], check=True, stdout=subprocess.DEVNULL)
    code = "from importlib.metadata import distributions as d; print(*(x.name for x in d() if x.name.startswith('zd-')))"
    found = set(subprocess.run([python, "-c", code], check=True, capture_output=True, text=True).stdout.split())
    if found != expected:
        raise SystemExit(f"installed: {sorted(found)}, expected: {sorted(expected)}")


def _starts_on_an_empty_database(python: str, service: str, folder: Path, postgres: Postgres) -> None:
    made = asyncio.run(provision(postgres.admin_url, f"zd_{service}", passwords(service, folder / "secrets")))
    migrator = {
        f"ZD_{service.upper()}_MIGRATOR_URL": made.migrator_url,
    }
    environment = {process: service_environment(postgres.admin_url, service, process) for process in PROCESSES}
    command = [python, "-m", f"zd_{service}"]
    subprocess.run([*command, "migrate"], cwd=folder, env=environment["api"] | migrator, check=True)
    running = {p: subprocess.Popen([*command, p], cwd=folder, env=environment[p]) for p in PROCESSES}
    try:
        for process in PROCESSES:
            if not wait_until(partial(_answers, url(port(service, process))), _READY_S, 0.2):
                raise SystemExit(f"{service} {process} is not ready after {_READY_S:.0f} s")
    finally:
        for child in running.values():
            child.terminate()
    for process, child in running.items():
        if code := child.wait(_DRAIN_S):
            raise SystemExit(f"{service} {process} ended with {code} after SIGTERM")


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/readyz", timeout=5).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


if __name__ == "__main__":
    main(sys.argv[1:])
