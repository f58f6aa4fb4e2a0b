"""The middleware around a small app of its own; the kernel's HTTP tests prove that `build_app` puts it in place."""

import asyncio
import logging

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from prometheus_client import generate_latest

from tests.kernel.observe.conftest import Lines
from zd_kernel.observe.metrics import Metrics
from zd_kernel.observe.middleware import Observed
from zd_kernel.observe.trace import current_trace_id

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
NAME = "สมชาย"


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def client(metrics: Metrics) -> httpx.AsyncClient:
    app = FastAPI()
    router = APIRouter(prefix="/v1")

    @router.get("/children/{child_id}")
    async def child(child_id: str) -> dict[str, str | None]:
        await asyncio.sleep(0)
        logging.getLogger("inside").warning("in the route")
        return {"trace_id": current_trace_id()}

    @router.get("/broken")
    async def broken() -> None:
        raise ValueError(NAME)

    app.include_router(router)
    transport = httpx.ASGITransport(Observed(app, metrics), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://sample.test")


def counted(metrics: Metrics) -> list[str]:
    text = generate_latest(metrics.registry).decode()
    return [line for line in text.splitlines() if line.startswith("zd_http_request_seconds_count")]


async def test_the_trace_of_the_caller_goes_through_the_route_into_every_line(
    client: httpx.AsyncClient, lines: Lines
) -> None:
    answer = await client.get("/v1/children/52", headers={"traceparent": TRACEPARENT})
    assert answer.json() == {"trace_id": TRACEPARENT[3:35]}
    assert [(line["event"], line["trace_id"]) for line in lines()] == [
        ("in the route", TRACEPARENT[3:35]),
        ("request", TRACEPARENT[3:35]),
    ]
    assert current_trace_id() is None


async def test_a_request_without_a_trace_gets_one(client: httpx.AsyncClient) -> None:
    first, second = [(await client.get("/v1/children/52")).json()["trace_id"] for _ in range(2)]
    assert len(first) == len(second) == 32
    assert first != second


async def test_requests_are_counted_by_route_and_never_by_what_the_caller_wrote(
    client: httpx.AsyncClient, metrics: Metrics
) -> None:
    for number in range(30):
        await client.get(f"/v1/children/{number}")
        await client.get(f"/v1/unknown/{number}")
        await client.request(f"BREW{number}", "/v1/children/1")
    assert counted(metrics) == [
        'zd_http_request_seconds_count{method="GET",route="/v1/children/{child_id}",status="200"} 30.0',
        'zd_http_request_seconds_count{method="GET",route="unmatched",status="404"} 30.0',
        'zd_http_request_seconds_count{method="OTHER",route="/v1/children/{child_id}",status="405"} 30.0',
    ]


async def test_the_access_line_names_the_route_and_not_the_address(client: httpx.AsyncClient, lines: Lines) -> None:
    await client.get("/v1/children/1101700230708?name=" + NAME)
    line = lines()[-1]
    assert (line["event"], line["method"], line["route"], line["status"]) == (
        "request", "GET", "/v1/children/{child_id}", 200,
    )  # fmt: skip
    assert line["ms"] >= 0
    assert {"time", "level", "service", "instance", "process", "trace_id"} < line.keys()
    assert not any(secret in str(lines()) for secret in (NAME, "1101700230708"))


async def test_an_unexpected_error_is_a_500_in_the_metrics_and_a_line_without_its_text(
    client: httpx.AsyncClient, metrics: Metrics, lines: Lines
) -> None:
    answer = await client.get("/v1/broken", headers={"traceparent": TRACEPARENT})
    assert answer.status_code == 500
    assert 'status="500"' in counted(metrics)[0]
    failed = next(line for line in lines() if line["event"] == "request_failed")
    assert (failed["error"]["type"], failed["trace_id"]) == ("ValueError", TRACEPARENT[3:35])
    assert NAME not in str(lines())
