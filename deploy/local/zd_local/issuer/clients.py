"""Who may ask the local issuer for a token, and what the token then says."""

import json
from pathlib import Path

from pydantic import BaseModel, TypeAdapter

CLIENTS_FILE = Path(__file__).parent / "clients.json"


class Client(BaseModel):
    """A person or system of one agency. Areas are DOPA codes of 2, 4, 6 or 8 digits."""

    title_th: str
    title_en: str
    agency: str
    areas: list[str] = []
    organisations: list[str] = []
    scopes: list[str] = []


def load_clients(path: Path = CLIENTS_FILE) -> dict[str, Client]:
    return TypeAdapter(dict[str, Client]).validate_python(json.loads(path.read_text("utf-8")))
