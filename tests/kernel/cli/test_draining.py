"""SIGTERM to each kind of process: what is in hand is finished, and the deadline holds."""

import asyncio
import json
import signal
import time
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest

from tests.kernel.jobs.conftest import StartProcess
from zd_engines.process import free_port
from zd_kernel.settings import ServiceSettings


async def answering(port: int, within_s: float = 90) -> None:
    async with asyncio.timeout(within_s), httpx.AsyncClient() as client:
        while True:
            try:
                await client.get(f"http://127.0.0.1:{port}/healthz")
            except httpx.TransportError:
                await asyncio.sleep(0.05)
            else:
                return


async def test_the_api_finishes_the_request_in_hand_and_takes_no_other(start: StartProcess) -> None:
    port = free_port()
    process = start("api", ZD_EFFECTS_PORT=str(port), ZD_EFFECTS_SHUTDOWN_S="8")
    await answering(port)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        in_hand = asyncio.create_task(client.get("/v1/slow", params={"seconds": 1.5}))
        await asyncio.sleep(0.4)
        process.send_signal(signal.SIGTERM)
        await asyncio.sleep(0.4)
        with pytest.raises(httpx.ConnectError):
            await client.get("/v1/slow", params={"seconds": 0}, headers={"connection": "close"})
        answer = await in_hand
    assert answer.json() == {"status": "finished"}
    assert "server" not in answer.headers
    assert await asyncio.to_thread(process.wait, 8) == 0


async def test_the_api_gives_up_a_request_at_the_deadline(start: StartProcess) -> None:
    port = free_port()
    process = start("api", ZD_EFFECTS_PORT=str(port), ZD_EFFECTS_SHUTDOWN_S="1")
    await answering(port)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
        in_hand = asyncio.create_task(client.get("/v1/slow", params={"seconds": 25}))
        await asyncio.sleep(0.4)
        asked_at = time.monotonic()
        process.send_signal(signal.SIGTERM)
        await asyncio.to_thread(process.wait, 20)
        # Long before the request would have been done, with room for a busy machine.
        assert time.monotonic() - asked_at < 15
        await asyncio.wait((in_hand,))
        assert in_hand.exception() is not None or in_hand.result().status_code >= 500


@pytest.mark.parametrize("arguments", [("bus",), ("bus", "--only", "relay"), ("bus", "--only", "consumer"), ("jobs",)])
async def test_bus_and_jobs_end_within_the_deadline_though_the_broker_is_away(
    start: StartProcess, settings: ServiceSettings, log_dir: Path, arguments: Sequence[str]
) -> None:
    listened = json.dumps([{"topic": "zd.cases.nan.v1", "source": "urn:zd:cases:nan"}])
    process = start(*arguments, ZD_EFFECTS_SUBSCRIPTIONS=listened, ZD_EFFECTS_SHUTDOWN_S="5")
    await answering(settings.ops_port)
    asked_at = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert await asyncio.to_thread(process.wait, 30) == 0
    # The broker would be waited for much longer; with room for a busy machine.
    assert time.monotonic() - asked_at < 15
    said = (log_dir / f"effects-{settings.instance}-0.log").read_text().splitlines()
    assert said
    for line in map(json.loads, said):
        assert (line["service"], line["instance"], line["process"]) == ("effects", settings.instance, arguments[0])
        assert {"time", "level", "event", "trace_id"} <= line.keys()
