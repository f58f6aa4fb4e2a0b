"""Signing keys on disk: the last one signs; the one before it is still published, so that running tokens stay valid."""

import json
import os
import secrets
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

ALGORITHM = "RS256"
KEPT = 2


class SigningKeys:
    """Read anew whenever the file changes, so that `rotate` by another process takes effect at once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_at = 0
        self._keys: list[tuple[str, rsa.RSAPrivateKey]] = []
        if not path.exists():
            rotate(path)

    def sign(self, claims: dict[str, Any]) -> str:
        key_id, key = self._current()[-1]
        return jwt.encode(claims, key, algorithm=ALGORITHM, headers={"kid": key_id, "typ": "at+jwt"})

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        return {"keys": [_public(key_id, key) for key_id, key in self._current()]}

    def _current(self) -> list[tuple[str, rsa.RSAPrivateKey]]:
        changed_at = self._path.stat().st_mtime_ns
        if changed_at != self._read_at:
            self._keys = [(entry["kid"], _private(entry["pem"])) for entry in _read(self._path)]
            self._read_at = changed_at
        return self._keys


def rotate(path: Path) -> str:
    """Add a key that signs from now on, and forget those that no valid token can need. Returns its id."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    key_id = secrets.token_hex(8)
    kept = (_read(path) if path.exists() else [])[-(KEPT - 1) :]
    _write(path, [*kept, {"kid": key_id, "pem": pem.decode()}])
    return key_id


def _read(path: Path) -> list[dict[str, str]]:
    entries: list[dict[str, str]] = json.loads(path.read_text("ascii"))
    return entries


def _write(path: Path, entries: list[dict[str, str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(entries, file)
    fresh.replace(path)


def _private(pem: str) -> rsa.RSAPrivateKey:
    key = serialization.load_pem_private_key(pem.encode(), password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("the issuer signs with RSA keys only")
    return key


def _public(key_id: str, key: rsa.RSAPrivateKey) -> dict[str, str]:
    numbers = key.public_key().public_numbers()
    return {
        "kid": key_id, "kty": "RSA", "use": "sig", "alg": ALGORITHM, "n": _base64(numbers.n), "e": _base64(numbers.e)
    }  # fmt: skip


def _base64(number: int) -> str:
    return urlsafe_b64encode(number.to_bytes((number.bit_length() + 7) // 8, "big")).rstrip(b"=").decode()
