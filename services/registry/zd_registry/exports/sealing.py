"""What of an export is kept, and how: always encrypted, bound to its export and its place there."""

from typing import Final
from uuid import UUID

from zd_kernel.keyring import KeyRing

_PURPOSE: Final = "export"


def seal(keyring: KeyRing, content: bytes, export_id: UUID, kind: str, ordinal: int) -> bytes:
    """`kind` is piece or file."""
    return keyring.encrypt_bytes(_PURPOSE, content, f"{kind}:{export_id}/{ordinal}")


def unseal(keyring: KeyRing, sealed: bytes, export_id: UUID, kind: str, ordinal: int) -> bytes:
    return keyring.decrypt_bytes(_PURPOSE, sealed, f"{kind}:{export_id}/{ordinal}")
