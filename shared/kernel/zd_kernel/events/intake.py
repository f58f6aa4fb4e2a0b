"""What a record is to this instance, judged from the record alone: no database, no side effect."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol

from aiokafka import TopicPartition

from zd_contracts.envelope import EnvelopeError, Event, RawEvent, envelope_from_kafka, parse_sequence
from zd_kernel.events.handlers import Handler, HandlerTable
from zd_kernel.events.positions import Move, Position

Poll = Mapping[TopicPartition, Sequence["Record"]]
Skipped = Literal["resent", "unknown_type"]


class Record(Protocol):
    """As aiokafka hands it over."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


class Arrival(NamedTuple):
    """An event that a handler of ours waits for; `fact` is what the handler gets, or why it cannot be made."""

    record: Record
    event: RawEvent
    handler: Handler
    fact: Event[Any] | EnvelopeError


@dataclass(frozen=True, slots=True)
class Refusal:
    """A record that is no event of the source that may speak in its topic. Kept for a human, blocks nothing."""

    record: Record
    error: str


@dataclass(frozen=True, slots=True)
class NewTimeline:
    """The source was restored from a backup: its word in `old_epoch` from `from_position` on no longer holds."""

    source: str
    partition: TopicPartition
    old_epoch: int
    new_epoch: int
    from_position: int
    to_position: int


@dataclass(slots=True)
class Intake:
    """Everything that one transaction has to do with a set of records, in their order."""

    records: Poll
    arrivals: list[Arrival]
    refusals: list[Refusal]
    timelines: list[NewTimeline]
    skipped: dict[Skipped, int]
    moves: dict[TopicPartition, Move]


def judge(
    records: Poll,
    positions: Mapping[TopicPartition, Position],
    sources: Mapping[str, str],
    handlers: HandlerTable,
) -> Intake:
    """`sources` says who may speak in a topic. A record is a resend if its sequence is not above the last one's."""
    intake = Intake(records, [], [], [], {"resent": 0, "unknown_type": 0}, {})
    for partition, batch in records.items():
        old = positions[partition]
        last = _judge_some(intake, partition, batch, old.last_sequence, sources[partition.topic], handlers)
        intake.moves[partition] = Move(old, Position(batch[-1].offset + 1, last))
    return intake


def _judge_some(
    intake: Intake, partition: TopicPartition, batch: Iterable[Record], last: str, source: str, handlers: HandlerTable
) -> str:
    """Returns the last sequence after them."""
    for record in batch:
        try:
            event = envelope_from_kafka(record.key, record.value, record.headers)
        except EnvelopeError as error:
            intake.refusals.append(Refusal(record, f"EnvelopeError {error.code}"))
            continue
        sequence = event.sequence
        if event.source != source:
            intake.refusals.append(Refusal(record, "wrong_source"))
            continue
        if sequence <= last:
            intake.skipped["resent"] += 1
            continue
        if last and not sequence.startswith(last[:4]):
            intake.timelines.append(_new_timeline(source, partition, last, sequence))
        last = sequence
        handler = handlers.get(event.type)
        if handler is None:
            intake.skipped["unknown_type"] += 1
        else:
            intake.arrivals.append(Arrival(record, event, handler, _fact(event, handler)))
    return last


def _fact(event: RawEvent, handler: Handler) -> Event[Any] | EnvelopeError:
    try:
        return event.decode(handler.model)
    except EnvelopeError as error:
        return error


def _new_timeline(source: str, partition: TopicPartition, last: str, first: str) -> NewTimeline:
    (old_epoch, to_position), (new_epoch, from_position) = parse_sequence(last), parse_sequence(first)
    return NewTimeline(source, partition, old_epoch, new_epoch, from_position, to_position)
