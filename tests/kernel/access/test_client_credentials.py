"""How a service gets its own tokens: from a real token endpoint, on a real port."""

import asyncio
import base64
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
import pytest_asyncio
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.kernel.sample import SampleSettings
from zd_engines.harness import ControlledClock, ServerThread
from zd_kernel.access.client_credentials import ClientCredentials
from zd_kernel.problems import Overloaded


class Issuer:
    """Numbers its tokens; the resource beside it believes the newest only."""

    def __init__(self) -> None:
        self.issued = 0
        self.asked: list[dict[str, Any]] = []
        self.refuses = False
        routes = [
            Route("/token", self.token, methods=["POST"]),
            Route("/resource", self.resource, methods=["GET", "POST"]),
        ]
        self.server = ServerThread(Starlette(routes=routes))

    async def token(self, request: Request) -> Response:
        if self.refuses:
            return JSONResponse({"error": "invalid_client"}, 401)
        self.issued += 1
        self.asked.append(parse_qs((await request.body()).decode()) | {"auth": request.headers["authorization"]})
        return JSONResponse({"access_token": f"t{self.issued}", "expires_in": 300})

    async def resource(self, request: Request) -> Response:
        right = request.headers.get("authorization") == f"Bearer t{self.issued}"
        return Response(await request.body(), 200 if right else 401)


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    made = Issuer()
    made.server.start()
    yield made
    made.server.stop()


@pytest_asyncio.fixture
async def client(issuer: Issuer, clock: ControlledClock) -> AsyncIterator[httpx.AsyncClient]:
    settings = SampleSettings.model_construct(
        token_url=f"{issuer.server.url}/token", client_id="cases", client_secret=SecretStr("s3cret")
    )
    auth = ClientCredentials(settings, scopes=("registry:read",), clock=clock)
    async with httpx.AsyncClient(auth=auth, base_url=issuer.server.url, trust_env=False) as made:
        yield made


async def test_one_token_serves_many_requests(client: httpx.AsyncClient, issuer: Issuer) -> None:
    answers = await asyncio.gather(*(client.get("/resource") for _ in range(5)))
    assert {answer.status_code for answer in answers} == {200}
    assert issuer.issued == 1
    basic = "Basic " + base64.b64encode(b"cases:s3cret").decode()
    assert issuer.asked == [{"grant_type": ["client_credentials"], "scope": ["registry:read"], "auth": basic}]


async def test_a_token_is_renewed_before_it_expires(
    client: httpx.AsyncClient, issuer: Issuer, clock: ControlledClock
) -> None:
    await client.get("/resource")
    clock.advance(seconds=269)
    await client.get("/resource")
    assert issuer.issued == 1
    clock.advance(seconds=2)
    assert (await client.get("/resource")).status_code == 200
    assert issuer.issued == 2


async def test_a_token_that_is_not_believed_any_more_is_replaced_and_the_request_repeated(
    client: httpx.AsyncClient, issuer: Issuer
) -> None:
    await client.get("/resource")
    issuer.issued += 1
    answer = await client.post("/resource", content=b"body")
    assert (answer.status_code, answer.content) == (200, b"body")
    assert issuer.issued == 3


async def test_without_a_token_the_caller_is_told_to_try_again_later(client: httpx.AsyncClient, issuer: Issuer) -> None:
    issuer.refuses = True
    with pytest.raises(Overloaded) as failed:
        await client.get("/resource")
    assert failed.value.code == "token_not_issued"
    issuer.refuses = False
    assert (await client.get("/resource")).status_code == 200
