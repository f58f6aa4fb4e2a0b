"""What is published of next places: of the pupils who left a school year's transition grades, who had one."""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from zd_kernel.data.session import WriteSession
from zd_kernel.scope import Range
from zd_registry.editions.rules import Counted, Period
from zd_registry.editions.subjects import Subject
from zd_registry.transitions import queries
from zd_registry.transitions.actions import Wanted, asked_about
from zd_registry.transitions.rules import OPEN, SECURED, STATES, State

_MOST: Final = 10**7


def told(state: State) -> str:
    """The state as it is published: how a place is secured is nobody's business."""
    if state in SECURED:
        return "secured"
    return f"open/{state}" if state in OPEN else state


async def count(session: WriteSession, period: Period, within: Range) -> Iterable[Counted]:
    """As it stands when it is published, which is after the lists of the school year that follows."""
    asked = await asked_about(session, Wanted(int(period.label) + 1, (within,)))
    statement = queries.counts(asked, session.scope, ("tambon", "grade", "state"), _MOST)
    found = Counter[tuple[str, str, str]]()
    for row in [] if statement is None else await (await session.driver()).fetch(statement[0], *statement[1]):
        if row["tambon"] is not None:
            found[row["grade"], row["tambon"], told(row["state"])] += row["pupils"]
    return [Counted(*key, children) for key, children in found.items()]


TRANSITIONS: Final = Subject(
    "transitions", by_term=False, states=tuple(dict.fromkeys(told(state) for state in STATES)), count=count
)
