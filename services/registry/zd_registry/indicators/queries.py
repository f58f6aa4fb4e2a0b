"""Figures that a run stored; figures of now, counted within the caller's claims; what is published."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from zd_kernel.scope import EVERYWHERE, Range, Scope, hull
from zd_registry.agencies.rules import multirange
from zd_registry.indicators.asking import Arguments
from zd_registry.indicators.rules import LEVELS, Band

_AGE: Final = """coalesce(extract(year FROM {day}::date)::int - extract(year FROM c.birth_date)::int
    - ((extract(month FROM c.birth_date), extract(day FROM c.birth_date))
        > (extract(month FROM {day}::date), extract(day FROM {day}::date)))::int, -1)"""
_YEARS: Final = "extract(year FROM {day}::date)::int - extract(year FROM c.birth_date)::int"
_COMPULSORY: Final = f"""coalesce({_YEARS} >= {{first}}::int AND {_YEARS} < {{last}}::int
    AND NOT coalesce(s.reason IN ('completed', 'finished_compulsory') OR s.evidence_grade = ANY ({{above}}::text[]),
        false), false)"""
_SILENT: Final = "CASE WHEN s.reason = 'feed_undelivered' THEN s.evidence_feed_id END"
_NOBODY: Final = "'00000000-0000-0000-0000-000000000000'::uuid"
_LEARNING: Final = "('in_school', 'flexible_learning', 'training_or_work')"

# The cells of groups of a name, as `n`.
OF_GROUP: Final = f"""CROSS JOIN LATERAL (
    SELECT u.age::int AS age, u.sex, u.compulsory, split_part(u.status, '/', 1) AS status,
        split_part(u.status, '/', 2) AS missing_kind, coalesce(u.feed_id, {_NOBODY}) AS feed_id, u.children,
        coalesce(u.enrolled_twice, 0) AS enrolled_twice, coalesce(u.not_in_register, 0) AS not_in_register,
        coalesce(u.returned, 0) AS returned
    FROM unnest({{0}}.age, {{0}}.sex, {{0}}.compulsory, {{0}}.status, {{0}}.feed_id, {{0}}.children,
        {{0}}.enrolled_twice, {{0}}.not_in_register, {{0}}.returned)
        AS u(age, sex, compulsory, status, feed_id, children, enrolled_twice, not_in_register, returned)
) n"""
# The result of a run ($1) by tambon; $2 and $3 area, then where the page begins and its length.
RESULTS: Final = """
SELECT x.area, split_part(n.status, '/', 1) AS learning_status, split_part(n.status, '/', 2) AS missing_kind,
    sum(n.children)::int AS children, coalesce(sum(n.children) FILTER (WHERE n.compulsory), 0)::int AS compulsory,
    CASE split_part(n.status, '/', 1) WHEN 'unconfirmed' THEN (SELECT count(*) FROM reconciliation_finding f
        WHERE f.run_id = $1 AND f.kind = 'row_refused' AND f.area >= x.area AND f.area < x.area + 100)::int
        ELSE 0 END AS row_refused
FROM indicator_group x CROSS JOIN LATERAL unnest(x.status, x.compulsory, x.children) AS n(status, compulsory, children)
WHERE x.run_id = $1 AND x.area >= greatest($2::int, $4::int) AND x.area <= $3
    AND (x.area, split_part(n.status, '/', 1), split_part(n.status, '/', 2)) > ($4::int, $5::text, $6::text)
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3 LIMIT $7
"""
# The last code of all lies in the last province.
LAST_PUBLISHED: Final = """
SELECT left(code, 2)::int FROM published_figure WHERE run_id = $1 ORDER BY run_id DESC, code DESC LIMIT 1
"""
# One key after the other through the index: of what a run has just stored the planner knows nothing.
IN_ORDER: Final = "SET LOCAL enable_sort = off"
NEXT_PROVINCE: Final = """
SELECT area / 1000000 FROM indicator_group WHERE run_id = $1 AND area >= $2 ORDER BY run_id, area LIMIT 1
"""
PROVINCE: Final = """
SELECT lpad((x.area / 100)::text, 6, '0') AS tambon, n.status, n.age, n.sex, sum(n.children)::int AS children
FROM indicator_group x CROSS JOIN LATERAL unnest(x.status, x.age, x.sex, x.children) AS n(status, age, sex, children)
WHERE x.run_id = $1 AND x.area >= $2 AND x.area <= $3 GROUP BY 1, 2, 3, 4
"""
PUBLISH: Final = """
INSERT INTO published_figure (run_id, code, status, age_band, sex, children)
SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::int[])
"""
# $1 run, $2 up to $3 codes of so many digits ($4), $5 how finely the status is told: 0, 1, 2 with its kind, $6 by age
# band, $7 by sex, $8 how many.
PUBLISHED: Final = """
SELECT code, status, age_band, sex, children FROM published_figure
WHERE run_id = $1 AND code >= $2 AND code <= $3 AND length(code) = $4
    AND CASE $5::int WHEN 0 THEN status = '' WHEN 1 THEN status <> '' AND position('/' IN status) = 0
        ELSE status NOT IN ('', 'not_learning') END
    AND (age_band <> '') = $6 AND (sex <> '') = $7
