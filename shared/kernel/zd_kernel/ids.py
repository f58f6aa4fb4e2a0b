"""Identifiers that sort by the time they were made."""

import os
import time
from uuid import UUID

_VERSION = 0x7 << 76
_VARIANT = 0x2 << 62
_RAND_A = 0xFFF << 64
_RAND_B = (1 << 62) - 1
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
    random = zip(*(os.urandom(size * count).hex(" ", size).split() for size in (1, 6)), strict=True)
    texts: list[str] = []
    for start in range(0, count, len(_LOW)):
        millisecond, high = divmod(start // len(_LOW), 1 << 12)
        head = f"{first + millisecond:012x}"
        head = f"{head[:8]}-{head[8:]}-7{high:03x}-"
        # The random digits last: none of them is taken for a counter that has come to its end.
        texts += [f"{head}{low}{two}-{twelve}" for low, (two, twelve) in zip(_LOW, random, strict=False)]
    return texts
