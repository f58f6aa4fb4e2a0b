"""Nothing is kept longer than the agency's own rules say, and every night is counted."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from tests.registry.builders import a_child, a_file
from tests.registry.conftest import Everything, Registry
from zd_contracts.events.registry import ChildErased
from zd_kernel.jobs.housekeeping import enqueue_nightly
from zd_kernel.jobs.queue import enqueue
from zd_kernel.scope import Scope
from zd_registry.jobs import jobs
from zd_registry.retention.rules import born_since, kept_since


async def night(registry: Registry) -> None:
    async with registry.database.transaction(Scope.system("test")) as session:
        await enqueue(session, "retention", {})
    await registry.work()
    await registry.work()


async def keep(registry: Registry, name: str, days: int) -> None:
    rule = {"valid_from": "2020-01-01", "keep_days": days, "source": "ประกาศของหน่วยงาน"}
    assert (await registry.office.put(f"/v1/retention-rules/{name}", rule)).status_code == 200


async def removed(registry: Registry) -> dict[str, int]:
    return {run["name"]: run["removed"] for run in await registry.rows("SELECT name, removed FROM retention_run")}


async def test_people_long_out_of_age_are_erased_and_stay_away_and_the_young_stay(registry: Registry) -> None:
    today = registry.clock.now().date()
    old = today.replace(year=today.year - 36)
    people = [a_child(1, birth_date=old.isoformat()), a_child(2, birth_date=old.replace(year=old.year + 2).isoformat())]
    await registry.office.take_in("population", people)
    child_id = await registry.office.child_id(1)
    await night(registry)
    assert [row["given_name"] for row in await registry.rows("SELECT given_name FROM child")] == ["สมมุติ2"]
    assert [fact.child_id for fact in await registry.told(ChildErased)] == [child_id]
    assert await removed(registry) == {"children": 1}
    (shown,) = (await registry.office.get("/v1/retention-runs")).json()["items"]
    assert (shown["name"], shown["removed"], shown["keep_days"]) == ("children", 1, 12784)
    again = await registry.office.take_in("population", people)
    assert (again["unchanged"], again["rejected"]) == (1, 1)
    await night(registry)
    assert await removed(registry) == {"children": 1}


async def test_somebody_of_whom_only_the_year_is_known_is_counted_from_its_last_day(registry: Registry) -> None:
    today = registry.clock.now().date()
    await registry.office.take_in("population", [a_child(1, birth_date=f"{today.year - 10 + 543}")])
    (row,) = await registry.rows("SELECT birth_precision FROM child")
    assert row == {"birth_precision": "year"}
    days = (today - date(today.year - 10, 12, 31)).days
    await keep(registry, "children", days + 1)
    await night(registry)
    assert len(await registry.rows("SELECT 1 FROM child")) == 1
    await registry.office.put(
        "/v1/retention-rules/children", {"valid_from": today.isoformat(), "keep_days": days - 1, "source": "มติใหม่"}
    )
    await night(registry)
    assert await registry.rows("SELECT 1 FROM child") == []


async def test_what_error_files_hold_and_files_that_nobody_took_in_go_in_time(
    registry: Registry, everything: Everything
) -> None:
    office = registry.office
    refused = await office.take_in("population", [a_child(1, birth_date="2599-99-99"), a_child(3)])
    waiting = await office.upload("population", a_file("population", [a_child(2)]), commit=False)
    await registry.work()
    await night(registry)
    assert await removed(registry) == {}
    registry.clock.advance(days=31)
    await night(registry)
    assert await removed(registry) == {"waiting_files": 1}
    (told,) = await registry.rows(
        "SELECT phase, report -> 'fault' ->> 'code' AS code, rows - rejected AS left FROM file_import WHERE id = $1",
        UUID(waiting.json()["id"]),
    )
    assert told == {"phase": "failed", "code": "waited_too_long", "left": 0}
    assert await everything.tables_with(["สมมุติ2"]) == set()
    assert await registry.rows("SELECT 1 FROM import_piece") == []
    registry.clock.advance(days=150)
    await night(registry)
    assert await removed(registry) == {"waiting_files": 1, "refused_rows": 1}
    (row,) = await registry.rows("SELECT reason, cells FROM import_row WHERE import_id = $1", UUID(refused["id"]))
    assert row["cells"] == ""
    assert row["reason"] is not None


async def test_what_a_file_held_whose_job_failed_for_good_goes_in_time_and_the_file_can_be_withdrawn(
    registry: Registry, everything: Everything
) -> None:
    await registry.office.take_in("population", [a_child(1), a_child(2)])
    known = await registry.rows("SELECT given_name, registered_import_id FROM child ORDER BY 1")
    answer = await registry.office.upload("population", a_file("population", [a_child(1), a_child(2), a_child(3)]))
    (job,) = await registry.rows("SELECT id FROM job WHERE state = 'queued' AND kind = 'import'")
    while (await registry.rows("SELECT step FROM job WHERE id = $1", job["id"]))[0]["step"] != "apply":
        await registry.carry(job["id"], 1)
    held = " UNION ALL ".join(f"SELECT import_id FROM import_{name}" for name in ("chunk", "piece", "told"))
    assert len(await registry.rows(held)) == 3
    await everything.connection.execute("UPDATE job SET state = 'failed' WHERE id = $1", job["id"])
    await night(registry)
    assert len(await registry.rows(held)) == 3
    registry.clock.advance(days=31)
    await night(registry)
    assert await removed(registry) == {"waiting_files": 1}
    assert await registry.rows(held) == []
    assert (await registry.office.delete(answer.headers["Location"])).status_code == 202
    await registry.work()
    assert (await registry.office.get(answer.headers["Location"])).json()["phase"] == "withdrawn"
    assert await registry.rows("SELECT given_name, registered_import_id FROM child ORDER BY 1") == known


async def test_a_rule_says_its_source_is_never_rewritten_and_asks_for_its_scope(registry: Registry) -> None:
    rules = (await registry.office.get("/v1/retention-rules")).json()["items"]
    assert all("example" in rule["source"] for rule in rules)
    await keep(registry, "children", 9000)
    rule = {"valid_from": "2020-01-01", "keep_days": 1, "source": "อื่น"}
    assert (await registry.office.put("/v1/retention-rules/children", rule)).status_code == 409
    assert (await registry.office.put("/v1/retention-rules/other", rule)).status_code == 422
    reader = registry.caller(areas=["52"], scopes=["registry:read"])
    for path in ("/v1/retention-rules", "/v1/retention-runs"):
        assert (await reader.get(path)).status_code == 403


async def test_every_night_has_one_job_however_many_processes_look(registry: Registry) -> None:
    nightly = jobs(registry.settings).nightly
    assert "retention" in nightly
    for _ in range(3):
        await enqueue_nightly(registry.database, nightly)
    assert len(await registry.rows("SELECT 1 FROM job WHERE kind = 'retention'")) == 1
    registry.clock.advance(days=1)
    await enqueue_nightly(registry.database, nightly)
    assert len(await registry.rows("SELECT 1 FROM job WHERE kind = 'retention'")) == 2


@pytest.mark.parametrize(("keep_days", "since"), [(1, date(2024, 6, 9)), (366, date(2023, 6, 10)), (10**7, date.min)])
def test_days_are_counted_back_from_today_and_no_further_than_time_began(keep_days: int, since: date) -> None:
    assert born_since(date(2024, 6, 10), keep_days) == since


def test_an_instant_before_the_beginning_of_time_is_its_beginning() -> None:
    now = datetime(2024, 6, 10, tzinfo=UTC)
    assert kept_since(now, 10**7).year == 1
    assert kept_since(now, 1) == datetime(2024, 6, 9, tzinfo=UTC)
