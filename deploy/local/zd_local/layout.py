"""Where things are on this machine: folders and ports."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
STATE = Path(os.environ.get("ZD_STATE_DIR") or ROOT / ".zerodropout")
LOGS = STATE / "logs"
SECRETS = STATE / "secrets"
RUN = STATE / "run"

SERVICES = ("registry", "cases", "grants", "notify")
PROCESSES = ("api", "bus", "jobs")

HOST = "127.0.0.1"
ISSUER_PORT = 8100
LINE_PORT = 8190
POSTGRES_PORT = 8432
KAFKA_PORT = 8492


def port(service: str, process: str) -> int:
    """810n serves HTTP; 820n and 830n are the health pages of bus and jobs."""
    return 8101 + SERVICES.index(service) + 100 * PROCESSES.index(process)


def url(number: int) -> str:
    return f"http://{HOST}:{number}"
