"""CloudEvents 1.0 on Kafka in binary mode: the record around every fact, written and read strictly.

Parsing and building run once per event at tens of thousands per second, so the envelope is plain strings and bytes;
only the data is a pydantic model, and it is decoded when a handler asks for it. No error text here carries a value
that came with the record: it ends up in logs.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, ClassVar, Final, Generic, NamedTuple, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError

SPECVERSION: Final = "1.0"
CONTENT_TYPE: Final = "application/json"
MAX_VALUE_BYTES: Final = 65_536
MAX_HEADER_BYTES: Final = 512
_MAX_POSITION: Final = 2**63 - 1
_MAX_EPOCH: Final = 9_999
_TEXTS: Final = ("ce_id", "ce_source", "ce_type", "ce_time", "ce_subject", "ce_partitionkey", "ce_sequence")
_KNOWN: Final = frozenset((*_TEXTS, "ce_specversion", "ce_dataschema", "content-type", "traceparent"))
_STRUCTURED_NAMES: Final = {"datacontenttype": "content-type", "traceparent": "traceparent"}

Header = tuple[str, bytes]


class EnvelopeError(Exception):
    """A record that is not an event of ours. `code` is stable; `message` names the header or field, never a value.

    Codes: missing_header, duplicate_header, bad_header, bad_specversion, bad_content_type, bad_id, bad_time,
    bad_sequence, schema_mismatch, key_mismatch, oversize, no_data, bad_data.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class EventData(BaseModel):
    """Base of every fact. Readers ignore fields that they do not know, so a publisher may add optional ones."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    event_type: ClassVar[str]
    """`zd.<service>.<subject>.<fact>.v<major>`"""
    key_field: ClassVar[str] = "child_id"
    """The field whose order is kept: all events with the same key lie in one partition."""
    subject_field: ClassVar[str] = "child_id"
    """The field that names what the fact is about (`ce_subject`)."""
    area_field: ClassVar[str] = "tambon"
    """The field that says who may read the event in the feed."""

    @property
    def key(self) -> str:
        return str(getattr(self, self.key_field))

    @property
    def subject(self) -> str:
        return str(getattr(self, self.subject_field))

    @property
    def area(self) -> str | None:
        """Six-digit DOPA code of the tambon; None when the residence is unknown."""
        area: str | None = getattr(self, self.area_field)
        return area

    def encode(self) -> bytes:
        """The record's value: compact JSON."""
        return self.model_dump_json().encode()


T = TypeVar("T", bound=EventData)
_Model = type[T]  # an alias, because `type` is an attribute's name below


@dataclass(frozen=True, slots=True)
class Event(Generic[T]):
    """A fact as a handler receives it; `time` is UTC, `sequence` rises per source and partition."""

    id: UUID
    source: str
    type: str
    time: datetime
    subject: str
    key: str
    sequence: str
    data: T
    traceparent: str | None


class RawEvent(NamedTuple):
    """An envelope as text, its data still undecoded: events that nobody handles cost no JSON.

    `id` is a UUID, `time` RFC 3339 (`format_time`), `value` the data as JSON.
    """

    id: str
    source: str
    type: str
    time: str
    subject: str
    key: str
    sequence: str
    value: bytes
    traceparent: str | None = None

    @property
    def data(self) -> dict[str, Any]:
        """Raises EnvelopeError(bad_data) unless the value is a JSON object."""
        try:
            data = json.loads(self.value)
        except (ValueError, RecursionError):
            raise EnvelopeError("bad_data", "value is not JSON") from None
        if not isinstance(data, dict):
            raise EnvelopeError("bad_data", "value is not a JSON object")
        return data

    def decode(self, model: _Model[T]) -> Event[T]:
        """Raises EnvelopeError: bad_data, key_mismatch (the data is about another key), bad_id, bad_time."""
        try:
            data = model.model_validate_json(self.value)
        except ValidationError as error:
            raise EnvelopeError("bad_data", _without_values(error)) from None
        if data.key != self.key:
            raise EnvelopeError("key_mismatch", f"ce_partitionkey is not the data's {model.key_field}")
        return Event(
            parse_id(self.id), self.source, self.type, parse_time(self.time), self.subject, self.key, self.sequence,
            data, self.traceparent,
        )  # fmt: skip


