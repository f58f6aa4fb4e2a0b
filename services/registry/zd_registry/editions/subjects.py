"""What a slice lets be published of its period that is over. The composition root lists the subjects."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from zd_kernel.data.session import WriteSession
from zd_kernel.scope import Range
from zd_registry.editions.rules import Counted, Period

Count = Callable[[WriteSession, Period, Range], Awaitable[Iterable[Counted]]]


@dataclass(frozen=True, slots=True)
class Subject:
    """`by_term`: its periods are terms, up to the day before the next one; otherwise school years. `states` are all
    that `count` may give. Each child is in one state of a kind."""

    name: str
    by_term: bool
    states: tuple[str, ...]
    count: Count
