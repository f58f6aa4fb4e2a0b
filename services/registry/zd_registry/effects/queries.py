"""Measures of pupils and of groups, who stays after coming back, and attendance around a day of help: set-based."""

from collections.abc import Sequence
from datetime import date
from typing import Final, NamedTuple

from zd_kernel.scope import EVERYWHERE, Range, Scope, hull
from zd_registry.agencies.rules import multirange
from zd_registry.areas.rules import merged
from zd_registry.effects.rules import DIMENSIONS, LEARNING, MEASURES
from zd_registry.indicators.asking import Arguments
from zd_registry.targets.queries import DISABLED, POVERTY


class Limits(NamedTuple):
    """Dated policies of the day: what is chronic (share of days), a small school (pupils), a low and a high GPA."""

    chronic: float
    small: int
    low: float
    high: float


class Within(NamedTuple):
    """Whose figures; without areas, of all that the caller may see."""

    areas: tuple[Range, ...] = ()
    organisations: tuple[Range, ...] = ()

    @property
    def reach(self) -> tuple[Range, ...]:
        return self.areas or (EVERYWHERE,)


class Asked(NamedTuple):
    """Whose figures: of a term, on a day. `urban` and `listed` are multirange literals: areas of municipalities, and
    where whole lists of disabled people were handed in. `births`: whose learning status counts."""

    term: str
    day: date
    limits: Limits
    urban: str
    listed: str
    births: tuple[date, date]
    areas: tuple[Range, ...]
    organisations: tuple[Range, ...] = ()


URBAN: Final = """
SELECT id FROM area_set WHERE kind = 'municipality' AND coalesce(from_date <= $1::date, true)
    AND coalesce(until_date >= $1::date, true)
"""
# Counted once: of what row-level security leaves, the planner would rather count anew for every child.
_SIZES: Final = """WITH size AS MATERIALIZED (
        SELECT organisation, count(*) AS pupils FROM enrolment WHERE term = {term} AND ended_date IS NULL GROUP BY 1)"""


def _base(args: Arguments, asked: Asked, scope: Scope) -> str:
    """A row for each child: what is measured (null where not known) and the side of each dimension."""
    term, day = f"{args.add(asked.term)}::text", f"{args.add(asked.day)}::date"
    urban, listed = args.add(asked.urban), args.add(asked.listed)
    chronic, small = args.add(asked.limits.chronic), args.add(asked.limits.small)
    after, until = args.add(asked.births[0]), args.add(asked.births[1])
    learning = str(LEARNING)
    return f"""
    {_SIZES.format(term=term)}
    SELECT c.id, c.area, c.sex, e.organisation, e.organisation_position, e.grade, r.level, a.rate AS attendance, g.gpa,
        CASE WHEN c.birth_date > {after}::date AND c.birth_date <= {until}::date THEN
            CASE WHEN s.status = 'not_learning' THEN 1 WHEN s.status IN {learning} THEN 0 END END AS out_of_school,
        CASE WHEN r.level IS NOT NULL THEN (r.level IN ('orange', 'red'))::int END AS at_risk,
        (a.missed >= {chronic}::float8)::int AS chronic_absence,
        CASE WHEN c.area > 0 THEN c.area <@ {urban}::text::int4multirange END AS urban_rural,
        z.pupils <= {small}::int AS school_size,
        {POVERTY.format(day=day)} IN ('poor', 'extremely_poor') AS poverty,
        {DISABLED.format(day=day, listed=listed)} AS disability
    FROM child c
    LEFT JOIN learning_state s ON s.child_id = c.id
    LEFT JOIN LATERAL (SELECT o.organisation, o.organisation_position, o.grade FROM enrolment o
        WHERE o.child_id = c.id AND o.term = {term} AND o.ended_date IS NULL ORDER BY o.organisation LIMIT 1) e ON true
    LEFT JOIN child_risk r ON r.child_id = c.id AND e.organisation IS NOT NULL
    LEFT JOIN LATERAL (
        SELECT (sum(t.due) - sum(t.leave + t.sick + t.absent))::float8 / nullif(sum(t.due), 0) AS rate,
            sum(t.leave + t.sick + t.absent)::float8 / nullif(sum(t.due), 0) AS missed
        FROM attendance_term t WHERE t.child_id = c.id AND t.term = {term}) a ON true
    LEFT JOIN LATERAL (SELECT w.gpa_hundredths / 100.0::float8 AS gpa FROM term_grade w
        WHERE w.child_id = c.id AND w.term = {term} AND w.gpa_hundredths IS NOT NULL
        ORDER BY w.graded_date DESC, w.id DESC LIMIT 1) g ON true
    LEFT JOIN size z ON z.organisation = e.organisation
    WHERE c.gone_kind IS NULL AND {" AND ".join(reached(args, asked.areas, asked.organisations, scope))}"""


