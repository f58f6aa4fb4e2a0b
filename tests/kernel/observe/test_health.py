"""Health on a real database; the broker is a listening socket or nothing, which is all that is asked of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
import pytest_asyncio
from pydantic import SecretStr
from starlette.applications import Starlette

from tests.kernel.jobs.service import SPEC
from zd_engines.databases import TestDatabase
from zd_engines.process import free_port
from zd_engines.pytest_plugin import SettingsFactory
from zd_kernel.data.database import Database
from zd_kernel.data.migrate import behind
from zd_kernel.observe.health import Health
from zd_kernel.observe.metrics import Metrics
from zd_kernel.service import ServiceSpec
from zd_kernel.settings import ServiceSettings


@pytest.fixture(scope="session")
def service_spec() -> ServiceSpec:
    return SPEC


@pytest_asyncio.fixture
async def settings(service_settings: SettingsFactory, database: TestDatabase) -> ServiceSettings:
    return await service_settings(SPEC, database=database)


@asynccontextmanager
async def asked(settings: ServiceSettings, broker: str = "127.0.0.1:9") -> AsyncIterator[httpx.AsyncClient]:
    database = Database(settings)
    await database.open()
    health = Health(database, Metrics(), broker=broker, behind=behind(SPEC.migrations))
    transport = httpx.ASGITransport(Starlette(routes=health.routes()))
    async with httpx.AsyncClient(transport=transport, base_url="http://sample.test") as client:
        yield client
    await database.close()


@asynccontextmanager
async def listening() -> AsyncIterator[str]:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    async with server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_ready_when_database_migrations_and_broker_are_there(settings: ServiceSettings) -> None:
    async with listening() as broker, asked(settings, f"127.0.0.1:{free_port()},{broker}") as client:
        answer = await client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ready", "checks": {"database": "ok", "migrations": "ok", "broker": "ok"}}


async def test_without_the_broker_the_service_is_ready_and_says_that_it_is_degraded(settings: ServiceSettings) -> None:
    async with asked(settings) as client:
        answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert answer.json()["checks"]["broker"] == "down"


async def test_without_the_database_the_process_lives_but_is_not_ready(settings: ServiceSettings) -> None:
    nowhere = SecretStr("postgresql://zd_effects_app:none@127.0.0.1:9/zd_effects")
    away = settings.model_copy(update={"database_url": nowhere})
    async with asked(away) as client:
        answer = await client.get("/readyz")
        assert (answer.status_code, answer.json()["checks"]["database"]) == (503, "down")
        assert (await client.get("/healthz")).status_code == 200
        assert "zd_database_up 0.0" in (await client.get("/metrics")).text


@pytest.mark.parametrize(
    ("applied", "status"),
    [
        ("UPDATE alembic_version SET version_num = 'kernel_9999' WHERE version_num LIKE 'kernel%'", 200),
        ("DELETE FROM alembic_version WHERE version_num LIKE 'kernel%'", 503),
        ("DELETE FROM alembic_version", 503),
        ("DROP TABLE alembic_version", 503),
    ],
)
async def test_missing_migrations_make_it_not_ready_and_newer_ones_do_not(
    settings: ServiceSettings, database: TestDatabase, applied: str, status: int
) -> None:
    owner = Database(settings.model_copy(update={"database_url": settings.migrator_url}))
    await owner.open()
    await owner.pool.execute(f'SET ROLE "{database.owner_role}"; {applied}')
    await owner.close()
    async with asked(settings) as client:
        answer = await client.get("/readyz")
    assert answer.status_code == status
    assert answer.json()["checks"]["migrations"] == ("ok" if status == 200 else "behind")


async def test_the_backlog_is_read_when_it_is_asked_for(settings: ServiceSettings) -> None:
    database = Database(settings)
    await database.open()
    async with asked(settings) as client:
        empty = (await client.get("/metrics")).text
        await database.pool.execute(
            "INSERT INTO outbox_staged (event_id, type, subject, key, area, time, data)"
            " SELECT uuidv7(), 't', 's', 'k', 0, now() - interval '90 s', '{}' FROM generate_series(1, 3)"
        )
        await database.pool.execute(
            "INSERT INTO parked_event"
            " (topic, partition, record_offset, source, type, key, sequence, headers, error, state)"
            " SELECT 't', 0, n, 's', 't', 'k' || n % 2, '', '{}', '',"
            " CASE WHEN n < 5 THEN 'parked' ELSE 'done' END FROM generate_series(1, 8) AS n"
        )
        full = (await client.get("/metrics")).text
    await database.close()
    assert "zd_outbox_depth_events 0.0" in empty
    assert "zd_outbox_age_seconds 0.0" in empty
    assert "zd_outbox_depth_events 3.0" in full
    assert 90 <= float(full.partition("\nzd_outbox_age_seconds ")[2].partition("\n")[0]) < 150
    assert "zd_parked_keys 2.0" in full
    assert "zd_database_up 1.0" in full
    assert 'zd_jobs{state="failed"} 0.0' in full
