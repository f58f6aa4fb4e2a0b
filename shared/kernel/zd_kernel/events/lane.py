"""A lane of the consumer: a share of its partitions, followed in transactions of its own, one after the other."""

import asyncio
import contextlib
from collections.abc import Callable, Collection, Sequence

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError, NoOffsetForPartitionError, OffsetOutOfRangeError

from zd_kernel.data.database import Database
from zd_kernel.events import positions
from zd_kernel.events.applying import Applier, Failure, Outcome
from zd_kernel.events.failures import LostPartition, describe, is_collision, is_transient
from zd_kernel.events.handlers import HandlerTable
from zd_kernel.events.intake import Intake, Poll, Record, judge
from zd_kernel.events.positions import Position
from zd_kernel.events.running import pause
from zd_kernel.problems import LoudStop
from zd_kernel.settings import ServiceSettings

POLL_MS = 500
RETRY_PAUSE_S = 0.2
LONGEST_PAUSE_S = 5.0

_log = structlog.get_logger()


class Lane:
    """Moves its partitions on until it is over; what it has in hand then is committed or left for whoever comes next.

    `committed` hears of every transaction right after its COMMIT.
    """

    def __init__(
        self,
        kafka: AIOKafkaConsumer,
        partitions: Collection[TopicPartition],
        settings: ServiceSettings,
        database: Database,
        handlers: HandlerTable,
        committed: Callable[[Outcome], None],
    ) -> None:
        self._kafka = kafka
        self._partitions = partitions
        self._settings = settings
        self._database = database
        self._handlers = handlers
        self._committed = committed
        self._sources = {subscription.topic: subscription.source for subscription in settings.subscriptions}
        self._applier = Applier(database)
        self.positions: dict[TopicPartition, Position] = {}
        self._placed = False
        self._alone = False

    async def run(self, over: asyncio.Event) -> None:
        wait = RETRY_PAUSE_S
        while not over.is_set():
            try:
                await self._step(over)
                wait = RETRY_PAUSE_S
            except LostPartition:
                self._placed = False
            except Exception as error:
                if isinstance(error, KafkaError) or not is_transient(error):
                    raise
                _log.warning("consumer_waits", error=describe(error))
                self._placed = False
                self._alone = is_collision(error)
                await pause(over, wait)
                wait = min(wait * 2, LONGEST_PAUSE_S)

    async def _step(self, over: asyncio.Event) -> None:
        if not self._placed:
            await self._place()
        polled = await self._poll()
        # Otherwise they were fetched from where Kafka's own offset was, before `_place`.
        if any(records[0].offset != self.positions[partition].next_offset for partition, records in polled.items()):
            self._placed = False
        elif polled:
            await self._digest(self._judge(polled), over)

    async def _place(self) -> None:
        """Begin every partition where the database says, whatever offsets Kafka has on file."""
        self.positions = await positions.load(self._database, self._partitions)
        for partition, position in self.positions.items():
            with contextlib.suppress(IllegalStateError):  # taken away meanwhile
                self._kafka.seek(partition, position.next_offset)
        self._placed = True

    async def _poll(self) -> Poll:
        try:
            polled: Poll = await self._kafka.getmany(
                *self._partitions, timeout_ms=POLL_MS, max_records=self._settings.consumer_batch
            )
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
            if self.positions.get(partition, Position(-1, "")).next_offset == offset:
                raise LoudStop(
                    f"Partition {partition.partition} of {partition.topic} does not hold offset {offset}, where this"
                    " instance has to go on: records were deleted or the topic was made anew. Restore the topic; to"
                    " build everything anew from what it holds now, start this instance with an empty database."
                )
        self._placed = False

    async def _digest(self, intake: Intake, over: asyncio.Event) -> None:
        """Everything in one transaction; if that fails, singly until the culprit is parked, then on in one."""
        while not over.is_set():
            try:
                await self._apply(intake)
                return
            except LostPartition:
                raise
            except Exception as error:
                if is_transient(error):
                    raise
                _log.info("batch_failed", error=describe(error))
            rest = await self._find_culprit(intake.records, over)
            if not rest:
                return
            intake = self._judge(rest)

    def _judge(self, records: Poll) -> Intake:
        return judge(records, self.positions, self._sources, self._handlers)

    async def _find_culprit(self, polled: Poll, over: asyncio.Event) -> dict[TopicPartition, Sequence[Record]]:
        """Handles records singly up to and with the first that has to be parked; returns what is left."""
        queue = [(partition, record) for partition, records in polled.items() for record in records]
        while queue and not over.is_set():
            partition, record = queue.pop(0)
            outcome = await self._apply_one({partition: [record]}, over)
            if outcome is None or outcome.parked:
                break
        rest: dict[TopicPartition, list[Record]] = {}
        for partition, record in queue:
            rest.setdefault(partition, []).append(record)
        return dict(rest)

    async def _apply_one(self, one: Poll, over: asyncio.Event) -> Outcome | None:
        """The event's effect, or its parking after so many attempts; None if over in between."""
        for attempt in range(1, self._settings.consumer_attempts + 1):
            try:
                return await self._apply(self._judge(one))
            except LostPartition:
                raise
            except Exception as error:
                if is_transient(error):
                    raise
                failure = Failure(describe(error), attempt)
            await pause(over, RETRY_PAUSE_S * attempt)
            if over.is_set():
                return None
        _log.error("event_parked", error=failure.error)
        return await self._apply(self._judge(one), failure)

    async def _apply(self, intake: Intake, failure: Failure | None = None) -> Outcome:
        outcome = await self._applier.apply(intake, failure, alone=self._alone)
        self._alone = False
        self.positions |= outcome.positions
        self._committed(outcome)
        return outcome
