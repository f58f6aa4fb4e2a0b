"""The Dockerfiles install by the one script, from files that exist; the script does what they rely on."""

import hashlib
import importlib.util
import json
import os
import re
import subprocess
import sys
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.local.compose import CONTAINERS, SPECS, dockerfiles, install_arguments, instructions
from zd_local.layout import ROOT
from zd_local.locks import LOCAL_PACKAGES, third_party

# Of a package that is nowhere, with the checksum of nothing.
LOCKED = f"zd-nowhere==1.0 --hash=sha256:{hashlib.sha256().hexdigest()}\n"
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


@pytest.mark.parametrize("service", SPECS)
def test_what_an_image_of_a_service_sets_and_exposes_are_settings_of_it(service: str) -> None:
    found = dict(instructions(ROOT / "services" / service / "Dockerfile"))
    fields, prefix = SPECS[service].settings_class.model_fields, f"ZD_{service.upper()}_"
    ours = {name for name in (word.partition("=")[0] for word in found["ENV"]) if name.startswith("ZD_")}
    assert {name.removeprefix(prefix).lower() for name in ours} == {"host"} <= set(fields)
    assert found["EXPOSE"] == [str(fields["port"].default)]


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


def refusal(tmp_path: Path, lock: str, **environment: str) -> str:
    """What the script says where it cannot install; nothing is installed anywhere by these locks."""
    (tmp_path / "some.lock").write_text(lock)
    install = [str(ROOT / "deploy" / "install"), sys.executable, str(tmp_path / "some.lock"), str(tmp_path)]
    environment = {"PIP_NO_CACHE_DIR": "1", "PIP_FIND_LINKS": "", "PIP_RETRIES": "1"} | environment
    told = subprocess.run(install, env=os.environ | environment, capture_output=True, text=True, check=False)
    assert (told.returncode, told.stdout) == (1, "")
    return told.stderr


def test_without_a_network_the_installation_says_so_in_one_sentence(tmp_path: Path) -> None:
    said = refusal(tmp_path, LOCKED, PIP_INDEX_URL="http://127.0.0.1:9/")
    assert re.fullmatch(r"\S.+ / The packages of .+ cannot be downloaded: connect to the network, .+\n", said)


def test_a_package_with_a_wrong_checksum_is_not_installed_and_said_in_one_sentence(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "zd_nowhere-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("zd_nowhere-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: zd-nowhere\nVersion: 1.0\n")
        wheel.writestr("zd_nowhere-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr("zd_nowhere-1.0.dist-info/RECORD", "")
    said = refusal(tmp_path, LOCKED, PIP_NO_INDEX="1", PIP_FIND_LINKS=str(tmp_path))
    assert re.fullmatch(r"\S.+ / A package does not have its checksum .+ do not use this network\.\n", said)


def test_what_keeps_the_installation_from_its_work_is_shown_before_the_sentence(tmp_path: Path) -> None:
    said = refusal(tmp_path, "no requirement at all\n").splitlines()
    assert "Invalid requirement" in said[0]
    assert said[-1].endswith("mend it, then run the command again.")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux")
def test_a_full_disk_is_said_in_one_sentence(tmp_path: Path) -> None:
    said = refusal(tmp_path, LOCKED, PIP_LOG="/dev/full", PIP_INDEX_URL="http://127.0.0.1:9/")
    assert re.fullmatch(r"\S.+ / The disk is too full .+: free some space, .+\n", said)


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
