"""The Dockerfiles install by the one script, from files that exist; the script does what they rely on."""

import importlib.util
import json
import re
import subprocess
import tomllib
import venv
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.local.compose import CONTAINERS, dockerfiles, install_arguments, instructions
from zd_local.layout import ROOT
from zd_local.locks import LOCAL_PACKAGES, third_party

BY_NAME = pytest.mark.parametrize("dockerfile", dockerfiles(), ids=lambda path: path.parent.name)


@BY_NAME
def test_everything_a_dockerfile_copies_and_installs_exists(dockerfile: Path) -> None:
    copied = [words[0] for word, words in instructions(dockerfile) if word == "COPY"]
    lock, *folders = install_arguments(dockerfile)
    for path in (*copied, lock, *folders):
        assert (ROOT / path).exists(), path
        assert any(path == source or path.startswith(f"{source}/") for source in copied), f"{path} is not copied"


@BY_NAME
def test_an_image_holds_its_package_and_the_local_packages_below_it_and_no_other(dockerfile: Path) -> None:
    lock, *folders = install_arguments(dockerfile)
    package = f"zd-{dockerfile.parent.name}"
    assert set(folders) == {LOCAL_PACKAGES[name] for name in local_closure(package)}
    assert lock == f"{LOCAL_PACKAGES[package]}/requirements.lock"


def local_closure(package: str) -> set[str]:
    project = tomllib.loads((ROOT / LOCAL_PACKAGES[package] / "pyproject.toml").read_text("utf-8"))["project"]
    return {package}.union(*(local_closure(name) for name in project["dependencies"] if name in LOCAL_PACKAGES))


@pytest.mark.parametrize("container", [name for name, c in CONTAINERS.items() if "build" in c])
def test_the_module_that_a_container_runs_can_be_run(container: str) -> None:
    build = CONTAINERS[container]["build"]
    entry = dict(instructions(ROOT / build["context"] / build["dockerfile"]))["ENTRYPOINT"]
    python, flag, module, *_ = entry + CONTAINERS[container]["command"]
    assert (python, flag) == ("python", "-m")
    assert importlib.util.find_spec(f"{module}.__main__")


@pytest.mark.timeout(300)
def test_the_install_script_in_a_clean_environment_gives_a_service_that_runs(tmp_path: Path) -> None:
    dockerfile = ROOT / "services" / "cases" / "Dockerfile"
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / "bin" / "python"
    install = [str(ROOT / "deploy" / "install"), str(python), *install_arguments(dockerfile)]
    subprocess.run(install, cwd=ROOT, check=True)
    command = [str(python), "-I", "-m", "zd_cases", "openapi"]
    printed = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True)
    assert json.loads(printed.stdout) == json.loads((dockerfile.parent / "openapi.json").read_text("utf-8"))


LOCKS = sorted(path for path in ROOT.glob("**/requirements.lock") if ".venv" not in path.parts)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.parent.name)
def test_a_lock_gives_each_package_a_version_and_hashes_and_names_no_address(lock: Path) -> None:
    assert "://" not in lock.read_text("utf-8")
    for entry in entries(lock):
        assert "==" in entry, entry
        assert "--hash=sha256:" in entry, entry


@pytest.mark.parametrize("package", LOCAL_PACKAGES)
def test_every_requirement_of_a_package_is_in_the_locks_that_install_it(package: str) -> None:
    needed = {canonicalize_name(Requirement(line).name) for line in third_party(package)}
    own = ROOT / LOCAL_PACKAGES[package] / "requirements.lock"
    for lock in (path for path in (own, ROOT / "requirements.lock") if path.exists()):
        assert needed <= {Requirement(entry.partition(" \\")[0]).name for entry in entries(lock)}


def entries(lock: Path) -> list[str]:
    return re.findall(r"^[a-z0-9].*\n(?:    .*\n)*", lock.read_text("utf-8"), re.MULTILINE)
