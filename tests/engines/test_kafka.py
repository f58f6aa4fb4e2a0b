"""A real broker: it keeps its data through stop and kill -9, and topics are made with their rules."""

import shutil
import socket
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import InvalidPartitionsError, UnknownTopicOrPartitionError

from zd_engines.__main__ import main
from zd_engines.errors import DidNotStart, DiskFull, PortInUse
from zd_engines.kafka import Kafka, cluster_id
from zd_engines.process import free_port
from zd_engines.pytest_plugin import Topics
from zd_engines.topics import create_topics


@pytest.fixture
def broker(run_dir: Path, jars_dir: Path) -> Iterator[Kafka]:
    folder = run_dir / "own-kafka"
    made = Kafka(folder, free_port(), jars_dir=jars_dir)
    yield made
    made.remove()
    shutil.rmtree(folder, ignore_errors=True)


async def send(bootstrap: str, topic: str, value: bytes) -> None:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all") as producer:
        await producer.send_and_wait(topic, value, partition=0)


async def read(bootstrap: str, topic: str, count: int) -> list[bytes]:
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest") as consumer:
        consumer.assign([TopicPartition(topic, 0)])
        return [(await consumer.getone()).value for _ in range(count)]


@pytest.mark.timeout(180)  # three starts of a broker, on a machine that may be busy
async def test_records_survive_a_stop_and_kill_9(broker: Kafka) -> None:
    broker.start()
    await create_topics(broker.bootstrap, {"kept": 1})
    await send(broker.bootstrap, "kept", b"before the stop")
    broker.stop()
    assert broker.pid is None
    broker.start()
    await send(broker.bootstrap, "kept", b"before the crash")
    broker.kill()
    broker.start()
    assert await read(broker.bootstrap, "kept", 2) == [b"before the stop", b"before the crash"]


@pytest.mark.timeout(180)
def test_a_broker_left_over_by_an_earlier_run_is_stopped_and_started_anew(
    broker: Kafka, run_dir: Path, jars_dir: Path
) -> None:
    broker.start()
    orphan = broker.pid
    later = Kafka(run_dir / "own-kafka", broker.port, jars_dir=jars_dir)
    assert later.pid == orphan is not None
    later.start()
    assert broker.pid == later.pid != orphan
    later.stop()
    assert broker.pid is None


def test_a_first_start_that_was_cut_off_while_formatting_is_done_again(broker: Kafka) -> None:
    broker.data_dir.mkdir(parents=True)
    (broker.data_dir / "bootstrap.checkpoint").write_bytes(b"half")
    broker.start()
    assert broker.pid is not None
    assert "started" in broker.log.read_text()


def test_a_cluster_is_never_named_like_an_option() -> None:
    for first_byte in range(256):
        name = cluster_id(UUID(bytes=bytes([first_byte, *range(15)])))
        assert name[0].isalpha()
        assert len(b64decode(f"{name}==", altchars="-_", validate=True)) == 16


def test_a_port_in_use_is_said_in_one_sentence(broker: Kafka) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", broker.port))
        other.listen()
        with pytest.raises(PortInUse, match=rf"Port {broker.port}, which Kafka needs"):
            broker.start()


def test_a_full_disk_is_said_in_one_sentence(run_dir: Path, jars_dir: Path) -> None:
    enough_for_nobody = shutil.disk_usage(run_dir).total + 1
    broker = Kafka(run_dir / "full", free_port(), jars_dir=jars_dir, min_free_bytes=enough_for_nobody)
    with pytest.raises(DiskFull, match="free some space"):
        broker.start()


def test_a_broker_that_cannot_start_says_where_to_read_why(run_dir: Path, jars_dir: Path) -> None:
    broker = Kafka(run_dir / "tiny", free_port(), jars_dir=jars_dir, heap="1m")
    with pytest.raises(DidNotStart, match=rf"read its log {broker.log}"):
        broker.start()


async def test_topics_are_kept_for_ever_and_made_only_once(topics: Topics) -> None:
    topic = topics.name("engines")
    assert await create_topics(topics.bootstrap, {topic: 3}) == [topic]
    assert await create_topics(topics.bootstrap, {topic: 5}) == []
    admin = AIOKafkaAdminClient(bootstrap_servers=topics.bootstrap)
    await admin.start()
    try:
        [described] = await admin.describe_topics([topic])
        [answer] = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    finally:
        await admin.close()
    config = {entry[0]: entry[1] for entry in answer.resources[0][4]}
    assert len(described["partitions"]) == 3
    assert (config["retention.ms"], config["cleanup.policy"]) == ("-1", "delete")


async def test_a_refused_topic_is_an_error(topics: Topics) -> None:
    with pytest.raises(InvalidPartitionsError):
        await create_topics(topics.bootstrap, {topics.name("refused"): 0})


async def test_writing_to_a_topic_that_nobody_made_does_not_make_it(topics: Topics) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=topics.bootstrap, request_timeout_ms=1000)
    await producer.start()
    try:
        with pytest.raises(UnknownTopicOrPartitionError):
            await producer.partitions_for(topics.name("unknown"))
    finally:
        await producer.stop()


def test_two_tests_never_share_a_topic(topics: Topics) -> None:
    other = Topics(topics.bootstrap, "another")
    assert topics.name("registry") != other.name("registry")
    assert topics.name("registry") == f"zd.registry.{topics.instance}.v1"


def test_the_command_creates_topics(
    topics: Topics, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ZD_KAFKA_BOOTSTRAP", topics.bootstrap)
    topic = topics.name("command")
    main(["topics", topic, "--partitions", "2"])
    main(["topics", topic])
    assert capsys.readouterr().out == f"{topic}: created\n{topic}: exists\n"
