from uuid import UUID

from asyncpg import Record

from zd_kernel.data.session import ReadSession, WriteSession
from zd_kernel.jobs.queue import enqueue
from zd_kernel.keyring import KeyRing
from zd_kernel.problems import Invalid
from zd_kernel.scope import EVERYWHERE, UNKNOWN_AREA, Range, Scope, area_range, hull
from zd_registry.children.queries import asks_of_unknown, overlap
from zd_registry.children.rules import CITIZEN_ID, OTHER_ID, births_between
from zd_registry.children.schemas import child_from
from zd_registry.search import queries
from zd_registry.search.rules import LEAST_ALIKE, Alike, alike, fragment, probes
from zd_registry.search.schemas import Found, Search, SearchResult
from zd_registry.values.faults import RowFault
from zd_registry.values.identifiers import identifier
from zd_registry.values.names import full_name, name_key

# Names that resemble the one asked for; more would bring children whom nobody means.
_MOST_ALIKE = 30


async def search(session: ReadSession, keyring: KeyRing, wanted: Search) -> SearchResult:
    """Who bears the identifier, or a name like the one asked for. Row-level security keeps it to the caller's own."""
    number = identifier(wanted.query)
    if number.kind is not None:
        rows = await session.fetch(queries.BY_IDENTIFIER, _indexes(keyring, number.value))
        found = [Found(likeness=1.0, child=child_from(row)) for row in rows]
        return SearchResult(items=found[: wanted.limit], more=len(found) > wanted.limit)
    filters = _filters(session.scope, wanted)
    if filters is None:
        return SearchResult(items=[])
    given, family = asked_names(wanted.query)
    found = await _named(session, given, family, filters)
    if not found and given and family:
        found = await _named(session, family, given, filters)
    return SearchResult(items=found[: wanted.limit], more=len(found) > wanted.limit)


def _indexes(keyring: KeyRing, value: str) -> list[str]:
    return [*keyring.blind_all(CITIZEN_ID, value), *keyring.blind_all(OTHER_ID, value)]


def asked_names(query: str) -> tuple[str, str]:
    """Keys of the given and the family name; a single word may be either, so it stands for both."""
    try:
        name = full_name(query)
    except RowFault:
        name = None
    keys = (name_key(name.given), name_key(name.family)) if name else ("", "")
    if not any(keys):
        raise Invalid("query_empty", "โปรดพิมพ์ชื่อ นามสกุล หรือเลขประจำตัว", "Write a name or an identifier.")
    return keys


async def _named(session: ReadSession, given: str, family: str, filters: queries.Filters) -> list[Found]:
    single = given if not family else ""
    likeness = {
        "given": {name.key: name.likeness for name in await _names(session, "given", given)},
        "family": {name.key: name.likeness for name in await _names(session, "family", single or family)},
    }
    query, args = queries.bearers(list(likeness["given"]), list(likeness["family"]), filters)
    rows = await session.fetch(query, *args)

    def score(row: Record) -> float:
        first = likeness["given"].get(row["given_key"], 0.0)
        last = likeness["family"].get(row["family_key"], 0.0)
        return max(first, last) if single else round((first + last) / 2, 3)

    scored = sorted(((score(row), row) for row in rows), key=lambda pair: (-pair[0], pair[1]["id"]))
    # With both names given, one alone that resembles is a weak find: shown only where nobody bears both.
    least = LEAST_ALIKE if scored and scored[0][0] >= LEAST_ALIKE else 0.0
    return [Found(likeness=value, child=child_from(row)) for value, row in scored if value >= least]


async def _names(session: ReadSession, kind: str, asked: str) -> list[Alike]:
    if not asked:
        return []
    keys = {row["key"] for row in await session.fetch(queries.NAMES, kind, probes(asked))}
    if (part := fragment(asked)) is not None:
        keys |= {row["key"] for row in await session.fetch(queries.NAMES_WITH, kind, *part)}
    return alike(asked, keys, _MOST_ALIKE)


def _filters(scope: Scope, wanted: Search) -> queries.Filters | None:
    """None if the caller's claims and the area asked for have nothing in common."""
    within = EVERYWHERE if wanted.area is None else area_range(wanted.area)
    bounds: Range | None = within
    unknown = False
    # A claim to organisations reaches pupils anywhere, so only a claim to areas alone narrows the search.
    if not scope.organisations:
        bounds, unknown = overlap(hull(scope.areas), within), asks_of_unknown(scope, within)
        if bounds is None and not unknown:
            return None
        if bounds is None:
            bounds, unknown = Range(UNKNOWN_AREA, UNKNOWN_AREA), False
    born = births_between(wanted.born_from, wanted.born_until)
    return queries.Filters(None if bounds == EVERYWHERE else bounds, born, wanted.organisation, unknown)


async def name_later(session: WriteSession) -> None:
    """Children that this transaction registers are found by name once the job `names` has run for their import."""
    await (await session.driver()).execute(queries.NAMES_LATER)


async def name_registered(session: WriteSession, import_id: UUID) -> None:
    """Let names lead to whom the import has registered by now; it registers nobody any more."""
    await enqueue(session, "names", {"import_id": str(import_id)})


async def note_names(session: WriteSession, table: str, *args: object) -> bool:
    """Put the names of a step into the dictionary; `table` is its temporary table with `given_key` and `family_key`.

    True if one of them is new and waits for the job `names`.
    """
    return await (await session.driver()).execute(queries.NOTE_NAMES.format(children=table), *args) != "INSERT 0 0"
