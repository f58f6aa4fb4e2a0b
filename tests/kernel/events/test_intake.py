"""What a record is, judged from the record alone."""

import asyncio
from types import SimpleNamespace
from typing import Any

from aiokafka import TopicPartition

from tests.kernel.events.probe import Counted, ProbeSettings, Unheard, handlers
from zd_contracts.envelope import RawEvent, sequence, to_headers
from zd_kernel.events.intake import Record, judge, judge_gently
from zd_kernel.events.positions import Position
from zd_kernel.ids import uuid7

SOURCE = "urn:zd:probe:speaker"


def record(offset: int, position: int, fact: Counted | Unheard, **changes: Any) -> Record:
    event = RawEvent(
        str(uuid7()), SOURCE, fact.event_type, "2026-01-02T03:04:05Z", fact.subject, fact.key, sequence(1, position),
        fact.encode(),
    )._replace(**changes)  # fmt: skip
    return SimpleNamespace(
        topic="t", partition=0, offset=offset, key=event.key.encode(), value=event.value, headers=to_headers(event)
    )


async def test_records_judged_gently_are_judged_alike_and_let_others_work_in_between() -> None:
    child, position = uuid7(), 0
    records: list[Record] = []
    for offset in range(0, 100, 5):
        records += [
            record(offset, position + 1, Counted(child_id=child, number=offset)),
            record(offset + 1, position + 2, Unheard(child_id=child, number=offset)),
            record(offset + 2, position + 1, Counted(child_id=child, number=offset)),
            record(offset + 3, position + 9, Counted(child_id=child, number=offset), source="urn:zd:probe:other"),
            record(offset + 4, position + 3, Counted(child_id=child, number=offset), sequence=sequence(2, position)),
        ]
        position += 3
    partition = TopicPartition("t", 0)
    given: Any = (
        {partition: records},
        {partition: Position(0, "")},
        {"t": SOURCE},
        handlers(ProbeSettings.model_construct()),
    )
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    working = asyncio.create_task(other())
    gently = await judge_gently(*given)
    working.cancel()
    assert gently == judge(*given)
    assert (len(gently.refusals), len(gently.timelines), gently.skipped["unknown_type"]) == (20, 1, 1)
    assert gently.moves[partition].new.next_offset == 100
    assert turns > 3
