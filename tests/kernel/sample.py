"""A service with one table and every kind of route, to try the kernel's doors with."""

from pathlib import Path
from typing import Annotated
from uuid import UUID

from fastapi import Depends, FastAPI
from pydantic import BaseModel, ConfigDict, Field
from pydantic_settings import SettingsConfigDict
from sqlmodel import Field as Column
from sqlmodel import SQLModel, col, select
from starlette.requests import Request
from starlette.responses import Response

from zd_kernel.data.session import WriteSession
from zd_kernel.events.handlers import HandlerTable
from zd_kernel.http.answers import json_response
from zd_kernel.http.app import build_app
from zd_kernel.http.deps import Caller, HotReads, KitDep, Reads, Writes
from zd_kernel.http.etags import IfMatch, check_version, etag
from zd_kernel.http.paging import Paging
from zd_kernel.http.routing import Idempotent, problems, public, requires, requires_any, router
from zd_kernel.ids import uuid7
from zd_kernel.jobs.table import JobTable
from zd_kernel.problems import Conflict, NotFound
from zd_kernel.scope import Scope
from zd_kernel.service import ServiceSpec
from zd_kernel.settings import ServiceSettings

MIGRATIONS = Path(__file__).parent / "sample_migrations"


class SampleSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="ZD_SAMPLE_")
    service = "sample"


class SampleTable(SQLModel):
    """Its own metadata: other services in the same test run have theirs."""

    metadata = SQLModel.metadata.__class__()


class Item(SampleTable, table=True):
    id: UUID = Column(default_factory=uuid7, primary_key=True)
    area: int = Column(index=True)
    organisation: int = Column(index=True)
    name: str = Column(unique=True)
    version: int = 1


class NewItem(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str = Field(min_length=1, max_length=100)
    area: int = Field(ge=0)
    organisation: int = 0


class ItemOut(BaseModel):
    id: UUID
    area: int
    organisation: int
    name: str
    version: int


class ItemPage(BaseModel):
    items: list[ItemOut]
    next_cursor: str | None


class Rename(BaseModel):
    name: str


routes = router("items")


@routes.get("/items/{item_id}", dependencies=[requires("sample:read")], responses=problems(404), response_model=ItemOut)
async def read_item(item_id: UUID, session: HotReads) -> Response:
    row = await session.fetchrow("SELECT id, area, organisation, name, version FROM item WHERE id = $1", item_id)
    if row is None:
        raise NotFound.of("item", "รายการ")
    session.audit_subjects(item_id)
    return json_response(ItemOut.model_construct(**row))


@routes.get("/items/{item_id}/plain", dependencies=[requires("sample:read")], responses=problems(404))
async def read_item_plainly(item_id: UUID, session: Reads) -> ItemOut:
    item = await _find(session, item_id)
    session.audit_subjects(item_id)
    return _out(item)


@routes.get("/items", dependencies=[requires("sample:read")], responses=problems(400))
async def list_items(session: Reads, paging: Annotated[Paging, Depends()]) -> ItemPage:
    query = select(Item).order_by(col(Item.id)).limit(paging.limit + 1)
    if (after := paging.after(UUID)) is not None:
        query = query.where(col(Item.id) > after[0])
    rows, cursor = paging.page((await session.exec(query)).all(), key=lambda item: (item.id,))
    session.audit_subjects(*(item.id for item in rows))
    return ItemPage(items=[_out(item) for item in rows], next_cursor=cursor)


@routes.post("/items", status_code=201, dependencies=[requires("sample:write"), Idempotent], responses=problems(403))
async def create_item(body: NewItem, session: Writes, response: Response) -> ItemOut:
    item = Item(name=body.name, area=body.area, organisation=body.organisation)
    session.add(item)
    session.audit_subjects(item.id)
    await session.flush()
    if body.name == "refused by a rule":
        raise Conflict("item_refused", "รับไม่ได้", "Refused.")
    etag(response, item.version)
    response.headers["Location"] = f"/v1/items/{item.id}"
    return _out(item)


@routes.patch("/items/{item_id}", dependencies=[requires("sample:write")], responses=problems(404, 412, 428))
async def rename_item(item_id: UUID, body: Rename, session: Writes, if_match: IfMatch, response: Response) -> ItemOut:
    item = await _find(session, item_id)
    check_version(if_match, item.version)
    session.audit_subjects(item_id)
    item.name, item.version = body.name, item.version + 1
    etag(response, item.version)
    return _out(item)


@routes.post("/reports", dependencies=[requires("sample:read")])
async def write_while_reading(session: Reads) -> None:
    session.add(Item(name="smuggled", area=0, organisation=0))


@routes.get("/naps", dependencies=[requires("sample:read")])
async def nap(session: HotReads, seconds: float) -> None:
    await session.fetch("SELECT pg_sleep($1)", seconds)


@routes.get("/crashes", dependencies=[requires("sample:read")])
async def crash() -> None:
    raise RuntimeError("somebody's name")


@routes.get("/me", dependencies=[requires()])
async def who_am_i(caller: Caller) -> dict[str, str | None]:
    return {"subject": caller.subject, "agency": caller.agency, "on_behalf_of": caller.on_behalf_of}


@routes.get("/either", dependencies=[requires_any("sample:read", "sample:write")])
async def either() -> None:
    return None


@routes.post("/hooks", dependencies=[public])
async def receive_hook(request: Request, kit: KitDep) -> dict[str, int]:
    async with kit.database.read(Scope.system("hook")) as session:
        return {"bytes": len(await request.body()), "items": len(await session.fetch("SELECT FROM item"))}


async def _find(session: WriteSession, item_id: UUID) -> Item:
    item = await session.get(Item, item_id)
    if item is None:
        raise NotFound.of("item", "รายการ")
    return item


def _out(item: Item) -> ItemOut:
    return ItemOut.model_validate(item, from_attributes=True)


def create_app(settings: SampleSettings) -> FastAPI:
    return build_app(settings, [routes], migrations=MIGRATIONS, title="Sample")


SPEC = ServiceSpec(
    name="sample",
    settings_class=SampleSettings,
    create_app=create_app,
    handlers=lambda _: HandlerTable([]),
    jobs=lambda _: JobTable([]),
    metadata=SampleTable.metadata,
    migrations=MIGRATIONS,
)
