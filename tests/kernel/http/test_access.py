"""Nobody gets anywhere without a token, and nobody further than it says."""

import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from starlette.routing import Mount

import zd_cases.__main__
import zd_grants.__main__
import zd_notify.__main__
import zd_registry.__main__
from tests.kernel import sample
from tests.kernel.sample import SPEC
from tests.kernel.sample_builders import create_item, fetch
from zd_engines.databases import TestDatabase
from zd_engines.harness import AppClient
from zd_engines.pytest_plugin import ClientFactory
from zd_engines.tokens import TokenFactory
from zd_kernel.http.app import OPEN_PATHS, build_app
from zd_kernel.http.routing import router
from zd_kernel.settings import ServiceSettings

SERVICES = [sample, zd_registry.__main__, zd_cases.__main__, zd_grants.__main__, zd_notify.__main__]
# What may be asked without a token, and why: they say nothing about anybody; LINE signs what it posts.
OPEN = {f"GET {path}" for path in OPEN_PATHS} | {"POST /v1/hooks", "POST /v1/line/webhook"}


def doors(app: FastAPI) -> list[tuple[str, str]]:
    """Every method and path of the app, straight from its routing table."""
    found = []
    for route in app.routes:
        methods = {"GET"} if isinstance(route, Mount) else set(getattr(route, "methods", None) or ()) - {"HEAD"}
        found += [(method, str(getattr(route, "path", "?"))) for method in sorted(methods)]
    return found


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.SPEC.name)
async def test_every_route_of_every_service_refuses_whoever_has_no_token(
    service: ModuleType, app_client: ClientFactory
) -> None:
    fields = service.SPEC.settings_class.model_fields
    line: dict[str, Any] = {name: "x" for name in ("line_channel_secret", "line_access_token") if name in fields}
    client = await app_client(service.SPEC, **line)
    listed = doors(client.app)
    assert len(listed) > len(OPEN_PATHS)
    for method, path in listed:
        if f"{method} {path}" in OPEN:
            continue
        answer = await client.request(method, path.replace("{", "").replace("}", ""), content=b"{")
        assert answer.status_code == 401, f"{method} {path}"
        assert {"token_missing", "unauthorisedrequest"} & set(re.findall(r"[a-z_]+", answer.text)), f"{method} {path}"
        assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_route_that_does_not_say_who_may_use_it_cannot_be_made() -> None:
    routes = router("things")
    with pytest.raises(TypeError, match="who may use it"):
        routes.add_api_route("/things", lambda: None)


def test_an_app_with_a_foreign_route_cannot_be_built() -> None:
    foreign = APIRouter()
    foreign.add_api_route("/leak", lambda: None)
    settings = sample.SampleSettings.model_construct(kafka_bootstrap="")
    with pytest.raises(TypeError, match="/leak"):
        build_app(settings, [foreign], migrations=sample.MIGRATIONS, title="x")


async def test_the_missing_scope_is_named(api: AppClient, token_factory: TokenFactory) -> None:
    token = token_factory.token(scopes=["other:read"], areas=["52"])
    answer = await api.get("/v1/items", headers={"Authorization": f"Bearer {token}", "Accept-Language": "en"})
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
    assert "sample:read" in answer.json()["detail"]
    assert 'scope="sample:read"' in answer.headers["www-authenticate"]


async def test_one_of_several_scopes_is_enough_where_a_route_says_so(
    api: AppClient, token_factory: TokenFactory
) -> None:
    statuses = {}
    for scope in ("sample:read", "sample:write", "other:read"):
        headers = {"Authorization": f"Bearer {token_factory.token(scopes=[scope])}"}
        statuses[scope] = (await api.get("/v1/either", headers=headers)).status_code
    assert statuses == {"sample:read": 200, "sample:write": 200, "other:read": 403}
    told = (await api.get("/openapi.json")).json()["paths"]["/v1/either"]["get"]["security"]
    assert told == [{"issuer": ["sample:read"]}, {"issuer": ["sample:write"]}]


