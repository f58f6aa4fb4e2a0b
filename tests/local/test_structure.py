"""House rules that neither ruff nor import-linter can express, over the syntax trees of every file."""

import ast
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

from zd_local.layout import ROOT, SERVICES

ROOM_PLAN = {
    "Dockerfile", "README.md", "alembic.ini", "migrations", "openapi.json", "pyproject.toml", "requirements.lock",
}  # fmt: skip
ROOTS_OF_A_PACKAGE = {
    "__init__.py", "__main__.py", "bus.py", "db.py", "jobs.py", "main.py", "py.typed", "settings.py"
}  # fmt: skip
# What a capability needs beyond its rooms (decision 0006) is named for what it does, never for what it is made of.
NAMELESS = re.compile(r"(utils?|helpers?|common|misc|base|core|lib|service|repository|manager|impl|tools?)s?\.py")
LONGEST_FILE, LONGEST_FUNCTION = 300, 70


@cache
def files() -> tuple[Path, ...]:
    """Every file that is or would be committed."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, check=True, text=True,
    )  # fmt: skip
    return tuple(path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file())


def code(*folders: str) -> list[Path]:
    return [path for path in files() if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in folders]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def place(path: Path, node: ast.expr | ast.stmt) -> str:
    return f"{path.relative_to(ROOT)}:{node.lineno}"


FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_the_same_room_plan(service: str) -> None:
    folder = ROOT / "services" / service
    inside = {path.relative_to(folder).parts[0] for path in files() if path.is_relative_to(folder)}
    assert inside == ROOM_PLAN | {f"zd_{service}"}
    package = folder / f"zd_{service}"
    assert {path.name for path in files() if path.parent == package} == ROOTS_OF_A_PACKAGE


@pytest.mark.parametrize("service", SERVICES)
def test_a_capability_is_one_flat_folder_and_every_further_file_says_what_it_does(service: str) -> None:
    package = ROOT / "services" / service / f"zd_{service}"
    deeper = [path.relative_to(package) for path in files() if path.is_relative_to(package) and path.parent != package]
    assert [str(path) for path in deeper if len(path.parts) != 2 or NAMELESS.fullmatch(path.name)] == []


def test_only_the_kernel_commits() -> None:
    found = [
        place(path, node)
        for path in code("services", "shared", "deploy")
        if "zd_kernel" not in path.parts
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and node.attr == "commit"
    ]
    assert found == []


def test_nothing_is_imported_inside_a_function() -> None:
    found = [
        place(path, inner)
        for path in code("services", "shared", "deploy", "tests")
        for node in ast.walk(tree(path))
        if isinstance(node, FUNCTIONS)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]
    assert found == []


def test_files_and_functions_stay_short() -> None:
    paths = code("services", "shared", "deploy", "tests")
    long_files = [
        str(path.relative_to(ROOT)) for path in paths if len(path.read_text("utf-8").splitlines()) > LONGEST_FILE
    ]
    long_functions = [
        place(path, node)
        for path in paths
        for node in ast.walk(tree(path))
        if isinstance(node, FUNCTIONS) and (node.end_lineno or 0) - node.lineno >= LONGEST_FUNCTION
    ]
    assert long_files + long_functions == []


def test_the_kernel_and_the_services_read_the_environment_through_settings_only() -> None:
    found = [
        place(path, node)
        for path in code("services", "shared")
        if "zd_engines" not in path.parts
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv", "environb")
    ]
    assert found == []


def test_every_package_is_typed() -> None:
    packages = {path.parent for path in files() if path.name == "pyproject.toml" and path.parent != ROOT}
    assert [str(p) for p in packages if not (p / f"zd_{p.name}" / "py.typed").is_file()] == []


def test_no_file_names_a_package_index_or_a_folder_of_one_machine() -> None:
    # Written so that this file does not name them either.
    index = r"https?://[a-z0-9.-]*(p[y]pi|pythonhost[e]d|npm[j]s|mav[e]n|crat[e]s\.|golan[g]|debia[n])"
    folder = r"(^|[^A-Za-z0-9_.])/(wor[k]|roo[t]|Users)/[A-Za-z.]"
    pattern = re.compile(f"{index}|{folder}", re.IGNORECASE | re.MULTILINE)
    found = [str(path.relative_to(ROOT)) for path in files() if pattern.search(path.read_text("utf-8", "replace"))]
    assert found == []
