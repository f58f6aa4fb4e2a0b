"""What an import and a run say of themselves while their job runs, fails, and is forgotten."""

from collections.abc import Awaitable, Callable

import pytest

from tests.registry.builders import a_child, a_file, people
from tests.registry.conftest import Everything, Registry
from zd_registry.intake import applying as intake

Begin = Callable[[Registry], Awaitable[str]]


async def an_import(registry: Registry) -> str:
    return (await registry.office.upload("population", a_file("population", people(40)))).headers["Location"]


async def a_run(registry: Registry) -> str:
    await registry.office.take_in("population", people(40))
    headers = registry.office.headers | {"Idempotency-Key": "once"}
    body = {"term": "2567/1", "reference_date": "2024-06-10"}
    return (await registry.office.http.post("/v1/reconciliations", json=body, headers=headers)).headers["Location"]


async def said(registry: Registry, path: str) -> tuple[str, int, str | None]:
    body = (await registry.office.get(path)).json()
    return body["status"], body["progress"], body["error_code"]


async def test_the_progress_rises_and_the_end_is_100(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "ROWS_OF_A_STEP", 10)
    path = await an_import(registry)
    seen = [await said(registry, path)]
    while seen[-1][0] not in {"done", "failed"}:
        await registry.work(most_steps=1)
        seen.append(await said(registry, path))
    assert seen[-1] == ("done", 100, None)
    progress = [percent for _, percent, _ in seen]
    assert progress == sorted(progress)
    assert len(set(progress)) > 5
    assert {status for status, _, _ in seen[1:-1]} == {"running"}


@pytest.mark.parametrize("begin", [an_import, a_run])
async def test_a_failed_job_is_said_with_its_code(registry: Registry, everything: Everything, begin: Begin) -> None:
    path = await begin(registry)
    await everything.connection.execute(
        "UPDATE job SET state = 'failed', error_code = 'internal_error' WHERE state = 'queued'"
    )
    status, _, code = await said(registry, path)
    assert (status, code) == ("failed", "internal_error")


@pytest.mark.parametrize("begin", [an_import, a_run])
async def test_what_ended_is_known_after_the_job_is_forgotten(
    registry: Registry, everything: Everything, begin: Begin
) -> None:
    path = await begin(registry)
    await registry.work()
    await everything.connection.execute("DELETE FROM job")
    assert await said(registry, path) == ("done", 100, None)


async def test_an_import_whose_job_never_ended_has_failed_once_the_job_is_forgotten(
    registry: Registry, everything: Everything, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "ROWS_OF_A_STEP", 10)
    path = await an_import(registry)
    await registry.work(most_steps=3)
    await everything.connection.execute("DELETE FROM job")
    assert (await said(registry, path))[0] == "failed"


async def test_a_run_that_was_cut_off_and_forgotten_has_failed(registry: Registry, everything: Everything) -> None:
    path = await a_run(registry)
    await everything.connection.execute("DELETE FROM job")
    assert (await said(registry, path))[0] == "failed"


async def test_a_long_list_of_errors_comes_whole_and_in_the_order_of_the_file(registry: Registry) -> None:
    wrong = [a_child(n, sex=f"ผิด{n}") for n in range(1, 2501)]
    done = await registry.office.take_in("population", wrong)
    errors = (await registry.office.get(f"/v1/imports/{done['id']}/errors")).content.decode("utf-8-sig").splitlines()
    assert [line.split(",")[4] for line in errors[1:]] == [f"ผิด{n}" for n in range(1, 2501)]
