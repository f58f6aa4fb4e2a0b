"""Organisations by code, their positions for everyone who resolves claims, and the calendars that a school inherits."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Final, cast

import asyncpg
from sqlmodel import and_, col, or_, select

from zd_kernel.access.organisations import Source
from zd_kernel.data.database import Database
from zd_kernel.data.session import WriteSession
from zd_kernel.problems import NotFound
from zd_kernel.scope import Range, Scope
from zd_registry.organisations.models import (
    CalendarDay,
    CalendarPattern,
    CalendarTerm,
    Organisation,
    OrganisationCode,
)
from zd_registry.organisations.rules import (
    AFFILIATION_CODES,
    NATIONAL,
    Calendar,
    DayKind,
    Pattern,
    SpecialDay,
    Term,
    nearest_days,
    nearest_terms,
    school_year_at,
    terms_of,
)

# The tree first: rows that are newer than the revision only make the next reading come too early.
_REVISION: Final = "SELECT revision FROM organisation_tree"
POSITIONS: Final = "SELECT code, position_from, position_to FROM organisation"
_MOST_REPLACED: Final = 500
# What stood where the file said may have children anywhere in its range, so the rest of that range is not given out.
SHIFT: Final = """
UPDATE organisation SET position_from = position_from + $3, position_to = position_to + $3,
    next_position = $3 + CASE WHEN $4 THEN position_to + 1 ELSE next_position END
