"""Optimistic concurrency by the row's version (RFC 9110, sections 8.8.3 and 13.1.1)."""

import re
from typing import Annotated

from fastapi import Depends, Header, Response

from zd_kernel.problems import Malformed, PreconditionFailed, PreconditionRequired

_STRONG = re.compile(r'"(\d{1,18})"', re.ASCII)


def _if_match(
    if_match: Annotated[str | None, Header(description="ETag of what you have read", examples=['"3"'])] = None,
) -> str:
    if if_match is None:
        raise PreconditionRequired(
            "if_match_missing",
            'โปรดอ่านข้อมูลล่าสุดก่อน แล้วส่งค่า ETag ที่ได้มาในส่วนหัว If-Match เช่น "3"',
            'Read the resource first and send its ETag as `If-Match`, such as "3".',
        )
    return if_match


IfMatch = Annotated[str, Depends(_if_match)]


def etag(response: Response, version: int) -> None:
    response.headers["ETag"] = f'"{version}"'


def check_version(if_match: str, version: int) -> None:
    """Raises PreconditionFailed for another version, Malformed for what is no ETag of ours. `*` matches any."""
    wanted = {part.strip() for part in if_match.split(",")}
    if "*" in wanted:
        return
    versions = [_STRONG.fullmatch(part) for part in wanted]
    if not all(versions):
        raise Malformed(
            "if_match_malformed",
            'ส่วนหัว If-Match ต้องเป็นค่า ETag ที่ได้จากการอ่าน เช่น "3"',
            'If-Match must be the ETag that reading gave, such as "3".',
        )
    if str(version) not in {found[1] for found in versions if found}:
        raise PreconditionFailed(
            "version_changed",
            "ข้อมูลนี้มีผู้แก้ไขไปแล้ว โปรดอ่านข้อมูลล่าสุดแล้วแก้ไขอีกครั้ง",
            "Somebody else changed this. Read it again and repeat your change.",
        )
