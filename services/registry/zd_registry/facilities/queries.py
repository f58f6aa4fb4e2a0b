"""What is lacking, and at which age children enter, set-wise."""

from typing import Final

from zd_kernel.scope import Range

_OF: Final = """FROM shortage s JOIN organisation o ON o.code = s.organisation
WHERE ($1::int IS NULL OR o.area BETWEEN $1 AND $2) AND ($3::int IS NULL OR o.position_from BETWEEN $3 AND $4)
    AND (s.state = $5 OR ($5::text IS NULL AND s.state <> 'withdrawn')) AND ($6::text IS NULL OR s.kind = $6)"""
# $1 to $4 the place or nulls, $5 state, $6 kind, $7 after this one, $8 how many.
PAGE: Final = f"SELECT s.* {_OF} AND s.id > $7 ORDER BY s.id LIMIT $8"
FIGURES: Final = f"""
SELECT s.kind, s.state, count(*)::int AS shortages, count(DISTINCT s.organisation)::int AS organisations,
    sum(s.quantity)::bigint AS quantity, coalesce(sum(s.estimated_satang), 0)::bigint AS estimated_satang,
    count(*) FILTER (WHERE s.estimated_satang IS NULL)::int AS not_estimated
{_OF} GROUP BY 1, 2 ORDER BY 1, 2
"""

# $1 the shortage, $2 before this version, $3 how many.
VERSIONS: Final = (
    "SELECT * FROM shortage_version WHERE shortage_id = $1 AND version < $2 ORDER BY version DESC LIMIT $3"
)

KEYS: Final = {
    "": "NULL",
    "province": "lpad((area / 1000000)::text, 2, '0')",
    "district": "lpad((area / 10000)::text, 4, '0')",
    "tambon": "lpad((area / 100)::text, 6, '0')",
    "organisation": "organisation",
}
# The first list of the year that names a child in a stage (K or P) of which no earlier year has one, if the child is in
# its first grade there that has an age: $1 and $2 the terms of the year, $3 grades, $4 their years of birth. What is
# below kindergarten is of no stage.
_ENTERED: Final = """
SELECT DISTINCT ON (e.child_id, left(e.grade, 1)) e.child_id, e.area, e.organisation, e.grade
FROM enrolment e
WHERE e.term >= $1 AND e.term <= $2 AND left(e.grade, 1) IN ('K', 'P') AND e.grade <> 'K0' {reached} AND NOT EXISTS (
    SELECT FROM enrolment b WHERE b.child_id = e.child_id AND b.term < $1 AND left(b.grade, 1) = left(e.grade, 1)
        AND b.grade <> 'K0')
ORDER BY e.child_id, left(e.grade, 1), e.term, e.created_at
"""
_ENTRIES: Final = """
SELECT left(n.grade, 1) AS stage, {key} AS key, count(*)::int AS entered,
    count(*) FILTER (WHERE born = r.year)::int AS right_age, count(*) FILTER (WHERE born > r.year)::int AS too_early,
    count(*) FILTER (WHERE born < r.year)::int AS too_late, count(*) FILTER (WHERE born IS NULL)::int AS unknown
FROM (SELECT e.*, extract(year FROM c.birth_date)::int AS born FROM ({entered}) e JOIN child c ON c.id = e.child_id) n
JOIN unnest($3::text[], $4::int[]) AS r(grade, year) ON r.grade = n.grade
GROUP BY 1, 2 ORDER BY 1, 2
"""


def place(area: Range | None, organisations: Range | None) -> tuple[int | None, ...]:
    """The first four parameters."""
    return (*(area or (None, None)), *(organisations or (None, None)))


def entries(
    by: str, year: int, grades: list[str], births: list[int], *, within: Range | None, organisations: Range | None
) -> tuple[str, list[object]]:
    """Children by stage and by one of `KEYS`."""
    args: list[object] = [f"{year}/1", f"{year}/3", grades, births]
    reached = ""
    for column, span in (("e.area", within), ("e.organisation_position", organisations)):
        if span is not None:
            args += span
            reached += f" AND {column} BETWEEN ${len(args) - 1}::int AND ${len(args)}::int"
    return _ENTRIES.format(key=KEYS[by], entered=_ENTERED.format(reached=reached)), args
