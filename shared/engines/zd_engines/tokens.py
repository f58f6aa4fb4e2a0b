"""Signed access tokens and the key set that proves them: for tests and for the local issuer."""

import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

Algorithm = Literal["ES256", "RS256"]


@dataclass(frozen=True, slots=True)
class SigningKey:
    kid: str
    algorithm: Algorithm
    private: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

    @classmethod
    def new(cls, algorithm: Algorithm = "ES256") -> "SigningKey":
        kid = secrets.token_hex(8)
        if algorithm == "ES256":
            return cls(kid, algorithm, ec.generate_private_key(ec.SECP256R1()))
        return cls(kid, algorithm, rsa.generate_private_key(65537, 2048))

    def jwk(self) -> dict[str, Any]:
        """The public half, as RFC 7517 writes it."""
        if isinstance(self.private, ec.EllipticCurvePrivateKey):
            public = ECAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        else:
            public = RSAAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        return public | {"kid": self.kid, "alg": self.algorithm, "use": "sig"}


class TokenFactory:
    """One issuer. Every published key still verifies; the newest signs."""

    def __init__(
        self,
        issuer: str,
        audience: str = "zero-dropout",
        algorithm: Algorithm = "ES256",
        now: Callable[[], float] = time.time,
    ) -> None:
        self.issuer = issuer
        self.audience = audience
        self._algorithm = algorithm
        self._now = now
        self._keys = [SigningKey.new(algorithm)]

    @property
    def signing_key(self) -> SigningKey:
        return self._keys[-1]

    def jwks(self) -> dict[str, list[dict[str, Any]]]:
        return {"keys": [key.jwk() for key in self._keys]}

    def rotate(self, *, keep_old: bool = True, algorithm: Algorithm | None = None) -> str:
        """Sign with a new key from now on, whose id is returned; `keep_old=False` withdraws the others."""
        fresh = SigningKey.new(algorithm or self._algorithm)
        self._keys = [*(self._keys if keep_old else []), fresh]
        return fresh.kid

    def token(
        self,
        *,
        scopes: Iterable[str] = (),
        areas: Iterable[str] = (),
        organisations: Iterable[str] = (),
        subject: str = "somebody",
        agency: str = "agency",
        expires_in: float = 300,
        issuer: str | None = None,
        audience: str | None = None,
        claims: Mapping[str, Any] | None = None,
    ) -> str:
        """`expires_in` in seconds, negative for one that has expired. `claims` add to the rest or replace it."""
        now = int(self._now())
        return self.sign(
            {
                "iss": issuer or self.issuer,
                "aud": audience or self.audience,
                "sub": subject,
                "agency": agency,
                "scope": " ".join(scopes),
                "areas": list(areas),
                "organisations": list(organisations),
                "iat": min(now, now + int(expires_in)),
                "exp": now + int(expires_in),
                "jti": secrets.token_hex(8),
            }
            | dict(claims or {})
        )

    def sign(self, claims: Mapping[str, Any], headers: Mapping[str, Any] | None = None) -> str:
        """Any claims at all, under the newest key: for the odd tokens that a verifier must refuse."""
        key = self.signing_key
        return jwt.encode(
            dict(claims), key.private, key.algorithm, headers={"kid": key.kid, "typ": "at+jwt"} | dict(headers or {})
        )
