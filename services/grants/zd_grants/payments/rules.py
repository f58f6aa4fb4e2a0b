"""How a payment is known to the bank."""

import hashlib
from base64 import b32encode
from uuid import UUID

_DIGEST_BYTES = 20


def end_to_end_id(payer: str, placement_id: UUID, instalment: int) -> str:
    """ISO 20022 EndToEndId: 34 of the 35 characters allowed, capital letters and digits.

    It follows from what is paid and by whom, not from when the row was made: if the database is lost and the award
    made again from the bus, the bank sees the same id and refuses to pay twice. It tells nothing about the child.
    """
    digest = hashlib.sha256(f"{payer}/{placement_id}/{instalment}".encode()).digest()
    return f"ZD{b32encode(digest[:_DIGEST_BYTES]).decode()}"
