"""Two services speak to each other while everything between them is killed; every event must take effect exactly once.

    .venv/bin/python tests/faults/bus_chaos.py --events 10000 --kills 10 [--seed 1]

Engines of its own, with fsync. Relays, consumers, Kafka and PostgreSQL die by SIGKILL at random moments and are started
again. The last line is JSON; the exit status is 0 only if nothing was lost, doubled or reordered.
"""

import argparse
import asyncio
import itertools
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
from pydantic import SecretStr

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY))

from tests.kernel.events.probe import SPEC, ProbeSettings
from zd_engines.databases import Databases
from zd_engines.kafka import Kafka
from zd_engines.postgres import Postgres
from zd_engines.process import free_port
from zd_engines.run_folder import RunFolder
from zd_engines.topics import create_topics
from zd_kernel.settings import Subscription

PARTITIONS = 4
SECONDS_PER_KILL = 3.0
PATIENCE_S = 90.0


@dataclass
class Process:
    """One of our own processes, started again whenever it has ended."""

    name: str
    arguments: list[str]
    environment: dict[str, str]
    log: Path
    starts: int = 0
    child: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        self.starts += 1
        with self.log.open("ab") as sink:
            self.child = subprocess.Popen(
                [sys.executable, "-m", *self.arguments], env=self.environment, cwd=REPOSITORY, stdout=sink, stderr=sink
            )

    def kill(self) -> None:
        if self.child is not None:
            self.child.kill()
            self.child.wait()

    def ended(self) -> bool:
        return self.child is not None and self.child.poll() is not None


@dataclass
class Stack:
    """The engines, and of each of the two services a writer, a relay and a consumer."""

    postgres: Postgres
    kafka: Kafka
    folder: Path
    services: list[ProbeSettings] = field(default_factory=list)
    processes: dict[str, Process] = field(default_factory=dict)

    async def prepare(self) -> None:
        databases = Databases(self.postgres.admin_url)
        names = ("east", "west")
        for name, other in zip(names, reversed(names), strict=True):
            made = await databases.create(SPEC)
            heard = Subscription(topic=f"zd.probe.{other}.v1", source=f"urn:zd:probe:{other}")
            self.services.append(
                ProbeSettings.model_validate(
                    {
                        "instance": name, "agency": "chaos", "areas": ["*"], "database_url": made.app_url,
                        "kafka_bootstrap": self.kafka.bootstrap, "subscriptions": [heard], "issuer": "http://issuer",
                        "jwks_url": "http://issuer/jwks", "keyring": "{}", "consumer_batch": 200,
                    }
                )
            )  # fmt: skip
        await create_topics(self.kafka.bootstrap, {service.topic: PARTITIONS for service in self.services})

    def start_bus(self) -> None:
        for service in self.services:
            for part in ("relay", "consumer"):
                arguments = ["tests.kernel.events.probe", "bus", "--only", part]
                self._start(f"{part} {service.instance}", service, arguments)

    def start_writers(self, events: int, per_second: float, seed: int) -> None:
        for service in self.services:
            share = ["--events", str(events), "--per-second", str(per_second), "--seed", str(seed)]
            self._start(f"writer {service.instance}", service, ["tests.faults.writer", *share])

    def _start(self, name: str, service: ProbeSettings, arguments: list[str]) -> None:
        log = self.folder / "logs" / f"{name.replace(' ', '-')}.log"
        process = Process(name, arguments, os.environ | environment(service), log)
        process.start()
        self.processes[name] = process

    def writing(self) -> bool:
        return any(not process.ended() for name, process in self.processes.items() if name.startswith("writer"))

    def supervise(self) -> None:
        """What `up` or an orchestrator does: a process that ended by itself is started again."""
        for name, process in self.processes.items():
            if process.ended() and not (name.startswith("writer") and process.child and process.child.returncode == 0):
                say(f"{name} ended by itself; see {process.log}")
                process.start()

    def victims(self) -> list[tuple[str, Callable[[], None], Callable[[], None]]]:
        """Name, how to kill it, how to start it again."""
        mortal = [process for name, process in self.processes.items() if not name.startswith("writer")]
        return [
            *((process.name, process.kill, process.start) for process in mortal),
            ("kafka", self.kafka.kill, self.kafka.start),
            ("postgres", self.postgres.kill, self.postgres.start),
        ]

    def stop(self) -> None:
        for process in self.processes.values():
            process.kill()


