"""Secrets of this machine: made once, one file each, readable by their owner only."""

import base64
import json
import os
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path

from zd_local.layout import SECRETS


def secret(name: str, make: Callable[[], str] = lambda: secrets.token_urlsafe(24), folder: Path = SECRETS) -> str:
    """The secret of that name; `make` is asked the first time."""
    path = folder / name
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Written beside and renamed: a run that is cut off here leaves no half secret.
        fresh = folder / f".{name}.{os.getpid()}"
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(make())
        fresh.rename(path)
    return path.read_text("ascii")


def keyring(service: str, purposes: Sequence[str], folder: Path = SECRETS) -> str:
    """The key ring setting of a service: for each purpose, 32 random bytes under the id `k1`."""
    return secret(f"{service}-keyring", lambda: json.dumps({purpose: _key() for purpose in purposes}), folder)


def _key() -> dict[str, object]:
    return {"current": "k1", "keys": {"k1": base64.b64encode(secrets.token_bytes(32)).decode()}}
