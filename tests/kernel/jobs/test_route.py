from collections.abc import Callable

import pytest
import pytest_asyncio

from tests.kernel.jobs.ledger import job
from tests.kernel.jobs.service import SPEC
from zd_engines.harness import AppClient
from zd_engines.pytest_plugin import ClientFactory
from zd_engines.tokens import TokenFactory
from zd_kernel.data.database import Database
from zd_kernel.ids import uuid7
from zd_kernel.jobs.queue import enqueue
from zd_kernel.jobs.steps import apply_step
from zd_kernel.scope import Scope, areas
from zd_kernel.settings import ServiceSettings

NAN = 55010100
Headers = Callable[..., dict[str, str]]


@pytest_asyncio.fixture
async def client(app_client: ClientFactory, settings: ServiceSettings) -> AppClient:
    return await app_client(SPEC, settings=settings)


@pytest.fixture
def bearer(token_factory: TokenFactory) -> Headers:
    def headers(subject: str, *codes: str) -> dict[str, str]:
        return {"authorization": f"Bearer {token_factory.token(subject=subject, areas=list(codes), scopes=[])}"}

    return headers


async def test_the_one_who_started_a_job_and_officers_of_its_area_see_how_far_it_is(
    opened: Database, client: AppClient, bearer: Headers
) -> None:
    async with opened.transaction(Scope("officer-1", areas(["550101"]))) as session:
        job_id = await enqueue(session, "count", {"total": 4}, area=NAN)
    kind = SPEC.jobs(client.settings).jobs["count"]
    await apply_step(opened, kind, kind.steps[0], await job(opened, job_id))
    for headers in (bearer("officer-1"), bearer("officer-2", "55")):
        told = (await client.get(f"/v1/jobs/{job_id}", headers=headers)).json()
        assert (told["kind"], told["state"], told["step"]) == ("count", "running", "count")
        assert (told["progress_done"], told["progress_total"], told["error_code"]) == (1, 4, None)


async def test_to_everyone_else_there_is_no_such_job(opened: Database, client: AppClient, bearer: Headers) -> None:
    async with opened.transaction(Scope("officer-1", areas(["550101"]))) as session:
        job_id = await enqueue(session, "count", {"total": 4}, area=NAN)
    for unseen in (job_id, uuid7()):
        answer = await client.get(f"/v1/jobs/{unseen}", headers=bearer("officer-3", "5502"))
        assert (answer.status_code, answer.json()["code"]) == (404, "job_not_found")
    assert (await client.get(f"/v1/jobs/{job_id}")).status_code == 401
