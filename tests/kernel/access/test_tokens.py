"""Which tokens are believed. Keys are published over real HTTP by the test's issuer."""

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import httpx
import jwt
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import SecretStr

from tests.kernel.sample import SampleSettings
from zd_engines.harness import ControlledClock, JwksServer
from zd_engines.tokens import TokenFactory
from zd_kernel.access.jwks import REFRESH_AFTER_S, UNKNOWN_KEY_PAUSE_S, USABLE_FOR_S
from zd_kernel.access.organisations import Organisations
from zd_kernel.access.tokens import LEEWAY_S, TokenVerifier
from zd_kernel.problems import Overloaded, Unauthorized
from zd_kernel.scope import Range


def settings(issuer: TokenFactory, jwks_url: str) -> SampleSettings:
    return SampleSettings(
        instance="t", agency="test", areas=["52"], database_url=SecretStr(""), kafka_bootstrap="", jwks_url=jwks_url,
        issuer=issuer.issuer, audience=issuer.audience, keyring=SecretStr("{}"),
    )  # fmt: skip


@pytest_asyncio.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=2, trust_env=False) as client:
        yield client


@pytest_asyncio.fixture
async def verifier(
    http: httpx.AsyncClient, token_factory: TokenFactory, jwks: JwksServer, clock: ControlledClock
) -> AsyncIterator[TokenVerifier]:
    organisations = Organisations({"school-1": Range(100, 109)})
    made = TokenVerifier(settings(token_factory, jwks.url), http, clock, organisations)
    yield made
    await made.keys.close()


def lasting(clock: ControlledClock, seconds: float = 10**6) -> dict[str, Any]:
    """Claims of a token that outlives whatever the test does with the clock."""
    now = int(clock.now().timestamp())
    return {"iat": now, "exp": now + int(seconds)}


async def code(verifier: TokenVerifier, token: str) -> str:
    with pytest.raises(Unauthorized) as refused:
        await verifier.verify(token)
    assert refused.value.headers["WWW-Authenticate"].startswith("Bearer")
    return refused.value.code


async def test_a_token_says_who_calls_and_what_they_may_touch(
    verifier: TokenVerifier, token_factory: TokenFactory
) -> None:
    token = token_factory.token(
        subject="officer",
        agency="lampang",
        scopes=["a:read", "b:read"],
        areas=["5203", "*"],
        organisations=["school-1"],
    )
    caller = await verifier.verify(token)
    assert (caller.subject, caller.agency) == ("officer", "lampang")
    assert caller.scopes == {"a:read", "b:read"}
    assert caller.scope.areas == ((52030000, 52039999), (0, 99999999))
    assert caller.scope.organisations == ((100, 109),)
    assert caller.scope.name == "officer"
    assert await verifier.verify(token) is caller


@pytest.mark.parametrize("algorithm", ["ES256", "RS256"])
async def test_the_usual_algorithms_are_accepted(
    verifier: TokenVerifier, token_factory: TokenFactory, algorithm: Any
) -> None:
    token_factory.rotate(algorithm=algorithm)
    assert (await verifier.verify(token_factory.token(subject="x"))).subject == "x"


async def test_the_wrong_issuer_audience_or_time_is_refused(
    verifier: TokenVerifier, token_factory: TokenFactory, clock: ControlledClock
) -> None:
    now = int(clock.now().timestamp())
    for wrong in (
        {"iss": "https://elsewhere.test"},
        {"aud": "another-system"},
        {"exp": now - LEEWAY_S - 1},
        {"nbf": now + LEEWAY_S + 60},
        {"iat": now + LEEWAY_S + 60},
        {"exp": "soon"},
        {"exp": True},
        {"sub": ""},
        {"sub": "a\x00b"},
        {"sub": "\ud800"},
        {"sub": None},
        {"agency": 7},
        {"scope": ["sample:read"]},
        {"areas": "52"},
        {"areas": ["5"]},
        {"organisations": [7]},
    ):
        assert await code(verifier, token_factory.token(claims=wrong)) == "token_claims", wrong


@pytest.mark.parametrize("claim", ["iss", "aud", "exp", "iat", "sub"])
async def test_a_token_without_a_needed_claim_is_refused(
    verifier: TokenVerifier, token_factory: TokenFactory, clock: ControlledClock, claim: str
) -> None:
    claims: dict[str, Any] = lasting(clock) | {"iss": token_factory.issuer, "aud": token_factory.audience, "sub": "x"}
    claims |= {"agency": "y"}
    assert (await verifier.verify(token_factory.sign(claims))).subject == "x"
    del claims[claim]
    assert await code(verifier, token_factory.sign(claims)) == "token_claims"


