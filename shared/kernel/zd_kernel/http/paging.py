"""Lists by key: the cursor says after which row the next page begins, so pages stay true while rows come and go."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar

from fastapi import Query, Request, Response

from zd_kernel.problems import Malformed

T = TypeVar("T")
MOST = 500


class Paging:
    """Dependency of every list. Fetch `limit + 1` rows after `after(…)`, then let `page` cut them."""

    def __init__(
        self,
        request: Request,
        response: Response,
        limit: Annotated[int, Query(ge=1, le=MOST, description="Rows on a page")] = 50,
        cursor: Annotated[str | None, Query(max_length=1000, description="`next_cursor` of the page before")] = None,
    ) -> None:
        self.limit = limit
        self._cursor = cursor
        self._url = request.url
        self._response = response

    def after(self, *types: Callable[[Any], Any]) -> tuple[Any, ...] | None:
        """The key of the last row seen, each part made by its type (`UUID`, `int`, `str`); None on the first page."""
        if self._cursor is None:
            return None
        try:
            padded = self._cursor + "=" * (-len(self._cursor) % 4)
            parts = json.loads(urlsafe_b64decode(padded.encode("ascii")))
            if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
                raise ValueError("not a key")
            return tuple(make(part) for make, part in zip(types, parts, strict=True))
        except (ValueError, RecursionError) as exc:
            raise Malformed(
                "cursor_malformed",
                "cursor ไม่ถูกต้อง โปรดใช้ค่า next_cursor จากหน้าก่อน หรือเริ่มจากหน้าแรกโดยไม่ใส่ cursor",
                "Use the `next_cursor` of the page before, or start again without a cursor.",
            ) from exc

    def page(self, rows: Sequence[T], key: Callable[[T], tuple[object, ...]]) -> tuple[list[T], str | None]:
        """The rows of this page and the cursor of the next, which also goes into `Link: rel="next"`."""
        shown = list(rows[: self.limit])
        if len(rows) <= self.limit:
            return shown, None
        cursor = _encode(key(shown[-1]))
        following = self._url.include_query_params(cursor=cursor)
        self._response.headers["Link"] = f'<{following.path}?{following.query}>; rel="next"'
        return shown, cursor


def _encode(key: tuple[object, ...]) -> str:
    text = json.dumps([str(part) for part in key], ensure_ascii=False, separators=(",", ":"))
    return urlsafe_b64encode(text.encode()).rstrip(b"=").decode()
