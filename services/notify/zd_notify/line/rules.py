"""What LINE's rules make of a call: https://developers.line.biz/en/docs/messaging-api/retrying-api-request"""

import base64
import hashlib
import hmac
from typing import Literal, NamedTuple


class Outcome(NamedTuple):
    """`again`: the same request may be repeated with the same retry key. `code` is stable and names the reason."""

    kind: Literal["accepted", "again", "refused"]
    code: str = ""


def outcome_of(status: int, message: str) -> Outcome:
    """`message` is the text of LINE's answer: the two meanings of 429 differ in nothing else."""
    if status < 300 or status == 409:  # 409: the retry key was accepted before, so the message is on its way
        return Outcome("accepted")
    if status == 429:
        limit = "monthly limit" in message.lower()
        return Outcome("refused", "line_monthly_limit") if limit else Outcome("again", "line_rate_limited")
    return Outcome("again" if status >= 500 else "refused", f"line_{status}")


def is_signed(body: bytes, signature: str, secret: str) -> bool:
    """`x-line-signature` is the base64 of HMAC-SHA256 over the raw body, keyed with the channel secret."""
    expected = base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256))
    return hmac.compare_digest(expected, signature.encode())
