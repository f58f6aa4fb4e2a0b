"""Where things are on this machine: folders and ports."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
STATE = Path(os.environ.get("ZD_STATE_DIR") or ROOT / ".zerodropout").absolute()
LOGS = STATE / "logs"
SECRETS = STATE / "secrets"
RUN = STATE / "run"

SERVICES = ("registry", "cases", "grants", "notify")
PROCESSES = ("api", "bus", "jobs")

HOST = "127.0.0.1"
# Moves every port, for a second copy of the tree beside the first.
_OFFSET = int(os.environ.get("ZD_PORT_OFFSET") or 0)
ISSUER_PORT = 8100 + _OFFSET
LINE_PORT = 8190 + _OFFSET
POSTGRES_PORT = 8432 + _OFFSET
KAFKA_PORT = 8492 + _OFFSET


def port(service: str, process: str) -> int:
    """810n serves HTTP; 820n and 830n are the health pages of bus and jobs."""
    return ISSUER_PORT + 1 + SERVICES.index(service) + 100 * PROCESSES.index(process)


def url(number: int) -> str:
    return f"http://{HOST}:{number}"
