"""Pupils of transition grades with what is known of their next place; all of it worked out when it is asked."""

from collections.abc import Sequence
from typing import Final, NamedTuple
from uuid import UUID

from zd_kernel.scope import Range, Scope, hull
from zd_registry.agencies.rules import multirange
from zd_registry.areas.rules import merged
from zd_registry.children.queries import Place, overlap
from zd_registry.indicators.asking import Arguments

RULES: Final = "SELECT grade, valid_from, next_grades, source FROM transition_grade ORDER BY grade, valid_from DESC"
RULES_IN_FORCE: Final = """
SELECT DISTINCT ON (grade) grade, next_grades FROM transition_grade WHERE valid_from <= $1
ORDER BY grade, valid_from DESC
"""
REASONS: Final = "SELECT * FROM stop_reason ORDER BY code, valid_from DESC"
REASONS_ON: Final = """
SELECT DISTINCT ON (code) code, name_th, asked FROM stop_reason WHERE valid_from <= $1 ORDER BY code, valid_from DESC
"""
REASON_ON: Final = """
SELECT asked FROM stop_reason WHERE code = $1 AND valid_from <= $2 ORDER BY valid_from DESC LIMIT 1
"""
CHILD: Final = "SELECT area FROM child WHERE id = $1"
CONFIRMATIONS: Final = """
SELECT id, year, organisation, grade, confirmed_by, holds, agency, said_at FROM place_confirmation
WHERE child_id = $1 AND year = $2 ORDER BY said_at DESC, id DESC
"""
# What was said last of each child by school or family about schools at $2 to $3, where it holds; the names of those
# whom the caller sees. $1 year entered, $4 after this child, $5 how many.
INCOMING: Final = """
SELECT said.*, c.given_name, c.family_name FROM (
    SELECT DISTINCT ON (child_id) child_id, organisation, grade, confirmed_by, holds, agency, said_at
    FROM place_confirmation
    WHERE year = $1 AND organisation_position BETWEEN $2 AND $3 AND child_id > $4
    ORDER BY child_id, confirmed_by = 'school' DESC, said_at DESC, id DESC
) said LEFT JOIN child c ON c.id = said.child_id WHERE said.holds ORDER BY said.child_id LIMIT $5
"""
INTENTIONS: Final = """
SELECT id, year, will, reason, told_by, agency, said_at, note_encrypted FROM intention
WHERE child_id = $1 AND year = $2 ORDER BY said_at DESC, id DESC
"""
# A receiving school knows the number and the name of a pupil of another school, and may not see the record: what it
# asks for is told by number, and only to be compared with the name that it gives.
BY_NUMBER: Final = "SELECT child_id, area, given_key, number FROM child_by_number($1::text[])"
# As `facts.listed` and `facts.next_*` are the whole truth of lists, a school learns from it where its pupils go.
FACTS: Final = "transition_facts({child}, {year}, {ended})"

# `rules.state_of` in SQL, over `transition_facts` f, the confirmation p and the intention i; {steps} is text[].
STATE: Final = """CASE WHEN c.gone_kind IS NOT NULL THEN 'gone'
    WHEN f.grade || '>' || f.next_grade = ANY ({steps}::text[]) THEN 'enrolled'
    WHEN f.next_grade IS NOT NULL THEN 'repeating'
    WHEN f.placed THEN 'placed'
    WHEN i.will = 'stop' AND coalesce((i.said_at, i.id) > (p.said_at, p.id), true) THEN 'stopping'
    WHEN p.confirmed_by = 'school' THEN 'confirmed_by_school'
    WHEN p.confirmed_by = 'family' THEN 'confirmed_by_family'
    WHEN f.has_left THEN 'left' ELSE 'unconfirmed' END"""
_SAID: Final = """
LEFT JOIN LATERAL (
    SELECT * FROM (
        SELECT DISTINCT ON (organisation, confirmed_by) id, organisation, grade, confirmed_by, holds, said_at
        FROM place_confirmation WHERE child_id = c.id AND year = {year}::int
        ORDER BY organisation, confirmed_by, said_at DESC, id DESC
    ) said WHERE holds ORDER BY confirmed_by = 'school' DESC, said_at DESC, id DESC LIMIT 1
) p ON true
LEFT JOIN LATERAL (
    SELECT id, will, reason, told_by, said_at FROM intention
    WHERE child_id = c.id AND year = {year}::int ORDER BY said_at DESC, id DESC LIMIT 1
) i ON true
"""
_COLUMNS: Final = """c.id, c.area, c.given_name, c.family_name, c.birth_date, c.birth_precision, c.sex, f.organisation,
    f.organisation_position, f.term, f.grade, f.has_left, f.next_organisation, f.next_grade, f.placed,
    p.organisation AS confirmed_organisation, p.grade AS confirmed_grade, i.will, i.reason, i.told_by,
    i.said_at AS will_said_at"""
_LISTED: Final = """(SELECT child_id FROM enrolment WHERE term >= {first}::text AND term <= {last}::text
    AND grade = ANY ({grades}::text[]) AND {reached})"""


class Asked(NamedTuple):
    """Which pupils. `ended` is the last day of the old school year; `year`, B.E., the one that they enter."""

    year: int
    ended: object
    grades: Sequence[str]
    steps: Sequence[str]
    areas: tuple[Range, ...]
    organisations: tuple[Range, ...] = ()
    states: Sequence[str] = ()
    child_id: UUID | None = None


