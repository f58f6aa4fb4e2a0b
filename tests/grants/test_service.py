import json
from pathlib import Path

from zd_engines.databases import TestDatabase
from zd_engines.harness import AppClient
from zd_grants.__main__ import SPEC
from zd_kernel.cli import openapi
from zd_kernel.data.migrate import drift

OPENAPI = Path(__file__).parents[2] / "services/grants/openapi.json"


def test_the_committed_openapi_document_is_the_one_the_code_makes() -> None:
    assert json.loads(OPENAPI.read_text()) == json.loads(openapi(SPEC))


async def test_the_migrations_make_the_tables_that_the_code_describes(database: TestDatabase) -> None:
    assert await drift(database.migrator_url, database.owner_role, SPEC.metadata) == []


async def test_the_service_answers_without_a_broker_and_says_so(client: AppClient) -> None:
    answer = await client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json()["checks"] == {"database": "ok", "migrations": "ok", "broker": "down"}
