"""Follows the instance's subscriptions: Kafka shares the partitions out, the database knows the positions."""

import asyncio
import contextlib
from collections.abc import Collection, Sequence

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError

from zd_kernel.data.database import Database
from zd_kernel.events.applying import Outcome
from zd_kernel.events.handlers import HandlerTable
from zd_kernel.events.lane import Lane
from zd_kernel.events.running import pause, together
from zd_kernel.observe.metrics import Metrics
from zd_kernel.problems import LoudStop
from zd_kernel.settings import ServiceSettings

SESSION_MS = 6_000
REPORT_S = 5.0


class Consumer(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """One member of the instance's group. Any number may run: each transaction proves that it owns its partitions.

    A single event costs a round trip to the database. So that neither side waits for the other, the partitions are
    followed in a few lanes at once; a key's events are all in one of them.
    """

    def __init__(
        self,
        settings: ServiceSettings,
        database: Database,
        handlers: HandlerTable,
        metrics: Metrics,
    ) -> None:
        self._settings = settings
        self._database = database
        self._handlers = handlers
        self._metrics = metrics
        self._lanes: list[Lane] = []
        self._over = asyncio.Event()
        self._parked_in_a_row: set[tuple[str, str]] = set()

    async def run(self, stop: asyncio.Event) -> None:
        kafka = AIOKafkaConsumer(
            bootstrap_servers=self._settings.kafka_bootstrap,
            group_id=f"zd-{self._settings.service}-{self._settings.instance}",
            enable_auto_commit=False,
            auto_offset_reset="none",
            session_timeout_ms=SESSION_MS,
            heartbeat_interval_ms=SESSION_MS // 3,
        )
        kafka.subscribe([subscription.topic for subscription in self._settings.subscriptions], listener=self)
        try:
            await kafka.start()
            await together(self._follow(kafka, stop), self._keep_reporting(kafka, stop), self._end_with(stop))
            await self._report(kafka)
        finally:
            await kafka.stop()

    def on_partitions_revoked(self, _: Collection[TopicPartition]) -> None:
        """What is being handled may still commit: until a new owner has moved the position, it is ours."""

    def on_partitions_assigned(self, _: Collection[TopicPartition]) -> None:
        self._over.set()

    async def _end_with(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._over.set()

    async def _follow(self, kafka: AIOKafkaConsumer, stop: asyncio.Event) -> None:
        """Lanes anew for every assignment."""
        while not stop.is_set():
            self._over = over = asyncio.Event()
            partitions = sorted(kafka.assignment())
            number = min(self._settings.consumer_lanes, self._settings.pool_size, len(partitions))
            self._lanes = [self._lane(kafka, partitions[n::number]) for n in range(number)]
            await together(over.wait(), *(lane.run(over) for lane in self._lanes))

    def _lane(self, kafka: AIOKafkaConsumer, partitions: Sequence[TopicPartition]) -> Lane:
        return Lane(kafka, partitions, self._settings, self._database, self._handlers, self._account_for)

    def _account_for(self, outcome: Outcome) -> None:
        for event_type, number in outcome.handled.items():
            self._metrics.events_handled.labels(event_type).inc(number)
        for reason, number in outcome.passed_over.items():
            self._metrics.events_passed_over.labels(reason).inc(number)
        for arrival in outcome.parked:
            self._metrics.events_parked.labels(arrival.event.type).inc()
            self._parked_in_a_row.add((arrival.record.topic, arrival.event.key))
        if outcome.handled:
            self._parked_in_a_row.clear()
        if len(self._parked_in_a_row) >= self._settings.parked_in_a_row:
            raise LoudStop(
                f"The last {len(self._parked_in_a_row)} keys all had to be parked: the fault is hardly in the events."
                " Look at `events parked`, mend the cause, `events retry` them and start the consumer again."
            )

    async def _keep_reporting(self, kafka: AIOKafkaConsumer, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await self._report(kafka)
            await pause(stop, REPORT_S)

    async def _report(self, kafka: AIOKafkaConsumer) -> None:
        """Offsets for the broker's tools, lag for ours. The truth is committed already, so failing is no matter."""
        positions = {partition: position for lane in self._lanes for partition, position in lane.positions.items()}
        for partition, position in positions.items():
            with contextlib.suppress(IllegalStateError):
                end = kafka.highwater(partition)
                if end is not None:
                    lag = self._metrics.consumer_lag.labels(partition.topic, str(partition.partition))
                    lag.set(end - position.next_offset)
        offsets = {partition: position.next_offset for partition, position in positions.items()}
        if offsets:
            with contextlib.suppress(KafkaError, TimeoutError):
                async with asyncio.timeout(REPORT_S):
                    await kafka.commit(offsets)
