"""CloudEvents 1.0 on Kafka in binary mode: the record around every fact, written and read strictly.

Parsing and building run once per event at tens of thousands per second, so the envelope is plain strings and bytes;
only the data is a pydantic model, and it is decoded when a handler asks for it. No error text here carries a value
that came with the record: it ends up in logs.
"""

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from typing import Any, ClassVar, Final, Generic, NamedTuple, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError

from zd_contracts.attributes import (
    EnvelopeError,
    check_id,
    check_sequence,
    dataschema,
    format_time,
    parse_id,
    parse_sequence,
    parse_time,
    sequence,
)

__all__ = [
    "EnvelopeError", "Event", "EventData", "Header", "RawEvent", "dataschema", "envelope_from_kafka",
    "envelope_from_structured", "format_time", "parse_id", "parse_sequence", "parse_time", "sequence", "structured",
    "to_headers",
]  # fmt: skip

SPECVERSION: Final = "1.0"
CONTENT_TYPE: Final = "application/json"
MAX_VALUE_BYTES: Final = 65_536
MAX_HEADER_BYTES: Final = 512
_TEXTS: Final = ("ce_id", "ce_time", "ce_subject", "ce_partitionkey", "ce_sequence")
_FIXED: Final = ("ce_specversion", "content-type", "ce_dataschema", "ce_source", "ce_type")
_KNOWN: Final = frozenset((*_TEXTS, *_FIXED, "traceparent"))
_STRUCTURED_NAMES: Final = {"datacontenttype": "content-type", "traceparent": "traceparent"}
_TRACEPARENT: Final = re.compile(rb"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")

Header = tuple[str, bytes]


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


class Event(NamedTuple, Generic[T]):
    """A fact as a handler receives it; `sequence` rises per source and partition. Made by `RawEvent.decode`.

    Few handlers ask for the id or the time, so their texts (checked before) are made into values only then.
    """

    ce_id: str
    source: str
    type: str
    ce_time: str
    subject: str
    key: str
    sequence: str
    data: T
    traceparent: str | None

    @property
    def id(self) -> UUID:
        return parse_id(self.ce_id)

    @property
    def time(self) -> datetime:
        """UTC."""
        return parse_time(self.ce_time)


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
        check_id(self.id)
        parse_time(self.time)
        return Event(
            self.id, self.source, self.type, self.time, self.subject, self.key, self.sequence, data, self.traceparent
        )


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
    source, event_type = _source_and_type(*map(found.get, _FIXED))
    event_id, time, subject, partition_key, position = _texts(list(map(found.get, _TEXTS)))
    if key != found["ce_partitionkey"]:
        raise EnvelopeError("key_mismatch", "record key is not ce_partitionkey")
    check_sequence(position)
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


@lru_cache(maxsize=1024)
def _source_and_type(
    specversion: bytes | None,
    content_type: bytes | None,
    schema: bytes | None,
    source: bytes | None,
    kind: bytes | None,
) -> tuple[str, str]:
    """What is the same in all events of one type and source is checked once."""
    if specversion != SPECVERSION.encode():
        raise EnvelopeError("bad_specversion", "ce_specversion is not 1.0")
    if content_type != CONTENT_TYPE.encode():
        raise EnvelopeError("bad_content_type", "content-type is not application/json")
    texts = _text("ce_source", source), _text("ce_type", kind)
    if schema != dataschema(texts[1]).encode():
        raise EnvelopeError("schema_mismatch", "ce_dataschema does not belong to ce_type")
    return texts


def _texts(raws: list[bytes | None]) -> list[str]:
    """All of `_TEXTS` in few steps; what does not pass them is looked at one by one, to say what is wrong."""
    with suppress(AttributeError, UnicodeDecodeError):
        texts = [raw.decode() for raw in raws]  # type: ignore[union-attr]  # None: the AttributeError
        joined = "".join(texts)
        if len(joined) <= MAX_HEADER_BYTES and joined.isascii() and joined.isprintable() and all(texts):
            return texts
    return list(map(_text, _TEXTS, raws))


def _text(name: str, raw: bytes | None) -> str:
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
    return raw.decode() if raw is not None and _TRACEPARENT.fullmatch(raw) else None


def _without_values(error: ValidationError) -> str:
    """Where the data breaks the model. Field names are the model's own, so `loc` is safe; `input` and `msg` are not."""
    details = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(sorted({f"{'.'.join(map(str, d['loc'])) or 'data'} {d['type']}" for d in details}))
