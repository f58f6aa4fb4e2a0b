"""What a caller asks of a OneRoster collection: filter, fields, order, place. Pure.

Source: 1EdTech OneRoster 1.2 rostering service, REST binding: limit, offset, sort, orderBy, filter, fields.
"""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final, Literal, NamedTuple
from uuid import UUID

from zd_kernel.problems import Malformed
from zd_registry.organisations.rules import NATIONAL, Term
from zd_registry.values.grades import EARLY_CARE

BASE: Final = "/ims/oneroster/rostering/v1p2"
MOST: Final = 1_000
"""Rows on one page: the access log takes so many people of one request apart."""
Kind = Literal["text", "date", "instant", "list", "uuid"]
CASTS: Final[Mapping[Kind, str]] = {
    "text": "text", "date": "date", "instant": "timestamptz", "list": "text[]", "uuid": "uuid",
}  # fmt: skip
_CLAUSE: Final = r"([A-Za-z]+(?:\.[A-Za-z]+)*)\s*(!=|>=|<=|=|>|<|~)\s*'((?:[^']|'')*)'"
_FILTER: Final = re.compile(rf"\s*{_CLAUSE}(?:\s+(AND|OR)\s+{_CLAUSE})?\s*")
_GRADED: Final = "grading-"
# CEDS knows preschool and twelve school grades; what it does not know keeps our code.
CEDS: Final = (
    {f"P{n}": f"{n:02}" for n in range(1, 7)} | {f"M{n}": f"{n + 6:02}" for n in range(1, 7)} | {EARLY_CARE: "PR"}
)


class Clause(NamedTuple):
    field: str
    operator: str
    value: str | date | datetime | list[str]


class Filter(NamedTuple):
    """One clause, or two joined by `join` (AND or OR)."""

    clauses: Sequence[Clause]
    join: str = "AND"


class Place(NamedTuple):
    """Behind which row a page begins, as texts: what the rows are sorted by (null for their id alone), and the id.

    `total` is how many rows there were when the walk began.
    """

    total: int
    sort: str | None
    key: str


def parse_filter(text: str, kinds: Mapping[str, Kind]) -> Filter:
    """Raises Malformed `invalid_filter_field` for a field that is not in `kinds`, or what is not of the grammar."""
    match = _FILTER.fullmatch(text)
    if match is None:
        raise _bad_filter("ใช้รูปแบบ field='value' ได้ไม่เกินสองเงื่อนไข คั่นด้วย AND หรือ OR", "Use field='value', twice at most, AND or OR between.")  # fmt: skip  # noqa: E501
    field, operator, value, join, *second = match.groups()
    clauses = [_clause(field, operator, value, kinds)]
    if join:
        clauses.append(_clause(second[0], second[1], second[2], kinds))
    return Filter(clauses, join or "AND")


def _clause(field: str, operator: str, value: str, kinds: Mapping[str, Kind]) -> Clause:
    kind = kinds.get(field)
    if kind is None:
        raise _bad_filter(f"กรองด้วย {field} ไม่ได้", f"There is no filter by {field}.")
    plain = value.replace("''", "'")
    if kind == "list":
        if operator not in {"=", "!=", "~"}:
            raise _bad_filter(f"{field} เป็นรายการ ใช้ได้เฉพาะ = != ~", f"{field} is a list: use =, != or ~.")
        return Clause(field, operator, [part.strip() for part in plain.split(",")])
    if operator == "~" or kind in {"text", "uuid"}:
        return Clause(field, operator, plain)
    try:
        return Clause(field, operator, date.fromisoformat(plain) if kind == "date" else _instant(plain))
    except ValueError as exc:
        raise _bad_filter(f"{field} ต้องเป็นวันที่ ISO 8601", f"{field} takes a date, ISO 8601.") from exc


