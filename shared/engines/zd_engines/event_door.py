"""The event door of a service, opened by a test: facts go in as the consumer hands them over, effects come out."""

from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self, TypeVar

from zd_contracts.envelope import Event, EventData, RawEvent, format_time, sequence
from zd_kernel.audit import write_audit
from zd_kernel.clock import Clock
from zd_kernel.data.database import Database
from zd_kernel.events.dispatch import Dispatch
from zd_kernel.events.handlers import HandlerTable
from zd_kernel.events.outbox import flush_events
from zd_kernel.ids import uuid7
from zd_kernel.scope import Scope
from zd_kernel.service import ServiceSpec
from zd_kernel.settings import ServiceSettings

T = TypeVar("T", bound=EventData)
_SYSTEM = Scope.system("test")


class EventDoor:
    """One instance of a service without Kafka: its handlers and its real database."""

    def __init__(self, spec: ServiceSpec, settings: ServiceSettings, clock: Clock) -> None:
        self.settings = settings
        self.database = Database(settings, clock, before_commit=(flush_events, write_audit(settings.agency)))
        self._handlers: HandlerTable = spec.handlers(settings)

    async def __aenter__(self) -> Self:
        await self.database.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.database.close()

    async def hear(self, *facts: EventData) -> None:
        """Handle the facts in one transaction, in their order; each has an event id of its own. As the consumer does,
        those of a batch type together, of other keys also after later ones."""
        async with self.database.transaction(_SYSTEM) as session:
            dispatch = Dispatch(session)
            for fact in facts:
                handler = self._handlers.get(fact.event_type)
                if handler is None:
                    raise LookupError(f"nobody handles {fact.event_type}")
                if (waiting := dispatch.batch_before(fact.event_type, fact.key)) is not None:
                    await dispatch.run_batch(waiting)
                await dispatch.take(handler, event_of(fact))
            await dispatch.finish()

    async def told(self, model: type[T]) -> list[T]:
        """The facts of one type that the instance told, in their order."""
        rows = await self.rows("SELECT data FROM outbox_staged WHERE type = $1 ORDER BY id", model.event_type)
        return [model.model_validate_json(row["data"]) for row in rows]

    async def rows(self, query: str, *args: object) -> list[dict[str, Any]]:
        """Every row, whoever's area it lies in."""
        async with self.database.read(_SYSTEM) as session:
            return [dict(row) for row in await session.fetch(query, *args)]


def event_of(fact: T) -> Event[T]:
    """As if somebody had just told it, in an event with an id of its own."""
    return RawEvent(
        str(uuid7()), "urn:zd:test:somebody", fact.event_type, format_time(datetime.now(UTC)), fact.subject, fact.key,
        sequence(1, 1), fact.encode(),
    ).decode(type(fact))  # fmt: skip
