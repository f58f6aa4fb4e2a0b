"""Which errors pass by themselves, and how an error is told without the values that caused it."""

from collections.abc import Iterator

import asyncpg
from sqlalchemy.exc import TimeoutError as NoFreeConnection

from zd_contracts.envelope import EnvelopeError
from zd_kernel.problems import Overloaded, Problem

# Connection, transaction rollback (serialization, deadlock), resources, operator intervention; lock not available.
# A cancelled statement (57014) is not among them: a handler that always runs out of time must end up parked.
_PASSING_CLASSES = ("08", "40", "53", "57P")
_PASSING_STATES = frozenset({"55P03", "25P03"})
_COLLISIONS = ("40", "55P03")


class LostPartition(Exception):
    """Another consumer moved the position on: nothing of this transaction may count."""


def is_transient(error: BaseException) -> bool:
    """True if trying the same again later may well succeed: such an event is never parked."""
    for cause in _causes(error):
        if isinstance(cause, ConnectionError | TimeoutError | NoFreeConnection | Overloaded | asyncpg.InterfaceError):
            return True
        state = _state(cause)
        if state.startswith(_PASSING_CLASSES) or state in _PASSING_STATES:
            return True
    return False


def is_collision(error: BaseException) -> bool:
    """True if it gave way to another transaction: a deadlock, a serialization failure, a lock not had in time."""
    return any(_state(cause).startswith(_COLLISIONS) for cause in _causes(error))


def describe(error: BaseException) -> str:
    """Classes, codes and constraint names; never a message, since it may quote a person's data."""
    said: list[str] = []
    for cause in _causes(error):
        said.append(type(cause).__name__)
        if isinstance(cause, EnvelopeError | Problem):
            said.append(cause.code)
        said += [f"{name}={value}" for name in ("sqlstate", "constraint_name") if (value := getattr(cause, name, None))]
    return " ".join(dict.fromkeys(said))


def _state(error: BaseException) -> str:
    state = getattr(error, "sqlstate", None)
    return state if isinstance(state, str) else ""


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, and what it was raised from (SQLAlchemy wraps the driver's error twice)."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__
