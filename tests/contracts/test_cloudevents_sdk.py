"""Any agency's CloudEvents library reads our records, and we read what it writes."""

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_kafka_event, to_binary_event

from zd_contracts.envelope import EventData, envelope_from_kafka, parse_time, to_headers
from zd_contracts.samples import SAMPLES, envelope


@pytest.mark.parametrize("data", SAMPLES, ids=lambda data: data.event_type)
def test_the_sdk_reads_our_record_and_writes_it_back_alike(data: EventData) -> None:
    record = envelope(data)
    message = KafkaMessage(headers=dict(to_headers(record)), key=record.key.encode(), value=record.value)
    event = from_kafka_event(message)

    assert (event.get_specversion(), event.get_id(), event.get_type()) == ("1.0", record.id, data.event_type)
    assert (event.get_source(), event.get_subject()) == (record.source, record.subject)
    assert event.get_time() == parse_time(record.time)
    assert event.get_dataschema() == f"urn:zd:schema:{data.event_type}"
    assert event.get_datacontenttype() == "application/json"
    assert event.get_extension("partitionkey") == data.key
    assert event.get_extension("sequence") == record.sequence
    assert event.get_data() == record.data

    written = to_binary_event(event)
    assert written.headers == message.headers
    assert isinstance(written.key, str)
    assert envelope_from_kafka(written.key.encode(), written.value, [*written.headers.items()]).data == record.data
