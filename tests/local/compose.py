"""`docker-compose.yml` as Compose would see it with no variable set, and the Dockerfiles as lists of instructions."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from zd_cases.__main__ import SPEC as CASES
from zd_grants.__main__ import SPEC as GRANTS
from zd_kernel.service import ServiceSpec
from zd_kernel.settings import ServiceSettings
from zd_local.layout import PROCESSES, ROOT
from zd_notify.__main__ import SPEC as NOTIFY
from zd_registry.__main__ import SPEC as REGISTRY

SPECS: dict[str, ServiceSpec] = {spec.name: spec for spec in (REGISTRY, CASES, GRANTS, NOTIFY)}
_VARIABLE = re.compile(r"\$\{(?P<name>[A-Z_]+):-(?P<default>[^}]*)\}")


def load_compose() -> dict[str, dict[str, Any]]:
    """The services, each variable replaced by its default."""
    text = (ROOT / "docker-compose.yml").read_text("utf-8")
    services: dict[str, dict[str, Any]] = yaml.safe_load(_VARIABLE.sub(r"\g<default>", text))["services"]
    return services


def default_of_variables() -> dict[str, set[str]]:
    """Variable → the defaults that the file gives it."""
    found: dict[str, set[str]] = {}
    for match in _VARIABLE.finditer((ROOT / "docker-compose.yml").read_text("utf-8")):
        found.setdefault(match["name"], set()).add(match["default"])
    return found


CONTAINERS = load_compose()
SERVICE_CONTAINERS = [f"{service}-{process}" for service in SPECS for process in ("migrate", *PROCESSES)]


def environment(container: str) -> dict[str, str]:
    return dict(CONTAINERS[container].get("environment", {}))


def settings(container: str, monkeypatch: pytest.MonkeyPatch) -> ServiceSettings:
    """As a process in the container reads them."""
    spec = SPECS[container.partition("-")[0]]
    for name, value in environment(container).items():
        monkeypatch.setenv(name, value)
    # The file is mounted into the container; here it is where it is mounted from.
    organisations = CONTAINERS[container]["volumes"][0].partition(":")[0]
    return spec.settings_class(organisations_file=ROOT / organisations)


def dockerfiles() -> list[Path]:
    return sorted({ROOT / c["build"]["dockerfile"] for c in CONTAINERS.values() if "build" in c})


def instructions(dockerfile: Path) -> list[tuple[str, list[str]]]:
    """(`COPY`, [source, destination]) and so on; the exec form and the shell form give the same list."""
    lines = [line for line in dockerfile.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    return [
        (word, json.loads(rest) if rest.startswith("[") else shlex.split(rest)) for word, rest in map(_split, lines)
    ]


def _split(line: str) -> tuple[str, str]:
    word, _, rest = line.partition(" ")
    return word, rest


def install_arguments(dockerfile: Path) -> list[str]:
    """What the Dockerfile gives to `deploy/install` after the interpreter: the lock, then the local folders."""
    runs = [words for word, words in instructions(dockerfile) if word == "RUN" and words[0] == "deploy/install"]
    assert len(runs) == 1, f"{dockerfile} must call deploy/install once"
    assert runs[0][1] == "python"
    return runs[0][2:]
