"""Tokens are ordinary signed JWTs that any verifier can check against the published keys."""

import base64
import json
from typing import Any

import httpx
import jwt
import pytest

from zd_engines.harness import JwksServer
from zd_engines.tokens import Algorithm, TokenFactory


def verified(factory: TokenFactory, token: str, **options: Any) -> dict[str, Any]:
    kid = jwt.get_unverified_header(token)["kid"]
    key = jwt.PyJWKSet.from_dict(factory.jwks())[kid]
    return dict(jwt.decode(token, key, [key.algorithm_name], **({"audience": factory.audience} | options)))


@pytest.mark.parametrize("algorithm", ["ES256", "RS256"])
def test_a_token_verifies_against_the_published_key_and_says_who_and_what(algorithm: Algorithm) -> None:
    factory = TokenFactory("https://issuer.test", algorithm=algorithm)
    scopes = ("registry:read", "cases:read")
    token = factory.token(scopes=scopes, areas=["5203"], organisations=["school"], subject="teacher", agency="obec")
    claims = verified(factory, token, issuer="https://issuer.test")
    said = {name: claims[name] for name in ("sub", "agency", "scope", "areas", "organisations")}
    assert said == {
        "sub": "teacher",
        "agency": "obec",
        "scope": "registry:read cases:read",
        "areas": ["5203"],
        "organisations": ["school"],
    }


@pytest.mark.parametrize("algorithm", ["ES256", "RS256"])
def test_published_keys_are_public_only(algorithm: Algorithm) -> None:
    [key] = TokenFactory("https://issuer.test", algorithm=algorithm).jwks()["keys"]
    assert set(key) <= {"kty", "crv", "x", "y", "n", "e", "kid", "alg", "use", "key_ops"}


def test_after_a_rotation_old_tokens_verify_until_their_key_is_withdrawn() -> None:
    factory = TokenFactory("https://issuer.test")
    old = factory.token()
    kid = factory.rotate()
    assert jwt.get_unverified_header(factory.token())["kid"] == kid
    assert verified(factory, old)
    factory.rotate(keep_old=False)
    with pytest.raises(KeyError):
        verified(factory, old)


def test_a_token_can_be_made_that_must_be_refused() -> None:
    factory = TokenFactory("https://issuer.test")
    with pytest.raises(jwt.ExpiredSignatureError):
        verified(factory, factory.token(expires_in=-1))
    with pytest.raises(jwt.InvalidAudienceError):
        verified(factory, factory.token(audience="somebody else"))
    with pytest.raises(jwt.InvalidIssuerError):
        verified(factory, factory.token(issuer="https://evil.test"), issuer=factory.issuer)
    assert verified(factory, factory.token(claims={"areas": "not a list"}))["areas"] == "not a list"
    stranger = TokenFactory("https://issuer.test").sign({}, headers={"kid": factory.signing_key.kid})
    with pytest.raises(jwt.InvalidSignatureError):
        verified(factory, stranger)


def test_times_come_from_the_factorys_clock() -> None:
    token = TokenFactory("https://issuer.test", now=lambda: 1_000_000.9).token(expires_in=60)
    payload = token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert (claims["iat"], claims["exp"]) == (1_000_000, 1_000_060)


async def test_the_key_set_is_served_over_http_as_it_is_now(jwks: JwksServer, token_factory: TokenFactory) -> None:
    async with httpx.AsyncClient() as http:
        before = (await http.get(jwks.url)).json()
        token_factory.rotate()
        after = (await http.get(jwks.url)).json()
    assert after == token_factory.jwks() != before
    assert jwks.requests == 2
