"""Runs handlers within one transaction: batches where types allow it, and every key's events in their order."""

from typing import Any

from zd_contracts.envelope import Event
from zd_kernel.data.session import WriteSession
from zd_kernel.events.forgotten import forget
from zd_kernel.events.handlers import Handler
from zd_kernel.observe.trace import bind


class Dispatch:
    """A key with events in a pending batch is in no other batch, and handled singly only after that batch has run."""

    def __init__(self, session: WriteSession) -> None:
        self._session = session
        self._pending: dict[str, tuple[Handler, list[Event[Any]]]] = {}
        self._type_of_key: dict[str, str] = {}

    async def take(self, handler: Handler, event: Event[Any]) -> None:
        if handler.batch:
            self.collect(handler, event)
            return
        with bind(event.traceparent):
            if handler.erases:
                await forget(self._session, event.key)
            await handler.run(self._session, event)

    def collect(self, handler: Handler, event: Event[Any]) -> None:
        """`take` for a batch type, without the price of a coroutine: it runs later, at the latest in `finish`."""
        if event.type not in self._pending:
            self._pending[event.type] = (handler, [])
        self._pending[event.type][1].append(event)
        self._type_of_key[event.key] = event.type

    def batch_before(self, event_type: str, key: str) -> str | None:
        """The type whose pending batch must run before an event of this type and key is even looked at."""
        waiting = self._type_of_key.get(key)
        return None if waiting == event_type else waiting

    async def run_batch(self, event_type: str) -> None:
        handler, events = self._pending.pop(event_type)
        for event in events:
            self._type_of_key.pop(event.key, None)
        # A batch handler writes by SQL: it must find what single handlers did, and they must read again what it wrote.
        await self._session.flush()
        with bind(events[0].traceparent):  # a batch has many traces; its log lines go with the first one
            await handler.run(self._session, events)
        self._session.expire_all()

    async def finish(self) -> None:
        for event_type in list(self._pending):
            await self.run_batch(event_type)
