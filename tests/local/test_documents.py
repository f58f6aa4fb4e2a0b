"""What README.md and CONTRIBUTING.md tell a newcomer to open, to run or to read exists."""

import importlib.util
import re

import pytest

from tests.local.compose import SPECS, settings
from zd_local import layout
from zd_local.layout import ROOT, SERVICES

BY_DOCUMENT = pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md"])
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
# Made when it runs, or written with a part that stands for any.
UNCOMMITTED = re.compile(r"\.venv|\.zerodropout|/v1/|/var/|<|^/")


def code(document: str) -> list[str]:
    """What is written as code: between backticks, and in indented lines up to their comment."""
    text = (ROOT / document).read_text("utf-8")
    blocks = [line.partition("#")[0].strip() for line in re.findall(r"^ {4}(\S.*)$", text, re.MULTILINE)]
    return [*re.findall(r"`([^`\n]+)`", text), *blocks]


@BY_DOCUMENT
def test_every_make_target_exists(document: str) -> None:
    told = [words for said in code(document) for words in re.findall(r"\bmake ((?:-s |[a-z]+ ?)+)", said)]
    targets = {target for words in told for target in words.split() if target != "-s"}
    assert targets
    assert targets <= TARGETS


@BY_DOCUMENT
def test_every_path_exists(document: str) -> None:
    text = (ROOT / document).read_text("utf-8")
    linked = {link.partition("#")[0] for link in re.findall(r"\]\(([^)#:]+[^):]*)\)", text)}
    words = {word.rstrip("/") for said in code(document) for word in said.split() if "/" in word}
    paths = linked | {word for word in words if not UNCOMMITTED.search(word) and re.fullmatch(r"[\w./-]+", word)}
    assert len(paths) > 4
    assert [path for path in paths if not (ROOT / path).exists()] == []


@BY_DOCUMENT
def test_every_module_can_be_run(document: str) -> None:
    modules = {module for said in code(document) for module in re.findall(r"python -m (\w+)", said)}
    assert modules
    assert [module for module in modules if importlib.util.find_spec(f"{module}.__main__") is None] == []


def test_the_ports_of_the_services_are_those_of_make_up() -> None:
    rows = re.findall(r"^\| \[(\w+)\]\(services/\w+\) .* \| (\d+) \|$", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert rows == [(service, str(layout.port(service, "api"))) for service in SERVICES]


@pytest.mark.parametrize("service", SERVICES)
def test_a_services_own_readme_names_every_fact_it_hears(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (ROOT / "services" / service / "README.md").read_text("utf-8")
    handled = SPECS[service].handlers(settings(f"{service}-bus", monkeypatch))
    heard = {".".join(event_type.split(".")[2:4]) for event_type in handled._by_type}
    assert heard
    assert [fact for fact in heard if f"`{fact}`" not in text] == []
