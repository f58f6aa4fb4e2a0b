"""What can go wrong in a way the caller can act on. Doors turn these into problem+json (RFC 9457)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class FieldError:
    """One fault in the input: `pointer` is a JSON pointer (`/line_user_id`) or `?name` for a query parameter."""

    pointer: str
    code: str
    th: str
    en: str


@dataclass(frozen=True, slots=True)
class Text:
    """The same sentence for Thai and for English readers; it says what to do next and holds no personal value."""

    th: str
    en: str


class Problem(Exception):
    """Base of every expected failure. Subclasses fix the status and title; `code` is stable for clients."""

    status: ClassVar[int] = 500
    title: ClassVar[Text] = Text("เกิดข้อผิดพลาดภายในระบบ", "Internal error")

    def __init__(
        self,
        code: str,
        th: str,
        en: str,
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.detail = Text(th, en)
        self.errors = tuple(errors)
        self.headers: dict[str, str] = dict(headers or {})


class Malformed(Problem):
    status = 400
    title = Text("คำขอไม่ถูกต้อง", "Bad request")


class Unauthorized(Problem):
    status = 401
    title = Text("ต้องยืนยันตัวตน", "Authentication required")


class Forbidden(Problem):
    status = 403
    title = Text("ไม่มีสิทธิ์", "Not allowed")


class NotFound(Problem):
    status = 404
    title = Text("ไม่พบข้อมูล", "Not found")

    @classmethod
    def of(cls, noun: str, th: str) -> "NotFound":
        """`noun` names the resource in English and in the code (`child` → `child_not_found`), `th` in Thai."""
        return cls(
            f"{noun.replace(' ', '_')}_not_found",
            f"ไม่พบ{th} หรืออยู่นอกพื้นที่ที่ท่านรับผิดชอบ โปรดตรวจสอบรหัส",
            f"No such {noun}, or it lies outside your areas. Check the id.",
        )


class Conflict(Problem):
    status = 409
    title = Text("ขัดแย้งกับข้อมูลปัจจุบัน", "Conflict")


class PreconditionFailed(Problem):
    status = 412
    title = Text("ข้อมูลถูกแก้ไขไปแล้ว", "Precondition failed")


class TooLarge(Problem):
    status = 413
    title = Text("ข้อมูลใหญ่เกินไป", "Content too large")


class UnsupportedMediaType(Problem):
    status = 415
    title = Text("ชนิดข้อมูลไม่รองรับ", "Unsupported media type")


class Invalid(Problem):
    status = 422
    title = Text("ข้อมูลไม่ผ่านการตรวจสอบ", "Invalid input")


class PreconditionRequired(Problem):
    status = 428
    title = Text("ต้องระบุรุ่นของข้อมูล", "Precondition required")


class Overloaded(Problem):
    status = 503
    title = Text("ระบบไม่พร้อมชั่วคราว", "Temporarily unavailable")

    def __init__(self, code: str, th: str, en: str, *, retry_after_s: int = 2) -> None:
        super().__init__(code, th, en, headers={"Retry-After": str(retry_after_s)})


class LoudStop(Exception):
    """A process must not go on; the message is one sentence that tells the operator what to do."""
