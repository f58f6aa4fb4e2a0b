"""Selects of screenings. Row-level security bounds areas and organisations; `ROLES` bounds kinds beyond it."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final

from zd_kernel.scope import Range, Scope, hull
from zd_registry.consents.queries import REFUSED

ENROLLED: Final = """
SELECT organisation, organisation_position FROM enrolment
WHERE child_id = $1 AND ended_date IS NULL AND ($2::text IS NULL OR organisation = $2)
ORDER BY term DESC, created_at DESC LIMIT 1
"""
SAME_DAY: Final = """
SELECT id, answers_encrypted FROM screening
WHERE child_id = $1 AND instrument = $2 AND screened_date = $3 AND replaced_at IS NULL
"""
# Roles beside health officers read what the version of the instrument names them for. {0}: their parameter.
ROLES: Final = """
('health_officer' = ANY ({0}::text[]) OR EXISTS (SELECT FROM screening_instrument i
    WHERE i.code = s.instrument AND i.version = s.version AND i.readers && {0}::text[]))
"""
_SHOWN: Final = """s.id, s.child_id, s.instrument, s.version, s.kind, s.screened_date, s.band, s.positive,
    s.helped_date, s.organisation, s.agency, s.recorded_by, s.recorded_at, s.corrects, s.replaced_by, s.replaced_at,
    s.reason, b.value ->> 'name_th' AS band_th, b.value ->> 'name_en' AS band_en"""
_BAND: Final = """
JOIN screening_instrument v ON v.code = s.instrument AND v.version = s.version
LEFT JOIN LATERAL (SELECT value FROM jsonb_array_elements(v.definition -> 'bands') value
    WHERE value ->> 'code' = s.band LIMIT 1) b ON true
"""
# $1 child, $2 roles, $3 also what was replaced.
OF_CHILD: Final = f"""
SELECT {_SHOWN} FROM screening s {_BAND}
WHERE s.child_id = $1 AND {ROLES.format("$2")} AND ($3 OR s.replaced_at IS NULL)
ORDER BY s.screened_date DESC, s.id DESC
"""
ONE: Final = f"SELECT {_SHOWN}, s.answers_encrypted FROM screening s {_BAND} WHERE s.child_id = $1 AND s.id = $2"
FOLLOW_UPS: Final = """
SELECT * FROM screening_follow_up WHERE screening_id = ANY ($1::uuid[]) ORDER BY due_date, id
"""
_DUE: Final = f"""
SELECT f.*, s.instrument, s.kind, s.band FROM screening_follow_up f JOIN screening s ON s.id = f.screening_id
WHERE {{reached}} AND {ROLES.format("$1")} AND (f.due_date, f.id) > ($2::date, $3::uuid)
ORDER BY f.due_date, f.id LIMIT $4
"""
# $1 roles, $2 screening.
READS: Final = f"SELECT true FROM screening s WHERE s.id = $2 AND {ROLES.format('$1')}"
HELPED: Final = """
SELECT min(done_date) FROM screening_follow_up WHERE screening_id = $1 AND outcome = 'helped'
"""

# Of each child and kind in a period: whether any result was positive, and whether the child was helped since, or the
# last result is no longer positive. $1 and $2 the period, $3 roles.
_CHILDREN: Final = f"""
SELECT s.child_id, s.kind, max(s.area) AS area,
    (array_agg(s.organisation ORDER BY s.screened_date DESC, s.id DESC))[1] AS organisation,
    CASE WHEN NOT bool_or(s.positive) THEN 'negative'
        WHEN bool_or(s.helped_date IS NOT NULL)
            OR NOT (array_agg(s.positive ORDER BY s.screened_date DESC, s.id DESC))[1] THEN 'positive/helped'
        ELSE 'positive/to_help' END AS state
FROM screening s
WHERE s.replaced_at IS NULL AND s.screened_date BETWEEN $1 AND $2 AND {ROLES.format("$3")} {{reached}}
GROUP BY s.child_id, s.kind
"""
_COUNTS: Final = """
SELECT kind, {key} AS key, count(*) FILTER (WHERE state = 'negative')::int AS negative,
    count(*) FILTER (WHERE state = 'positive/helped')::int AS helped,
    count(*) FILTER (WHERE state = 'positive/to_help')::int AS to_help
