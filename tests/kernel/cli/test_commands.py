"""`python -m …` as an operator runs it: real processes, judged by status and output."""

import asyncio
import json
import os
import socket
import subprocess
import sys

import pytest

from tests.kernel.jobs.conftest import environment
from tests.kernel.jobs.service import SPEC
from zd_engines.databases import Databases
from zd_kernel.cli import WRONG_SETTINGS, main
from zd_kernel.settings import ServiceSettings

# What any process needs, and no setting of the service.
BARE = {name: value for name, value in os.environ.items() if not name.startswith("ZD_")}


async def run(*arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "tests.kernel.jobs.service", *arguments]
    return await asyncio.to_thread(
        subprocess.run, command, env=BARE | settings, capture_output=True, text=True, timeout=50, check=False
    )


async def test_the_openapi_document_needs_no_setting() -> None:
    told = await run("openapi")
    assert (told.returncode, told.stderr) == (0, "")
    assert json.loads(told.stdout)["paths"].keys() >= {"/v1/slow", "/v1/jobs/{job_id}"}


def refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], variables: dict[str, str], *arguments: str
) -> str:
    """What `main` says before it refuses with status 2. It starts nothing, so it can run here."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    capsys.readouterr()  # what the fixtures logged
    assert main(SPEC, arguments) == WRONG_SETTINGS
    said = capsys.readouterr()
    assert said.out == ""
    return said.err


def test_missing_settings_are_named_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given = {"ZD_EFFECTS_AGENCY": "a", "ZD_EFFECTS_KEYRING": "{}", "ZD_EFFECTS_AREAS": '["52"]'}
    assert refused(monkeypatch, capsys, given, "api") == (
        "Set ZD_EFFECTS_INSTANCE, ZD_EFFECTS_DATABASE_URL, ZD_EFFECTS_KAFKA_BOOTSTRAP, ZD_EFFECTS_ISSUER,"
        " ZD_EFFECTS_JWKS_URL.\n"
    )


def test_a_wrong_setting_is_named_and_its_value_is_not_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], settings: ServiceSettings
) -> None:
    said = refused(monkeypatch, capsys, environment(settings) | {"ZD_EFFECTS_PORT": "S3CRET"}, "jobs")
    assert said.startswith("Mend ZD_EFFECTS_PORT (")
    assert "S3CRET" not in said


def test_a_setting_that_is_no_json_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], settings: ServiceSettings
) -> None:
    said = refused(monkeypatch, capsys, environment(settings) | {"ZD_EFFECTS_AREAS": '["52"'}, "jobs")
    assert said == "Mend ZD_EFFECTS_AREAS: it must hold JSON.\n"


def test_an_unknown_command_shows_how_it_is_used(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(SPEC, ["bake"])
    assert "python -m zd_effects" in capsys.readouterr().err


async def test_a_port_that_is_taken_stops_it_with_one_sentence(settings: ServiceSettings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for command, variable in (("api", "ZD_EFFECTS_PORT"), ("jobs", "ZD_EFFECTS_OPS_PORT")):
            told = await run(command, **environment(settings) | {variable: str(port)})
            assert told.returncode == 1
            assert told.stderr == (
                f"Port {port} on 127.0.0.1 cannot be used: Address already in use. Stop what holds it or set another.\n"
            )


async def test_migrate_builds_an_empty_database_and_does_nothing_the_second_time(
    databases: Databases, settings: ServiceSettings
) -> None:
    empty = await databases.empty("zd_effects_cli")
    variables = environment(settings) | {
        "ZD_EFFECTS_DATABASE_URL": empty.app_url,
        "ZD_EFFECTS_MIGRATOR_URL": empty.migrator_url,
        "ZD_EFFECTS_OWNER_ROLE": "",
    }
    try:
        for _ in range(2):
            told = await run("migrate", **variables)
            assert told.returncode == 0, told.stdout + told.stderr
        assert (await run("events", "parked", **variables)).stdout == "No event is parked.\n"
    finally:
        await databases.drop("zd_effects_cli")


async def test_migrate_without_the_migrator_says_what_to_set(settings: ServiceSettings) -> None:
    variables = environment(settings)
    del variables["ZD_EFFECTS_MIGRATOR_URL"]
    told = await run("migrate", **variables)
    assert (told.returncode, told.stderr) == (
        1,
        "Set ZD_EFFECTS_MIGRATOR_URL: migrations run as the migrator role.\n",
    )


async def test_the_answer_of_a_command_is_all_that_it_prints(settings: ServiceSettings) -> None:
    variables = environment(settings)
    assert (await run("events", "timelines", **variables)).stdout == "No source was ever restored.\n"
    assert (await run("events", "raise-epoch", **variables)).stdout == "The epoch is now 2.\n"
    nothing = await run("events", "retry", "no-such-key", **variables)
    assert (nothing.returncode, nothing.stdout) == (1, "")