async def test_a_remembered_token_stops_at_its_time(
    verifier: TokenVerifier, token_factory: TokenFactory, clock: ControlledClock
) -> None:
    token = token_factory.token(claims=lasting(clock, 60))
    await verifier.verify(token)
    clock.advance(seconds=60 + LEEWAY_S - 1)
    await verifier.verify(token)
    clock.advance(seconds=2)
    assert await code(verifier, token) == "token_claims"


def unsigned(header: Mapping[str, Any], claims: Mapping[str, Any], sign: Callable[[bytes], bytes]) -> str:
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, claims)]
    text = b".".join(parts)
    return (text + b"." + base64.urlsafe_b64encode(sign(text)).rstrip(b"=")).decode()


async def test_no_token_chooses_how_it_is_verified(
    verifier: TokenVerifier, token_factory: TokenFactory, clock: ControlledClock
) -> None:
    token_factory.rotate(algorithm="RS256")
    genuine = token_factory.token(subject="admin")
    claims = jwt.decode(genuine, options={"verify_signature": False})
    kid = token_factory.signing_key.kid
    public: Any = token_factory.signing_key.private.public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def with_public_key(text: bytes) -> bytes:
        return hmac.digest(pem, text, hashlib.sha256)

    for algorithm, sign in (("none", lambda _: b""), ("None", lambda _: b""), ("HS256", with_public_key)):
        assert await code(verifier, unsigned({"alg": algorithm, "kid": kid}, claims, sign)) == "token_algorithm"
    # Signed by nobody, under the right name of the algorithm; and with a key that the token brings along.
    jwk = token_factory.signing_key.jwk()
    assert await code(verifier, unsigned({"alg": "RS256", "kid": kid}, claims, with_public_key)) == "token_signature"
    own_key = unsigned({"alg": "RS256", "kid": "mine", "jwk": jwk}, claims, with_public_key)
    assert await code(verifier, own_key) == "token_key_unknown"
    assert await code(verifier, token_factory.sign(claims, headers={"alg": "PS256"})) in {
        "token_algorithm", "token_signature"
    }  # fmt: skip


@pytest.mark.parametrize("token", ["", "abc", "a.b.c", "." * 3, "x" * 9000, "กข.คง.จฉ", "e30.e30.e30"])
async def test_what_is_no_token_is_refused(verifier: TokenVerifier, token: str) -> None:
    assert await code(verifier, token) == "token_malformed"


async def test_a_key_needs_an_id_and_every_token_names_it(verifier: TokenVerifier, token_factory: TokenFactory) -> None:
    claims = jwt.decode(token_factory.token(), options={"verify_signature": False})
    key = token_factory.signing_key
    assert await code(verifier, jwt.encode(claims, key.private, key.algorithm)) == "token_malformed"


@pytest.mark.parametrize(
    "entry",
    [
        {"kty": "oct", "k": base64.urlsafe_b64encode(b"s" * 32).decode(), "alg": "HS256"},
        {"kty": "EC", "crv": "P-384", "x": "AA", "y": "AA"},
        {"kty": "RSA", "n": base64.urlsafe_b64encode(b"\xff" * 128).decode().rstrip("="), "e": "AQAB"},
        {"kty": "OKP", "crv": "Ed25519", "x": "not a key"},
    ],
)
async def test_keys_of_other_kinds_or_too_short_are_not_taken(
    token_factory: TokenFactory, clock: ControlledClock, entry: dict[str, str]
) -> None:
    answer = httpx.Response(200, json={"keys": [entry | {"kid": "k"}, *token_factory.jwks()["keys"], 7, {}]})
    async with httpx.AsyncClient(transport=httpx.MockTransport(lambda _: answer)) as http:
        verifier = TokenVerifier(settings(token_factory, "http://issuer"), http, clock, Organisations({}))
        assert (await verifier.verify(token_factory.token(subject="x"))).subject == "x"
        assert await code(verifier, unsigned({"alg": "HS256", "kid": "k"}, {}, lambda _: b"")) == "token_key_unknown"


