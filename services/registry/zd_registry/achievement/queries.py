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