ORDER BY code, status, age_band, sex LIMIT $8
"""

# What stays unsaid of a province, so that other figures do not tell it.
SUPPRESSED: Final = """
SELECT code, status, age_band, sex FROM published_figure
WHERE run_id = $1 AND code >= $2 AND code <= $3 AND children IS NULL
"""

_RUN_COLUMNS: Final = "id, term, reference_date, finished_at, parameters::text AS parameters, scope_areas"
RUN: Final = f"SELECT {_RUN_COLUMNS} FROM reconciliation_run WHERE id = $1 AND finished_at IS NOT NULL"
# What everybody may read follows the end of a run. $3 the province, null for whoever reads all.
_PUBLISHED: Final = """($3::text IS NULL
    OR EXISTS (SELECT FROM published_figure p WHERE p.run_id = reconciliation_run.id AND p.code = $3::text))"""
# The run that counts for an area on a day is the latest about all of it. $1 areas, $2 the end of the day.
RUN_ON: Final = f"""
SELECT {_RUN_COLUMNS} FROM reconciliation_run
WHERE finished_at < $2::timestamptz AND $1::text::int4multirange <@ scope_areas::int4multirange AND {_PUBLISHED}
ORDER BY finished_at DESC, id DESC LIMIT 1
"""
RUNS: Final = f"""
SELECT {_RUN_COLUMNS} FROM reconciliation_run
WHERE finished_at IS NOT NULL AND $1::text::int4multirange <@ scope_areas::int4multirange
    AND reference_date >= $2::date AND reference_date <= $3::date
ORDER BY finished_at DESC, id DESC LIMIT $4
"""

FEEDS_OF_RUN: Final = """
SELECT count(*)::int AS feeds, count(*) FILTER (WHERE r.delivered)::int AS delivered,
    count(*) FILTER (WHERE r.owed IS NOT NULL AND NOT r.delivered)::int AS late
