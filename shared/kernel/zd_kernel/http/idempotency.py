"""`Idempotency-Key`: a POST sent again has its effect once and gets the same answer.

The key's lock and its row live in the transaction of the effect, so there is never a row without an effect, and no
"running" row that a crash could leave behind. Only answers whose transaction commits are kept.
"""

import json
import re
from collections.abc import Iterable, MutableMapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import blake2b, sha256
from typing import Any
from uuid import UUID

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive

from zd_kernel.access.principal import Principal
from zd_kernel.data.session import WriteSession
from zd_kernel.keyring import KeyRing
from zd_kernel.problems import Conflict, Invalid, Malformed

KEPT_FOR = timedelta(hours=24)
_LONGEST_KEY = 255
# A quoted string of RFC 8941, or the bare value that most clients send.
_QUOTED = re.compile(r'"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"')
_BARE = re.compile(r"[\x21\x23-\x7e][\x21-\x7e]*")
_KEPT_HEADERS = (b"content-type", b"location", b"etag", b"link")

_LOCK = "SELECT pg_try_advisory_xact_lock($1)"
_FIND = """
SELECT fingerprint, status, answer FROM idempotency_record
WHERE caller = $1 AND operation = $2 AND key = $3 AND expires_at > $4
"""
_STORE = """
INSERT INTO idempotency_record (caller, operation, key, fingerprint, status, answer, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (caller, operation, key) DO UPDATE SET fingerprint = excluded.fingerprint, status = excluded.status,
    answer = excluded.answer, expires_at = excluded.expires_at
"""


class Replayed(Exception):
    """The answer is known already; nothing is done again."""

    def __init__(self, answer: Response, subjects: tuple[UUID, ...]) -> None:
        super().__init__()
        self.answer = answer
        self.subjects = subjects


class Fingerprint:
    """Hash of a request, taken while somebody else reads the body: no body is held for it."""

    def __init__(self, request: Request) -> None:
        self._receive: Receive = request.receive
        self._asked = f"{request.method}\0{request.url.path}\0{request.url.query}\0"
        self._body = sha256()
        self._whole = False

    async def receive(self) -> MutableMapping[str, Any]:
        """What the request's own `receive` gives."""
        message = await self._receive()
        if message["type"] == "http.request":
            self._body.update(message.get("body", b""))
            self._whole = not message.get("more_body", False)
        return message

    async def digest(self) -> bytes:
        """Reads what nobody has read yet. Raises ClientDisconnect if the body never comes to its end."""
        while not self._whole:
            if (await self.receive())["type"] == "http.disconnect":
                raise ClientDisconnect
        return sha256(f"{self._asked}{self._body.hexdigest()}".encode()).digest()


@dataclass(slots=True)
class Once:
    """One request with its key."""

    caller: str
    operation: str
    key: str
    fingerprint: Fingerprint
    keyring: KeyRing
    session: WriteSession | None = None

    async def claim(self, session: WriteSession) -> None:
        """Hold the key until the transaction ends. Raises Replayed, Conflict (running) or Invalid (another request)."""
        connection = await session.driver()
        if not await connection.fetchval(_LOCK, self._lock_number()):
            raise Conflict(
                "idempotency_running",
                "คำขอเดียวกันกำลังดำเนินการอยู่ โปรดรอสักครู่แล้วส่งซ้ำด้วย Idempotency-Key เดิม",
                "The same request is running. Wait a moment and send it again with the same Idempotency-Key.",
            )
        found = await connection.fetchrow(_FIND, self.caller, self.operation, self.key, session.clock.now())
        if found is not None:
            if found["fingerprint"] != await self.fingerprint.digest():
                raise Invalid(
                    "idempotency_key_reused",
                    "Idempotency-Key นี้เคยใช้กับคำขออื่นแล้ว โปรดใช้ค่าใหม่สำหรับคำขอใหม่",
                    "This Idempotency-Key was used for another request. Use a new one for a new request.",
                )
            raise self._open(found["status"], found["answer"])
        self.session = session

    async def keep(self, answer: Response) -> None:
        """Store the answer in the transaction that it tells about."""
        if self.session is None:
            raise RuntimeError(f"{self.operation} takes an Idempotency-Key but opened no write transaction")
        await self.session.flush()
        fingerprint = await self.fingerprint.digest()
        await (await self.session.driver()).execute(
            _STORE, self.caller, self.operation, self.key, fingerprint, answer.status_code,
            self._seal(answer, self.session.subjects), self.session.clock.now() + KEPT_FOR,
        )  # fmt: skip

    def _seal(self, answer: Response, subjects: Iterable[UUID]) -> str:
        headers = [(n.decode("latin-1"), v.decode("latin-1")) for n, v in answer.raw_headers if n in _KEPT_HEADERS]
        kept = {"headers": headers, "body": bytes(answer.body).decode(), "subjects": list(map(str, subjects))}
        return self.keyring.encrypt("idempotency", json.dumps(kept), self._place())

    def _open(self, status: int, sealed: str) -> Replayed:
        kept = json.loads(self.keyring.decrypt("idempotency", sealed, self._place()))
        answer = Response(kept["body"], status, dict(kept["headers"]) | {"Idempotency-Replayed": "true"})
        return Replayed(answer, tuple(map(UUID, kept["subjects"])))

    def _place(self) -> str:
        return json.dumps([self.caller, self.operation, self.key])

    def _lock_number(self) -> int:
        # Shares the one-integer space with the outbox's key locks: 64 bits, so a clash is a rare 409 and no more.
        return int.from_bytes(blake2b(self._place().encode(), digest_size=8).digest(), "big", signed=True)


def once(request: Request, caller: Principal, operation: str, keyring: KeyRing) -> Once:
    """The body is to be read through the fingerprint's `receive`. Raises Malformed without a proper key."""
    given = request.headers.get("idempotency-key")
    if given is None:
        raise Malformed(
            "idempotency_key_missing",
            "โปรดส่งส่วนหัว Idempotency-Key ที่ไม่ซ้ำกันสำหรับแต่ละคำขอ เช่น UUID และใช้ค่าเดิมเมื่อส่งซ้ำ",
            "Send an Idempotency-Key: a new value for each request, such as a UUID; the same one when repeating.",
        )
    # A service acts for many users with one subject: their keys and answers are kept apart.
    who = json.dumps([caller.subject, caller.on_behalf_of])
    return Once(who, operation, parse_key(given), Fingerprint(request), keyring)


def parse_key(given: str) -> str:
    """The key without quotes or escapes. Raises Malformed."""
    quoted = _QUOTED.fullmatch(given)
    bare = given if _BARE.fullmatch(given) else ""
    key = re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else bare
    if not 0 < len(key) <= _LONGEST_KEY:
        raise Malformed(
            "idempotency_key_malformed",
            "Idempotency-Key ต้องเป็นตัวอักษร ASCII 1–255 ตัว เช่น UUID",
            "An Idempotency-Key has 1 to 255 printable ASCII characters; a UUID is a good one.",
        )
    return key
