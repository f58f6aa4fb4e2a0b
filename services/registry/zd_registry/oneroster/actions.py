import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple, Protocol
from uuid import UUID

import asyncpg

from zd_kernel.audit import Origin
from zd_kernel.clock import bangkok_date
from zd_kernel.data.session import ReadSession, WriteSession
from zd_kernel.keyring import KeyRing
from zd_kernel.problems import NotFound
from zd_kernel.scope import Range
from zd_registry.agencies.rules import multirange
from zd_registry.children.rules import CITIZEN_ID, OTHER_ID
from zd_registry.exports.actions import queue_export
from zd_registry.exports.models import Export
from zd_registry.oneroster import queries
from zd_registry.oneroster.packages import DELTA
from zd_registry.oneroster.queries import Asked
from zd_registry.oneroster.resources import Resource
from zd_registry.oneroster.rules import Place, oldest_current, session_rows
from zd_registry.oneroster.schemas import NewRosterExport
from zd_registry.oneroster.walks import Remembered
from zd_registry.organisations.rules import NATIONAL, Pattern, Term, nearest_terms, school_year, terms_of

_BUDDHIST_ERA = 543
_USER_IDS = {"citizen_id": "TH-PIN", "g_code": "G-CODE", "passport": "PASSPORT", "other": "OTHER"}


class Fetches(Protocol):
    async def fetch(self, query: str, *args: Any) -> list[asyncpg.Record]: ...


class Found(NamedTuple):
    """Items as JSON objects; `place` is behind the last of them, if there are more."""

    items: list[str]
    total: int
    place: Place | None


async def list_page(
    session: ReadSession, asked: Asked, known: Remembered, keyring: KeyRing | None, now: datetime
) -> Found:
    """`keyring` where the caller may read identifiers."""
    walk = _walk(session, asked)
    total = asked.place.total if asked.place else await _count(session, asked, known, walk, now)
    if asked.place is None and asked.offset:
        asked = replace(asked, place=known.get((walk, asked.offset), now))
    statement, args = queries.page(asked)
    rows = await session.fetch(statement, *args)
    more = len(rows) > asked.limit
    rows = rows[: asked.limit]
    reached = asked.offset + len(rows)
    total = max(total, reached + more)
    place = Place(total, rows[-1]["sort"], rows[-1]["key"]) if more else None
    if place is not None:
        known.put((walk, reached), place, now)
    return Found(await _items(session, asked, rows, keyring), total, place)


def _walk(session: ReadSession, asked: Asked) -> tuple[object, ...]:
    statement, args = queries.count(asked)
    return (session.scope.settings(), asked.sort, asked.descending, statement, repr(args))


async def _count(session: ReadSession, asked: Asked, known: Remembered, walk: tuple[object, ...], now: datetime) -> int:
    total = known.get(walk, now)
    if total is None:
        statement, args = queries.count(asked)
        (total,) = await session.fetchrow(statement, *args) or (0,)
        known.put(walk, total, now)
    return int(total)


async def read_one(session: ReadSession, asked: Asked, keyring: KeyRing | None) -> str:
    """The item whose key is the value `id`, as a JSON object. Raises NotFound."""
    row = None
    if _is_key(asked.resource, str(asked.values["id"])):
        statement, args = queries.one(asked)
        row = await session.fetchrow(statement, *args)
    if row is None:
        raise NotFound.of(asked.resource.one, "รายการนี้")
    return (await _items(session, asked, [row], keyring))[0]


async def check_exists(session: ReadSession, resource: Resource, asked: Asked, sourced_id: str) -> None:
    """Raises NotFound unless the caller may see what a path goes through."""
    found = replace(
        asked, resource=resource, conditions=(), filter=None, fields=["sourcedId"],
        values=dict(asked.values) | {"id": sourced_id},
    )  # fmt: skip
    await read_one(session, found, None)


def _is_key(resource: Resource, sourced_id: str) -> bool:
    if resource.key != "uuid":
        return "\0" not in sourced_id
    try:
        return str(UUID(sourced_id)) == sourced_id.lower()
    except ValueError:
        return False


