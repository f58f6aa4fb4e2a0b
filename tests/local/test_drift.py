"""What is committed says what the code does: API documents and migrations."""

import pytest

from tests.local.compose import SPECS
from zd_engines.databases import Databases
from zd_engines.pytest_plugin import DatabaseFactory
from zd_kernel.cli import openapi
from zd_kernel.data.migrate import drift, upgrade
from zd_local.layout import ROOT

BY_SERVICE = pytest.mark.parametrize("service", SPECS)


@BY_SERVICE
def test_the_committed_openapi_document_is_the_services_own(service: str) -> None:
    committed = ROOT / "services" / service / "openapi.json"
    assert committed.read_text("utf-8") == openapi(SPECS[service]), "make openapi writes it anew"


@BY_SERVICE
async def test_the_migrations_make_exactly_the_tables_of_the_models(
    service: str, database_factory: DatabaseFactory
) -> None:
    database = await database_factory(SPECS[service])
    assert await drift(database.migrator_url, database.owner_role, SPECS[service].metadata) == []


@BY_SERVICE
async def test_migrating_an_empty_database_twice_changes_nothing_the_second_time(
    service: str, databases: Databases
) -> None:
    database = await databases.empty(f"drift_{service}")
    for _ in range(2):
        await upgrade(database.migrator_url, database.owner_role, SPECS[service].migrations)
    assert await drift(database.migrator_url, database.owner_role, SPECS[service].metadata) == []
    await databases.drop(database.name)
