"""Apache Kafka's jars: locked coordinates, fetched through jgo, every SHA-256 checked by us."""

import hashlib
import shutil
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

import requests
from jgo.maven import MavenContext

from zd_engines.errors import EngineError

_DOWNLOADS_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Jar:
    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def file_name(self) -> str:
        return f"{self.artifact}-{self.version}.jar"


def locked_jars(lock: str | None = None) -> tuple[Jar, ...]:
    """Reads lines `group:artifact:version sha256`; by default Kafka's whole runtime with an SLF4J binding."""
    lines = (files("zd_engines") / "kafka.lock").read_text() if lock is None else lock
    return tuple(Jar(*line.replace(":", " ").split()) for line in lines.splitlines() if line.strip())


def ensure_jars(folder: Path, jars: Iterable[Jar] | None = None) -> list[Path]:
    """The paths of all jars in `folder`, fetched where missing and each one verified.

    Raises `EngineError` if the network is needed and missing, or if a file is not the locked one.
    """
    wanted = tuple(locked_jars() if jars is None else jars)
    folder.mkdir(parents=True, exist_ok=True)
    missing = [jar for jar in wanted if not (folder / jar.file_name).exists()]
    if missing:
        _fetch(folder, missing)
    for jar in wanted:
        _verify(folder / jar.file_name, jar)
    return [folder / jar.file_name for jar in wanted]


def _fetch(folder: Path, jars: list[Jar]) -> None:
    # Beside the jars, and moved in only when whole and verified: several runs may fetch into one folder at once.
    with TemporaryDirectory(dir=folder, prefix="fetch-") as work, ThreadPoolExecutor(_DOWNLOADS_AT_ONCE) as pool:
        repository = MavenContext(repo_cache=Path(work), timeout=30)
        for jar, path in zip(jars, pool.map(partial(_download, repository), jars), strict=True):
            _verify(path, jar)
            shutil.move(path, folder / jar.file_name)


def _download(repository: MavenContext, jar: Jar) -> Path:
    try:
        path = repository.project(jar.group, jar.artifact).at_version(jar.version).artifact().resolve()
    except (requests.RequestException, RuntimeError) as exc:
        raise EngineError(
            f"ดาวน์โหลด {jar.file_name} ของ Apache Kafka ไม่ได้ โปรดต่ออินเทอร์เน็ตแล้วลองใหม่ (ครั้งต่อไปไม่ต้องใช้อีก)",
            f"{jar.file_name} of Apache Kafka cannot be downloaded: connect to the network and try again "
            "(later runs do not need it).",
        ) from exc
    return Path(path)


def _verify(path: Path, jar: Jar) -> None:
    with path.open("rb") as content:
        if hashlib.file_digest(content, "sha256").hexdigest() == jar.sha256:
            return
    path.replace(path.with_suffix(".rejected"))
    raise EngineError(
        f"ไฟล์ {jar.file_name} ไม่ตรงกับค่าตรวจสอบที่ล็อกไว้จึงถูกคัดออก โปรดสั่งใหม่เพื่อดาวน์โหลดอีกครั้ง และหากพบซ้ำอย่าใช้เครือข่ายนี้",
        f"{jar.file_name} does not have its locked checksum and was set aside: run the command again to download it "
        "anew, and if this returns do not use this network.",
    )