async def test_permission_is_asked_before_the_body_is_read(api: AppClient, token_factory: TokenFactory) -> None:
    token = token_factory.token(scopes=["sample:read"], areas=["52"])
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    assert (await api.post("/v1/items", content=b"{", headers=headers)).status_code == 403


async def test_a_caller_sees_the_rows_of_its_areas_only(api: AppClient, database: TestDatabase) -> None:
    mine = await create_item(database.admin_url, area=52030100)
    other = await create_item(database.admin_url, area=50010100)
    listed = (await api.get("/v1/items")).json()["items"]
    assert [item["id"] for item in listed] == [str(mine)]
    for suffix in ("", "/plain"):
        assert (await api.get(f"/v1/items/{mine}{suffix}")).status_code == 200
        assert (await api.get(f"/v1/items/{other}{suffix}")).status_code == 404


async def test_organisations_reach_rows_through_their_seeded_positions(
    app_client: ClientFactory,
    settings: ServiceSettings,
    database: TestDatabase,
    token_factory: TokenFactory,
    tmp_path: Path,
) -> None:
    seeded = tmp_path / "organisations.json"
    seeded.write_text(json.dumps({"school-1": [100, 109], "school-2": [110, 119]}))
    client = await app_client(SPEC, settings=settings.model_copy(update={"organisations_file": seeded}))
    mine = await create_item(database.admin_url, area=50010100, organisation=105)
    await create_item(database.admin_url, area=50010100, organisation=115)
    token = token_factory.token(scopes=["sample:read"], organisations=["school-1", "school-unheard-of"])
    listed = (await client.get("/v1/items", headers={"Authorization": f"Bearer {token}"})).json()["items"]
    assert [item["id"] for item in listed] == [str(mine)]


async def test_a_caller_without_areas_and_organisations_sees_nothing(
    api: AppClient, database: TestDatabase, token_factory: TokenFactory
) -> None:
    await create_item(database.admin_url)
    token = token_factory.token(scopes=["sample:read"])
    answer = await api.get("/v1/items", headers={"Authorization": f"Bearer {token}"})
    assert answer.json()["items"] == []


async def test_only_a_trusted_service_may_act_for_a_user(api: AppClient, token_factory: TokenFactory) -> None:
    plain = await api.get("/v1/me", headers={"Zd-On-Behalf-Of": "user-7"})
    assert (plain.status_code, plain.json()["code"]) == (403, "scope_missing")
    token = token_factory.token(scopes=["act"], subject="console", agency="lampang")
    trusted = {"Authorization": f"Bearer {token}", "Zd-On-Behalf-Of": "user-7"}
    answer = await api.get("/v1/me", headers=trusted)
    assert answer.json() == {"subject": "console", "agency": "lampang", "on_behalf_of": "user-7"}


async def test_a_public_route_has_no_scope_of_its_own_and_needs_no_token(api: AppClient) -> None:
    del api.headers["Authorization"]
    assert (await api.post("/v1/hooks", content=b"abc")).json() == {"bytes": 3, "items": 0}


async def test_what_a_person_did_under_a_purpose_is_told_apart_from_other_purposes(
    api: AppClient, database: TestDatabase
) -> None:
    item_id = await create_item(database.admin_url)
    await api.get(f"/v1/items/{item_id}", headers={"Zd-Purpose": "home-visit"})
    await api.get(f"/v1/items/{item_id}")
    rows = await fetch(database.admin_url, "SELECT purpose FROM audit_entry ORDER BY id")
    assert [row["purpose"] for row in rows] == ["home-visit", "read_item"]
    bad = await api.get(f"/v1/items/{item_id}", headers={"Zd-Purpose": "Home visit to somebody!"})
    assert (bad.status_code, bad.json()["code"]) == (400, "purpose_malformed")
