from tests.kernel.sample_builders import create_item, fetch
from zd_engines.databases import TestDatabase
from zd_engines.harness import AppClient

REFUSED = {"name": "refused at commit 7531", "area": 52030100}


async def test_a_commit_that_fails_is_a_5xx_without_a_success_body(api: AppClient, database: TestDatabase) -> None:
    answer = await api.post("/v1/items", json=REFUSED, headers={"Idempotency-Key": "k1"})
    assert answer.status_code == 500
    assert answer.json()["code"] == "internal_error"
    assert "location" not in answer.headers
    assert "7531" not in answer.text
    assert await fetch(database.admin_url, "SELECT FROM item") == []


async def test_a_commit_that_fails_leaves_no_audit_row_and_no_stored_answer(
    api: AppClient, database: TestDatabase
) -> None:
    await api.post("/v1/items", json=REFUSED, headers={"Idempotency-Key": "k1"})
    assert await fetch(database.admin_url, "SELECT FROM audit_entry") == []
    assert await fetch(database.admin_url, "SELECT FROM idempotency_record") == []


async def test_an_answer_leaves_only_after_its_transaction_has_committed(
    api: AppClient, database: TestDatabase
) -> None:
    answer = await api.post("/v1/items", json={"name": "a", "area": 52030100}, headers={"Idempotency-Key": "k1"})
    rows = await fetch(database.admin_url, "SELECT id FROM item")
    assert [str(row["id"]) for row in rows] == [answer.json()["id"]]


async def test_a_reading_route_cannot_write(api: AppClient, database: TestDatabase) -> None:
    answer = await api.post("/v1/reports")
    assert answer.status_code == 500
    assert await fetch(database.admin_url, "SELECT FROM item") == []


async def test_a_write_outside_the_callers_area_is_refused(api: AppClient, database: TestDatabase) -> None:
    answer = await api.post("/v1/items", json={"name": "a", "area": 50010100}, headers={"Idempotency-Key": "k1"})
    assert (answer.status_code, answer.json()["code"]) == (403, "outside_your_scope")
    assert await fetch(database.admin_url, "SELECT FROM item") == []


async def test_two_writers_of_one_unique_value_end_in_a_conflict(api: AppClient, database: TestDatabase) -> None:
    await create_item(database.admin_url, name="taken", area=50010100)
    answer = await api.post("/v1/items", json={"name": "taken", "area": 52030100}, headers={"Idempotency-Key": "k1"})
    assert (answer.status_code, answer.json()["code"]) == (409, "stored_meanwhile")
