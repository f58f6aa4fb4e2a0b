"""What a run left: counts by tambon, what it changed, what does not fit together, who was missing when it ended."""

from typing import Final

from zd_registry.reconciliation.queries import CHANGE_KIND, OF_AGE

RUN: Final = """
SELECT id, term, reference_date, age_from, age_to, finished_at, parameters::text AS parameters
FROM reconciliation_run WHERE id = $1
"""

# $1 run, $2 and $3 area, then where the page begins and its length.
CHANGES: Final = f"""
SELECT * FROM (
    SELECT id, child_id, area, at AS changed_at, from_status, to_status, missing_kind, reason, {CHANGE_KIND} AS kind
    FROM learning_change
    WHERE run_id = $1 AND area >= $2 AND area <= $3 AND (area, id) > ($4::int, $5::uuid)
) c WHERE $6::text IS NULL OR kind = $6::text ORDER BY area, id LIMIT $7
"""
FINDINGS: Final = """
SELECT f.kind, f.area, f.child_id, ARRAY (
    SELECT e.organisation FROM enrolment e
    WHERE e.child_id = f.child_id AND e.term = $2::text AND e.ended_date IS NULL ORDER BY 1) AS organisations
FROM reconciliation_finding f
WHERE f.run_id = $1 AND f.area >= $3 AND f.area <= $4 AND (f.kind, f.area, f.child_id) > ($5::text, $6::int, $7::uuid)
    AND ($8::text IS NULL OR f.kind = $8::text)
ORDER BY f.kind, f.area, f.child_id LIMIT $9
"""

# Every verdict but a first `in_school` is kept with its time, so the last one before the run ended says what it was
# then. $1 and $2 area, $3 end of the run, $4 and $5 births, $6 and $7 where the page begins, $8 its length.
MISSING: Final = f"""
SELECT l.area, c.id, c.given_name, c.family_name, c.birth_date, c.birth_precision, c.sex, l.missing_kind, l.reason,
    l.evidence ->> 'organisation' AS organisation, l.evidence ->> 'term' AS term, l.evidence ->> 'grade' AS grade,
    coalesce(s.verified_at <= $3, false) AS verified
FROM (
    SELECT DISTINCT ON (area, child_id) * FROM learning_change
    WHERE area >= $1 AND area <= $2 AND at <= $3 AND (area, child_id) > ($6::int, $7::uuid)
    ORDER BY area, child_id, at DESC, id DESC
) l
JOIN child c ON c.id = l.child_id LEFT JOIN learning_state s ON s.child_id = l.child_id
WHERE l.to_status = 'not_learning' AND {OF_AGE.format(after="$4", until="$5")}
ORDER BY l.area, l.child_id LIMIT $8
"""
