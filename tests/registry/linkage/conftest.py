from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest_asyncio

from tests.registry.conftest import Caller, Registry
from zd_engines.harness import AppClient, ControlledClock, Lifespan
from zd_engines.tokens import TokenFactory
from zd_kernel.jobs.queue import enqueue
from zd_kernel.jobs.table import Job, Step
from zd_kernel.scope import Scope
from zd_registry.linkage.actions import SETTLING
from zd_registry.linkage.linking import Linkage
from zd_registry.linkage.routes import routes
from zd_registry.main import create_app
from zd_registry.settings import RegistrySettings


class Linking(Registry):
    @property
    def office(self) -> Caller:
        """The education office, which also speaks for its schools: a row without an ID lives nowhere yet."""
        return self.caller(areas=["52"], organisations=["5203"])

    async def link(self, answer: dict[str, Any]) -> None:
        """Find out who the unlinked rows of an import are."""
        async with self.database.transaction(Scope.system("test")) as session:
            job_id = await enqueue(session, "linkage", {"import_id": answer["id"]})
        await self.carry(UUID(str(job_id)))

    async def records(self) -> list[dict[str, Any]]:
        return await self.rows("SELECT * FROM unlinked_record ORDER BY import_id, row")


@pytest_asyncio.fixture
async def registry(
    settings: RegistrySettings, clock: ControlledClock, token_factory: TokenFactory
) -> AsyncIterator[Linking]:
    app = create_app(settings, clock)
    app.router.routes += [route for route in routes.routes if route not in app.router.routes]
    lifespan = Lifespan(app)
    await lifespan.startup()
    async with AppClient(app, settings) as http, Linking(settings, clock, http, token_factory) as registry:
        linkage = Linkage(settings)
        close, find, apply = (Step(name, getattr(linkage, name)) for name in ("close", "find", "apply"))
        registry._jobs.jobs |= {
            "linkage": Job("linkage", [close, find, apply]),
            SETTLING: Job(SETTLING, [close, apply]),
        }
        yield registry
    await lifespan.shutdown()
