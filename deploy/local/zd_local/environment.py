"""Every setting of every process of `make up`, in one place."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zd_engines.roles import Passwords, Provisioned, addresses
from zd_local import layout
from zd_local.issuer.clients import load_clients
from zd_local.layout import HOST, ISSUER_PORT, KAFKA_PORT, LINE_PORT, STATE, url
from zd_local.secret_files import keyring, secret

ISSUER_URL = url(ISSUER_PORT)
ISSUER_KEYS = STATE / "issuer" / "keys.json"
KAFKA = f"{HOST}:{KAFKA_PORT}"
TOPIC_PARTITIONS = 12
KEYRING_PURPOSES = ("field", "index")
# Positions in the tree of organisations: an education service area, and its schools inside its range.
ORGANISATIONS_FILE = Path(__file__).parent / "organisations.json"


@dataclass(frozen=True, slots=True)
class Instance:
    """One agency's service on this machine, and whose topics it follows (services of this machine)."""

    name: str
    agency: str
    areas: tuple[str, ...]
    follows: tuple[str, ...] = ()

    def topic(self, service: str) -> str:
        return f"zd.{service}.{self.name}.v1"


INSTANCES = {
    "registry": Instance("lampang", "lampang-education-office", ("52",), follows=("cases",)),
    "cases": Instance("lampang", "lampang-education-office", ("52",), follows=("registry",)),
    "grants": Instance("eef", "equitable-education-fund", ("52",), follows=("cases", "registry")),
    "notify": Instance("lampang", "lampang-education-office", ("52",), follows=("grants", "registry")),
}
TOPICS = [instance.topic(service) for service, instance in INSTANCES.items()]


def passwords(service: str) -> Passwords:
    return Passwords(migrator=secret(f"{service}-migrator"), app=secret(f"{service}-app"))


def database(admin_url: str, service: str) -> Provisioned:
    return addresses(admin_url, f"zd_{service}", passwords(service))


def service_environment(admin_url: str, service: str, process: str) -> dict[str, str]:
    """The environment of `python -m zd_<service> <process>`. The migrator's password is not in it."""
    instance, port = INSTANCES[service], layout.port(service, process)
    settings: dict[str, Any] = {
        "instance": instance.name,
        "agency": instance.agency,
        "areas": instance.areas,
        "database_url": database(admin_url, service).app_url,
        "pool_size": 8 if process == "api" else 4,
        "kafka_bootstrap": KAFKA,
        "subscriptions": [
            {"topic": INSTANCES[other].topic(other), "source": f"urn:zd:{other}:{INSTANCES[other].name}"}
            for other in instance.follows
        ],
        "issuer": ISSUER_URL,
        "jwks_url": f"{ISSUER_URL}/jwks.json",
        "token_url": f"{ISSUER_URL}/token",
        "client_id": service,
        "client_secret": secret(service),
        "organisations_file": str(ORGANISATIONS_FILE),
        "keyring": keyring(service, KEYRING_PURPOSES),
        **({"port": port} if process == "api" else {"ops_port": port}),
        **_OWN.get(service, dict)(),
    }
    return clean_environment() | {f"ZD_{service.upper()}_{name.upper()}": _text(v) for name, v in settings.items()}


def issuer_environment() -> dict[str, str]:
    secrets = {client: secret(client) for client in load_clients()}
    return clean_environment() | {
        "ZD_ISSUER_URL": ISSUER_URL,
        "ZD_ISSUER_PORT": str(ISSUER_PORT),
        "ZD_ISSUER_KEYS_FILE": str(ISSUER_KEYS),
        "ZD_ISSUER_SECRETS": json.dumps(secrets),
    }


def line_environment() -> dict[str, str]:
    return clean_environment() | {
        "ZD_LINE_ACCESS_TOKEN": secret("line-access-token"),
        "ZD_LINE_CHANNEL_SECRET": secret("line-channel-secret"),
        "ZD_LINE_PORT": str(LINE_PORT),
    }


def clean_environment() -> dict[str, str]:
    """What a process needs of the terminal's environment; nobody's stray settings of a service come along."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ZD_")}
    return kept | {"PYTHAINLP_READ_ONLY": "1"}  # otherwise it makes a folder in the user's home


def _grants() -> dict[str, Any]:
    rate = {"programme": "return_to_learning", "amount_satang": 300_000, "valid_from": "2024-05-01"}
    return {"rates": [rate | {"source": "demo: no real programme pays this"}]}


def _notify() -> dict[str, Any]:
    return {
        "line_base_url": url(LINE_PORT),
        "line_access_token": secret("line-access-token"),
        "line_channel_secret": secret("line-channel-secret"),
    }


_OWN = {"grants": _grants, "notify": _notify}


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
