"""What a sheet holds is encrypted, bound to the sheet."""

from typing import Final
from uuid import UUID

from zd_kernel.keyring import KeyRing

_PURPOSE: Final = "sheet"


def seal_content(keyring: KeyRing, sheet_id: UUID, content: bytes) -> bytes:
    return keyring.encrypt_bytes(_PURPOSE, content, str(sheet_id))


def open_content(keyring: KeyRing, sheet_id: UUID, sealed: bytes) -> bytes:
    return keyring.decrypt_bytes(_PURPOSE, sealed, str(sheet_id))
