import re
from typing import Any

import pytest
from fastapi import FastAPI

from tests.kernel import sample
from tests.kernel.sample import SPEC
from zd_engines.harness import AppClient
from zd_engines.pytest_plugin import ClientFactory
from zd_kernel.http.app import build_app
from zd_kernel.http.routing import requires, router
from zd_kernel.settings import ServiceSettings


@pytest.fixture
async def document(api: AppClient) -> dict[str, Any]:
    found: dict[str, Any] = (await api.get("/openapi.json")).json()
    return found


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {op["operationId"]: op for path in document["paths"].values() for op in path.values()}


async def test_operation_ids_are_the_names_of_the_functions(document: dict[str, Any]) -> None:
    assert {"read_item", "list_items", "create_item", "rename_item", "who_am_i"} <= operations(document).keys()


async def test_two_functions_of_one_name_are_refused() -> None:
    routes = router("things")
    for path in ("/a", "/b"):
        routes.add_api_route(path, sample.crash, dependencies=[requires()])
    settings = sample.SampleSettings.model_construct(kafka_bootstrap="", token_url="")
    app: FastAPI = build_app(settings, [routes], migrations=sample.MIGRATIONS, title="x")
    with pytest.raises(ValueError, match="crash"):
        app.openapi()


async def test_every_error_listed_is_a_problem(document: dict[str, Any]) -> None:
    for operation in operations(document).values():
        errors = {status: response for status, response in operation["responses"].items() if status >= "400"}
        assert errors.keys() >= {"400", "422", "500", "503"}
        for response in errors.values():
            assert response["content"].keys() == {"application/problem+json"}
    assert "HTTPValidationError" not in document["components"]["schemas"]


async def test_scopes_and_the_idempotency_key_are_told(document: dict[str, Any]) -> None:
    create = operations(document)["create_item"]
    assert create["security"] == [{"issuer": ["sample:write"]}]
    assert [p["name"] for p in create["parameters"]] == ["Idempotency-Key"]
    assert {"400", "401", "403", "409", "413", "415"} <= create["responses"].keys()
    assert "security" not in operations(document)["receive_hook"]
    rename = operations(document)["rename_item"]
    assert {p["name"].lower() for p in rename["parameters"]} == {"item_id", "if-match"}


async def test_authorize_asks_the_issuer_of_the_settings(app_client: ClientFactory, settings: ServiceSettings) -> None:
    url = "http://127.0.0.1:8100/token"
    client = await app_client(SPEC, settings=settings.model_copy(update={"token_url": url}))
    document = (await client.get("/openapi.json")).json()
    flow = document["components"]["securitySchemes"]["issuer"]["flows"]["clientCredentials"]
    assert flow["tokenUrl"] == url
    assert set(flow["scopes"]) == {"sample:read", "sample:write"}
    assert "connect-src 'self' http://127.0.0.1:8100;" in (await client.get("/docs")).headers["content-security-policy"]


async def test_the_documentation_needs_no_other_server(api: AppClient) -> None:
    page = await api.get("/docs")
    assert "script-src 'self';" in page.headers["content-security-policy"]
    used = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(used) == 4
    for address in used:
        assert "//" not in address
        asset = await api.get(f"/{address}")
        assert asset.status_code == 200
    bundle = (await api.get("/docs/assets/swagger-ui-bundle.js")).text
    assert "SwaggerUIBundle" in bundle
    # OpenAPI 3.1 is understood from version 5 on.
    assert "3.1" in bundle


async def test_a_service_is_ready_once_its_database_is_migrated(api: AppClient) -> None:
    answer = await api.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["checks"]["migrations"] == "ok"
    assert (await api.get("/healthz")).status_code == 200
    assert 'route="/v1/items"' not in (await api.get("/metrics")).text
    await api.get("/v1/items")
    assert 'route="/v1/items"' in (await api.get("/metrics")).text
