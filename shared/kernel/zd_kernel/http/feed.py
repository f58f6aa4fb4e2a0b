"""`GET /v1/events`: the same log that goes to Kafka, for agencies that have none."""

import json
from asyncio import get_running_loop
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import BaseModel, Field

from zd_contracts.envelope import RawEvent, structured
from zd_kernel.access.principal import Principal
from zd_kernel.events.log import Reading, read_log
from zd_kernel.http.kit import Exchange, exchange_of
from zd_kernel.http.routing import lacking, problems, requires, router
from zd_kernel.problems import Conflict

MOST = 1_000
LONGEST_WAIT_S = 30
# Windows of the log looked through for one answer, so that a reader with a narrow scope costs no more than others.
_WINDOWS = 10

routes = router("events")


class FedEvent(BaseModel):
    """A CloudEvent (1.0) in structured JSON."""

    specversion: str = Field(description="1.0", examples=["1.0"])
    id: str = Field(description="UUID of the event", examples=["01890a5d-ac96-774b-bcce-b302099a8057"])
    source: str = Field(description="instance that says it", examples=["urn:zd:registry:lampang"])
    type: str = Field(description="`zd.<service>.<subject>.<fact>.v<major>`", examples=["zd.registry.child.missing.v1"])
    time: str = Field(description="instant, RFC 3339 in UTC", examples=["2026-06-01T02:03:04Z"])
    subject: str = Field(description="id of what it is about", examples=["01890a5d-ac96-774b-bcce-b302099a8058"])
    datacontenttype: str = Field(description="application/json", examples=["application/json"])
    dataschema: str = Field(
        description="URI of the data's schema", examples=["urn:zd:schema:zd.registry.child.missing.v1"]
    )
    partitionkey: str = Field(
        description="id within which the order of events counts", examples=["01890a5d-ac96-774b-bcce-b302099a8058"]
    )
    sequence: str = Field(
        description="`<epoch>-<position>`; rises from event to event", examples=["0001-0000000000000000042"]
    )
    traceparent: str | None = Field(
        default=None,
        description="W3C trace context of the request that caused it",
        examples=["00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"],
    )
    data: dict[str, Any] = Field(description="the fact, by its schema", examples=[{"child_id": "01890a5d-…"}])


class FeedPage(BaseModel):
    items: list[FedEvent] = Field(description="events in the order of the log; none at the end of it")
    next_cursor: str | None = Field(
        description="`after` of the next request; null if nothing came, then ask again with the same `after`",
        examples=["42"],
    )


@routes.get(
    "/events",
    response_model=FeedPage,
    dependencies=[requires()],
    responses=problems(403, 409),
    summary="เหตุการณ์ · Events",
)
async def list_events(
    request: Request,
    after: Annotated[int, Query(ge=0, lt=2**63, description="position after which to begin; 0 is the beginning")] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST, description="events of one answer at most")] = 100,
    wait: Annotated[int, Query(ge=0, le=LONGEST_WAIT_S, description="seconds to wait for an event at the end")] = 0,
) -> Response:
    """Every event of this instance in the caller's areas, from the first one on, by position.

    Needs the scope `<service>:events` (every type) or `<service>:events:<subject>` (for example
    `registry:events:child`). With `wait`, an answer at the end of the log is held back until an event comes.
    """
    exchange = exchange_of(request)
    subjects = readable_subjects(exchange.kit.settings.service, exchange.caller)
    loop = get_running_loop()
    until = loop.time() + wait
    reading = await _read(exchange, after, limit, subjects)
    while not reading.events and (left := until - loop.time()) > 0:
        await exchange.kit.log_head.beyond(reading.reached, left)
        reading = await _read(exchange, reading.reached, limit, subjects)
    await _audit(exchange, reading.events)
    return _answer(reading, after)


def readable_subjects(service: str, caller: Principal) -> frozenset[str] | None:
    """Kinds of subject whose events the caller may read; None means every kind. Raises Forbidden for none."""
    everything = f"{service}:events"
    if everything in caller.scopes:
        return None
    prefix = f"{everything}:"
    subjects = frozenset(scope.removeprefix(prefix) for scope in caller.scopes if scope.startswith(prefix))
    if not subjects:
        raise lacking(frozenset({everything}))
    return subjects


async def _read(exchange: Exchange, after: int, limit: int, subjects: frozenset[str] | None) -> Reading:
    """Looks on, window by window, until something is found. Holds no connection while the caller waits."""
    kit = exchange.kit
    async with kit.database.read(exchange.caller.scope) as session:
        for _ in range(_WINDOWS):
            reading = await read_log(session, kit.settings.source_uri, after, limit, subjects)
            if reading.head < after:
                raise _ahead()
            if reading.events or reading.reached == reading.head:
                break
            after = reading.reached
    return reading


def _ahead() -> Conflict:
    return Conflict(
        "position_unknown",
        "ไม่มีตำแหน่งนี้ในบันทึกเหตุการณ์ ระบบต้นทางอาจกู้คืนจากข้อมูลสำรอง โปรดเริ่มอ่านใหม่จากตำแหน่งก่อนหน้า",
        "The log ends before that position: its source may be restored from a backup. Begin from an earlier one.",
    )


async def _audit(exchange: Exchange, events: list[RawEvent]) -> None:
    subjects = {UUID(event.key) for event in events if len(event.key) == 36}
    if subjects:
        kit = exchange.kit
        await kit.audit.record(exchange.origin.entry(kit.clock.now(), subjects, "ok"))


def _answer(reading: Reading, after: int) -> Response:
    following = str(reading.reached) if reading.reached > after else None
    page = {"items": [structured(event) for event in reading.events], "next_cursor": following}
    return Response(json.dumps(page, ensure_ascii=False, separators=(",", ":")), media_type="application/json")
