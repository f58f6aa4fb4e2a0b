"""The whole product as an agency runs it: every instance with its api, bus and jobs as processes of their own."""

import asyncio
import json
import secrets
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from zd_engines.databases import TestDatabase
from zd_engines.harness import new_keyring
from zd_engines.process import free_port

PROCESSES = ("api", "bus", "jobs")
_READY_S = 90.0
_STOP_S = 15.0


@dataclass(frozen=True, slots=True)
class Instance:
    """One agency's service. `follows` are the instances whose topics it listens to."""

    service: str
    name: str
    areas: tuple[str, ...]
    follows: tuple[str, ...] = ()

    @property
    def topic(self) -> str:
        return f"zd.{self.service}.{self.name}.v1"

    @property
    def source(self) -> str:
        return f"urn:zd:{self.service}:{self.name}"


@dataclass(frozen=True, slots=True)
class Outside:
    """What is outside the product: broker, issuer and LINE."""

    kafka: str
    issuer: str
    audience: str
    jwks_url: str
    line_url: str
    line_access_token: str
    line_channel_secret: str


@dataclass(slots=True)
class Stack:
    instances: Sequence[Instance]
    outside: Outside
    organisations_file: Path
    logs: Path
    ports: dict[tuple[str, str], int] = field(default_factory=dict)
    processes: dict[tuple[str, str], "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def url(self, instance: str) -> str:
        return f"http://127.0.0.1:{self.ports[instance, 'api']}"

    def start(self, databases: Mapping[str, TestDatabase]) -> None:
        for instance in self.instances:
            common = self._settings(instance, databases[instance.name])
            for process in PROCESSES:
                port = self.ports[instance.name, process] = free_port()
                settings = common | {"port" if process == "api" else "ops_port": port}
                self.processes[instance.name, process] = self._spawn(instance, process, settings)

    async def ready(self) -> None:
        async with httpx.AsyncClient() as http:
            await asyncio.gather(*(self._ready(http, *name) for name in self.processes))

    def stop(self) -> dict[tuple[str, str], int]:
        """SIGTERM to all at once; the exit codes."""
        for child in self.processes.values():
            child.terminate()
        return {name: child.wait(_STOP_S) for name, child in self.processes.items()}

    async def _ready(self, http: httpx.AsyncClient, instance: str, process: str) -> None:
        deadline = time.monotonic() + _READY_S
        while True:
            if (code := self.processes[instance, process].poll()) is not None:
                raise AssertionError(f"{instance} {process} ended with {code}: see {self.logs}")
            try:
                answer = await http.get(f"http://127.0.0.1:{self.ports[instance, process]}/readyz", timeout=5)
                if answer.status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                pass
            assert time.monotonic() < deadline, f"{instance} {process} is not ready: see {self.logs}"
            await asyncio.sleep(0.2)

    def _spawn(self, instance: Instance, process: str, settings: Mapping[str, Any]) -> "subprocess.Popen[bytes]":
        prefix = f"ZD_{instance.service.upper()}_"
        values = {k: v if isinstance(v, str) else json.dumps(v) for k, v in settings.items()}
        with (self.logs / f"suite-{instance.name}-{process}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", f"zd_{instance.service}", process],
                env={f"{prefix}{name.upper()}": value for name, value in values.items()} | {"PATH": ""},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def _settings(self, instance: Instance, database: TestDatabase) -> dict[str, Any]:
        heard = [other for other in self.instances if other.name in instance.follows]
        return {
            "instance": instance.name,
            "agency": instance.name,
            "areas": list(instance.areas),
            "database_url": database.app_url,
            "pool_size": 4,
            "kafka_bootstrap": self.outside.kafka,
            "subscriptions": [{"topic": other.topic, "source": other.source} for other in heard],
            "issuer": self.outside.issuer,
            "audience": self.outside.audience,
            "jwks_url": self.outside.jwks_url,
            "organisations_file": str(self.organisations_file),
            "keyring": new_keyring("field", "index"),
            **self._own(instance.service),
        }

    def _own(self, service: str) -> dict[str, Any]:
        if service == "grants":
            rate = {"programme": "return_to_learning", "amount_satang": 300_000, "valid_from": "2024-05-01"}
            return {"rates": [rate | {"source": "a test"}]}
        if service == "notify":
            return {
                "line_base_url": self.outside.line_url,
                "line_access_token": self.outside.line_access_token,
                "line_channel_secret": self.outside.line_channel_secret,
            }
        return {}


def line_user_id() -> str:
    return f"U{secrets.token_hex(16)}"
