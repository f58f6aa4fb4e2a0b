"""What a record is, judged from the record alone."""

from types import SimpleNamespace
from typing import Any

from aiokafka import TopicPartition

from tests.kernel.events.probe import Counted, ProbeSettings, Unheard, handlers
from zd_contracts.envelope import RawEvent, sequence, to_headers
from zd_kernel.events.intake import NewTimeline, Record, judge
from zd_kernel.events.positions import Move, Position
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


def test_every_record_is_an_arrival_a_refusal_a_resend_or_of_no_known_type() -> None:
    fact = Counted(child_id=uuid7(), number=1)
    first = record(0, 1, fact)
    broken: Any = SimpleNamespace(topic="t", partition=0, offset=3, key=b"", value=None, headers=[])
    restored = record(5, 2, fact, sequence=sequence(2, 1))
    records = [
        first,
        record(1, 1, fact),
        record(2, 3, Unheard(child_id=uuid7(), number=2)),
        broken,
        record(4, 4, fact, source="urn:zd:probe:other"),
        restored,
        record(6, 5, fact),
    ]
    partition = TopicPartition("t", 0)
    table = handlers(ProbeSettings.model_construct())
    intake = judge({partition: records}, {partition: Position(0, "")}, {"t": SOURCE}, table)
    assert [arrival.record for arrival in intake.arrivals] == [first, restored]
    assert [refusal.record for refusal in intake.refusals] == [broken, records[4]]
    assert intake.skipped == {"resent": 2, "unknown_type": 1}
    assert intake.timelines == [NewTimeline(SOURCE, partition, 1, 2, 1, 3)]
    assert intake.moves == {partition: Move(Position(0, ""), Position(7, sequence(2, 1)))}