FROM ({children}) c GROUP BY 1, 2 ORDER BY 1, 2
"""
# Pupils of a school year ($1 to $2 its terms) of the instrument's ages (born after $3 and not later than $4, or nobody
# knows when) who have no result of it ($5) from $6 to $7. $8 after this child, $9 how many.
_TO_SCREEN: Final = """c.id > $8 AND (c.birth_date IS NULL OR (c.birth_date > $3 AND c.birth_date <= $4))
    AND NOT EXISTS (
        SELECT FROM screening s WHERE s.child_id = c.id AND s.instrument = $5 AND s.replaced_at IS NULL
            AND s.screened_date BETWEEN $6 AND $7)"""
_IN_LISTS: Final = "e.term >= $1 AND e.term <= $2 AND e.ended_date IS NULL"
# By the lists of schools, and by the areas where children live: each along an index of its own.
_OUTSTANDING: Final = f"""
SELECT DISTINCT ON (e.child_id) e.child_id, e.organisation, e.grade, e.term
FROM enrolment e JOIN child c ON c.id = e.child_id
WHERE {_IN_LISTS} AND {_TO_SCREEN} {{listed}} {{living}}
ORDER BY e.child_id, e.term DESC, e.created_at DESC LIMIT $9
"""
_OUTSTANDING_OF_AREA: Final = f"""
SELECT e.* FROM child c CROSS JOIN LATERAL (
    SELECT e.child_id, e.organisation, e.grade, e.term FROM enrolment e
    WHERE e.child_id = c.id AND {_IN_LISTS} {{listed}} ORDER BY e.term DESC, e.created_at DESC LIMIT 1
) e
WHERE {_TO_SCREEN} {{living}} ORDER BY c.id LIMIT $9
"""

# Whom a school reaches: its pupils, and who was its pupil on the day.
_OF_SCHOOL: Final = """
{table}.child_id IN (SELECT child_id FROM enrolment WHERE organisation_position BETWEEN {lo} AND {hi}
    AND ended_date IS NULL
    UNION SELECT child_id FROM screening WHERE organisation_position BETWEEN {lo} AND {hi})
"""

KEYS: Final = {
    "": "NULL",
    "province": "lpad((area / 1000000)::text, 2, '0')",
    "district": "lpad((area / 10000)::text, 4, '0')",
    "tambon": "lpad((area / 100)::text, 6, '0')",
    "organisation": "coalesce(organisation, '')",
}


def follow_ups(
    roles: list[str], after: tuple[date, object], limit: int, scope: Scope, *, within: Range | None,
    organisation: Range | None, state: str, party: str | None, kind: str | None, today: date,
) -> tuple[str, list[object]]:  # fmt: skip
    """Query and arguments of a page. `state` is due (not done, overdue among them), overdue or done."""
    args: list[object] = [roles, *after, limit]
    reached = [f"f.done_date IS {'NOT ' if state == 'done' else ''}NULL"]
    reached += _claimed(args, scope, "f")
    reached += _between(args, {"f.area": within, "f.organisation_position": organisation})
    reached += _equal(args, {"f.party": party, "s.kind": kind})
    if state == "overdue":
        args.append(today)
        reached.append(f"f.due_date < ${len(args)}")
    return _DUE.format(reached=" AND ".join(reached)), args


def counts(
    by: str, start: date, until: date, roles: list[str], scope: Scope, *, kind: str | None, within: Range | None,
    organisation: Range | None,
) -> tuple[str, list[object]]:  # fmt: skip
    """Children by kind and state, by one of `KEYS`. Without `within` and `organisation`, all that is reached."""
    args: list[object] = [start, until, roles]
    reached = [
        *_claimed(args, scope, "s"),
        *_between(args, {"s.area": within, "s.organisation_position": organisation}),
        *_equal(args, {"s.kind": kind}),
    ]
    children = _CHILDREN.format(reached="".join(f" AND {part}" for part in reached))
    return _COUNTS.format(key=KEYS[by], children=children), args


def outstanding(
    args: list[object], scope: Scope, *, within: Range | None, organisation: Range | None,
    consent: tuple[str, date, bool] | None = None, refused: bool = False,
) -> tuple[str, list[object]]:  # fmt: skip
    """`args` are the nine of the statement. `consent`, where it is needed: its purpose, the day on which it must stand
    and whether a minor may give it alone."""
    own = None if scope.areas else hull(scope.organisations)
    listed = [
        *_between(args, {"e.organisation_position": own}),
        *_between(args, {"e.organisation_position": organisation}),
    ]
    claimed = None if scope.organisations else hull(scope.areas)
    living = [*_between(args, {"c.area": claimed}), *_between(args, {"c.area": within})]
    if consent is not None:
        names = (f"${len(args) + n}::{kind}" for n, kind in enumerate(("text", "date", "boolean"), start=1))
        said_no = REFUSED.format(**dict(zip(("purpose", "day", "alone"), names, strict=True)))
        living.append(said_no if refused else f"NOT {said_no}")
        args += consent
    query = _OUTSTANDING if scope.organisations else _OUTSTANDING_OF_AREA
    parts = {"listed": listed, "living": living}
    return query.format(**{name: "".join(f" AND {part}" for part in of) for name, of in parts.items()}), args


def _claimed(args: list[object], scope: Scope, table: str) -> Iterator[str]:
    """The bounds of the caller's claim once more, in a form that an index can use; the policies decide. Nothing for a
    claim to both areas and organisations, which no one index serves."""
    own = hull(scope.organisations)
    if own is None:
        yield from _between(args, {f"{table}.area": hull(scope.areas)})
    elif not scope.areas:
        args += own
        yield _OF_SCHOOL.format(table=table, lo=f"${len(args) - 1}::int", hi=f"${len(args)}::int")


def _between(args: list[object], columns: Mapping[str, Range | None]) -> Iterator[str]:
    for column, span in columns.items():
        if span is not None:
            args += span
            yield f"{column} BETWEEN ${len(args) - 1}::int AND ${len(args)}::int"


def _equal(args: list[object], columns: Mapping[str, str | None]) -> Iterator[str]:
    for column, value in columns.items():
        if value is not None:
            args.append(value)
            yield f"{column} = ${len(args)}"
