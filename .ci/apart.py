"""Each service alone: in a clean environment with the contracts, the kernel and itself it starts on an empty database,
with Kafka and every other service away; then the engines and pytest are added, so that its own tests can run there.

    make apart [SERVICE=cases]
"""

import asyncio
import shutil
import subprocess
import sys
import time
import venv
from functools import partial
from pathlib import Path

import httpx

from zd_engines.postgres import Postgres
from zd_engines.process import wait_until
from zd_engines.roles import provision
from zd_local.environment import passwords, service_environment
from zd_local.layout import POSTGRES_PORT, PROCESSES, ROOT, SERVICES, STATE, port, url

INSTALL = str(ROOT / "deploy" / "install")
SHARED = ("shared/contracts", "shared/kernel")
_READY_S, _DRAIN_S = 60.0, 20.0


def main(services: list[str]) -> None:
    postgres = Postgres(STATE, POSTGRES_PORT, durable=False)
    postgres.start()
    try:
        for service in services or SERVICES:
            began = time.monotonic()
            _make(service, postgres.admin_url)
            print(f"{service} apart: ok ({time.monotonic() - began:.0f} s)", flush=True)
    finally:
        postgres.remove()


def _make(service: str, admin_url: str) -> None:
    folder = STATE / service
    shutil.rmtree(folder, ignore_errors=True)
    venv.create(folder, with_pip=True)
    python = str(folder / "bin" / "python")
    _install(python, f"services/{service}", *SHARED, f"services/{service}")
    _holds_only(python, {"zd-contracts", "zd-kernel", f"zd-{service}"})
    _starts(python, service, folder, admin_url)
    _install(python, "shared/engines", "shared/engines")


def _install(python: str, locked: str, *folders: str) -> None:
    subprocess.run([INSTALL, python, f"{locked}/requirements.lock", *folders], cwd=ROOT, check=True)


def _holds_only(python: str, expected: set[str]) -> None:
    subprocess.run([python, "-m", "pip", "check"], check=True, stdout=subprocess.DEVNULL)
    code = (
        "from importlib.metadata import distributions as d; print(*(x.name for x in d() if x.name.startswith('zd-')))"
    )
    found = set(subprocess.run([python, "-c", code], check=True, capture_output=True, text=True).stdout.split())
    if found != expected:
        raise SystemExit(f"installed: {sorted(found)}, expected: {sorted(expected)}")


def _starts(python: str, service: str, folder: Path, admin_url: str) -> None:
    made = asyncio.run(provision(admin_url, f"zd_{service}", passwords(service)))
    environment = {process: service_environment(admin_url, service, process) for process in PROCESSES}
    migrator = {f"ZD_{service.upper()}_MIGRATOR_URL": made.migrator_url}
    command = [python, "-m", f"zd_{service}"]
    subprocess.run([*command, "migrate"], cwd=folder, env=environment["api"] | migrator, check=True)
    log = folder / "processes.log"
    with log.open("wb") as output:
        running = {
            p: subprocess.Popen([*command, p], cwd=folder, env=environment[p], stdout=output, stderr=output)
            for p in PROCESSES
        }
    try:
        for process in PROCESSES:
            if not wait_until(partial(_answers, url(port(service, process))), _READY_S, 0.2):
                raise SystemExit(f"{log.read_text()}\n{service} {process} is not ready after {_READY_S:.0f} s")
    finally:
        for child in running.values():
            child.terminate()
        codes = {process: child.wait(_DRAIN_S) for process, child in running.items()}
    if any(codes.values()):
        raise SystemExit(f"{log.read_text()}\n{service} did not end well after SIGTERM: {codes}")


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/readyz", timeout=5, trust_env=False).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


if __name__ == "__main__":
    main(sys.argv[1:])