async def _items(
    session: ReadSession, asked: Asked, rows: Sequence[asyncpg.Record], keyring: KeyRing | None
) -> list[str]:
    subjects = [row["subject"] for row in rows if row["subject"] is not None]
    session.audit_subjects(*subjects)
    wanted = asked.fields is None or "userIds" in asked.fields
    if keyring is None or asked.resource.one != "user" or not wanted:
        return [f"{{{row['item']}}}" for row in rows]
    told = await identifiers_of(session, subjects, keyring)
    return [
        "{" + ",".join(part for part in (row["item"], _told_ids(told.get(row["subject"], ()))) if part) + "}"
        for row in rows
    ]


def _told_ids(found: Sequence[tuple[str, str]]) -> str:
    ids = [{"type": kind, "identifier": value} for kind, value in found]
    return f'"userIds":{json.dumps(ids, ensure_ascii=False)}' if ids else ""


async def identifiers_of(session: Fetches, ids: list[UUID], keyring: KeyRing) -> dict[UUID, list[tuple[str, str]]]:
    """Type and value of what each child is known by; the citizen ID first."""
    found: dict[UUID, list[tuple[str, str]]] = defaultdict(list)
    for row in await session.fetch(queries.SEALED, ids):
        if row["citizen_id_encrypted"] is not None:
            value = keyring.decrypt(CITIZEN_ID, row["citizen_id_encrypted"], str(row["id"]))
            found[row["id"]].append((_USER_IDS["citizen_id"], value))
    for row in await session.fetch(queries.OTHERS, ids):
        value = keyring.decrypt(OTHER_ID, row["value_encrypted"], str(row["child_id"]))
        found[row["child_id"]].append((_USER_IDS[row["kind"]], value))
    return found


async def calendar_values(session: ReadSession, known: Remembered, now: datetime) -> dict[str, object]:
    """`sessions` of every calendar, and `oldest_term` by the national one."""
    values: dict[str, object] | None = known.get("calendar", now)
    if values is None:
        years, terms = await national_terms(session, now)
        values = {
            "sessions": json.dumps(session_rows(years, terms, await own_terms(session)), ensure_ascii=False),
            "oldest_term": oldest_current(terms, bangkok_date(now)),
        }
        known.put("calendar", values, now)
    return values


async def national_terms(session: Fetches, now: datetime) -> tuple[list[Term], list[Term]]:
    """The school years that are known, up to the next, and their terms."""
    patterns = [
        Pattern(
            row["from_year"], row["number"], (row["start_month"], row["start_day"]), (row["end_month"], row["end_day"]),
            row["weekdays"], row["source"],
        )
        for row in await session.fetch(queries.CALENDAR)
    ]  # fmt: skip
    first = min(pattern.from_year for pattern in patterns)
    years = range(first, bangkok_date(now).year + _BUDDHIST_ERA + 2)
    stored = [
        Term(
            row["term"], row["start_date"], row["end_date"], row["weekdays"], row["source"],
            created_at=row["created_at"],
        )
        for row in await session.fetch(queries.NATIONAL_TERMS)
    ]  # fmt: skip
    defaults = [term for year in years for term in terms_of(year, patterns)]
    return [school_year(year, patterns) for year in years], nearest_terms([NATIONAL], defaults, stored)


async def own_terms(session: Fetches) -> list[Term]:
    """What organisations and affiliations say of terms themselves."""
    return [
        Term(
            row["term"], row["start_date"], row["end_date"], row["weekdays"], row["source"], row["calendar"],
            created_at=row["created_at"],
        )
        for row in await session.fetch(queries.OWN_TERMS)
    ]  # fmt: skip


async def start_roster_export(
    session: WriteSession, wanted: NewRosterExport, organisations: tuple[Range, ...], origin: Origin
) -> Export:
    """The job writes what the caller may see now. `organisations`: the range of the one asked for."""
    filters = {"term": wanted.term, "positions": multirange(organisations)}
    if wanted.since is not None:
        filters["since"] = wanted.since.isoformat()
    columns = ["userIds"] * wanted.identifiers + [DELTA] * (wanted.since is not None)
    return await queue_export(
        session, "rosters", f"oneroster_{wanted.version}", columns, filters, origin, "roster_export"
    )


def body(name: str, items: Sequence[str]) -> str:
    return f'{{"{name}":[{",".join(items)}]}}'


def single(name: str, item: str) -> str:
    return f'{{"{name}":{item}}}'


def json_text(value: Any) -> str:
    """Text as it stands between the quotes of JSON."""
    return json.dumps(value, ensure_ascii=False)[1:-1]