def sequence(epoch: int, position: int) -> str:
    """`<epoch, 4 digits>-<position, 19 digits>`, so that text order is numeric order."""
    if not (0 <= epoch <= _MAX_EPOCH and 0 <= position <= _MAX_POSITION):
        raise ValueError("epoch or position out of range")
    return f"{epoch:04d}-{position:019d}"


def parse_sequence(text: str) -> tuple[int, int]:
    """(epoch, position); raises EnvelopeError(bad_sequence)."""
    epoch, _, position = text.partition("-")
    if len(epoch) == 4 and len(position) == 19 and text.isascii() and epoch.isdigit() and position.isdigit():
        parsed = int(epoch), int(position)
        if parsed[1] <= _MAX_POSITION:
            return parsed
    raise EnvelopeError("bad_sequence", "ce_sequence is not <4 digits>-<19 digits>")


def parse_id(text: str) -> UUID:
    """Raises EnvelopeError(bad_id) unless it is a UUID in its usual 36 characters."""
    try:
        parsed = UUID(text)
    except ValueError:
        raise EnvelopeError("bad_id", "ce_id is not a UUID") from None
    if len(text) != 36:  # UUID() also takes braces and urn:uuid:, which two readers could compare as different ids
        raise EnvelopeError("bad_id", "ce_id is not a UUID in its usual form")
    return parsed


