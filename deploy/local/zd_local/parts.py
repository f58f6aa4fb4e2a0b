"""What the supervisor keeps running: our own programs, and the two engines."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import httpx
import psutil

from zd_engines.process import ProcessRecord, end, reap, require_port
from zd_local.layout import LOGS, RUN

_STOP_S = 20.0
_POLL_S = 0.2
_FULL_LOG_BYTES = 20_000_000


class Part(Protocol):
    """`start` returns once the process exists, `ended` when it does no more, with the reason."""

    @property
    def name(self) -> str: ...
    @property
    def log(self) -> Path: ...
    @property
    def pid(self) -> int | None: ...
    def check(self) -> None:
        """Raise `EngineError` if it cannot start here; asked once, when nothing of an earlier run is left."""

    async def start(self) -> None: ...
    async def ready(self) -> bool: ...
    async def ended(self) -> str: ...
    async def stop(self) -> None: ...


class Engine(Protocol):
    """What `zd_engines` promises of PostgreSQL and Kafka: `start` returns when it answers."""

    log: Path

    @property
    def pid(self) -> int | None: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...


class EnginePart:
    def __init__(self, name: str, engine: Engine) -> None:
        self.name = name
        self.engine = engine
        self.log = engine.log

    @property
    def pid(self) -> int | None:
        return self.engine.pid

    def check(self) -> None:
        """The engine looks at its port and disk itself."""

    async def start(self) -> None:
        starting = asyncio.ensure_future(asyncio.to_thread(self.engine.start))
        try:
            await asyncio.shield(starting)
        except asyncio.CancelledError:
            # The thread goes on regardless: wait, so that a stop that follows finds the engine it has to stop.
            await asyncio.wait([starting])
            raise

    async def ready(self) -> bool:
        return self.engine.pid is not None

    async def ended(self) -> str:
        while self.engine.pid is not None:
            await asyncio.sleep(_POLL_S)
        return f"see {self.log}"

    async def stop(self) -> None:
        await asyncio.to_thread(self.engine.stop)


@dataclass(frozen=True, slots=True)
class Program:
    """`python -m <module> …` with an environment; `ready_path` answers 200 on `port` when it can work."""

    name: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    port: int
    ready_path: str


class ProgramPart:
    def __init__(self, program: Program, http: httpx.AsyncClient) -> None:
        self.name = program.name
        self.program = program
        self.log = LOGS / f"{program.name}.log"
        self._record = RUN / f"{program.name}.json"
        self._http = http
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        process = self._recorded()
        return process.pid if process else None

    def check(self) -> None:
        require_port(self.name, self.program.port)

    async def start(self) -> None:
        _make_room(self.log)
        self._spawn()

    async def ready(self) -> bool:
        try:
            answer = await self._http.get(f"http://127.0.0.1:{self.program.port}{self.program.ready_path}", timeout=5)
        except httpx.HTTPError:
            return False
        return answer.status_code == httpx.codes.OK

    async def ended(self) -> str:
        if self._child is None:
            raise RuntimeError("not started")
        while (code := self._child.poll()) is None:
            await asyncio.sleep(_POLL_S)
        return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"

    async def stop(self) -> None:
        if process := self._recorded():
            await asyncio.to_thread(end, process, signal.SIGTERM, _STOP_S)
        reap(self._child)
        self._record.unlink(missing_ok=True)

    def _spawn(self) -> None:
        with self.log.open("ab") as log:
            # A session of its own: Ctrl-C reaches the supervisor alone, which stops everything in order.
            self._child = subprocess.Popen(
                [sys.executable, "-m", *self.program.arguments], env=dict(self.program.environment),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        ProcessRecord.of(self._child.pid).save(self._record)

    def _recorded(self) -> psutil.Process | None:
        record = ProcessRecord.load(self._record)
        return record.process() if record else None


def _make_room(log: Path) -> None:
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > _FULL_LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))
