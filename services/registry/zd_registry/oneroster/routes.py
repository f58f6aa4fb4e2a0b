"""The OneRoster 1.2 rostering service: operations of two shapes, made from one table (see `operations`)."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from zd_kernel.http.deps import Caller, HotReads, KitDep, Writes
from zd_kernel.http.kit import exchange_of
from zd_kernel.http.routing import Idempotent, lacking, problems, requires, requires_any, router
from zd_kernel.keyring import KeyRing
from zd_kernel.problems import NotFound
from zd_registry.exports.rules import IDENTIFY
from zd_registry.exports.schemas import ExportJob
from zd_registry.oneroster import actions
from zd_registry.oneroster.answering import OneRosterRoute
from zd_registry.oneroster.operations import COLLECTIONS, CORE, DEMOGRAPHIC, ROSTER, SINGLES, Collection, Single
from zd_registry.oneroster.queries import Asked
from zd_registry.oneroster.resources import Resource
from zd_registry.oneroster.rules import BASE, MOST, decode_place, encode_place, pages_around, parse_fields, parse_filter
from zd_registry.oneroster.schemas import NewRosterExport
from zd_registry.oneroster.walks import remembered

routes = APIRouter(prefix=BASE, tags=["oneroster"], route_class=OneRosterRoute)
package_routes = router("oneroster")
SourcedId = Annotated[str, Path(max_length=255, description="Id of the entity")]


class PathValues:
    """The parameters of a path by their names, as a dependency that FastAPI documents."""

    def __init__(self, *names: str) -> None:
        text = Annotated[str, Path(max_length=255, description="sourcedId of what the path goes through")]
        kind = inspect.Parameter.KEYWORD_ONLY
        self.__signature__ = inspect.Signature([inspect.Parameter(name, kind, annotation=text) for name in names])

    async def __call__(self, **named: str) -> dict[str, str]:
        return named


@package_routes.post(
    "/roster-exports",
    status_code=202,
    response_model=ExportJob,
    summary="ส่งออกชั้นเรียนและนักเรียนเป็นชุดไฟล์ OneRoster · Export a term's roster",
    dependencies=[requires("registry:export", "registry:read"), Idempotent],
    responses=problems(404),
)
async def create_roster_export(
    request: Request, session: Writes, caller: Caller, response: Response, wanted: NewRosterExport
) -> ExportJob:
    """Needs the scopes `registry:export` and `registry:read`. A ZIP of CSV files, whole (bulk) or what changed `since`
    (delta), of your areas and lists alone; see `/v1/exports/{id}` for how far it is, and its `file`. `POST /v1/imports`
    of another instance takes it."""
    if wanted.identifiers and IDENTIFY not in caller.scopes:
        raise lacking(frozenset({IDENTIFY}))
    exchange, asked = exchange_of(request), wanted.organisation
    organisations = () if asked is None else exchange.kit.organisations.ranges([asked])
    if asked is not None and not organisations:
        raise NotFound.of("organisation", "หน่วยงาน")
    export = await actions.start_roster_export(session, wanted, organisations, exchange.origin)
    response.headers["Location"] = f"/v1/exports/{export.id}"
    response.headers["Link"] = f'</v1/jobs/{export.job_id}>; rel="monitor"'
    return ExportJob.model_validate(export.model_dump() | {"status": "queued"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """The query parameters of a collection."""

    limit: int
    offset: int
    sort: str | None
    descending: bool
    filter: str | None
    fields: str | None
    after: str | None

    def of(self, resource: Resource, **values: object) -> Asked:
        """Raises Malformed for fields that there are not."""
        sort = self.sort if self.sort != "sourcedId" and resource.kinds.get(self.sort or "", "list") != "list" else None
        kind = resource.kinds[sort] if sort else None
        return Asked(
            resource,
            values,
            filter=None if self.filter is None else parse_filter(self.filter, resource.kinds),
            fields=None if self.fields is None else parse_fields(self.fields, known_fields(resource)),
            sort=sort,
            descending=self.descending,
            limit=self.limit,
            offset=self.offset,
            place=None if self.after is None else decode_place(self.after, resource.key, kind),
        )


async def wanted_of(
    limit: Annotated[int, Query(ge=1, le=2**31 - 1, description=f"Rows on a page, {MOST} at most")] = 100,
    offset: Annotated[int, Query(ge=0, le=2**31 - 1, description="Rows to pass over")] = 0,
    sort: Annotated[str | None, Query(max_length=60, description="A field; an unknown one is passed over")] = None,
    orderBy: Annotated[Literal["asc", "desc"], Query(description="Direction")] = "asc",  # noqa: N803  OneRoster's
    filter: Annotated[str | None, Query(max_length=1000, description="`field='value'`, AND or OR one more")] = None,
    fields: Annotated[str | None, Query(max_length=1000, description="Only these fields, by comma")] = None,
    after: Annotated[str | None, Query(max_length=2000, description="Part of the `next` link; opaque")] = None,
) -> Wanted:
    return Wanted(min(limit, MOST), offset, sort, orderBy == "desc", filter, fields, after)


def known_fields(resource: Resource) -> list[str]:
    ids = ["userIds"] if resource.one == "user" else []
    return [*dict.fromkeys(name for branch in resource.branches for name in branch.fields), *ids]


def _listing(of: Collection) -> Callable[..., Any]:
    path = PathValues(*(parent.parameter for parent in of.parents))

    async def list_collection(
        session: HotReads, kit: KitDep, caller: Caller, request: Request, wanted: Annotated[Wanted, Depends(wanted_of)],
        named: Annotated[dict[str, str], Depends(path)],
    ) -> Response:  # fmt: skip
        known, now = remembered(kit.database), kit.clock.now()
        values = await _values(session, kit, request) | named
        asked = replace(wanted.of(of.resource, **values), conditions=of.conditions, scope=session.scope)
        for parent in of.parents:
            await actions.check_exists(session, parent.resource, asked, named[parent.parameter])
        found = await actions.list_page(session, asked, known, _keyring(kit, caller), now)
        headers = {"X-Total-Count": str(found.total), "Link": _links(request, asked, found)}
        return Response(actions.body(of.resource.many, found.items), headers=headers, media_type="application/json")

    list_collection.__doc__ = _said(of.scopes, "A page of at most 1000; `Link` says where the next one is.")
    return list_collection


def _reading(of: Single) -> Callable[..., Any]:
    async def read_single(
        session: HotReads, kit: KitDep, caller: Caller, request: Request, sourcedId: SourcedId,  # noqa: N803  OneRoster's
        fields: Annotated[str | None, Query(max_length=1000, description="Only these fields, by comma")] = None,
    ) -> Response:  # fmt: skip
        values = await _values(session, kit, request) | {"id": sourcedId}
        wanted = None if fields is None else parse_fields(fields, known_fields(of.resource))
        asked = Asked(of.resource, values, fields=wanted, scope=session.scope)
        item = await actions.read_one(session, asked, _keyring(kit, caller))
        return Response(actions.single(of.resource.one, item), media_type="application/json")

    read_single.__doc__ = _said(of.scopes, "One of them.")
    return read_single


async def _values(session: HotReads, kit: KitDep, request: Request) -> dict[str, object]:
    base = actions.json_text(str(request.base_url).rstrip("/") + BASE)
    return {"base": base} | await actions.calendar_values(session, remembered(kit.database), kit.clock.now())


def _keyring(kit: KitDep, caller: Caller) -> KeyRing | None:
    return kit.keyring if IDENTIFY in caller.scopes else None


def _links(request: Request, asked: Asked, found: actions.Found) -> str:
    links = []
    around = pages_around(asked.offset, asked.limit, found.total, more=found.place is not None)
    for relation, offset in around.items():
        url = request.url.remove_query_params("after").include_query_params(limit=asked.limit, offset=offset)
        if relation == "next" and found.place is not None:
            url = url.include_query_params(after=encode_place(found.place))
        links.append(f'<{url}>; rel="{relation}"')
    return ", ".join(links)


def _said(scopes: tuple[str, ...], what: str) -> str:
    return f"Needs {' or '.join(f'`{scope}`' for scope in scopes)}. {what}"


def _add(of: Collection | Single, endpoint: Callable[..., Any]) -> None:
    endpoint.__name__ = of.name
    access = [requires_any(*of.scopes)]
    routes.add_api_route(
        of.path, endpoint, methods=["GET"], response_model=of.model, summary=of.summary, dependencies=access
    )


for collection in COLLECTIONS:
    _add(collection, _listing(collection))
for single in SINGLES:
    _add(single, _reading(single))


async def unknown_operation() -> None:
    raise NotFound.of("operation", "บริการนี้")


routes.add_api_route(
    "/{rest:path}", unknown_operation, include_in_schema=False, dependencies=[requires_any(CORE, ROSTER, DEMOGRAPHIC)]
)
