from typing import Final

# Under row-level security, so only a list that the caller's claims reach.
LISTED: Final = """
SELECT organisation, organisation_position, area FROM enrolment
WHERE child_id = $1 AND ($2::text IS NULL OR term = $2) AND ($3::text IS NULL OR organisation = $3)
    AND ($4::date IS NULL OR ended_date IS NULL OR ended_date >= $4)
ORDER BY term DESC, ended_date IS NULL DESC, created_at DESC LIMIT 1
"""
GRADES: Final = """
SELECT id, term, organisation, gpa_hundredths, failed_subjects, graded_date FROM term_grade
WHERE child_id = $1 ORDER BY term DESC, graded_date DESC, id DESC LIMIT 500
"""
INCIDENTS: Final = """
SELECT id, kind, organisation, occurred_date, reported_date, withdrawn_at FROM behaviour_incident
WHERE child_id = $1 ORDER BY occurred_date DESC, id DESC LIMIT 500
"""
INCIDENTS_THAT_DAY: Final = """
SELECT coalesce(max(number), 0) FROM behaviour_incident
WHERE child_id = $1 AND organisation = $2 AND kind = $3 AND occurred_date = $4
"""
# $1 pupils, $2 averages, $3 failed subjects, $4 days, $5 school, $6 term, $7 by whom, $8 now.
STORE_GRADES: Final = """
WITH named AS (
    SELECT n.*, e.area, e.organisation_position
    FROM unnest($1::uuid[], $2::int[], $3::int[], $4::date[]) AS n(child_id, gpa, failed, graded)
    JOIN enrolment e ON e.child_id = n.child_id AND e.organisation = $5 AND e.term = $6
        AND e.child_id = ANY ($1::uuid[])
), stored AS (
    INSERT INTO term_grade (id, child_id, area, organisation, organisation_position, term, gpa_hundredths,
        failed_subjects, graded_date, recorded_by, recorded_at)
    SELECT uuidv7(), child_id, area, $5, organisation_position, $6, gpa, failed, graded, $7, $8 FROM named
    ON CONFLICT (child_id, term, organisation, graded_date) DO UPDATE SET gpa_hundredths = excluded.gpa_hundredths,
        failed_subjects = excluded.failed_subjects, recorded_by = $7, recorded_at = $8
    WHERE (term_grade.gpa_hundredths, term_grade.failed_subjects)
        IS DISTINCT FROM (excluded.gpa_hundredths, excluded.failed_subjects)
    RETURNING child_id
)
SELECT n.child_id, CASE WHEN s.child_id IS NULL THEN 'unchanged' ELSE 'accepted' END AS outcome
FROM named n LEFT JOIN stored s ON s.child_id = n.child_id
"""
# $1 pupils, $2 kinds, $3 days, $4 school, $5 term, $6 by whom, $7 now. What a sheet tells of was known that day.
STORE_INCIDENTS: Final = """
WITH named AS (
    SELECT n.*, e.area, e.organisation_position
    FROM unnest($1::uuid[], $2::text[], $3::date[]) AS n(child_id, kind, occurred_date)
    JOIN enrolment e ON e.child_id = n.child_id AND e.organisation = $4 AND e.term = $5
        AND e.child_id = ANY ($1::uuid[])
), stored AS (
    INSERT INTO behaviour_incident (id, child_id, area, organisation, organisation_position, kind, occurred_date,
        number, reported_date, recorded_by, recorded_at)
    SELECT uuidv7(), child_id, area, $4, organisation_position, kind, occurred_date, 1, occurred_date, $6, $7 FROM named
    ON CONFLICT (child_id, organisation, kind, occurred_date, number) DO NOTHING
    RETURNING child_id, kind, occurred_date
)
SELECT n.child_id, n.kind, n.occurred_date, CASE WHEN s.child_id IS NULL THEN 'unchanged' ELSE 'accepted' END AS outcome
FROM named n LEFT JOIN stored s USING (child_id, kind, occurred_date)
"""
