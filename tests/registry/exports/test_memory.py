"""However many rows there are, an export holds one page of them at a time."""

import os
import threading

import psutil

from tests.registry.conftest import Everything, Registry
from tests.registry.exports.test_exports import SCOPES, ask
from tests.registry.indicators.conftest import populate
from tests.registry.reconciliation.builders import World

ROWS = 120_000
MOST_MIB = 90
"""More than a page of 10,000 rows takes in any of its forms; 120,000 rows at once take several times as much."""


class Peak:
    """The most memory that this process and those below it held, in MiB, sampled a hundred times a second."""

    def __init__(self) -> None:
        self._me = psutil.Process(os.getpid())
        self._stop = threading.Event()
        self._watching = threading.Thread(target=self._watch, daemon=True)
        self.before = self.most = self._now()
        self._watching.start()

    def stop(self) -> float:
        self._stop.set()
        self._watching.join()
        return self.most - self.before

    def _watch(self) -> None:
        while not self._stop.wait(0.01):
            self.most = max(self.most, self._now())

    def _now(self) -> float:
        total = 0
        for process in (self._me, *self._me.children(recursive=True)):
            try:
                if "postgres" not in process.name() and "java" not in process.name():
                    total += process.memory_info().rss
            except psutil.NoSuchProcess:
                continue
        return total / 2**20


async def test_a_hundred_and_twenty_thousand_rows_take_little_more_memory_than_a_page(
    registry: Registry, everything: Everything
) -> None:
    await populate(World(everything.connection), ROWS, lists=False)
    everywhere = registry.caller(areas=["*"], scopes=SCOPES)
    for kind in ("csv", "parquet"):
        small = await ask(everywhere, format=kind, areas=["520301"], status="gone")  # the subprocess starts
        await registry.work()
        assert (await everywhere.get(small)).json()["status"] == "done"
        place = await ask(everywhere, format=kind)
        peak = Peak()
        await registry.work()
        grown = peak.stop()
        assert (await everywhere.get(place)).json()["rows"] == ROWS
        assert grown < MOST_MIB, f"{kind}: {grown:.0f} MiB"
