"""Identifiers that sort by the time they were made."""

import os
import time
from uuid import UUID

_VERSION = 0x7 << 76
_VARIANT = 0x2 << 62
_RAND_A = 0xFFF << 64
_RAND_B = (1 << 62) - 1
_A_MILLISECOND = 1 << 18
_HIGH = [f"7{bits:03x}" for bits in range(1 << 12)]
_LOW = [f"{0x80 | bits:02x}" for bits in range(1 << 6)]


def uuid7() -> UUID:
    """A UUID version 7 (RFC 9562, section 5.7): 48 bits of Unix milliseconds, 74 random bits."""
    millis = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    return UUID(int=(millis << 80) | _VERSION | (random & _RAND_A) | _VARIANT | (random & _RAND_B))


def uuid7_texts(count: int) -> list[str]:
    """As text, ascending: a counter of 18 bits follows the milliseconds (section 6.2, method 1), 56 bits are random.

    Beyond 262,144 the counter goes on into the next millisecond.
    """
    first = time.time_ns() // 1_000_000
    random = os.urandom(7 * count).hex()
    texts = []
    for start in range(0, count, _A_MILLISECOND):
        head = f"{first + start // _A_MILLISECOND:012x}"
        texts += [
            f"{head[:8]}-{head[8:]}-{_HIGH[n >> 6 & 0xFFF]}-{_LOW[n & 0x3F]}{random[14 * n : 14 * n + 2]}-"
            f"{random[14 * n + 2 : 14 * n + 14]}"
            for n in range(start, min(start + _A_MILLISECOND, count))
        ]
    return texts
