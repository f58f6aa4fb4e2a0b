"""Webhooks as LINE sends them: the events' common fields, and the signature over the raw body."""

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Sequence
from typing import Any

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def signed_webhook(
    channel_secret: str, events: Sequence[dict[str, Any]], destination: str = "U" + "0" * 32
) -> tuple[bytes, str]:
    """The raw body and its `x-line-signature`. No events at all is LINE's connectivity check."""
    body = json.dumps({"destination": destination, "events": list(events)}, ensure_ascii=False).encode()
    return body, signature(channel_secret, body)


def signature(channel_secret: str, body: bytes) -> str:
    """Base64 of HMAC-SHA256 over the body's bytes as they are."""
    return base64.b64encode(hmac.digest(channel_secret.encode(), body, hashlib.sha256)).decode()


def event(kind: str, user_id: str, **fields: Any) -> dict[str, Any]:
    """Any event of one user; `fields` are the ones that `kind` adds."""
    return {
        "type": kind,
        "mode": "active",
        "timestamp": time.time_ns() // 1_000_000,
        "source": {"type": "user", "userId": user_id},
        "webhookEventId": "".join(secrets.choice(_CROCKFORD) for _ in range(26)),
        "deliveryContext": {"isRedelivery": False},
    } | fields


def follow(user_id: str, *, unblocked: bool = False) -> dict[str, Any]:
    return event("follow", user_id, replyToken=secrets.token_hex(16), follow={"isUnblocked": unblocked})


def unfollow(user_id: str) -> dict[str, Any]:
    return event("unfollow", user_id)


def text_message(user_id: str, text: str) -> dict[str, Any]:
    message = {"id": str(secrets.randbelow(10**18)), "type": "text", "text": text, "quoteToken": secrets.token_hex(16)}
    return event("message", user_id, replyToken=secrets.token_hex(16), message=message)
