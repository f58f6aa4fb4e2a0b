"""One person's or system's way into the four services: its own token, one client for each service."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

import httpx

from zd_contracts.clients.cases import CasesClient
from zd_contracts.clients.grants import GrantsClient
from zd_contracts.clients.notify import NotifyClient
from zd_contracts.clients.registry import RegistryClient
from zd_engines.errors import EngineError
from zd_local.layout import ISSUER_PORT, LOGS, SERVICES, port, url
from zd_local.secret_files import secret

T = TypeVar("T")
_PATIENCE_S, _PAUSE_S = 60.0, 0.1


@dataclass(frozen=True, slots=True)
class Desk:
    """`http` reaches the registry where its typed client has no call for it."""

    http: httpx.AsyncClient
    registry: RegistryClient
    cases: CasesClient
    grants: GrantsClient
    notify: NotifyClient


@asynccontextmanager
async def desk(client: str) -> AsyncIterator[Desk]:
    """Good for the 15 minutes that its token lives."""
    headers = {"Authorization": f"Bearer {await access_token(client)}"}
    async with AsyncExitStack() as stack:
        clients = [
            await stack.enter_async_context(
                httpx.AsyncClient(base_url=url(port(service, "api")), headers=headers, timeout=30, trust_env=False)
            )
            for service in SERVICES
        ]
        registry, cases, grants, notify = clients
        yield Desk(registry, RegistryClient(registry), CasesClient(cases), GrantsClient(grants), NotifyClient(notify))


async def access_token(client: str) -> str:
    form = {"grant_type": "client_credentials", "client_id": client, "client_secret": secret(client)}
    async with httpx.AsyncClient(trust_env=False) as http:
        answer = (await http.post(f"{url(ISSUER_PORT)}/token", data=form)).raise_for_status()
    token: str = answer.json()["access_token"]
    return token


async def until(what: str, ask: Callable[[], Awaitable[T]], fits: Callable[[T], bool]) -> T:
    """Ask again until the answer fits. Raises `EngineError` when that takes too long."""
    deadline = time.monotonic() + _PATIENCE_S
    while not fits(answer := await ask()):
        if time.monotonic() > deadline:
            raise EngineError(
                f"ข้อมูลสาธิตหยุดอยู่ที่ {what} เกิน {_PATIENCE_S:.0f} วินาที โปรดดูบันทึกใน {LOGS} แล้วสั่ง make up ใหม่",
                f"The demo waited {_PATIENCE_S:.0f} s for {what}: read the logs in {LOGS}, then make up again.",
            )
        await asyncio.sleep(_PAUSE_S)
    return answer