async def test_ed25519_is_accepted(token_factory: TokenFactory, clock: ControlledClock) -> None:
    private = ed25519.Ed25519PrivateKey.generate()
    x = base64.urlsafe_b64encode(private.public_key().public_bytes_raw()).decode().rstrip("=")
    answer = httpx.Response(200, json={"keys": [{"kid": "k", "kty": "OKP", "crv": "Ed25519", "x": x}]})
    claims = jwt.decode(token_factory.token(subject="x"), options={"verify_signature": False})
    async with httpx.AsyncClient(transport=httpx.MockTransport(lambda _: answer)) as http:
        verifier = TokenVerifier(settings(token_factory, "http://issuer"), http, clock, Organisations({}))
        assert (await verifier.verify(jwt.encode(claims, private, "EdDSA", headers={"kid": "k"}))).subject == "x"


async def test_a_new_key_is_found_and_the_old_one_still_verifies(
    verifier: TokenVerifier, token_factory: TokenFactory, clock: ControlledClock
) -> None:
    before = token_factory.token()
    await verifier.verify(before)
    clock.advance(seconds=UNKNOWN_KEY_PAUSE_S)
    token_factory.rotate()
    await verifier.verify(token_factory.token())
    await verifier.verify(before)


async def test_a_withdrawn_key_takes_its_remembered_tokens_with_it(
    verifier: TokenVerifier, token_factory: TokenFactory, clock: ControlledClock
) -> None:
    before = token_factory.token()
    await verifier.verify(before)
    clock.advance(seconds=UNKNOWN_KEY_PAUSE_S)
    token_factory.rotate(keep_old=False)
    await verifier.verify(token_factory.token())
    assert await code(verifier, before) == "token_key_unknown"


async def test_unknown_key_ids_do_not_make_us_ask_the_issuer_each_time(
    verifier: TokenVerifier, token_factory: TokenFactory, jwks: JwksServer
) -> None:
    await verifier.verify(token_factory.token())
    asked = jwks.requests
    token_factory.rotate()
    claims = jwt.decode(token_factory.token(), options={"verify_signature": False})
    for n in range(5):
        await code(verifier, token_factory.sign(claims, headers={"kid": f"invented-{n}"}))
    assert jwks.requests == asked


async def test_keys_are_read_again_in_the_background(
    verifier: TokenVerifier, token_factory: TokenFactory, jwks: JwksServer, clock: ControlledClock
) -> None:
    token = token_factory.token(claims=lasting(clock))
    await verifier.verify(token)
    asked = jwks.requests
    clock.advance(seconds=REFRESH_AFTER_S + 1)
    await verifier.verify(token)
    assert verifier.keys._background is not None
    await verifier.keys._background
    assert jwks.requests == asked + 1


async def test_while_the_issuer_is_away_known_keys_serve_for_a_while_and_then_nobody_is_let_in(
    token_factory: TokenFactory, clock: ControlledClock
) -> None:
    away = False

    def issuer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(503) if away else httpx.Response(200, json=token_factory.jwks())

    async with httpx.AsyncClient(transport=httpx.MockTransport(issuer)) as http:
        verifier = TokenVerifier(settings(token_factory, "http://issuer"), http, clock, Organisations({}))
        known, new = (token_factory.token(subject=name, claims=lasting(clock)) for name in ("a", "b"))
        await verifier.verify(known)
        away = True
        clock.advance(seconds=USABLE_FOR_S - 1)
        assert (await verifier.verify(known)).subject == "a"
        assert (await verifier.verify(new)).subject == "b"
        clock.advance(seconds=2)
        for token in (known, new):
            with pytest.raises(Overloaded) as refused:
                await verifier.verify(token)
            assert refused.value.code == "issuer_unavailable"
        away = False
        clock.advance(seconds=2)
        assert (await verifier.verify(known)).subject == "a"
        await verifier.keys.close()


async def test_with_no_keys_at_all_the_answer_is_503_and_not_401(
    token_factory: TokenFactory, clock: ControlledClock
) -> None:
    for broken in (httpx.Response(200, text="<html>"), httpx.Response(200, json=[]), httpx.Response(404)):
        async with httpx.AsyncClient(transport=httpx.MockTransport(lambda _, answer=broken: answer)) as http:
            verifier = TokenVerifier(settings(token_factory, "http://issuer"), http, clock, Organisations({}))
            with pytest.raises(Overloaded):
                await verifier.verify(token_factory.token())
