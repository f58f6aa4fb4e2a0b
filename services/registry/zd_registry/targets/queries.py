"""Who belongs to which target group: set-based over the register, within the claims; figures of a run, stored."""

import json
from collections.abc import Sequence
from datetime import date
from typing import Final, NamedTuple

from zd_kernel.scope import EVERYWHERE, Range, Scope, hull
from zd_registry.agencies.rules import multirange
from zd_registry.children.queries import Place
from zd_registry.indicators.asking import Arguments
from zd_registry.indicators.rules import LEVELS
from zd_registry.targets.rules import Definition

ALL: Final = """
SELECT code, area, valid_from, plan, name_th, name_en, conditions::text AS conditions, in_use, source FROM target_group
ORDER BY plan, code, area, valid_from DESC
"""

LATEST_BIRTH: Final = """(CASE c.birth_precision WHEN 'day' THEN c.birth_date
    WHEN 'month' THEN (c.birth_date + interval '1 month - 1 day')::date
    ELSE (c.birth_date + interval '1 year - 1 day')::date END)"""
_AGE: Final = """(extract(year FROM {day}::date)::int - extract(year FROM {born})::int
    - ((extract(month FROM {born}), extract(day FROM {born}))
        > (extract(month FROM {day}::date), extract(day FROM {day}::date)))::int)"""
# The status of now; or, for a day that has passed, the last change before it, or what the first change after it was
# from. Who was never judged, or is unconfirmed, is not known.
_NOW: Final = """LEFT JOIN LATERAL (
    SELECT s.status, s.missing_kind FROM learning_state s WHERE s.child_id = c.id
) s ON true"""
_THEN: Final = """LEFT JOIN LATERAL (
    SELECT * FROM (
        (SELECT h.to_status AS status, h.missing_kind FROM learning_change h
        WHERE h.child_id = c.id AND (h.at AT TIME ZONE 'Asia/Bangkok')::date <= {day}::date
        ORDER BY h.at DESC, h.id DESC LIMIT 1)
        UNION ALL
        (SELECT h.from_status, NULL FROM learning_change h
        WHERE h.child_id = c.id AND (h.at AT TIME ZONE 'Asia/Bangkok')::date > {day}::date ORDER BY h.at, h.id LIMIT 1)
        UNION ALL
        (SELECT s.status, s.missing_kind FROM learning_state s
        WHERE s.child_id = c.id AND (c.created_at AT TIME ZONE 'Asia/Bangkok')::date <= {day}::date)
    ) told LIMIT 1
) s ON true"""
# A whole list of disabled people tells of everybody in its areas; without one nobody is known not to be disabled.
DISABLED: Final = """CASE WHEN EXISTS (SELECT FROM child_need n WHERE n.child_id = c.id AND n.kind = 'disability'
    AND coalesce(n.from_date <= {day}::date, true) AND coalesce(n.until_date > {day}::date, true)) THEN true
    WHEN c.area <@ {listed}::text::int4multirange THEN false END"""
# As the last screening found; whom nobody screened and a social map lists is poor as far as anybody told.
POVERTY: Final = """coalesce((SELECT h.poverty_class FROM household_screening h
    WHERE h.child_id = c.id AND h.screened_date <= {day}::date
    ORDER BY h.screened_date DESC, h.screening_id DESC LIMIT 1),
    (SELECT 'poor' FROM child_need n WHERE n.child_id = c.id AND n.kind = 'poverty'
    AND coalesce(n.from_date <= {day}::date, true) AND coalesce(n.until_date > {day}::date, true) LIMIT 1))"""
_DEFINITIONS: Final = """(SELECT * FROM jsonb_to_recordset({definitions}::text::jsonb) AS d(code text, age_from int,
    age_to int, statuses text[], poverty_classes text[], disability boolean)) d"""

# `rules.answer` in SQL: true, false or null for each condition; AND and OR of SQL are the rule's.
_AGE_MET: Final = """CASE WHEN k.oldest IS NULL THEN NULL
    WHEN d.age_from <= k.youngest AND k.oldest <= d.age_to THEN true
    WHEN k.oldest < d.age_from OR k.youngest > d.age_to THEN false END"""
_STATUS_MET: Final = """CASE WHEN cardinality(d.statuses) = 0 THEN true
    WHEN k.status = ANY (d.statuses) OR k.whole_status = ANY (d.statuses) THEN true
    WHEN k.status = 'not_learning' AND array_to_string(d.statuses, ',') LIKE '%not_learning/%' THEN NULL
    WHEN k.status IS NOT NULL THEN false END"""
_POVERTY_MET: Final = "CASE WHEN cardinality(d.poverty_classes) > 0 THEN k.poverty_class = ANY (d.poverty_classes) END"
_NEED_MET: Final = """CASE WHEN cardinality(d.poverty_classes) = 0 AND NOT d.disability THEN true
    WHEN cardinality(d.poverty_classes) = 0 THEN k.disabled
    WHEN NOT d.disability THEN k.poverty_class = ANY (d.poverty_classes)
    ELSE k.poverty_class = ANY (d.poverty_classes) OR k.disabled END"""