def reached(args: Arguments, areas: Sequence[Range], organisations: Sequence[Range], scope: Scope) -> list[str]:
    """The areas, the lists of organisations, and the claims once more, in forms that an index can use."""
    found = [_areas(args, areas)]
    if organisations:
        found.append(_listed(args, organisations))
    if scope.organisations and EVERYWHERE not in scope.areas:
        own = f" OR {_areas(args, scope.areas)}" if scope.areas else ""
        found.append(f"({_listed(args, scope.organisations)}{own})")
    return found


def _areas(args: Arguments, areas: Sequence[Range]) -> str:
    bounds = hull(areas) or EVERYWHERE
    exact = f" AND c.area <@ {args.add(multirange(merged(areas)))}::text::int4multirange" if len(areas) > 1 else ""
    return f"(c.area >= {args.add(bounds.lo)}::int AND c.area <= {args.add(bounds.hi)}::int{exact})"


def _listed(args: Arguments, organisations: Sequence[Range]) -> str:
    at = args.add(multirange(merged(organisations)))
    bounds = hull(organisations) or Range(0, -1)
    return f"""c.id IN (SELECT child_id FROM enrolment WHERE organisation_position >= {args.add(bounds.lo)}::int
        AND organisation_position <= {args.add(bounds.hi)}::int
        AND organisation_position <@ {at}::text::int4multirange)"""


COUNTED_BY: Final = {
    "province": "CASE WHEN area > 0 THEN lpad((area / 1000000)::text, 2, '0') END",
    "district": "CASE WHEN area > 0 THEN lpad((area / 10000)::text, 4, '0') END",
    "tambon": "CASE WHEN area > 0 THEN lpad((area / 100)::text, 6, '0') END",
    "organisation": "organisation",
    "grade": "grade",
    "sex": "sex",
}


_COUNTS: Final = ("pupils", "green", "yellow", "orange", "red", "gpa_low", "gpa_middle", "gpa_high")
_PLACES: Final = ("area", "organisation", "organisation_position", "grade", "sex", *DIMENSIONS)
_CELL: Final = (*_PLACES, *_COUNTS, *(part for name in MEASURES for part in (f"{name}_n", f"{name}_sum")))
_SHOWN: Final = ", ".join(
    f"coalesce(sum({column}), 0)::int AS {name}"
    for name, column in (
        *((name, name) for name in _COUNTS), ("with_attendance", "chronic_absence_n"),
        ("chronic_absence", "chronic_absence_sum"), ("with_gpa", "gpa_n"),
    )
)  # fmt: skip


def _cells(args: Arguments, asked: Asked, scope: Scope) -> str:
    """Children alike in place and dimensions, counted, with the sum of each measure and of how many it is known."""
    base = _base(args, asked, scope)
    low, high = args.add(asked.limits.low), args.add(asked.limits.high)
    levels = ", ".join(
        f"count(*) FILTER (WHERE level = '{level}')::int AS {level}" for level in ("green", "yellow", "orange", "red")
    )
    measured = ", ".join(
        f"count({name})::int AS {name}_n, coalesce(sum({name}), 0)::float8 AS {name}_sum" for name in MEASURES
    )
    return f"""SELECT area / 100 * 100 AS area, {", ".join(_PLACES[1:])}, count(organisation)::int AS pupils, {levels},
        count(*) FILTER (WHERE organisation IS NOT NULL AND gpa < {low}::float8)::int AS gpa_low,
        count(*) FILTER (WHERE organisation IS NOT NULL AND gpa >= {low}::float8 AND gpa < {high}::float8)::int
            AS gpa_middle,
        count(*) FILTER (WHERE organisation IS NOT NULL AND gpa >= {high}::float8)::int AS gpa_high, {measured}
    FROM ({base}) b GROUP BY area / 100, {", ".join(_PLACES[1:])}"""


def of_pupils(asked: Asked, scope: Scope, by: Sequence[str], most: int) -> tuple[str, list[object]]:
    """How many pupils of the term are at each level of risk, absent too often, in each band of achievement."""
    args = Arguments()
    return _pupils_in(f"({_cells(args, asked, scope)})", args, [], by, most)


def gaps(asked: Asked, organisations: Sequence[Range], scope: Scope) -> tuple[str, list[object]]:
    """A row for each tambon, dimension and side, `inside` the organisations and outside: over how many children each
    measure is known, and its sum."""
    args = Arguments()
    return _gaps_in(f"({_cells(args, asked, scope)})", args, [], organisations)


def fill(run_id: object, asked: Asked, scope: Scope) -> tuple[str, list[object]]:
    """What a run keeps of the pupils of an area."""
    args = Arguments()
    cells = _cells(args, asked, scope)
    return (
        f"""INSERT INTO pupil_cell (run_id, {", ".join(_CELL)})
    SELECT {args.add(run_id)}::uuid, {", ".join(_CELL)} FROM ({cells}) x""",
        args,
    )


def of_run(run_id: object, within: Within, by: Sequence[str], most: int) -> tuple[str, list[object]]:
    """What a run kept, as `of_pupils` tells it."""
    args = Arguments()
    return _pupils_in("pupil_cell", args, _kept(args, run_id, within), by, most)


