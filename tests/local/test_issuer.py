from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import jwt
import pytest
import pytest_asyncio

from zd_local.issuer.app import IssuerSettings, create_app
from zd_local.issuer.keys import SigningKeys, rotate

URL = "http://issuer.test"


@pytest.fixture
def issuer(tmp_path: Path) -> IssuerSettings:
    secrets = {"officer": "right", "volunteer": "also-right"}
    return IssuerSettings.model_validate({"url": URL, "keys_file": tmp_path / "keys.json", "secrets": secrets})


@pytest_asyncio.fixture
async def http(issuer: IssuerSettings) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(create_app(issuer)), base_url=URL) as client:
        yield client


async def claims(http: httpx.AsyncClient, token: str) -> dict[str, object]:
    keys = {key.key_id: key for key in jwt.PyJWKSet.from_dict((await http.get("/jwks.json")).json()).keys}
    key = keys[jwt.get_unverified_header(token)["kid"]]
    decoded: dict[str, object] = jwt.decode(token, key, ["RS256"], audience="zero-dropout", issuer=URL)
    return decoded


async def ask(http: httpx.AsyncClient, client: str, secret: str, **form: str) -> httpx.Response:
    return await http.post("/token", auth=(client, secret), data={"grant_type": "client_credentials", **form})


async def test_a_client_gets_a_token_with_its_agency_areas_and_scopes(http: httpx.AsyncClient) -> None:
    answer = await ask(http, "volunteer", "also-right")
    body = answer.json()
    said = await claims(http, body["access_token"])
    assert (body["token_type"], answer.headers["cache-control"]) == ("Bearer", "no-store")
    assert (said["sub"], said["agency"], said["areas"]) == ("volunteer", "lampang-luang-municipality", ["520301"])
    assert said["scope"] == body["scope"]
    assert "registry:import" not in body["scope"]


async def test_the_secret_may_come_in_the_form_as_swagger_ui_sends_it(http: httpx.AsyncClient) -> None:
    form = {"grant_type": "client_credentials", "client_id": "officer", "client_secret": "right"}
    assert (await http.post("/token", data=form)).status_code == 200


async def test_a_browser_on_this_machine_may_ask_and_others_may_not(http: httpx.AsyncClient) -> None:
    preflight = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    here = await http.options("/token", headers={"Origin": "http://127.0.0.1:8101", **preflight})
    elsewhere = await http.options("/token", headers={"Origin": "http://elsewhere.test", **preflight})
    assert here.headers["access-control-allow-origin"] == "http://127.0.0.1:8101"
    assert "access-control-allow-origin" not in elsewhere.headers


@pytest.mark.parametrize(
    ("client", "secret"), [("officer", "wrong"), ("officer", ""), ("nobody", ""), ("", ""), ("teacher", "")]
)
async def test_a_wrong_secret_or_an_unknown_client_is_refused(
    http: httpx.AsyncClient, client: str, secret: str
) -> None:
    answer = await ask(http, client, secret)
    assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"})
    assert answer.headers["www-authenticate"].startswith("Basic")


@pytest.mark.parametrize("header", [b"Basic ///", "Basic é".encode(), b"Bearer x", b"Basic"])
async def test_unreadable_credentials_are_refused(http: httpx.AsyncClient, header: bytes) -> None:
    form = {"grant_type": "client_credentials"}
    answer = await http.post("/token", headers={b"Authorization": header}, data=form)
    assert answer.status_code == 401


async def test_a_client_may_ask_for_less_and_not_for_more(http: httpx.AsyncClient) -> None:
    less = await ask(http, "officer", "right", scope="registry:read cases:read")
    more = await ask(http, "volunteer", "also-right", scope="registry:erase")
    assert less.json()["scope"] == "registry:read cases:read"
    assert (more.status_code, more.json()) == (400, {"error": "invalid_scope"})


async def test_other_grants_and_oversized_bodies_are_refused(http: httpx.AsyncClient) -> None:
    assert (await http.post("/token", data={"grant_type": "password"})).json() == {"error": "unsupported_grant_type"}
    assert (await http.post("/token", content=b"x" * 20_000)).status_code == 413
    assert (await http.post("/token", content="ก")).json() == {"error": "invalid_request"}


async def test_discovery_names_the_endpoints(http: httpx.AsyncClient) -> None:
    found = (await http.get("/.well-known/openid-configuration")).json()
    assert (found["issuer"], found["token_endpoint"], found["jwks_uri"]) == (URL, f"{URL}/token", f"{URL}/jwks.json")
    assert (await http.get("/jwks.json")).json()["keys"][0].keys() == {"kid", "kty", "use", "alg", "n", "e"}


async def test_a_running_token_stays_valid_after_one_rotation_and_ends_after_two(
    http: httpx.AsyncClient, issuer: IssuerSettings
) -> None:
    token = (await ask(http, "officer", "right")).json()["access_token"]
    fresh = rotate(issuer.keys_file)
    assert (await claims(http, token))["sub"] == "officer"
    newer = (await ask(http, "officer", "right")).json()["access_token"]
    assert jwt.get_unverified_header(newer)["kid"] == fresh
    rotate(issuer.keys_file)
    with pytest.raises(KeyError):
        await claims(http, token)


def test_keys_outlive_the_process_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    assert SigningKeys(path).jwks() == SigningKeys(path).jwks()
    assert path.stat().st_mode & 0o777 == 0o600