WHERE position_from >= $1 AND position_to <= $2
"""
# $1 codes of other systems, of which each means one organisation.
CALLED_ELSEWHERE: Final = """
SELECT code, min(organisation) AS organisation FROM organisation_code WHERE code = ANY ($1)
GROUP BY code HAVING count(DISTINCT organisation) = 1
"""
_LINEAGE: Final = """
WITH RECURSIVE line AS (
    SELECT code AS calendar, code, parent, affiliation, 1 AS step FROM organisation WHERE code = ANY ($1)
    UNION ALL
    SELECT calendar, o.code, o.parent, o.affiliation, step + 1 FROM organisation o JOIN line ON o.code = line.parent
)
SELECT calendar, code, affiliation FROM line ORDER BY calendar, step
"""

# The nearest calendar of each organisation that says something of a term: its own, those up the tree, the affiliation.
_TERM_STARTS: Final = """
WITH RECURSIVE line AS (
    SELECT code AS asked, code, parent, affiliation, 1 AS step FROM organisation WHERE code = ANY ($1::text[])
    UNION ALL
    SELECT l.asked, o.code, o.parent, coalesce(l.affiliation, o.affiliation), l.step + 1
    FROM organisation o JOIN line l ON o.code = l.parent
), calendars AS (
    SELECT asked, code AS calendar, step FROM line
    UNION ALL SELECT asked, affiliation, 1000 FROM line WHERE affiliation IS NOT NULL
    UNION ALL SELECT asked, $3, 1001 FROM line
    UNION ALL VALUES ($3, $3, 1)
)
SELECT DISTINCT ON (c.asked) c.asked, t.start_date
FROM calendars c JOIN calendar_term t ON t.calendar = c.calendar AND t.term = $2 AND t.replaced_at IS NULL
ORDER BY c.asked, c.step
"""


def positions_source(database: Database) -> Source:
    """For the kernel: all positions whenever their revision is another one."""

    async def newer_than(revision: int) -> tuple[int, Mapping[str, Range]] | None:
        async with database.read(Scope.system("organisations")) as session:
            tree = await session.fetchrow(_REVISION)
            if tree is None or tree["revision"] == revision:
                return None
            rows = await session.fetch(POSITIONS)
        return tree["revision"], {row["code"]: Range(row["position_from"], row["position_to"]) for row in rows}

    return newer_than


async def positions(session: WriteSession, seeded: Mapping[str, Range]) -> dict[str, Range]:
    """Every organisation with its range; what the seeded file alone knows, as the file says."""
    rows = await (await session.driver()).fetch(POSITIONS)
    return dict(seeded) | {row["code"]: Range(row["position_from"], row["position_to"]) for row in rows}


async def find_organisation(session: WriteSession, code: str) -> Organisation:
    """Raises NotFound."""
    found = await session.get(Organisation, code)
    if found is None:
        raise NotFound.of("organisation", "หน่วยงาน")
    return found


async def span_of(session: WriteSession, code: str | None) -> Range | None:
    """The positions of an organisation and all that is below it; None for no code. Raises NotFound."""
    return None if code is None else (await find_organisation(session, code)).span


async def known_codes(session: WriteSession, codes: Iterable[str]) -> set[str]:
    """Those of `codes` that are in the tree."""
    return set((await session.exec(select(Organisation.code).where(col(Organisation.code).in_(list(codes))))).all())


async def external_codes(session: WriteSession, codes: Iterable[str]) -> dict[str, dict[str, str]]:
    """Organisation → system → code."""
    found: dict[str, dict[str, str]] = {}
    query = select(OrganisationCode).where(col(OrganisationCode.organisation).in_(list(codes)))
    for each in await session.exec(query.order_by(col(OrganisationCode.system))):
        found.setdefault(each.organisation, {})[each.system] = each.code
    return found


async def inherited(session: WriteSession, calendar: str) -> list[str]:
    """The calendars that count for one, the nearest first: its own, those up the tree, affiliation, national.

    Raises NotFound for what is neither an organisation nor an affiliation nor `national`.
    """
    return (await _lines(session, [calendar]))[calendar]


async def _lines(session: WriteSession, calendars: Collection[str]) -> dict[str, list[str]]:
    rows: dict[str, list[asyncpg.Record]] = {calendar: [] for calendar in calendars}
    for row in await (await session.driver()).fetch(_LINEAGE, list(calendars)):
        rows[row["calendar"]].append(row)
    return {calendar: _line(calendar, found) for calendar, found in rows.items()}


def _line(calendar: str, rows: list[asyncpg.Record]) -> list[str]:
    if not rows and calendar != NATIONAL and calendar not in AFFILIATION_CODES:
        raise NotFound.of("calendar", "ปฏิทิน")
    line = [row["code"] for row in rows] or [calendar]
    affiliation = next((row["affiliation"] for row in rows if row["affiliation"]), None)
    return list(dict.fromkeys([*line, *([affiliation] if affiliation else []), NATIONAL]))


async def patterns(session: WriteSession) -> list[Pattern]:
    return [
        Pattern(p.from_year, p.number, (p.start_month, p.start_day), (p.end_month, p.end_day), p.weekdays, p.source)
        for p in await session.exec(select(CalendarPattern))
    ]


async def calendar_of(session: WriteSession, calendar: str, start: date, until: date) -> Calendar:
    """What holds for an organisation, an affiliation or `national` from `start` to `until`. Raises NotFound."""
    return (await calendars_of(session, [calendar], start, until))[calendar]


async def calendars_of(
    session: WriteSession, calendars: Collection[str], start: date, until: date
) -> dict[str, Calendar]:
    """As `calendar_of`, of many at once."""
    lines = await _lines(session, calendars)
    every = sorted({each for line in lines.values() for each in line})
    defaults, terms = await _terms(session, every, start, until)
    days = await _days(session, every, start, until)
    return {
        calendar: Calendar(
            [
                term
                for term in nearest_terms(line, defaults, (each for name in line for each in terms.get(name, ())))
                if term.start <= until and term.end >= start
            ],
            nearest_days(line, (each for name in line for each in days.get(name, ()))),
        )
        for calendar, line in lines.items()
    }


async def _terms(
    session: WriteSession, calendars: list[str], start: date, until: date
) -> tuple[list[Term], dict[str, list[Term]]]:
    """The defaults, and what each calendar says itself."""
    known = await patterns(session)
    first, last = (int(school_year_at(day, known).label) for day in (start, until))
    defaults = [term for year in range(first, last + 1) for term in terms_of(year, known)]
    touching = and_(col(CalendarTerm.start_date) <= until, col(CalendarTerm.end_date) >= start)
    query = select(CalendarTerm).where(
        col(CalendarTerm.calendar).in_(calendars),
        col(CalendarTerm.replaced_at).is_(None),
        or_(touching, col(CalendarTerm.term).in_([term.label for term in defaults])),
    )
    said: dict[str, list[Term]] = defaultdict(list)
    for row in await session.exec(query):
        said[row.calendar].append(term_from(row))
    return defaults, said


async def _days(session: WriteSession, calendars: list[str], start: date, until: date) -> dict[str, list[SpecialDay]]:
    query = select(CalendarDay).where(
        col(CalendarDay.calendar).in_(calendars),
        col(CalendarDay.replaced_at).is_(None),
        col(CalendarDay.day).between(start, until),
    )
    said: dict[str, list[SpecialDay]] = defaultdict(list)
    for row in await session.exec(query):
        said[row.calendar].append(day_from(row))
    return said


async def term_starts(session: WriteSession, organisations: Iterable[str], label: str) -> dict[str, date]:
    """Organisation → first day of the term `label` (2568/1) by its nearest calendar; under `national` the country's.

    Who has no calendar nearer than the country's is left out. Raises ValueError for a year before every pattern.
    """
    defaults = {term.label: term.start for term in terms_of(int(label[:4]), await patterns(session))}
    rows = await (await session.driver()).fetch(_TERM_STARTS, list(organisations), label, NATIONAL)
    return {NATIONAL: defaults[label]} | {row["asked"]: row["start_date"] for row in rows}


async def replaced_terms(session: WriteSession, calendar: str) -> list[CalendarTerm]:
    """What a calendar itself said of terms before, the latest correction first."""
    query = select(CalendarTerm).where(CalendarTerm.calendar == calendar, col(CalendarTerm.replaced_at).is_not(None))
    latest = (col(CalendarTerm.replaced_at).desc(), col(CalendarTerm.id).desc())
    return list((await session.exec(query.order_by(*latest).limit(_MOST_REPLACED))).all())


async def replaced_days(session: WriteSession, calendar: str) -> list[CalendarDay]:
    """What a calendar itself said of days before, the latest correction first."""
    query = select(CalendarDay).where(CalendarDay.calendar == calendar, col(CalendarDay.replaced_at).is_not(None))
    latest = (col(CalendarDay.replaced_at).desc(), col(CalendarDay.id).desc())
    return list((await session.exec(query.order_by(*latest).limit(_MOST_REPLACED))).all())


def term_from(row: CalendarTerm) -> Term:
    return Term(
        row.term, row.start_date, row.end_date, row.weekdays, row.source, row.calendar, row.created_by, row.created_at
    )


def day_from(row: CalendarDay) -> SpecialDay:
    kind = cast(DayKind, row.kind)
    return SpecialDay(row.day, kind, row.reason, row.calendar, row.created_by, row.created_at)
