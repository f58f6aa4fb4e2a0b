"""The attributes of an event that have a form of their own: id, time, sequence, schema."""

import re
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

_MAX_POSITION: Final = 2**63 - 1
_MAX_EPOCH: Final = 9_999
_LAST_POSITION: Final = f"{_MAX_POSITION:019d}"
_SEQUENCE: Final = re.compile(r"[0-9]{4}-[0-9]{19}")
# UUID() also takes braces, urn:uuid: and stray hyphens, which two readers could compare as different ids.
_ID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class EnvelopeError(Exception):
    """A record that is not an event of ours. `code` is stable; `message` names the header or field, never a value.

    Codes: missing_header, duplicate_header, bad_header, bad_specversion, bad_content_type, bad_id, bad_time,
    bad_sequence, schema_mismatch, key_mismatch, oversize, no_data, bad_data.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


def sequence(epoch: int, position: int) -> str:
    """`<epoch, 4 digits>-<position, 19 digits>`, so that text order is numeric order."""
    if not (0 <= epoch <= _MAX_EPOCH and 0 <= position <= _MAX_POSITION):
        raise ValueError("epoch or position out of range")
    return f"{epoch:04d}-{position:019d}"


def parse_sequence(text: str) -> tuple[int, int]:
    """(epoch, position); raises EnvelopeError(bad_sequence)."""
    check_sequence(text)
    return int(text[:4]), int(text[5:])


def check_sequence(text: str) -> None:
    """`parse_sequence` for those who want its errors only."""
    if _SEQUENCE.fullmatch(text) is None or text[5:] > _LAST_POSITION:
        raise EnvelopeError("bad_sequence", "ce_sequence is not <4 digits>-<19 digits>")


def parse_id(text: str) -> UUID:
    """Raises EnvelopeError(bad_id) unless it is a UUID in its usual 36 characters."""
    check_id(text)
    return UUID(text)


def check_id(text: str) -> None:
    """`parse_id` for those who want its errors only."""
    if _ID.fullmatch(text) is None:
        raise EnvelopeError("bad_id", "ce_id is not a UUID in its usual form")


def parse_time(text: str) -> datetime:
    """UTC; raises EnvelopeError(bad_time) unless it is an RFC 3339 instant with an offset."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise EnvelopeError("bad_time", "ce_time is not an RFC 3339 instant") from None
    if time.tzinfo is None:
        raise EnvelopeError("bad_time", "ce_time has no offset")
    return time if time.tzinfo is UTC else time.astimezone(UTC)


def format_time(time: datetime) -> str:
    """RFC 3339 in UTC with Z; raises ValueError for an instant without an offset."""
    if time.tzinfo is not UTC:
        if time.tzinfo is None:
            raise ValueError("an instant needs an offset")
        time = time.astimezone(UTC)
    return time.isoformat()[:-6] + "Z"


def dataschema(event_type: str) -> str:
    """URI of the stored JSON Schema of a type."""
    return f"urn:zd:schema:{event_type}"
