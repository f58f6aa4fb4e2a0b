"""Problems made of what frameworks and drivers raise. Their own texts quote input and rows, so none is repeated."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException

from zd_kernel.problems import Conflict, FieldError, Forbidden, Invalid, Malformed, Overloaded, Problem, Text, TooLarge

_NO_CONNECTION, _BAD_VALUE = "08000", "22000"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")
# Where FastAPI found the fault → how the pointer begins.
_PLACES = {"body": "", "query": "?", "path": "path:", "header": "header:", "cookie": "cookie:"}

_FIELD_TEXTS = {
    "missing": ("โปรดระบุค่านี้", "This is required."),
    "extra_forbidden": ("ไม่รู้จักช่องนี้ โปรดตรวจสอบชื่อหรือลบออก", "Unknown field: check its name or leave it out."),
    "uuid_parsing": ("ต้องเป็น UUID", "This must be a UUID."),
    "uuid_type": ("ต้องเป็น UUID", "This must be a UUID."),
    "int_parsing": ("ต้องเป็นจำนวนเต็ม", "This must be a whole number."),
    "int_type": ("ต้องเป็นจำนวนเต็ม", "This must be a whole number."),
    "string_type": ("ต้องเป็นข้อความ", "This must be text."),
    "bool_parsing": ("ต้องเป็น true หรือ false", "This must be true or false."),
    "date_from_datetime_parsing": ("ต้องเป็นวันที่ ค.ศ. เช่น 2024-05-16", "This must be a date such as 2024-05-16."),
    "date_parsing": ("ต้องเป็นวันที่ ค.ศ. เช่น 2024-05-16", "This must be a date such as 2024-05-16."),
    "literal_error": ("ต้องเป็นค่าใดค่าหนึ่งใน {expected}", "This must be one of {expected}."),
    "enum": ("ต้องเป็นค่าใดค่าหนึ่งใน {expected}", "This must be one of {expected}."),
    "greater_than_equal": ("ต้องไม่น้อยกว่า {ge}", "This must be at least {ge}."),
    "greater_than": ("ต้องมากกว่า {gt}", "This must be more than {gt}."),
    "less_than_equal": ("ต้องไม่เกิน {le}", "This must be at most {le}."),
    "less_than": ("ต้องน้อยกว่า {lt}", "This must be less than {lt}."),
    "string_too_short": ("ต้องมีอย่างน้อย {min_length} ตัวอักษร", "This needs at least {min_length} characters."),
    "string_too_long": ("ต้องไม่เกิน {max_length} ตัวอักษร", "This must have at most {max_length} characters."),
    "string_pattern_mismatch": ("รูปแบบต้องเป็น {pattern}", "This must match {pattern}."),
}
_ANY_FIELD = ("ค่านี้ไม่ถูกต้อง โปรดดูรูปแบบใน /docs", "This value is not valid: /docs describes the format.")

_FRAMEWORK_TEXTS = {
    404: ("not_found", "ไม่พบที่อยู่นี้ โปรดดูรายการใน /docs", "There is nothing at this address: /docs lists what there is."),
    405: ("method_not_allowed", "ที่อยู่นี้ไม่รับวิธีนี้ โปรดดูส่วนหัว Allow", "This address does not take this method: see `Allow`."),
}


class _Framework(Problem):
    title: ClassVar[Text] = Text("คำขอไม่ถูกต้อง", "Request refused")

    def __init__(self, status: int, code: str, th: str, en: str, headers: Mapping[str, str] | None) -> None:
        super().__init__(code, th, en, headers=headers)
        self.status = status  # type: ignore[misc]  # what the framework chose, where our own classes fix theirs


def internal() -> Problem:
    return Problem(
        "internal_error",
        "เกิดข้อผิดพลาดภายในระบบ โปรดลองใหม่ หากยังไม่ได้ให้แจ้งผู้ดูแลระบบพร้อมรหัส instance นี้",
        "Something went wrong here. Try again; if it goes on, tell the operator the value of `instance`.",
    )


def from_framework(exc: HTTPException) -> Problem:
    if exc.status_code == 413:
        return TooLarge(
            "body_too_large",
            "ข้อมูลที่ส่งมาใหญ่เกินกำหนด โปรดแบ่งส่งเป็นส่วนย่อย",
            "The body is larger than this address takes. Send it in parts.",
        )
    if exc.status_code >= 500:
        return internal()
    fallback = ("request_refused", "คำขอไม่ถูกต้อง โปรดดูวิธีใช้ใน /docs", "The request cannot be understood: see /docs.")
    return _Framework(exc.status_code, *_FRAMEWORK_TEXTS.get(exc.status_code, fallback), exc.headers)


def from_validation(exc: RequestValidationError) -> Problem:
    found = exc.errors()
    if any(error["type"] == "json_invalid" for error in found):
        return Malformed(
            "json_malformed", "ข้อมูลที่ส่งมาไม่ใช่ JSON ที่ถูกต้อง โปรดตรวจสอบ", "The body is not valid JSON. Check it."
        )
    return Invalid(
        "invalid_input",
        "ข้อมูลบางช่องไม่ถูกต้อง โปรดแก้ตามรายการ errors แล้วส่งใหม่",
        "Some values are not valid. Correct what `errors` lists and send it again.",
        errors=[_field_error(error) for error in found],
    )


def from_database(exc: Exception) -> Problem:
    """By SQLSTATE (PostgreSQL, appendix A). No answer at all from the database is an overload too, not a fault here."""
    state = _sqlstate(exc)
    if state == "42501" and "row-level security" in str(exc):
        return Forbidden(
            "outside_your_scope",
            "ข้อมูลนี้อยู่นอกพื้นที่หรือหน่วยงานที่ท่านรับผิดชอบ จึงบันทึกไม่ได้",
            "This lies outside your areas and organisations, so it cannot be stored.",
        )
    if state == "23505":
        return Conflict(
            "stored_meanwhile",
            "มีผู้บันทึกข้อมูลเดียวกันไปแล้ว โปรดอ่านข้อมูลล่าสุดแล้วลองใหม่",
            "The same thing was stored meanwhile. Read it again before you repeat the request.",
        )
    if state.startswith("22"):
        return Invalid(
            "value_not_storable",
            "ข้อมูลมีตัวเลขที่ใหญ่เกินไปหรือมีอักขระที่เก็บไม่ได้ โปรดแก้ไขแล้วส่งใหม่",
            "A number is too large, or a text holds a character that cannot be stored. Correct it and send it again.",
        )
    if state in {"57014", "55P03", "40001", "40P01", "25P03"}:
        return Overloaded(
            "took_too_long",
            "คำขอใช้เวลานานเกินกำหนดหรือต้องรอข้อมูลที่ผู้อื่นกำลังแก้ไข โปรดลองใหม่ในอีกสักครู่",
            "The request took too long or waited for somebody else's change. Try again in a moment.",
        )
    if state.startswith(("08", "53", "57")):
        return Overloaded(
            "database_unavailable",
            "ระบบฐานข้อมูลไม่พร้อมชั่วคราว โปรดลองใหม่ในอีกสักครู่",
            "The database is not available. Try again in a moment.",
        )
    return internal()


def _sqlstate(exc: BaseException) -> str:
    """What the server said, or the class that fits what the driver noticed without it."""
    if isinstance(exc, DBAPIError):
        told = getattr(exc.orig, "sqlstate", None)
        cause = exc.orig.__cause__ if exc.orig is not None else None
        if isinstance(told, str):
            return told
        return _NO_CONNECTION if exc.connection_invalidated or cause is None else _sqlstate(cause)
    if isinstance(exc, ValueError):
        return _BAD_VALUE  # asyncpg could not make a parameter of it
    told = getattr(exc, "sqlstate", None)
    return told if isinstance(told, str) else _NO_CONNECTION


def _field_error(error: Mapping[str, Any]) -> FieldError:
    texts = _FIELD_TEXTS.get(error["type"], _ANY_FIELD)
    # The limits come from our own models; the value that broke them is never among them.
    limits = {name: value for name, value in error.get("ctx", {}).items() if name != "error"}
    try:
        th, en = (text.format_map(limits) for text in texts)
    except KeyError:
        th, en = _ANY_FIELD
    return FieldError(_pointer(error["loc"]), error["type"], th, en)


def _pointer(location: tuple[int | str, ...]) -> str:
    """A JSON pointer into the body, `?name` for a query parameter. Names that no model of ours has become `*`."""
    place, *rest = location or ("body",)
    parts = [str(part) if isinstance(part, int) or _NAME.fullmatch(part) else "*" for part in rest]
    return "".join(f"/{part}" for part in parts) if place == "body" else _PLACES.get(str(place), "") + ".".join(parts)
