"""What a running API process holds, and what it knows about the request in hand."""

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from zd_kernel.access.organisations import Organisations
from zd_kernel.access.principal import Principal
from zd_kernel.access.tokens import TokenVerifier
from zd_kernel.audit import AuditWriter, Origin
from zd_kernel.clock import Clock
from zd_kernel.data.database import Database
from zd_kernel.events.log import HeadWatch
from zd_kernel.http.idempotency import Once
from zd_kernel.keyring import KeyRing
from zd_kernel.observe.metrics import Metrics
from zd_kernel.settings import ServiceSettings

_KEY = "zd.exchange"


@dataclass(frozen=True, slots=True)
class Kit:
    """Made by the app's lifespan, found at `app.state.kit`."""

    settings: ServiceSettings
    clock: Clock
    database: Database
    keyring: KeyRing
    audit: AuditWriter
    organisations: Organisations
    verifier: TokenVerifier
    metrics: Metrics
    log_head: HeadWatch


@dataclass(slots=True)
class Exchange:
    """One request whose caller is known and permitted."""

    kit: Kit
    caller: Principal
    origin: Origin
    once: Once | None = None


def begin(request: Request, exchange: Exchange) -> None:
    request.scope[_KEY] = exchange


def exchange_of(request: Request) -> Exchange:
    """Raises KeyError on a route that is not the kernel's: such a route has no caller, so nothing is given to it."""
    exchange: Any = request.scope[_KEY]
    if not isinstance(exchange, Exchange):
        raise TypeError("the request was not admitted")
    return exchange
