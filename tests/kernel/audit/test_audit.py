"""Every access to somebody's record is written down, or does not happen."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import asyncpg
import pytest
import pytest_asyncio

from tests.kernel.sample import SPEC
from tests.kernel.sample_builders import create_item, fetch
from zd_engines.databases import TestDatabase
from zd_engines.harness import AppClient, ControlledClock
from zd_engines.pytest_plugin import ClientFactory, SettingsFactory
from zd_engines.tokens import TokenFactory
from zd_kernel.audit import MOST_TAKEN_APART, AuditWriter, Origin, write_audit
from zd_kernel.data.database import Database
from zd_kernel.ids import uuid7
from zd_kernel.problems import Overloaded
from zd_kernel.scope import Scope
from zd_kernel.service import ServiceSpec
from zd_kernel.settings import ServiceSettings

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
ORIGIN = Origin("officer", None, "lampang", "read_item", "read_item")


@pytest.fixture(scope="session")
def service_spec() -> ServiceSpec:
    return SPEC


@pytest_asyncio.fixture
async def settings(service_settings: SettingsFactory, database: TestDatabase) -> ServiceSettings:
    return await service_settings(SPEC, database=database, pool_size=2, pool_timeout_s=0.5)


@pytest_asyncio.fixture
async def api(
    app_client: ClientFactory, settings: ServiceSettings, clock: ControlledClock, token_factory: TokenFactory
) -> AppClient:
    client = await app_client(SPEC, settings=settings, clock=clock)
    token = token_factory.token(
        scopes=["sample:read", "sample:write", "act"], areas=["52"], subject="officer", agency="lampang"
    )
    client.headers["Authorization"] = f"Bearer {token}"
    return client


@pytest_asyncio.fixture
async def writer(settings: ServiceSettings, clock: ControlledClock) -> AsyncIterator[AuditWriter]:
    made = AuditWriter(Database(settings, clock), deadline_s=1)
    yield made
    await made.close()


async def entries(database: TestDatabase) -> list[asyncpg.Record]:
    return await fetch(database.admin_url, "SELECT * FROM audit_entry ORDER BY id")


@pytest.mark.parametrize(("suffix", "action"), [("", "read_item"), ("/plain", "read_item_plainly")])
async def test_a_read_leaves_one_row_that_says_who_why_what_and_whose(
    api: AppClient, database: TestDatabase, clock: ControlledClock, suffix: str, action: str
) -> None:
    item_id = await create_item(database.admin_url)
    headers = {
        "Zd-On-Behalf-Of": "user-7",
        "Zd-Purpose": "home-visit",
        "traceparent": f"00-{TRACE}-00f067aa0ba902b7-01",
    }
    assert (await api.get(f"/v1/items/{item_id}{suffix}", headers=headers)).status_code == 200
    (row,) = await entries(database)
    told = {name: value for name, value in row.items() if name != "id"}
    assert told == {
        "at": clock.now(), "actor": "officer", "on_behalf_of": "user-7", "agency": "lampang", "purpose": "home-visit",
        "action": action, "subjects": [item_id], "trace_id": TRACE, "outcome": "ok",
    }  # fmt: skip


async def test_a_list_is_one_row_with_every_subject(api: AppClient, database: TestDatabase) -> None:
    made = [await create_item(database.admin_url) for _ in range(3)]
    await api.get("/v1/items")
    (row,) = await entries(database)
    assert row["subjects"] == made


async def test_a_request_that_touches_nobody_leaves_no_row(api: AppClient, database: TestDatabase) -> None:
    await api.get("/v1/items")
    await api.get("/v1/me")
    await api.get(f"/v1/items/{uuid7()}")
    assert await entries(database) == []


async def test_a_write_and_its_row_commit_together(api: AppClient, database: TestDatabase) -> None:
    body = {"name": "a", "area": 52030100}
    answer = await api.post("/v1/items", json=body, headers={"Idempotency-Key": "k1"})
    rows = await fetch(
        database.admin_url, "SELECT a.action, a.xmin = i.xmin AS together FROM audit_entry AS a, item AS i"
    )
    assert answer.status_code == 201
    assert [tuple(row) for row in rows] == [("create_item", True)]


async def test_a_refused_write_that_looked_at_somebody_is_recorded_with_its_outcome(
    api: AppClient, database: TestDatabase
) -> None:
    body = {"name": "refused by a rule", "area": 52030100}
    await api.post("/v1/items", json=body, headers={"Idempotency-Key": "k1"})
    (row,) = await entries(database)
    assert row["outcome"] == "item_refused"
    assert await fetch(database.admin_url, "SELECT FROM item") == []


@pytest.mark.parametrize("suffix", ["", "/plain"])
async def test_when_the_row_cannot_be_stored_nothing_is_shown(
    api: AppClient, database: TestDatabase, suffix: str
) -> None:
    url = f"/v1/items/{await create_item(database.admin_url, name='shown to nobody')}{suffix}"
    await fetch(database.admin_url, "ALTER TABLE audit_entry RENAME TO audit_lost")
    refused = await api.get(url)
    assert (refused.status_code, refused.json()["code"]) == (503, "audit_unavailable")
    assert "shown to nobody" not in refused.text
    await fetch(database.admin_url, "ALTER TABLE audit_lost RENAME TO audit_entry")
    assert (await api.get(url)).status_code == 200


async def test_when_the_row_of_a_write_cannot_be_stored_there_is_no_write(
    api: AppClient, database: TestDatabase
) -> None:
    await fetch(database.admin_url, "ALTER TABLE audit_entry RENAME TO audit_lost")
    body = {"name": "a", "area": 52030100}
    answer = await api.post("/v1/items", json=body, headers={"Idempotency-Key": "k1"})
    assert answer.status_code == 500
    assert await fetch(database.admin_url, "SELECT FROM item") == []


async def test_a_store_that_takes_too_long_is_a_store_that_failed(api: AppClient, database: TestDatabase) -> None:
    item_id = await create_item(database.admin_url)
    blocker: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(database.admin_url)
    async with blocker.transaction():
        await blocker.execute("LOCK TABLE audit_entry")
        answer = await api.get(f"/v1/items/{item_id}")
    await blocker.close()
    assert (answer.status_code, answer.json()["code"]) == (503, "audit_unavailable")


async def test_waiting_for_the_audit_holds_no_connection_of_the_pool(api: AppClient, database: TestDatabase) -> None:
    item_id = await create_item(database.admin_url)
    blocker: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(database.admin_url)
    async with blocker.transaction():
        await blocker.execute("LOCK TABLE audit_entry")
        waiting = [asyncio.create_task(api.get(f"/v1/items/{item_id}")) for _ in range(6)]
        await asyncio.sleep(0.1)
        assert (await api.get("/v1/naps", params={"seconds": 0})).status_code == 200
    assert {answer.status_code for answer in await asyncio.gather(*waiting)} == {200}
    await blocker.close()


async def test_rows_of_requests_at_once_share_a_transaction(
    writer: AuditWriter, database: TestDatabase, clock: ControlledClock
) -> None:
    await asyncio.gather(*(writer.record(ORIGIN.entry(clock.now(), [uuid7()])) for _ in range(100)))
    rows = await fetch(database.admin_url, "SELECT count(*) AS n FROM audit_entry GROUP BY xmin::text")
    assert sum(row["n"] for row in rows) == 100
    assert len(rows) <= 2


async def test_after_its_connection_was_cut_the_writer_makes_another(
    writer: AuditWriter, database: TestDatabase, clock: ControlledClock
) -> None:
    entry = ORIGIN.entry(clock.now(), [uuid7()])
    await writer.record(entry)
    kill = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()"
    await fetch(database.admin_url, kill, database.name)
    with suppress(Overloaded):  # whoever comes before the loss is noticed is told to try again
        await writer.record(entry)
    await writer.record(entry)


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit_entry SET actor = 'nobody'", "DELETE FROM audit_entry", "TRUNCATE audit_entry",
     "DROP TABLE audit_entry", "ALTER TABLE audit_entry DISABLE TRIGGER ALL"],
)  # fmt: skip
async def test_the_app_role_can_add_rows_and_nothing_else(
    writer: AuditWriter, database: TestDatabase, clock: ControlledClock, statement: str
) -> None:
    await writer.record(ORIGIN.entry(clock.now(), [uuid7()]))
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await fetch(database.app_url, statement)
    assert len(await entries(database)) == 1


async def test_what_the_system_does_to_somebody_is_recorded_under_its_own_name(
    settings: ServiceSettings, database: TestDatabase, clock: ControlledClock
) -> None:
    system = Database(settings, clock, before_commit=[write_audit("lampang")])
    await system.open()
    subject = uuid7()
    async with system.transaction(Scope.system("import")) as session:
        session.audit_subjects(subject, subject)
    async with system.transaction(Scope.system("import")):
        pass
    await system.close()
    (row,) = await entries(database)
    assert (row["actor"], row["agency"], row["action"]) == ("system:import", "lampang", "system:import")
    assert row["subjects"] == [subject]


async def test_every_subject_of_a_small_entry_can_be_asked_for_and_bulk_work_is_not_taken_apart(
    writer: AuditWriter, database: TestDatabase, clock: ControlledClock
) -> None:
    few, many = [uuid7() for _ in range(MOST_TAKEN_APART)], [uuid7() for _ in range(MOST_TAKEN_APART + 1)]
    for subjects in ([*few, few[0]], many):
        await writer.record(ORIGIN.entry(clock.now(), subjects))
    await writer.record(ORIGIN.entry(clock.now(), few))
    found = await fetch(
        database.admin_url, "SELECT s.subject, e.subjects FROM audit_subject s JOIN audit_entry e ON e.id = s.entry_id"
    )
    assert {row["subject"] for row in found} == set(few)
    assert len(found) == len(few)


async def test_whose_entries_they_are_nobody_reads_unless_the_service_says_who(
    writer: AuditWriter, database: TestDatabase, clock: ControlledClock
) -> None:
    await writer.record(ORIGIN.entry(clock.now(), [uuid7()]))
    assert await fetch(database.app_url, "SELECT * FROM audit_subject") == []
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await fetch(database.app_url, "DELETE FROM audit_subject")
    assert len(await fetch(database.admin_url, "SELECT * FROM audit_subject")) == 1
