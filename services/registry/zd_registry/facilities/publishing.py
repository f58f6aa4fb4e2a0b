"""What is published of ages at entry: who entered kindergarten and primary school in a school year, and how old."""

from collections.abc import Iterable
from typing import Final

from zd_kernel.data.session import WriteSession
from zd_kernel.scope import Range
from zd_registry.editions.rules import Counted, Period
from zd_registry.editions.subjects import Subject
from zd_registry.facilities.actions import entries_of

_STATES: Final = {
    "right_age": "right_age", "other_age/too_early": "too_early", "other_age/too_late": "too_late",
    "unknown": "unknown",
}  # fmt: skip


async def count(session: WriteSession, period: Period, within: Range) -> Iterable[Counted]:
    """By the policy `entry_age` of the first day of the school year."""
    _, rows = await entries_of(session, int(period.label), "tambon", within, None)
    return [Counted(row["stage"], row["key"], state, row[column]) for row in rows for state, column in _STATES.items()]


ENTRY_AGES: Final = Subject("entry_ages", by_term=False, states=tuple(_STATES), count=count)
