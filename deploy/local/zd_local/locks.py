"""Resolves the lock files: one resolution of everything, then one lock per installable set, constrained by it."""

import subprocess
import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement

from zd_local.layout import ROOT, SERVICES

LOCAL_PACKAGES = {
    "zd-contracts": "shared/contracts",
    "zd-kernel": "shared/kernel",
    "zd-engines": "shared/engines",
    "zd-local": "deploy/local",
    **{f"zd-{service}": f"services/{service}" for service in SERVICES},
}
# The build backend is locked too, so that local folders are built without fetching anything.
BUILD_BACKEND = "hatchling"
TEST_TOOLS = {"pytest", "pytest-asyncio", "pytest-timeout", "hypothesis", "jsonschema", "schemathesis"}


def third_party(package: str) -> set[str]:
    """Requirements of a local package and of the local packages below it, as written in their pyproject.toml."""
    project = tomllib.loads((ROOT / LOCAL_PACKAGES[package] / "pyproject.toml").read_text("utf-8"))["project"]
    found: set[str] = set()
    for line in project["dependencies"]:
        name = Requirement(line).name
        found |= third_party(name) if name in LOCAL_PACKAGES else {line}
    return found


def write_locks() -> None:
    tools = (ROOT / "requirements.in").read_text("utf-8").splitlines()
    everything = set(tools).union(*map(third_party, LOCAL_PACKAGES))
    root = ROOT / "requirements.lock"
    _compile(everything, root)
    for service in SERVICES:
        _compile(third_party(f"zd-{service}") | {BUILD_BACKEND}, ROOT / f"services/{service}/requirements.lock", root)
    _compile(third_party("zd-local") | {BUILD_BACKEND}, ROOT / "deploy/local/requirements.lock", root)
    # What a service's tests need beside the service: the engines and the test tools.
    _compile(third_party("zd-engines") | TEST_TOOLS | {BUILD_BACKEND}, ROOT / "shared/engines/requirements.lock", root)


def _compile(requirements: set[str], output: Path, constraint: Path | None = None) -> None:
    subprocess.run(
        [
            *(sys.executable, "-m", "uv", "pip", "compile", "-", "--output-file", str(output)),
            *("--universal", "--python-version", "3.11", "--generate-hashes", "--no-emit-index-url", "--quiet"),
            *("--no-annotate", "--custom-compile-command", "make lock"),
            *(("--constraint", str(constraint)) if constraint else ()),
        ],
        input="\n".join(sorted(requirements)),
        text=True,
        check=True,
    )
    print(output.relative_to(ROOT))
