"""What LINE's Messaging API accepts. Source: its OpenAPI contract (`line-openapi`, messaging-api.yml) and reference."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple, TypeGuard
from uuid import UUID

MAX_MESSAGES = 5
MAX_TEXT = 5000
MAX_QUICK_REPLIES = 13
MAX_BODY_BYTES = 2_000_000

_RECIPIENT = re.compile(r"[UCR][0-9a-f]{32}")
_UNIT = re.compile(r"[a-zA-Z0-9_]{1,30}")
_REQUIRED = {
    "text": ("text",),
    "textV2": ("text",),
    "sticker": ("packageId", "stickerId"),
    "image": ("originalContentUrl", "previewImageUrl"),
    "video": ("originalContentUrl", "previewImageUrl"),
    "audio": ("originalContentUrl", "duration"),
    "location": ("title", "address", "latitude", "longitude"),
    "imagemap": ("baseUrl", "altText", "baseSize", "actions"),
    "template": ("altText", "template"),
    "flex": ("altText", "contents"),
}


class Fault(NamedTuple):
    """One entry of `details` in LINE's error body."""

    message: str
    property: str


def is_recipient(text: object) -> TypeGuard[str]:
    return isinstance(text, str) and _RECIPIENT.fullmatch(text) is not None


def is_retry_key(text: str) -> bool:
    """A UUID in hexadecimal with hyphens."""
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


def faults_of(messages: object, units: object = None) -> list[Fault]:
    """What is wrong with the message objects of a request; empty if LINE would take them."""
    found: list[Fault] = []
    if not isinstance(messages, list) or not 1 <= len(messages) <= MAX_MESSAGES:
        found.append(Fault(f"Size must be between 1 and {MAX_MESSAGES}", "messages"))
    else:
        for index, message in enumerate(messages):
            found += (Fault(said, f"messages[{index}]{where}") for said, where in _message_faults(message))
    if units is not None and not _units_are_valid(units):
        found.append(Fault("May hold one name of letters, digits and underscores", "customAggregationUnits"))
    return found


def _message_faults(message: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(message, dict):
        yield "Must be an object", ""
    elif message.get("type") not in _REQUIRED:
        yield "Must be one of the supported types", ".type"
    else:
        for name in _REQUIRED[message["type"]]:
            if message.get(name) in (None, "", {}, []):
                yield "May not be empty", f".{name}"
        # LINE counts UTF-16 code units.
        if isinstance(text := message.get("text"), str) and len(text.encode("utf-16-le")) // 2 > MAX_TEXT:
            yield f"Length must be between 0 and {MAX_TEXT}", ".text"
        if len((message.get("quickReply") or {}).get("items", ())) > MAX_QUICK_REPLIES:
            yield f"Size must be between 0 and {MAX_QUICK_REPLIES}", ".quickReply.items"


def _units_are_valid(units: object) -> bool:
    return isinstance(units, list) and len(units) <= 1 and all(isinstance(u, str) and _UNIT.fullmatch(u) for u in units)
