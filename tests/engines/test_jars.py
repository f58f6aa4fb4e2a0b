"""Every jar is the locked one, byte for byte, or nothing starts."""

from pathlib import Path

import pytest

from zd_engines.errors import EngineError
from zd_engines.jars import Jar, ensure_jars, locked_jars
from zd_engines.kafka import Kafka
from zd_engines.process import free_port

EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_the_lock_names_the_broker_its_clients_and_a_logging_binding() -> None:
    jars = {jar.artifact: jar for jar in locked_jars()}
    assert jars["kafka_2.13"].version == jars["kafka-clients"].version == "4.1.0"
    assert "log4j-slf4j-impl" in jars
    assert len(jars) == len(locked_jars())
    assert all(len(jar.sha256) == 64 for jar in jars.values())


def test_the_lock_holds_no_address_of_any_index() -> None:
    assert all("/" not in f"{jar.group}{jar.artifact}{jar.version}" for jar in locked_jars())


def test_a_jar_with_a_wrong_checksum_is_set_aside_with_one_sentence(tmp_path: Path) -> None:
    jar = Jar("org.example", "thing", "1.0", EMPTY_SHA256)
    (tmp_path / jar.file_name).write_bytes(b"tampered with")
    with pytest.raises(EngineError, match=r"thing-1\.0\.jar does not have .+ run the command again"):
        ensure_jars(tmp_path, [jar])
    assert not (tmp_path / jar.file_name).exists()


def test_a_broker_does_not_start_on_a_jar_with_a_wrong_checksum(run_dir: Path, jars_dir: Path, tmp_path: Path) -> None:
    for path in ensure_jars(jars_dir):
        (tmp_path / path.name).symlink_to(path)
    broken = tmp_path / "kafka_2.13-4.1.0.jar"
    broken.unlink()
    broken.write_bytes(b"tampered with")
    broker = Kafka(run_dir / "wrong-jar", free_port(), jars_dir=tmp_path)
    with pytest.raises(EngineError, match=r"kafka_2\.13-4\.1\.0\.jar does not have its locked checksum"):
        broker.start()
    assert broker.pid is None


def test_without_a_network_the_first_run_says_so_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A proxy that nobody answers at: what a machine without a network looks like to a download.
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with pytest.raises(EngineError, match="cannot be downloaded: connect to the network and try again"):
        ensure_jars(tmp_path, [Jar("org.example", "thing", "1.0", EMPTY_SHA256)])
    assert list(tmp_path.iterdir()) == []


def test_jars_that_are_there_need_no_network(jars_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ensure_jars(jars_dir)
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    assert len(ensure_jars(jars_dir)) == len(locked_jars())
