from typing import Final

# By id, so that a step goes on where the last one ended. $1 after, $2 term, $3 areas, $4 how many.
PUPILS: Final = """
SELECT DISTINCT e.child_id FROM enrolment e
WHERE e.child_id > $1 AND e.term = $2 AND e.grade <> 'K0' AND e.area <@ $3::text::int4multirange
ORDER BY e.child_id LIMIT $4
"""
# Who of $1 left: ended in the last list of term $2 that named them, or named in no list of $3, the term after, without
# having finished ($4 final grades, where $3 begins a school year). $5 last day of the term. `left_date` null: stayed.
LEFT: Final = """
SELECT DISTINCT ON (e.child_id) e.child_id, CASE
    WHEN n.child_id IS NOT NULL THEN NULL
    WHEN left($2::text, 4) <> left($3::text, 4) AND e.grade = ANY ($4::text[]) AND e.ended_date IS NULL THEN NULL
    WHEN c.gone_kind IS NOT NULL THEN NULL
    ELSE least(coalesce(e.ended_date, $5::date), $5::date) END AS left_date
FROM enrolment e JOIN child c ON c.id = e.child_id AND c.id = ANY ($1::uuid[]) LEFT JOIN (
    SELECT DISTINCT child_id FROM enrolment WHERE child_id = ANY ($1::uuid[]) AND term = $3
) n ON n.child_id = e.child_id
WHERE e.child_id = ANY ($1::uuid[]) AND e.term = $2
ORDER BY e.child_id, e.ended_date DESC NULLS FIRST, e.created_at DESC
"""
NEXT_LISTED: Final = """
SELECT EXISTS (SELECT FROM enrolment WHERE term = $1 AND area <@ $2::text::int4multirange)
"""
# Whether $1 holds every range from one of $2 to that of $3.
COVERS: Final = """
SELECT bool_and($1::text::int4multirange @> int4range(r.lo, r.hi, '[]'))
FROM unnest($2::int[], $3::int[]) AS r(lo, hi)
"""
_COLUMNS: Final = """id, job_id, term, next_term, weeks, model_versions, figures::text AS figures, created_at,
    finished_at"""
ONE: Final = f"SELECT {_COLUMNS} FROM risk_backtest WHERE id = $1"
LIST: Final = f"SELECT {_COLUMNS} FROM risk_backtest WHERE id < $1 ORDER BY id DESC LIMIT $2"
