"""What of an upload is kept, and how: always encrypted, bound to its import and its place there."""

import json
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from zd_kernel.keyring import KeyRing

_PURPOSE: Final = "import"


def seal_chunk(keyring: KeyRing, chunk: bytes, import_id: UUID, ordinal: int) -> bytes:
    return keyring.encrypt_bytes(_PURPOSE, chunk, f"chunk:{import_id}/{ordinal}")


def open_chunk(keyring: KeyRing, sealed: bytes, import_id: UUID, ordinal: int) -> bytes:
    return keyring.decrypt_bytes(_PURPOSE, sealed, f"chunk:{import_id}/{ordinal}")


def seal_piece(keyring: KeyRing, piece: bytes, import_id: UUID, ordinal: int) -> bytes:
    return keyring.encrypt_bytes(_PURPOSE, piece, f"piece:{import_id}/{ordinal}")


def open_piece(keyring: KeyRing, sealed: bytes, import_id: UUID, ordinal: int) -> bytes:
    return keyring.decrypt_bytes(_PURPOSE, sealed, f"piece:{import_id}/{ordinal}")


def seal_cells(keyring: KeyRing, cells: Sequence[str], import_id: UUID, row: int) -> str:
    return keyring.encrypt(_PURPOSE, json.dumps(cells, ensure_ascii=False), f"{import_id}:{row}")


def open_cells(keyring: KeyRing, sealed: str, import_id: UUID, row: int) -> list[str]:
    cells: list[str] = json.loads(keyring.decrypt(_PURPOSE, sealed, f"{import_id}:{row}"))
    return cells