def environment(settings: ProbeSettings) -> dict[str, str]:
    """The variables from which a process would read these settings."""
    texts: dict[str, str] = {}
    for name, value in settings.model_dump(exclude_none=True).items():
        shown = value.get_secret_value() if isinstance(value, SecretStr) else value
        texts[f"ZD_PROBE_{name.upper()}"] = json.dumps(shown) if isinstance(shown, list) else str(shown)
    return texts


def say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def kill_at_random(stack: Stack, kills: int, dice: random.Random) -> None:
    for kill in range(kills):
        victims = stack.victims()
        if kill % len(victims) == 0:
            order = iter(dice.sample(range(len(victims)), len(victims)))  # everybody's turn comes
        time.sleep(dice.uniform(0.3, 1.7) * SECONDS_PER_KILL / 2)
        name, die, rise = victims[next(order)]
        say(f"kill -9 {name}")
        die()
        time.sleep(dice.uniform(0, 1))
        rise()
        stack.supervise()


async def drain(stack: Stack) -> None:
    """Until every service has handled as many events as the other has said, or nothing more happens."""
    until = time.monotonic() + PATIENCE_S
    before: list[int] = []
    while time.monotonic() < until:
        stack.supervise()
        said = [await one(service, "SELECT coalesce(sum(number), 0) FROM said") for service in stack.services]
        heard = [await one(service, "SELECT count(*) FROM effect") for service in stack.services]
        if not stack.writing() and said == heard[::-1]:
            await asyncio.sleep(2)  # for an effect too many
            return
        if before != said + heard:
            before, until = said + heard, time.monotonic() + PATIENCE_S
        await asyncio.sleep(0.5)
    say("patience ended before every event took effect")


async def one(service: ProbeSettings, query: str) -> int:
    return int((await rows(service, query))[0][0])


async def rows(service: ProbeSettings, query: str) -> list[asyncpg.Record]:
    connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(service.database_url.get_secret_value())
    try:
        return await connection.fetch(query)
    finally:
        await connection.close()


@dataclass
class Verdict:
    events: int = 0
    lost: int = 0
    duplicated: int = 0
    reordered: int = 0


async def judge(speaker: ProbeSettings, listener: ProbeSettings, verdict: Verdict) -> None:
    """For every key the effects must be 1, 2, 3 … up to the number its speaker has committed."""
    said = {row["key"]: row["number"] for row in await rows(speaker, "SELECT key, number FROM said")}
    heard: dict[str, list[int]] = {key: [] for key in said}
    for row in await rows(listener, "SELECT key, number FROM effect ORDER BY id"):
        heard.setdefault(row["key"], []).append(row["number"])
    for key, numbers in heard.items():
        expected = said.get(key, 0)
        verdict.events += expected
        verdict.lost += expected - len(set(numbers) & set(range(1, expected + 1)))
        verdict.duplicated += len(numbers) - len(set(numbers))
        first_times = list(dict.fromkeys(numbers))
        verdict.reordered += sum(later < earlier for earlier, later in itertools.pairwise(first_times))


def run(events: int, kills: int, seed: int) -> Verdict:
    state = os.environ.get("ZD_STATE_DIR")
    folder = RunFolder(Path(state) if state else REPOSITORY / ".zerodropout")
    verdict = Verdict()
    with ExitStack() as closing:
        closing.callback(folder.close)
        postgres = Postgres(folder.path, free_port())
        kafka = Kafka(folder.path, free_port(), jars_dir=folder.state_dir / "jars")
        closing.callback(postgres.remove)
        closing.callback(kafka.remove)
        postgres.start()
        kafka.start()
        stack = Stack(postgres, kafka, folder.path)
        closing.callback(stack.stop)
        asyncio.run(stack.prepare())
        stack.start_bus()
        stack.start_writers(events // 2, events / 2 / max(kills * SECONDS_PER_KILL, 1), seed)
        kill_at_random(stack, kills, random.Random(seed))
        asyncio.run(drain(stack))
        east, west = stack.services
        asyncio.run(judge(east, west, verdict))
        asyncio.run(judge(west, east, verdict))
    return verdict


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    options = parser.parse_args()
    say(f"seed {options.seed}")
    verdict = run(options.events, options.kills, options.seed)
    print(
        json.dumps(
            {
                "events": verdict.events, "kills": options.kills, "lost": verdict.lost,
                "duplicated": verdict.duplicated, "reordered": verdict.reordered,
            }
        )
    )  # fmt: skip
    return int(bool(verdict.lost or verdict.duplicated or verdict.reordered or verdict.events < options.events))


if __name__ == "__main__":
    sys.exit(main())
