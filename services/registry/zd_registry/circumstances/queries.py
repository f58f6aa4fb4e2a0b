from typing import Final

TRAVEL: Final = """
SELECT distance_m, minutes, said_date FROM school_travel WHERE child_id = $1 ORDER BY said_date DESC LIMIT 1
"""
POVERTY: Final = """
SELECT poverty_class, model_version, screened_date FROM household_screening
WHERE child_id = $1 ORDER BY screened_date DESC, screening_id DESC LIMIT 1
"""
# $1 pupils, $2 metres, $3 minutes, $4 days, $5 school, $6 term, $7 by whom, $8 now.
STORE_TRAVEL: Final = """
WITH named AS (
    SELECT DISTINCT n.*, e.area
    FROM unnest($1::uuid[], $2::int[], $3::int[], $4::date[]) AS n(child_id, distance_m, minutes, said)
    JOIN enrolment e ON e.child_id = n.child_id AND e.organisation = $5 AND e.term = $6
        AND e.child_id = ANY ($1::uuid[])
), stored AS (
    INSERT INTO school_travel (child_id, said_date, area, distance_m, minutes, recorded_by, recorded_at)
    SELECT child_id, said, area, distance_m, minutes, $7, $8 FROM named
    ON CONFLICT (child_id, said_date) DO UPDATE SET distance_m = excluded.distance_m, minutes = excluded.minutes,
        recorded_by = $7, recorded_at = $8
    WHERE (school_travel.distance_m, school_travel.minutes) IS DISTINCT FROM (excluded.distance_m, excluded.minutes)
    RETURNING child_id
)
SELECT n.child_id, CASE WHEN s.child_id IS NULL THEN 'unchanged' ELSE 'accepted' END AS outcome
FROM named n LEFT JOIN stored s ON s.child_id = n.child_id
"""
STORE_SCREENINGS: Final = """
INSERT INTO household_screening (screening_id, child_id, area, poverty_class, model_version, screened_date)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::text[], $5::text[], $6::date[])
ON CONFLICT (screening_id) DO NOTHING
RETURNING child_id
"""
