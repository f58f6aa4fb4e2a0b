"""The envelope: what is written can be read, and a hostile record is refused without repeating what it carried."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zd_contracts.envelope import (
    MAX_HEADER_BYTES,
    MAX_VALUE_BYTES,
    EnvelopeError,
    Header,
    RawEvent,
    envelope_from_kafka,
    envelope_from_structured,
    format_time,
    parse_sequence,
    parse_time,
    sequence,
    structured,
    to_headers,
)
from zd_contracts.events.registry import ChildMissing
from zd_contracts.samples import SAMPLES, envelope

MISSING = next(data for data in SAMPLES if isinstance(data, ChildMissing))
RECORD = envelope(MISSING)._replace(traceparent=f"00-{'a' * 32}-{'b' * 16}-01")
SECRET = "1101700999999"


def parse(record: RawEvent, headers: list[Header]) -> RawEvent:
    return envelope_from_kafka(record.key.encode(), record.value, headers)


def with_header(name: str, value: bytes) -> list[Header]:
    return [(name, value) if header == name else (header, old) for header, old in to_headers(RECORD)]


def without(name: str) -> list[Header]:
    return [header for header in to_headers(RECORD) if header[0] != name]


@pytest.mark.parametrize("data", SAMPLES, ids=lambda data: data.event_type)
def test_what_is_written_in_binary_mode_is_read_back(data: ChildMissing) -> None:
    record = envelope(data, 7)
    raw = parse(record, to_headers(record))
    assert raw == record
    event = raw.decode(type(data))
    assert (event.data, event.key, event.subject) == (data, data.key, data.subject)
    assert (str(event.id), format_time(event.time), parse_sequence(event.sequence)) == (record.id, record.time, (1, 7))


def test_what_is_written_in_structured_mode_is_read_back() -> None:
    assert envelope_from_structured(structured(RECORD)).decode(ChildMissing) == RECORD.decode(ChildMissing)


def test_the_trace_context_travels_as_a_plain_header_and_a_broken_one_is_dropped() -> None:
    assert RECORD.traceparent
    assert ("traceparent", RECORD.traceparent.encode()) in to_headers(RECORD)
    assert parse(RECORD, to_headers(RECORD)).traceparent == RECORD.traceparent
    for broken in (b"\xff" * 55, b"\n" * 55, b"", RECORD.traceparent.encode() + b"-more"):
        assert parse(RECORD, with_header("traceparent", broken)).traceparent is None
    assert parse(RECORD, without("traceparent")).traceparent is None


def test_headers_of_others_are_ignored_even_when_they_come_twice() -> None:
    assert parse(RECORD, [*to_headers(RECORD), ("x-broker", b"1"), ("x-broker", b"2")]) == RECORD


HEADERS = [name for name, _ in to_headers(RECORD)]
HOSTILE: dict[str, tuple[list[Header], str]] = {
    **{f"{name} twice": ([*to_headers(RECORD), (name, b"x")], "duplicate_header") for name in HEADERS},
    **{f"{name} in capitals": ([*without(name), (name.upper(), b"x")], "duplicate_header") for name in HEADERS},
    "specversion 0.3": (with_header("ce_specversion", b"0.3"), "bad_specversion"),
    "no specversion": (without("ce_specversion"), "bad_specversion"),
    "no content type": (without("content-type"), "bad_content_type"),
    "structured mode": (with_header("content-type", b"application/cloudevents+json"), "bad_content_type"),
    "no schema": (without("ce_dataschema"), "schema_mismatch"),
    "schema of another type": (with_header("ce_dataschema", b"urn:zd:schema:other.v1"), "schema_mismatch"),
    "key of another child": (with_header("ce_partitionkey", SECRET.encode()), "key_mismatch"),
    "no id": (without("ce_id"), "missing_header"),
    "no source": (without("ce_source"), "missing_header"),
    "no time": (without("ce_time"), "missing_header"),
    "empty subject": (with_header("ce_subject", b""), "missing_header"),
    "type not UTF-8": (with_header("ce_type", b"\xff\xfe"), "bad_header"),
    "source with a line break": (with_header("ce_source", b"urn:zd\nINFO " + SECRET.encode()), "bad_header"),
    "subject too long": (with_header("ce_subject", b"x" * (MAX_HEADER_BYTES + 1)), "oversize"),
    "sequence too short": (with_header("ce_sequence", b"0001-12"), "bad_sequence"),
    "sequence in Thai digits": (with_header("ce_sequence", "๐๐๐๑-๐๐๐๐๐๐๐๐๐๐๐๐๐๐๐๐๐๐๑".encode()), "bad_sequence"),
    "sequence past 64 bits": (with_header("ce_sequence", b"0001-" + b"9" * 19), "bad_sequence"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_record_is_refused_by_code_and_without_its_values(name: str) -> None:
    headers, code = HOSTILE[name]
    with pytest.raises(EnvelopeError) as caught:
        parse(RECORD, headers)
    assert caught.value.code == code
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        (None, RECORD.value, "key_mismatch"),
        (b"another", RECORD.value, "key_mismatch"),
        (RECORD.key.encode(), None, "no_data"),
        (RECORD.key.encode(), b" " * (MAX_VALUE_BYTES + 1), "oversize"),
    ],
)
def test_a_record_without_its_key_or_with_no_or_too_much_data_is_refused(
    key: bytes | None, value: bytes | None, code: str
) -> None:
    with pytest.raises(EnvelopeError) as caught:
        envelope_from_kafka(key, value, to_headers(RECORD))
    assert caught.value.code == code


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"\xff",
        b"{",
        b"[]",
        b'"text"',
        b"null",
        b"{}",
        b"[" * 60_000,
        RECORD.value.replace(b"520301", SECRET.encode()),
    ],
    ids=["empty", "not UTF-8", "cut off", "list", "text", "null", "no fields", "very deep", "identifier as tambon"],
)
def test_data_that_does_not_fit_is_refused_without_its_values(value: bytes) -> None:
    with pytest.raises(EnvelopeError) as caught:
        RECORD._replace(value=value).decode(ChildMissing)
    assert caught.value.code == "bad_data"
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__, "the traceback would print the values"


@pytest.mark.parametrize("value", [b"\xff", b"[1]", b"[" * 60_000])
def test_untyped_data_that_is_no_object_is_refused(value: bytes) -> None:
    with pytest.raises(EnvelopeError, match="bad_data"):
        _ = RECORD._replace(value=value).data


def test_data_about_another_child_than_the_key_says_is_refused() -> None:
    other = MISSING.model_copy(update={"child_id": uuid4()})
    with pytest.raises(EnvelopeError, match="key_mismatch"):
        RECORD._replace(value=other.encode()).decode(ChildMissing)


@pytest.mark.parametrize("text", ["x", SECRET, "{" + RECORD.id + "}", RECORD.id.replace("-", "")])
def test_an_id_that_is_no_usual_uuid_is_refused(text: str) -> None:
    with pytest.raises(EnvelopeError, match="bad_id"):
        RECORD._replace(id=text).decode(ChildMissing)


@pytest.mark.parametrize("text", ["yesterday", "2026-06-01", "2026-06-01T02:00:00"])
def test_a_time_without_an_instant_is_refused(text: str) -> None:
    with pytest.raises(EnvelopeError, match="bad_time"):
        RECORD._replace(time=text).decode(ChildMissing)


def test_times_are_utc_whatever_offset_they_came_with() -> None:
    bangkok = datetime(2026, 6, 1, 9, tzinfo=timezone(timedelta(hours=7)))
    assert format_time(bangkok) == "2026-06-01T02:00:00Z"
    assert parse_time("2026-06-01T09:00:00+07:00").tzinfo is UTC
    with pytest.raises(ValueError, match="offset"):
        format_time(datetime(2026, 6, 1))  # noqa: DTZ001  # the fault under test


def test_an_unknown_field_from_a_newer_publisher_is_ignored() -> None:
    newer = RECORD._replace(value=RECORD.value[:-1] + b',"added_later":1}')
    assert newer.decode(ChildMissing).data == MISSING


@pytest.mark.parametrize(
    "attributes", [{"id": 5}, {"data": [1]}, {"partitionkey": 5}, {"id": "\ud800"}, {"extra": None}]
)
def test_a_hostile_item_of_the_feed_is_refused(attributes: dict[str, object]) -> None:
    with pytest.raises(EnvelopeError):
        _ = envelope_from_structured({**structured(RECORD), **attributes}).decode(ChildMissing)


@given(st.integers(0, 9_999), st.integers(0, 2**63 - 1))
def test_a_sequence_reads_back(epoch: int, position: int) -> None:
    assert parse_sequence(sequence(epoch, position)) == (epoch, position)


@given(*[st.tuples(st.integers(0, 9_999), st.integers(0, 2**63 - 1))] * 2)
def test_the_text_order_of_sequences_is_their_order(one: tuple[int, int], other: tuple[int, int]) -> None:
    assert (sequence(*one) < sequence(*other)) == (one < other)


@pytest.mark.parametrize(("epoch", "position"), [(-1, 0), (10_000, 0), (0, -1), (0, 2**63)])
def test_a_sequence_that_would_break_the_order_is_not_written(epoch: int, position: int) -> None:
    with pytest.raises(ValueError, match="range"):
        sequence(epoch, position)


@given(
    st.none() | st.binary(max_size=60),
    st.none() | st.binary(max_size=200),
    st.lists(st.tuples(st.sampled_from([*HEADERS, "CE_ID", "other"]), st.binary(max_size=40)), max_size=14),
)
def test_no_record_whatsoever_raises_anything_else(
    key: bytes | None, value: bytes | None, changes: list[Header]
) -> None:
    for headers in (changes, [*dict([*to_headers(RECORD), *changes]).items()]):
        with suppress(EnvelopeError):
            envelope_from_kafka(key, value, headers).decode(ChildMissing)
