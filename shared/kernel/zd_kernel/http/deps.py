"""What a route asks for: the caller, and one transaction in the caller's scope that ends before the answer is sent."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Annotated, Protocol
from uuid import UUID

from fastapi import Depends
from starlette.requests import Request

from zd_kernel.access.principal import Principal
from zd_kernel.audit import audited
from zd_kernel.data.session import ReadSession, WriteSession
from zd_kernel.http.kit import Exchange, Kit, exchange_of
from zd_kernel.problems import Problem


class _Named(Protocol):
    @property
    def subjects(self) -> Iterable[UUID]: ...


async def _kit(request: Request) -> Kit:
    return exchange_of(request).kit


async def _caller(request: Request) -> Principal:
    return exchange_of(request).caller


async def _writes(request: Request) -> AsyncIterator[WriteSession]:
    exchange = exchange_of(request)
    opened: WriteSession | None = None
    try:
        async with exchange.kit.database.transaction(exchange.caller.scope, notify=True) as session:
            if exchange.once is not None:
                await exchange.once.claim(session)
            session.before_commit.append(audited(exchange.origin))
            opened = session
            yield session
    except Problem as problem:
        # The transaction is gone, and its audit row with it; what it had looked at is recorded all the same.
        if opened is not None:
            await _audit(exchange, opened, problem.code)
        raise


async def _reads(request: Request) -> AsyncIterator[WriteSession]:
    exchange = exchange_of(request)
    async with (
        _recorded(exchange) as seen,
        exchange.kit.database.transaction(exchange.caller.scope, read_only=True) as session,
    ):
        seen.append(session)
        yield session


async def _hot_reads(request: Request) -> AsyncIterator[ReadSession]:
    exchange = exchange_of(request)
    async with _recorded(exchange) as seen, exchange.kit.database.read(exchange.caller.scope) as session:
        seen.append(session)
        yield session


@asynccontextmanager
async def _recorded(exchange: Exchange) -> AsyncIterator[list[_Named]]:
    """Entered before the transaction and so left after it: the connection is free while the audit row is awaited."""
    seen: list[_Named] = []
    try:
        yield seen
    except Problem as problem:
        for session in seen:
            await _audit(exchange, session, problem.code)
        raise
    for session in seen:
        await _audit(exchange, session, "ok")


async def _audit(exchange: Exchange, session: _Named, outcome: str) -> None:
    if session.subjects:
        kit = exchange.kit
        await kit.audit.record(exchange.origin.entry(kit.clock.now(), session.subjects, outcome))


KitDep = Annotated[Kit, Depends(_kit)]
Caller = Annotated[Principal, Depends(_caller)]
# `scope="function"`: the exit runs once the answer exists and before it is sent, so a COMMIT that fails becomes a 5xx.
Writes = Annotated[WriteSession, Depends(_writes, scope="function")]
Reads = Annotated[WriteSession, Depends(_reads, scope="function")]
HotReads = Annotated[ReadSession, Depends(_hot_reads, scope="function")]