ANSWER: Final = """CASE m.age_met AND m.status_met AND m.need_met WHEN true THEN 'member' WHEN false THEN 'not_member'
    ELSE 'not_known' END"""

# Complete lists of disabled people, as areas; a list without areas of its own tells of all.
LISTED: Final = """
SELECT DISTINCT f.scope_areas FROM feed f JOIN feed_delivery d ON d.feed_id = f.id
WHERE f.kind = 'disability' AND d.complete AND d.withdrawn_at IS NULL
    AND (d.delivered_at AT TIME ZONE 'Asia/Bangkok')::date <= $1
"""


class Facts(NamedTuple):
    """`day` of the question, whether it is today's (or a run's own moment), and where whole lists of disabled people
    tell of everybody, as a multirange literal."""

    day: date
    now: bool
    listed: str


def _answers(args: Arguments, facts: Facts, definitions: Sequence[Definition], reached: Sequence[str]) -> str:
    """One row for each child and definition: the child's columns, `code`, what is met, `answer`."""
    day, listed = args.add(facts.day), args.add(facts.listed)
    wanted = args.add(json.dumps([{"code": d.code, **d.conditions._asdict()} for d in definitions]))
    status = _NOW if facts.now else _THEN.format(day=day)
    gone = f"NOT coalesce(c.gone_kind IS NOT NULL AND coalesce(c.gone_date <= {day}::date, true), false)"
    return f"""
    SELECT m.*, {ANSWER} AS answer FROM (
        SELECT k.*, d.code, {_AGE_MET} AS age_met, {_STATUS_MET} AS status_met, {_POVERTY_MET} AS poverty_met,
            {_NEED_MET} AS need_met
        FROM (
            SELECT c.id, c.area, c.given_name, c.family_name, c.birth_date, c.birth_precision, c.sex,
                {_AGE.format(day=day, born="c.birth_date")} AS oldest,
                {_AGE.format(day=day, born=LATEST_BIRTH)} AS youngest,
                CASE WHEN s.status <> 'unconfirmed' THEN s.status END AS whole_status,
                CASE WHEN s.status <> 'unconfirmed' THEN s.status || coalesce('/' || s.missing_kind, '') END AS status,
                {POVERTY.format(day=day)} AS poverty_class,
                {DISABLED.format(day=day, listed=listed)} AS disabled
            FROM child c {status}
            WHERE {" AND ".join([gone, *reached])}
        ) k CROSS JOIN {_DEFINITIONS.format(definitions=wanted)}
    ) m"""


def of_child(facts: Facts, definitions: Sequence[Definition], child_id: object) -> tuple[str, list[object]]:
    args = Arguments()
    reached = [f"c.id = {args.add(child_id)}::uuid"]
    return f"{_answers(args, facts, definitions, reached)} ORDER BY code", args


def page(
    facts: Facts, definition: Definition, scope: Scope, within: Range, answer: str, after: Place, limit: int
) -> tuple[str, list[object]]:
    """Children by area and id of one answer."""
    args = Arguments()
    reached = [_in(args, within), *_claimed(args, scope)]
    reached.append(f"(c.area, c.id) > ({args.add(after.area)}::int, {args.add(after.id)}::uuid)")
    query = _answers(args, facts, [definition], reached)
    chosen = f"answer = {args.add(answer)}::text"
    return f"SELECT * FROM ({query}) t WHERE {chosen} ORDER BY area, id LIMIT {args.add(limit)}::int", args


_COUNTED_BY: Final = {"age": "coalesce(oldest, -1)", "sex": "sex"} | {
    level: f"CASE WHEN area > 0 THEN lpad((area / {10 ** (8 - digits)})::text, {digits}, '0') END"
    for level, digits in LEVELS.items()
}


def counts(
    facts: Facts, definitions: Sequence[Definition], scope: Scope, areas: Sequence[Range], by: Sequence[str]
) -> tuple[str, list[object]]:
    """By group and what was asked; not_member is left to whoever counts everybody."""
    args = Arguments()
    bounds = hull(areas) or EVERYWHERE
    reached = [_in(args, bounds), *_claimed(args, scope)]
    if len(areas) > 1:
        reached.append(f"c.area <@ {args.add(multirange(areas))}::text::int4multirange")
    query = _answers(args, facts, definitions, reached)
    columns = ["code", *(_COUNTED_BY[name] + f" AS {name}" for name in by)]
    keys = ", ".join(str(number) for number in range(1, len(columns) + 1))
    return (
        f"""SELECT {", ".join(columns)}, count(*) FILTER (WHERE answer = 'member')::int AS members,
        count(*) FILTER (WHERE answer = 'not_known')::int AS not_known, count(*)::int AS children
    FROM ({query}) t GROUP BY {keys} ORDER BY {keys}""",
        args,
    )


