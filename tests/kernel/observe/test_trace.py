import asyncio
import re

import pytest

from zd_kernel.observe.trace import bind, child_traceparent, current_trace_id, current_traceparent, new_traceparent

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_a_child_keeps_the_trace_and_the_flags_and_has_a_span_of_its_own() -> None:
    child = child_traceparent(PARENT)
    assert child[:36] == PARENT[:36]
    assert child[-3:] == "-01"
    assert child != PARENT
    assert child_traceparent(child)[:36] == PARENT[:36]


@pytest.mark.parametrize(
    "invalid",
    [
        None,
        "",
        "None",
        PARENT.upper(),
        PARENT + "-extra",
        PARENT.replace("00-", "ff-", 1),
        PARENT.replace("0af7651916cd43dd8448eb211c80319c", "0" * 32),
        PARENT.replace("b7ad6b7169203331", "0" * 16),
        PARENT.replace("a", "g"),
        f" {PARENT}",
        f"{PARENT}\n",
    ],
)
def test_what_is_not_a_traceparent_to_the_letter_starts_a_new_trace(invalid: str | None) -> None:
    started = child_traceparent(invalid)
    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01", started)
    assert PARENT[3:35] not in started


def test_new_traces_differ() -> None:
    assert len({new_traceparent() for _ in range(100)}) == 100


def test_a_block_is_one_span_and_the_former_one_comes_back_after_it() -> None:
    assert current_traceparent() is None
    with bind(PARENT):
        outer = current_traceparent()
        assert outer != PARENT
        with bind(outer):
            assert current_traceparent() not in (outer, PARENT)
            assert current_trace_id() == PARENT[3:35]
        assert current_traceparent() == outer
    assert (current_traceparent(), current_trace_id()) == (None, None)


async def test_concurrent_tasks_each_have_their_own_trace() -> None:
    async def one() -> str | None:
        with bind(None):
            before = current_traceparent()
            await asyncio.sleep(0.001)
            assert current_traceparent() == before
            return before

    assert len(set(await asyncio.gather(*(one() for _ in range(20))))) == 20
