"""Which errors pass by themselves, and which of them come from meeting another transaction."""

import asyncpg
import pytest

from zd_kernel.events.failures import is_collision, is_transient


@pytest.mark.parametrize(
    ("error", "transient", "collision"),
    [
        (asyncpg.DeadlockDetectedError("…"), True, True),
        (asyncpg.SerializationError("…"), True, True),
        (asyncpg.LockNotAvailableError("…"), True, True),
        (asyncpg.TooManyConnectionsError("…"), True, False),
        (asyncpg.AdminShutdownError("…"), True, False),
        (ConnectionResetError(), True, False),
        (asyncpg.QueryCanceledError("…"), False, False),
        (asyncpg.UniqueViolationError("…"), False, False),
        (LookupError(), False, False),
    ],
)
def test_an_error_is_judged_by_itself_and_by_what_it_was_raised_from(
    error: Exception, transient: bool, collision: bool
) -> None:
    wrapped = RuntimeError()
    wrapped.__cause__ = error
    for either in (error, wrapped):
        assert (is_transient(either), is_collision(either)) == (transient, collision)