def _pupils(asked: Asked, scope: Scope, args: Arguments, after: Place | None) -> str | None:
    """All that is known of the pupils within the claims; None where nothing can be.

    Row-level security decides what is seen; the bounds repeat the claims so that an index can be used, one branch for
    areas and one for the lists of organisations.
    """
    year, ended, steps = args.add(asked.year), args.add(asked.ended), args.add(list(asked.steps))
    span = {
        "first": args.add(f"{asked.year - 1}/1"),
        "last": args.add(f"{asked.year - 1}/3"),
        "grades": args.add(list(asked.grades)),
    }
    within = hull(asked.areas)
    if within is None:
        return None
    where = [f"c.area >= {args.add(within.lo)}::int AND c.area <= {args.add(within.hi)}::int"]
    if len(asked.areas) > 1:
        where.append(f"c.area <@ {args.add(multirange(asked.areas))}::text::int4multirange")
    if asked.child_id is not None:
        where.append(f"c.id = {args.add(asked.child_id)}::uuid")
    if after is not None:
        where.append(f"(c.area, c.id) > ({args.add(after.area)}::int, {args.add(after.id)}::uuid)")
    where.append(f"f.grade = ANY ({span['grades']}::text[])")
    if asked.organisations:
        at = args.add(multirange(merged(asked.organisations)))
        where.append(f"f.organisation_position <@ {at}::text::int4multirange")
    facts = FACTS.format(child="c.id", year=f"{year}::int", ended=f"{ended}::date")
    branches = [
        f"""SELECT {_COLUMNS}, {STATE.format(steps=steps)} AS state
        FROM child c CROSS JOIN LATERAL {facts} f {_SAID.format(year=year)}
        WHERE {" AND ".join([*where, *reach])}"""
        for reach in _reaches(asked, scope, args, within, span)
    ]
    return " UNION ALL ".join(branches) if branches else None


def _reaches(asked: Asked, scope: Scope, args: Arguments, within: Range, span: dict[str, str]) -> list[list[str]]:
    """What each branch asks for beside: by the area of residence, and by the lists of the caller's organisations."""
    claimed, listed = hull(scope.areas), hull(asked.organisations or scope.organisations)
    found: list[list[str]] = []
    if overlap(claimed, within) is not None:
        if asked.organisations and listed is not None:
            found.append([f"c.id IN {_LISTED.format(reached=_between(args, listed), **span)}"])
        else:
            found.append([
                f"""EXISTS (SELECT FROM enrolment e WHERE e.child_id = c.id AND e.term >= {span["first"]}::text
                AND e.term <= {span["last"]}::text AND e.grade = ANY ({span["grades"]}::text[]))"""
            ])  # fmt: skip
        found[-1].append(_claimed(args, "c.area", scope.areas))
    if scope.organisations and listed is not None:
        own = _claimed(args, "f.organisation_position", scope.organisations)
        # Whom a branch before has brought already is not brought again.
        other = f"NOT {_claimed(args, 'c.area', scope.areas)}" if found else "true"
        found.append([f"c.id IN {_LISTED.format(reached=_between(args, listed), **span)}", own, other])
    return found


def _between(args: Arguments, bounds: Range) -> str:
    lo, hi = args.add(bounds.lo), args.add(bounds.hi)
    return f"organisation_position >= {lo}::int AND organisation_position <= {hi}::int"


def _claimed(args: Arguments, column: str, ranges: Sequence[Range]) -> str:
    return f"({column} <@ {args.add(multirange(merged(ranges)))}::text::int4multirange)"


def page(asked: Asked, scope: Scope, after: Place | None, limit: int) -> tuple[str, list[object]] | None:
    """The pupils by area and id, and the arguments; None where the claims and the question have nothing in common."""
    args = Arguments()
    pupils = _pupils(asked, scope, args, after)
    if pupils is None:
        return None
    chosen = f"WHERE state = ANY ({args.add(list(asked.states))}::text[])" if asked.states else ""
    return f"SELECT * FROM ({pupils}) t {chosen} ORDER BY area, id LIMIT {args.add(limit)}::int", args


COUNTED_BY: Final = {
    "province": "CASE WHEN area > 0 THEN lpad((area / 1000000)::text, 2, '0') END",
    "district": "CASE WHEN area > 0 THEN lpad((area / 10000)::text, 4, '0') END",
    "tambon": "CASE WHEN area > 0 THEN lpad((area / 100)::text, 6, '0') END",
    "organisation": "organisation",
    "grade": "grade",
    "state": "state",
    "reason": "CASE WHEN state = 'stopping' THEN reason END",
}


def counts(asked: Asked, scope: Scope, by: Sequence[str], most: int) -> tuple[str, list[object]] | None:
    args = Arguments()
    pupils = _pupils(asked, scope, args, None)
    if pupils is None:
        return None
    shown = "".join(f"{COUNTED_BY[name]} AS {name}, " for name in by)
    keys = ", ".join(str(number) for number in range(1, len(by) + 1))
    grouped = f"GROUP BY {keys} ORDER BY {keys}" if keys else ""
    chosen = f"WHERE state = ANY ({args.add(list(asked.states))}::text[])" if asked.states else ""
    query = f"SELECT {shown}count(*)::int AS pupils FROM ({pupils}) t {chosen} {grouped} LIMIT {args.add(most)}::int"
    return query, args