def parse_time(text: str) -> datetime:
    """UTC; raises EnvelopeError(bad_time) unless it is an RFC 3339 instant with an offset."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise EnvelopeError("bad_time", "ce_time is not an RFC 3339 instant") from None
    if time.tzinfo is None:
        raise EnvelopeError("bad_time", "ce_time has no offset")
    return time if time.tzinfo is UTC else time.astimezone(UTC)


def format_time(time: datetime) -> str:
    """RFC 3339 in UTC with Z; raises ValueError for an instant without an offset."""
    if time.tzinfo is not UTC:
        if time.tzinfo is None:
            raise ValueError("an instant needs an offset")
        time = time.astimezone(UTC)
    return time.isoformat()[:-6] + "Z"


def dataschema(event_type: str) -> str:
    """URI of the stored JSON Schema of a type."""
    return f"urn:zd:schema:{event_type}"


@lru_cache(maxsize=1024)
def _fixed_headers(source: str, event_type: str) -> tuple[Header, ...]:
    return (
        ("ce_specversion", SPECVERSION.encode()),
        ("ce_source", source.encode()),
        ("ce_type", event_type.encode()),
        ("ce_dataschema", dataschema(event_type).encode()),
        ("content-type", CONTENT_TYPE.encode()),
    )


def to_headers(event: RawEvent) -> list[Header]:
    """Headers of the record in binary mode; its key is `event.key.encode()`, its value `event.value`."""
    headers = [
        *_fixed_headers(event.source, event.type),
        ("ce_id", event.id.encode()),
        ("ce_time", event.time.encode()),
        ("ce_subject", event.subject.encode()),
        ("ce_partitionkey", event.key.encode()),
        ("ce_sequence", event.sequence.encode()),
    ]
    if event.traceparent is not None:
        headers.append(("traceparent", event.traceparent.encode()))
    return headers


def envelope_from_kafka(key: bytes | None, value: bytes | None, headers: Sequence[Header]) -> RawEvent:
    """Checks a record as any Kafka client hands it over; raises EnvelopeError. The data stays bytes."""
    found = dict(headers)
    if len(found) != len(headers) or not _KNOWN.issuperset(found):
        _refuse_ambiguous(headers)
    if value is None:
        raise EnvelopeError("no_data", "record has no value")
    if len(value) > MAX_VALUE_BYTES:
        raise EnvelopeError("oversize", f"value is longer than {MAX_VALUE_BYTES} bytes")
    if found.get("ce_specversion") != b"1.0":
        raise EnvelopeError("bad_specversion", "ce_specversion is not 1.0")
    if found.get("content-type") != b"application/json":
        raise EnvelopeError("bad_content_type", "content-type is not application/json")
    event_id, source, event_type, time, subject, partition_key, position = [_text(found, name) for name in _TEXTS]
    if found.get("ce_dataschema") != dataschema(event_type).encode():
        raise EnvelopeError("schema_mismatch", "ce_dataschema does not belong to ce_type")
    if key != found["ce_partitionkey"]:
        raise EnvelopeError("key_mismatch", "record key is not ce_partitionkey")
    parse_sequence(position)
    return RawEvent(event_id, source, event_type, time, subject, partition_key, position, value, _traceparent(found))


def structured(event: RawEvent) -> dict[str, Any]:
    """The event as CloudEvents structured JSON, for the HTTP feed; raises EnvelopeError(bad_data)."""
    attributes = {
        "specversion": SPECVERSION,
        "id": event.id,
        "source": event.source,
        "type": event.type,
        "time": event.time,
        "subject": event.subject,
        "datacontenttype": CONTENT_TYPE,
        "dataschema": dataschema(event.type),
        "partitionkey": event.key,
        "sequence": event.sequence,
        "data": event.data,
    }
    return attributes if event.traceparent is None else {**attributes, "traceparent": event.traceparent}


def envelope_from_structured(event: Mapping[str, Any]) -> RawEvent:
    """Checks one item of the HTTP feed by the rules of a record; raises EnvelopeError."""
    headers: list[Header] = []
    for name, attribute in event.items():
        if name == "data":
            continue
        if not isinstance(attribute, str):
            raise EnvelopeError("bad_header", "an attribute is not text")
        headers.append((_STRUCTURED_NAMES.get(name, f"ce_{name}"), attribute.encode("utf-8", "replace")))
    key = event.get("partitionkey", "")
    return envelope_from_kafka(key.encode("utf-8", "replace"), json.dumps(event.get("data")).encode(), headers)


def _text(found: dict[str, bytes], name: str) -> str:
    raw = found.get(name)
    if not raw:
        raise EnvelopeError("missing_header", f"{name} is missing or empty")
    if len(raw) > MAX_HEADER_BYTES:
        raise EnvelopeError("oversize", f"{name} is longer than {MAX_HEADER_BYTES} bytes")
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise EnvelopeError("bad_header", f"{name} is not UTF-8") from None
    if not text.isprintable():
        raise EnvelopeError("bad_header", f"{name} has control characters")
    return text


def _refuse_ambiguous(headers: Sequence[Header]) -> None:
    """Two readers must not read one record differently: some take the first of two headers, some ignore case."""
    seen: set[str] = set()
    for name, _ in headers:
        folded = name.lower()
        if folded in _KNOWN and (folded in seen or folded != name):
            raise EnvelopeError("duplicate_header", f"{folded} comes twice or in another spelling")
        seen.add(folded)


def _traceparent(found: dict[str, bytes]) -> str | None:
    """W3C: a trace context that cannot be read is dropped, the event is not."""
    raw = found.get("traceparent")
    return raw.decode() if raw is not None and len(raw) == 55 and raw.isascii() else None


def _without_values(error: ValidationError) -> str:
    """Where the data breaks the model. Field names are the model's own, so `loc` is safe; `input` and `msg` are not."""
    details = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(sorted({f"{'.'.join(map(str, d['loc'])) or 'data'} {d['type']}" for d in details}))