def _instant(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _bad_filter(th: str, en: str) -> Malformed:
    return Malformed("invalid_filter_field", th, en)


def parse_fields(text: str, known: Collection[str]) -> list[str]:
    """Names of top-level fields in the order of `known`. Raises Malformed `invalid_selection_field`."""
    wanted = {name.strip() for name in text.split(",")}
    if unknown := sorted(wanted - set(known)):
        name = unknown[0][:40]
        raise Malformed(
            "invalid_selection_field", f"ไม่มีช่องชื่อ {name}", f"There is no field named {name}: choose from the document."
        )
    return [name for name in known if name in wanted]


def encode_place(place: Place) -> str:
    text = json.dumps(place, ensure_ascii=False, separators=(",", ":"))
    return urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def decode_place(text: str, key: Kind, sort: Kind | None) -> Place:
    """Raises Malformed for what `encode_place` did not make for rows sorted so."""
    try:
        found = json.loads(urlsafe_b64decode((text + "=" * (-len(text) % 4)).encode("ascii")))
        total, sorted_by, after = found
        if not (isinstance(total, int) and 0 <= total < 2**31 and isinstance(after, str)):
            raise ValueError("no place")
        if key == "uuid":
            UUID(after)
        if sort is None:
            return Place(total, None, after)
        if not isinstance(sorted_by, str):
            raise ValueError("no place")
        if sort in {"date", "instant"}:
            datetime.fromisoformat(sorted_by)
        return Place(total, sorted_by, after)
    except (ValueError, TypeError, RecursionError) as exc:
        raise Malformed("invaliddata", "after ไม่ถูกต้อง โปรดเริ่มจากหน้าแรก", "Start again without `after`.") from exc


def pages_around(offset: int, limit: int, total: int, *, more: bool) -> dict[str, int]:
    """Relation → offset of the page that the `Link` header names."""
    last = max(0, (total - 1) // limit * limit)
    found = {"first": 0, "last": max(last, offset)}
    if offset > 0:
        found["prev"] = max(0, offset - limit)
    if more:
        found["next"] = offset + limit
    return found


def session_rows(years: Iterable[Term], terms: Iterable[Term], own: Iterable[Term] = ()) -> list[dict[str, str | None]]:
    """`academicSessions` of school years, their terms, the terms that other calendars than the national one say
    themselves (`own`), and of every term the one grading period: a Thai school gives its grades at the end of a term,
    for all of it. OneRoster names a year after the C.E. year of its end."""
    whole = {term.label: term for term in years}
    rows = [_session(term, whole[term.label], "schoolYear", None, f"ปีการศึกษา {term.label}") for term in whole.values()]
    for term in (*terms, *own):
        year, _, number = term.label.partition("/")
        if year in whole:
            title = f"ภาคเรียนที่ {number}/{year}" + (f" · {term.calendar}" if term.calendar != NATIONAL else "")
            told = _session(term, whole[year], "term", year, title)
            graded = {"id": f"{_GRADED}{told['id']}", "type": "gradingPeriod", "parent": told["id"]}
            rows += [told, told | graded | {"title": f"ช่วงวัดผล {title}"}]
    return rows


def _session(term: Term, year: Term, kind: str, parent: str | None, title: str) -> dict[str, str | None]:
    told = term.created_at or datetime(year.start.year, year.start.month, year.start.day, tzinfo=UTC)
    after = term.end + timedelta(days=1)  # OneRoster's end is the first day without
    return {
        "id": session_id(term.label, term.calendar), "label": term.label, "title": title, "type": kind,
        "start_date": term.start.isoformat(), "end_date": after.isoformat(), "year": str(year.end.year),
        "parent": parent, "told": told.isoformat(),
    }  # fmt: skip


def session_id(label: str, calendar: str = NATIONAL) -> str:
    """`2567/1` → `2567-1`: an id is part of an address. `2567-1-5203` is that of a calendar of its own."""
    return label.replace("/", "-") + (f"-{calendar}" if calendar != NATIONAL else "")


def oldest_current(terms: Iterable[Term], today: date) -> str:
    """The label of the term before the present one: its pupils may not be in a list of the present one yet."""
    begun = sorted((term for term in terms if term.start <= today), key=lambda term: term.start)
    return begun[-2].label if len(begun) > 1 else ""