def _in(args: Arguments, bounds: Range) -> str:
    return f"c.area >= {args.add(bounds.lo)}::int AND c.area <= {args.add(bounds.hi)}::int"


def _claimed(args: Arguments, scope: Scope) -> list[str]:
    """The claims once more, in a form that an index can use; the policies decide."""
    if EVERYWHERE in scope.areas or not scope.organisations:
        return []
    bounds = hull(scope.organisations)
    if bounds is None:
        return []
    lo, hi = args.add(bounds.lo), args.add(bounds.hi)
    listed = f"""c.id IN (SELECT child_id FROM enrolment
        WHERE organisation_position >= {lo}::int AND organisation_position <= {hi}::int)"""
    own = hull(scope.areas)
    return [listed] if own is None else [f"({listed} OR {_in(args, own)})"]


def fill(run_id: object, areas: str, facts: Facts, definitions: Sequence[Definition]) -> tuple[str, list[object]]:
    """What a run keeps of everybody in its areas, a multirange literal, by tambon, age, sex and answer: groups reach
    beyond the ages that a run judges."""
    args = Arguments()
    reached = [f"c.area <@ {args.add(areas)}::text::int4multirange"]
    query = _answers(args, facts, definitions, reached)
    return (
        f"""INSERT INTO target_count (run_id, area, code, age, sex, answer, children)
    SELECT {args.add(run_id)}::uuid, area, code, array_agg(age), array_agg(sex), array_agg(answer), array_agg(children)
    FROM (
        SELECT area / 100 * 100 AS area, code, coalesce(oldest, -1) AS age, sex, answer, count(*)::int AS children
        FROM ({query}) t GROUP BY 1, 2, 3, 4, 5
    ) n GROUP BY area, code ORDER BY area, code""",
        args,
    )


def of_run(run_id: object, areas: Sequence[Range], by: Sequence[str]) -> tuple[str, list[object]]:
    """What a run kept, summed up as `counts` counts."""
    args = Arguments([run_id])
    reach = args.add(multirange(areas))
    columns = ["code", *(_COUNTED_BY[name].replace("oldest", "age") + f" AS {name}" for name in by)]
    keys = ", ".join(str(number) for number in range(1, len(columns) + 1))
    return (
        f"""SELECT {", ".join(columns)}, coalesce(sum(children) FILTER (WHERE answer = 'member'), 0)::int AS members,
        coalesce(sum(children) FILTER (WHERE answer = 'not_known'), 0)::int AS not_known,
        sum(children)::int AS children
    FROM (
        SELECT x.area, x.code, n.* FROM target_count x CROSS JOIN LATERAL unnest(x.age, x.sex, x.answer, x.children)
            AS n(age, sex, answer, children)
        WHERE x.run_id = $1 AND x.area <@ {reach}::text::int4multirange
    ) t
    GROUP BY {keys} ORDER BY {keys}""",
        args,
    )


CELLS: Final = """
SELECT x.code, lpad((x.area / 100)::text, 6, '0') AS tambon, n.answer, n.age, n.sex, n.children
FROM target_count x CROSS JOIN LATERAL unnest(x.answer, x.age, x.sex, x.children) AS n(answer, age, sex, children)
WHERE x.run_id = $1 AND x.area >= $2 AND x.area <= $3
"""
NEXT_PROVINCE: Final = """
SELECT area / 1000000 FROM target_count WHERE run_id = $1 AND area >= $2 ORDER BY run_id, area LIMIT 1
"""
PUBLISH: Final = """
INSERT INTO published_target (run_id, code, area, answer, age_band, sex, children)
SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::int[])
"""
# $1 run or null, $2 province, $3 its area, $4 day. A run of before it said so has published where there are figures.
PUBLISHED_RUN: Final = """
SELECT id FROM reconciliation_run r
WHERE finished_at IS NOT NULL AND coalesce(id = $1::uuid, (finished_at AT TIME ZONE 'Asia/Bangkok')::date <= $4::date)
    AND $3::text::int4multirange <@ scope_areas::int4multirange
    AND (parameters ? 'published_targets' OR EXISTS (
        SELECT FROM published_target p WHERE p.run_id = r.id AND p.area = $2::text))
ORDER BY finished_at DESC, id DESC LIMIT 1
"""
# $1 run, $2 up to $3 codes of so many digits ($4), $5 by age band, $6 by sex.
PUBLISHED: Final = """
SELECT code, area, answer, age_band, sex, children FROM published_target
WHERE run_id = $1 AND area >= $2 AND area <= $3 AND length(area) = $4 AND (age_band <> '') = $5 AND (sex <> '') = $6
ORDER BY code, area, age_band, sex, answer
"""
