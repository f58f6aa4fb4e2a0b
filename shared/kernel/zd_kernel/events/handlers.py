"""The table of a service's event handlers: the door through which facts of others come in."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from zd_contracts.envelope import Event, EventData
from zd_kernel.data.session import WriteSession

T = TypeVar("T", bound=EventData)


@dataclass(frozen=True, slots=True)
class Handler:
    """`run` takes a session and one event, or with `batch` a list of events in their order (of several keys)."""

    model: type[EventData]
    run: Callable[[WriteSession, Any], Awaitable[None]]
    batch: bool = False
    erases: bool = False


def handle(
    model: type[T], run: Callable[[WriteSession, Event[T]], Awaitable[None]], *, erases: bool = False
) -> Handler:
    """Take the facts of `model` one by one.

    `erases`: the fact means that everything about its key must go. It does not wait behind a parked event, and the key
    is forgotten before `run` deletes what the service itself holds.
    """
    return Handler(model, run, erases=erases)


def handle_batch(model: type[T], run: Callable[[WriteSession, Sequence[Event[T]]], Awaitable[None]]) -> Handler:
    """Take the facts of a high-volume type many at once. The same key may come more than once, in its order.

    A failure rolls everything back and `run` is called again with one event at a time, so it needs no savepoints.
    """
    return Handler(model, run, batch=True)


class HandlerTable:
    """One handler per type; composing two effects of one fact is the composition root's business."""

    def __init__(self, handlers: Iterable[Handler]) -> None:
        self._by_type: dict[str, Handler] = {}
        for handler in handlers:
            if handler.model.event_type in self._by_type:
                raise ValueError(f"two handlers for {handler.model.event_type}")
            self._by_type[handler.model.event_type] = handler

    def get(self, event_type: str) -> Handler | None:
        return self._by_type.get(event_type)

    def __len__(self) -> int:
        return len(self._by_type)
