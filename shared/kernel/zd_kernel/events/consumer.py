"""Follows the instance's subscriptions: Kafka shares the partitions out, the database knows the positions."""

import asyncio
import contextlib
from collections.abc import Collection, Mapping, Sequence
from functools import partial

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError, NoOffsetForPartitionError, OffsetOutOfRangeError

from zd_kernel.data.database import Database
from zd_kernel.events import positions
from zd_kernel.events.applying import Applier, Failure, Outcome
from zd_kernel.events.failures import LostPartition, describe, is_transient
from zd_kernel.events.handlers import HandlerTable
from zd_kernel.events.intake import Intake, Poll, Record, judge, judge_gently
from zd_kernel.events.positions import Position
from zd_kernel.events.running import pause
from zd_kernel.observe.metrics import Metrics
from zd_kernel.problems import LoudStop
from zd_kernel.settings import ServiceSettings

POLL_MS = 500
SESSION_MS = 6_000
REPORT_S = 5.0
RETRY_PAUSE_S = 0.2
# Fewer records than this were all there was: looking ahead would only take time from them.
AHEAD_FROM = 100
LONGEST_PAUSE_S = 5.0

_log = structlog.get_logger()


class Consumer(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """One member of the instance's group. Any number may run: each transaction proves that it owns its partitions."""

    def __init__(
        self,
        settings: ServiceSettings,
        database: Database,
        handlers: HandlerTable,
        metrics: Metrics,
    ) -> None:
        self._settings = settings
        self._database = database
        self._metrics = metrics
        self._handlers = handlers
        self._sources = {subscription.topic: subscription.source for subscription in settings.subscriptions}
        self._applier = Applier(database)
        self._ahead: asyncio.Task[Intake | None] | None = None
        self._positions: dict[TopicPartition, Position] = {}
        self._placed = False
        self._parked_in_a_row: set[tuple[str, str]] = set()
        self._reporting: asyncio.Future[None] = asyncio.Future()
        self._reporting.set_result(None)
        self._reported_at = 0.0

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
            wait = RETRY_PAUSE_S
            while not stop.is_set():
                try:
                    await self._step(kafka, stop)
                    wait = RETRY_PAUSE_S
                except LostPartition:
                    self._placed = False
                except Exception as error:
                    if isinstance(error, KafkaError) or not is_transient(error):
                        raise
                    _log.warning("consumer_waits", error=describe(error))
                    self._placed = False
                    await pause(stop, wait)
                    wait = min(wait * 2, LONGEST_PAUSE_S)
            await self._reporting
            await self._report(kafka)
        finally:
            await self._drop_ahead()
            await kafka.stop()

    def on_partitions_revoked(self, _: Collection[TopicPartition]) -> None:
        """What is being handled may still commit: until a new owner has moved the position, it is ours."""

    def on_partitions_assigned(self, _: Collection[TopicPartition]) -> None:
        self._placed = False

    async def _step(self, kafka: AIOKafkaConsumer, stop: asyncio.Event) -> None:
        if not self._placed:
            await self._place(kafka)
        intake = await self._ahead if self._ahead else None
        self._ahead = None
        if intake is None:
            intake = await self._take_in(kafka, self._positions, POLL_MS)
        if intake is not None and self._in_place(intake):
            await self._digest(kafka, intake, stop)
        if asyncio.get_running_loop().time() - self._reported_at > REPORT_S and self._reporting.done():
            self._reporting = asyncio.create_task(self._report(kafka))  # beside the events: the broker takes its time

    async def _place(self, kafka: AIOKafkaConsumer) -> None:
        """Begin every assigned partition where the database says, whatever offsets Kafka has on file."""
        await self._drop_ahead()
        self._placed = True
        self._positions = await positions.load(self._database, kafka.assignment())
        for partition, position in self._positions.items():
            with contextlib.suppress(IllegalStateError):  # taken away meanwhile
                kafka.seek(partition, position.next_offset)

    async def _drop_ahead(self) -> None:
        if self._ahead is not None:
            self._ahead.cancel()
            await asyncio.gather(self._ahead, return_exceptions=True)
            self._ahead = None

    async def _take_in(
        self, kafka: AIOKafkaConsumer, expected: Mapping[TopicPartition, Position], timeout_ms: int
    ) -> Intake | None:
        """The next records, judged from where the partitions are expected to be.

        Without a timeout it does not wait, neither for Kafka nor for the processor.
        """
        polled = await self._poll(kafka, timeout_ms)
        for partition, records in polled.items():
            # Otherwise they were fetched from where Kafka's own offset was, before `_place`.
            if partition not in expected or records[0].offset != expected[partition].next_offset:
                self._placed = False
                return None
        if not polled:
            return None
        if timeout_ms:
            return judge(polled, expected, self._sources, self._handlers)
        return await judge_gently(polled, expected, self._sources, self._handlers)

    async def _poll(self, kafka: AIOKafkaConsumer, timeout_ms: int) -> Poll:
        try:
            polled: Poll = await kafka.getmany(timeout_ms=timeout_ms, max_records=self._settings.consumer_batch)
        except NoOffsetForPartitionError:
            # Assigned before `_place` could seek, and the group has no offset on file yet.
            self._placed = False
            return {}
        except OffsetOutOfRangeError as error:
            self._stop_if_ours(error)
            return {}
        return polled

    def _stop_if_ours(self, error: OffsetOutOfRangeError) -> None:
        for partition, offset in error.args[0].items():
            if self._positions.get(partition, Position(-1, "")).next_offset == offset:
                raise LoudStop(
                    f"Partition {partition.partition} of {partition.topic} does not hold offset {offset}, where this"
                    " instance has to go on: records were deleted or the topic was made anew. Restore the topic; to"
                    " build everything anew from what it holds now, start this instance with an empty database."
                )
        self._placed = False

    def _in_place(self, intake: Intake) -> bool:
        """False if a partition is not where it was expected to be when its records were judged."""
        if any(self._positions.get(partition) != move.old for partition, move in intake.moves.items()):
            self._placed = False
        return self._placed

    async def _digest(self, kafka: AIOKafkaConsumer, intake: Intake, stop: asyncio.Event) -> None:
        """Everything in one transaction; if that fails, singly until the culprit is parked, then on in one."""
        while not stop.is_set():
            try:
                meanwhile = partial(self._take_in_ahead, kafka, intake)
                self._committed(await self._applier.apply(intake, meanwhile=meanwhile))
                return
            except LostPartition:
                raise
            except Exception as error:
                if is_transient(error):
                    raise
                _log.info("batch_failed", error=describe(error))
            self._placed = False  # whatever was taken in ahead has to be fetched again
            rest = await self._find_culprit(intake.records, stop)
            if not rest:
                return
            intake = self._judge(rest)

    def _take_in_ahead(self, kafka: AIOKafkaConsumer, intake: Intake) -> None:
        """Fetch and judge the next records while the database works on these, as if these were committed already."""
        if self._ahead is None and len(intake.arrivals) >= AHEAD_FROM:
            expected = self._positions | {partition: move.new for partition, move in intake.moves.items()}
            self._ahead = asyncio.create_task(self._take_in(kafka, expected, 0))

    def _judge(self, records: Poll) -> Intake:
        return judge(records, self._positions, self._sources, self._handlers)

    async def _find_culprit(self, polled: Poll, stop: asyncio.Event) -> dict[TopicPartition, Sequence[Record]]:
        """Handles records singly up to and with the first that has to be parked; returns what is left."""
        queue = [(partition, record) for partition, records in polled.items() for record in records]
        while queue and not stop.is_set():
            partition, record = queue.pop(0)
            outcome = await self._apply_one({partition: [record]}, stop)
            if outcome is None or outcome.parked:
                break
        rest: dict[TopicPartition, list[Record]] = {}
        for partition, record in queue:
            rest.setdefault(partition, []).append(record)
        return dict(rest)

    async def _apply_one(self, one: Poll, stop: asyncio.Event) -> Outcome | None:
        """The event's effect, or its parking after so many attempts; None if stopped in between."""
        for attempt in range(1, self._settings.consumer_attempts + 1):
            try:
                return self._committed(await self._applier.apply(self._judge(one)))
            except LostPartition:
                raise
            except Exception as error:
                if is_transient(error):
                    raise
                failure = Failure(describe(error), attempt)
            await pause(stop, RETRY_PAUSE_S * attempt)
            if stop.is_set():
                return None
        _log.error("event_parked", error=failure.error)
        return self._committed(await self._applier.apply(self._judge(one), failure))

    def _committed(self, outcome: Outcome) -> Outcome:
        self._positions |= outcome.positions
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
        return outcome

    async def _report(self, kafka: AIOKafkaConsumer) -> None:
        """Offsets for the broker's tools, lag for ours. The truth is committed already, so failing is no matter."""
        self._reported_at = asyncio.get_running_loop().time()
        if not self._positions:
            return
        for partition, position in self._positions.items():
            with contextlib.suppress(IllegalStateError):
                end = kafka.highwater(partition)
                if end is not None:
                    lag = self._metrics.consumer_lag.labels(partition.topic, str(partition.partition))
                    lag.set(end - position.next_offset)
        offsets = {partition: position.next_offset for partition, position in self._positions.items()}
        with contextlib.suppress(KafkaError, TimeoutError):
            async with asyncio.timeout(REPORT_S):
                await kafka.commit(offsets)