FROM reconciliation_feed r JOIN feed f ON f.id = r.feed_id
WHERE r.run_id = $1 AND (f.scope_areas = '{}' OR f.scope_areas::int4multirange && $2::text::int4multirange)
"""
FEEDS_OF: Final = """
SELECT id FROM feed WHERE scope_areas = '{}' OR scope_areas::int4multirange && $1::text::int4multirange ORDER BY id
"""
FEED_NAMES: Final = "SELECT id, agency, kind, name FROM feed WHERE id = ANY ($1::uuid[])"


class Question(NamedTuple):
    """`areas` and `organisations` that are asked for; no organisation asks for all, with and without one."""

    areas: tuple[Range, ...]
    organisations: tuple[Range, ...]
    by: Sequence[str]
    bands: Sequence[Band]
    most: int


def of_run(question: Question, run_id: object) -> tuple[str, list[object]]:
    """Query and arguments: the stored cells of a run, summed up."""
    args = Arguments([run_id])
    reached = ["x.run_id = $1", *_in(args, "x.area", question.areas)]
    if question.organisations:
        reached += _in(args, "x.organisation_position", question.organisations)
    grouped = _grouped(question, args)
    cells = f"SELECT x.area, x.organisation, n.* FROM indicator_group x {OF_GROUP.format('x')}"
    source = f"({cells} WHERE {' AND '.join(reached)}) n"
    return _summed(grouped, source, question, args), args


class Now(NamedTuple):
    """The day, and the law of that day: differences of years of compulsory age, and the grades beyond it."""

    day: object
    first: int
    last: int
    above: Sequence[str]
    returned_since: object


def of_now(question: Question, scope: Scope, now: Now) -> tuple[str, list[object]]:
    """Query and arguments: the register as it stands, within the claims, read through their indexes."""
    args = Arguments()
    day, first, last = args.add(now.day), args.add(now.first), args.add(now.last)
    above, since = args.add(list(now.above)), args.add(now.returned_since)
    reached = [*_in(args, "c.area", question.areas), *_claimed(args, scope)]
    if question.organisations:
        reached += _in(args, "e.organisation_position", question.organisations)
        bounds = " AND ".join(_in(args, "organisation_position", question.organisations))
        reached.append(f"c.id IN (SELECT child_id FROM enrolment WHERE {bounds})")
    grouped = _grouped(question, args)
    source = f"""(
    SELECT c.area / 100 * 100 AS area, coalesce(e.organisation, '') AS organisation, c.sex,
        {_AGE.format(day=day)} AS age,
        {_COMPULSORY.format(day=day, first=first, last=last, above=above)} AS compulsory,
        coalesce(s.status, 'unconfirmed') AS status, coalesce(s.missing_kind, '') AS missing_kind,
        coalesce({_SILENT}, {_NOBODY}) AS feed_id, 1 AS children,
        (s.evidence_kind = 'enrolment' AND s.status IN {_LEARNING} AND (SELECT count(*) FROM enrolment o
            WHERE o.child_id = c.id AND o.term = s.evidence_term AND o.ended_date IS NULL) > 1)::int AS enrolled_twice,
        (s.evidence_kind = 'enrolment' AND s.status IN {_LEARNING} AND c.registered_import_id IS NULL)::int
            AS not_in_register,
        (s.status IN {_LEARNING} AND s.judged_at >= {since}::timestamptz AND EXISTS (SELECT FROM learning_change h
            WHERE h.child_id = c.id AND h.at >= {since}::timestamptz AND h.to_status IN {_LEARNING}
                AND h.from_status = 'not_learning'))::int AS returned
    FROM child c
    LEFT JOIN learning_state s ON s.child_id = c.id
    LEFT JOIN enrolment e ON e.child_id = c.id AND e.term = s.evidence_term AND e.organisation = s.evidence_organisation
    WHERE {" AND ".join(reached)}
) n"""
    return _summed(grouped, source, question, args), args


def _in(args: Arguments, column: str, ranges: Sequence[Range]) -> list[str]:
    """The bounds, which an index can use, and where there are several ranges what exactly is meant."""
    bounds = hull(ranges)
    if bounds is None:
        return ["false"]
    found = [f"{column} >= {args.add(bounds.lo)}::int", f"{column} <= {args.add(bounds.hi)}::int"]
    return found if len(ranges) == 1 else [*found, f"{column} <@ {args.add(multirange(ranges))}::text::int4multirange"]


def _claimed(args: Arguments, scope: Scope) -> list[str]:
    """The claims once more, in a form that an index can use; the policies decide."""
    if EVERYWHERE in scope.areas:
        return []
    areas, positions = hull(scope.areas), hull(scope.organisations)
    if positions is None:
        return _in(args, "c.area", [areas] if areas else [])
    ids = f"SELECT child_id FROM enrolment WHERE {' AND '.join(_in(args, 'organisation_position', [positions]))}"
    if areas is not None:
        ids += f" UNION SELECT id FROM child WHERE {' AND '.join(_in(args, 'area', [areas]))}"
    return [f"c.id IN ({ids})"]


def _grouped(question: Question, args: Arguments) -> dict[str, str]:
    """Dimension → what to group by."""
    found: dict[str, str] = {}
    for name in question.by:
        if name == "age_band":
            whens = " ".join(
                f"WHEN n.age >= {args.add(first)}::int AND n.age <= {args.add(last)}::int THEN {args.add(label)}::text"
                for first, last, label in ((*band, band.label) for band in question.bands)
            )
            found[name] = f"CASE {whens} ELSE 'unknown' END"
        elif name in LEVELS:
            width = LEVELS[name]
            found[name] = f"CASE WHEN n.area > 0 THEN lpad((n.area / {10 ** (8 - width)})::text, {width}, '0') END"
        else:
            found[name] = "n.feed_id" if name == "feed" else f"n.{name}"
    return found


def _summed(grouped: dict[str, str], source: str, question: Question, args: Arguments) -> str:
    shown = "".join(f"{sql} AS {name}, " for name, sql in grouped.items())
    keys = ", ".join(str(number) for number in range(1, len(grouped) + 1))
    tail = f"GROUP BY {keys} ORDER BY {keys}" if keys else ""
    return f"""SELECT {shown}coalesce(sum(n.children), 0)::int AS children,
    coalesce(sum(n.children) FILTER (WHERE n.compulsory), 0)::int AS of_compulsory_age,
    coalesce(sum(n.enrolled_twice), 0)::int AS enrolled_twice,
    coalesce(sum(n.not_in_register), 0)::int AS not_in_register, coalesce(sum(n.returned), 0)::int AS returned
FROM {source} {tail} LIMIT {args.add(question.most)}"""
