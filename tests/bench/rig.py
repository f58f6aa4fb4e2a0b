"""What the benches of the bus share: engines of their own with fsync, instances on them, and the ABAB comparison."""

import os
import statistics
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.kernel.events.probe import SPEC, ProbeSettings
from zd_engines.databases import Databases
from zd_engines.kafka import Kafka
from zd_engines.postgres import Postgres
from zd_engines.process import free_port
from zd_engines.run_folder import RunFolder
from zd_engines.topics import create_topics
from zd_kernel.settings import Subscription

REPOSITORY = Path(__file__).resolve().parents[2]
PARTITIONS = 12


@dataclass
class Rig:
    kafka: Kafka
    databases: Databases
    folder: Path

    async def instance(self, name: str, hears: ProbeSettings | None = None) -> ProbeSettings:
        """Settings of a probe with a fresh database and topic, listening to another."""
        made = await self.databases.create(SPEC)
        heard = [Subscription(topic=hears.topic, source=hears.source_uri)] if hears else []
        settings = ProbeSettings.model_validate(
            {
                "instance": name, "agency": "bench", "areas": ["*"], "database_url": made.app_url,
                "kafka_bootstrap": self.kafka.bootstrap, "subscriptions": heard, "issuer": "http://issuer",
                "jwks_url": "http://issuer/jwks", "keyring": "{}", "pool_timeout_s": 30,
            }
        )  # fmt: skip
        await create_topics(self.kafka.bootstrap, {settings.topic: PARTITIONS})
        return settings


@contextmanager
def rig() -> Iterator[Rig]:
    state = os.environ.get("ZD_STATE_DIR")
    folder = RunFolder(Path(state) if state else REPOSITORY / ".zerodropout")
    with ExitStack() as closing:
        closing.callback(folder.close)
        postgres = Postgres(folder.path, free_port())
        kafka = Kafka(folder.path, free_port(), jars_dir=folder.state_dir / "jars")
        for engine in (postgres, kafka):
            closing.callback(engine.remove)
            engine.start()
        yield Rig(kafka, Databases(postgres.admin_url), folder.path)


Side = Callable[[int], Awaitable[float]]


async def interleaved(rounds: int, **sides: Side) -> dict[str, float]:
    """Median of what each side measures, the sides taking turns; the first round warms up and does not count.

    A side gets the number of the round, so that it can use names of its own.
    """
    measured: dict[str, list[float]] = {name: [] for name in sides}
    for number in range(rounds + 1):
        for name, side in sides.items():
            value = await side(number)
            print(f"{'warm-up' if number == 0 else f'round {number}'} {name}: {value:,.0f}", file=sys.stderr)
            if number:
                measured[name].append(value)
    return {name: statistics.median(values) for name, values in measured.items()}