def gaps_of_run(run_id: object, organisations: Sequence[Range]) -> tuple[str, list[object]]:
    """What a run kept, as `gaps` tells it."""
    args = Arguments()
    return _gaps_in("pupil_cell", args, _kept(args, run_id, Within()), organisations)


def _kept(args: Arguments, run_id: object, within: Within) -> list[str]:
    found = [f"run_id = {args.add(run_id)}::uuid"]
    for name, ranges in (("area", within.areas), ("organisation_position", within.organisations)):
        if ranges:
            found.append(f"{name} <@ {args.add(multirange(merged(ranges)))}::text::int4multirange")
    return found


def _pupils_in(
    cells: str, args: Arguments, conditions: Sequence[str], by: Sequence[str], most: int
) -> tuple[str, list[object]]:
    shown = "".join(f"{COUNTED_BY[name]} AS {name}, " for name in by)
    keys = ", ".join(str(number) for number in range(1, len(by) + 1))
    grouped = f"GROUP BY {keys} ORDER BY {keys}" if keys else ""
    where = " AND ".join(["organisation IS NOT NULL", *conditions])
    return f"SELECT {shown}{_SHOWN} FROM {cells} b WHERE {where} {grouped} LIMIT {args.add(most)}::int", args


def _gaps_in(
    cells: str, args: Arguments, conditions: Sequence[str], organisations: Sequence[Range]
) -> tuple[str, list[object]]:
    measured = ", ".join(f"sum({name}_n)::int AS {name}_n, sum({name}_sum) AS {name}_sum" for name in MEASURES)
    sides = ", ".join(f"('{name}', {name})" for name in DIMENSIONS)
    where = " AND ".join(["d.side IS NOT NULL", *conditions])
    inside = "true"
    if organisations:
        at = args.add(multirange(merged(organisations)))
        inside = f"coalesce(organisation_position <@ {at}::text::int4multirange, false)"
    return (
        f"""SELECT area, {inside} AS inside, d.dimension, d.side, {measured} FROM {cells} b
    CROSS JOIN LATERAL (VALUES {sides}) d(dimension, side) WHERE {where} GROUP BY 1, 2, 3, 4""",
        args,
    )


# Who came back or was placed: of each kind the first time in the period. `looks` are `rules.Look`s; a look that has
# not come yet leaves nothing to say.
_COHORT: Final = """
SELECT DISTINCT ON (kind, child_id) kind, child_id, day FROM (
    SELECT 'returned' AS kind, h.child_id, (h.at AT TIME ZONE 'Asia/Bangkok')::date AS day FROM learning_change h
    WHERE h.to_status IN {learning}
        AND (h.evidence ->> 'was_missing' IS NOT NULL OR h.from_status = 'not_learning')
    UNION ALL
    SELECT 'placed', p.child_id, p.started_date FROM placement p
    WHERE p.kind IN ('flexible_learning', 'training', 'work_with_learning')
) came WHERE day >= {start}::date AND day <= {until}::date ORDER BY kind, child_id, day
"""
_STATUS_ON: Final = """(SELECT h.to_status FROM learning_change h WHERE h.child_id = k.child_id
    AND (h.at AT TIME ZONE 'Asia/Bangkok')::date <= {day} ORDER BY h.at DESC, h.id DESC LIMIT 1)"""


class Cohort(NamedTuple):
    """Who came back in a period. `looks`: columns of `rules.Look`; what comes after `today` is not known yet."""

    start: date
    until: date
    today: date
    looks: tuple[list[date], list[date], list[date], list[date]]
    areas: tuple[Range, ...]
    organisations: tuple[Range, ...] = ()


def retention(cohort: Cohort, scope: Scope, by: Sequence[str]) -> tuple[str, list[object]]:
    """By kind and area: how many, and their status after one and after two terms; null where it is not yet time."""
    args = Arguments()
    came = _COHORT.format(learning=str(LEARNING), start=args.add(cohort.start), until=args.add(cohort.until))
    looks = ", ".join(f"{args.add(column)}::date[]" for column in cohort.looks)
    today = f"{args.add(cohort.today)}::date"
    within = " AND ".join(reached(args, cohort.areas, cohort.organisations, scope))
    shown = "".join(f"{COUNTED_BY[name]} AS {name}, " for name in by)
    keys = ", ".join(str(number) for number in range(1, len(by) + 4))
    return (
        f"""SELECT {shown}kind, first_status, second_status, count(*)::int AS children FROM (
        SELECT c.area, k.kind,
            CASE WHEN l.first < {today} THEN coalesce({_STATUS_ON.format(day="l.first")}, 'unconfirmed') END
                AS first_status,
            CASE WHEN l.second < {today} THEN coalesce({_STATUS_ON.format(day="l.second")}, 'unconfirmed') END
                AS second_status
        FROM ({came}) k JOIN child c ON c.id = k.child_id
        LEFT JOIN unnest({looks}) AS l(start, until, first, second) ON k.day >= l.start AND k.day <= l.until
        WHERE {within}
    ) r GROUP BY {keys} ORDER BY {keys}""",
        args,
    )
