"""What is known of pupils on a day, and what was assessed of them."""

from typing import Final

from zd_registry.attendance.codes import DAYS, WORTH, absent_codes, neutral_codes


def _halves(kinds: tuple[str, ...]) -> str:
    """SQL for the half days of such kinds in the marks `m.known`."""
    worth = {code: sum(getattr(WORTH[code], kind) for kind in kinds) for code in DAYS}
    counted = {halves: "".join(code for code in DAYS if worth[code] == halves) for halves in (1, 2)}
    return " + ".join(
        f"{halves} * (length(m.known) - length(translate(m.known, '{codes}', '')))"
        for halves, codes in counted.items() if codes
    )  # fmt: skip


_WITHOUT_NEUTRAL: Final = f"translate(m.known, '{neutral_codes(leave_counts=False)}', '')"
_STREAK: Final = f"length({_WITHOUT_NEUTRAL}) - length(rtrim({_WITHOUT_NEUTRAL}, '{absent_codes(leave_counts=False)}'))"
# Chronic absence is missing school for any reason, so sickness and leave count.
_MISSED: Final = ("absent", "leave", "sick")

# $1 children, $2 day, $3 first and $4 last term, $5 incidents since, $6 screenings since, $7 dropouts since,
# $8 whether it is the present: then whoever was found out of learning since is no pupil.
# Whoever is below kindergarten has no school to leave, and is no pupil. Only what was known by the day: lists by their
# end, results and incidents by the day on which they were given out.
FACTS: Final = f"""
WITH pupil AS MATERIALIZED (
    SELECT DISTINCT ON (e.child_id) e.child_id, e.id AS enrolment_id, e.organisation, e.organisation_position, e.term,
        e.grade
    FROM enrolment e
    WHERE e.child_id = ANY ($1::uuid[]) AND e.term >= $3::text AND e.term <= $4::text
        AND (e.ended_date IS NULL OR e.ended_date > $2::date) AND e.grade <> 'K0'
    ORDER BY e.child_id, e.term DESC, e.created_at DESC
), attendance AS MATERIALIZED (
    SELECT a.child_id, a.term, a.organisation,
        CASE WHEN $8::boolean THEN a.absent + a.leave + a.sick ELSE {_halves(_MISSED)} END AS absent,
        CASE WHEN $8::boolean THEN a.due ELSE {_halves(("due",))} END AS possible,
        CASE WHEN $8::boolean THEN a.streak ELSE {_STREAK} END AS streak
    FROM attendance_term a CROSS JOIN LATERAL (SELECT left(a.marks, greatest(0, $2::date - a.first_day + 1)) AS known) m
    WHERE a.child_id = ANY ($1::uuid[]) AND a.term >= $3::text AND a.term <= $4::text
), grade AS MATERIALIZED (
    SELECT DISTINCT ON (g.child_id) g.child_id, g.gpa_hundredths, g.failed_subjects FROM term_grade g
    WHERE g.child_id = ANY ($1::uuid[]) AND g.term >= $3::text AND g.term <= $4::text AND g.graded_date <= $2::date
    ORDER BY g.child_id, g.term DESC, g.graded_date DESC, g.id DESC
), incident AS MATERIALIZED (
    SELECT i.child_id, count(*)::int AS incidents FROM behaviour_incident i
    WHERE i.child_id = ANY ($1::uuid[]) AND i.withdrawn_at IS NULL AND i.occurred_date > $5::date
        AND i.reported_date <= $2::date
    GROUP BY i.child_id
), poverty AS MATERIALIZED (
    SELECT DISTINCT ON (h.child_id) h.child_id,
        array_position(ARRAY['not_poor', 'near_poor', 'poor', 'extremely_poor'], h.poverty_class) - 1 AS rank
    FROM household_screening h
    WHERE h.child_id = ANY ($1::uuid[]) AND h.screened_date > $6::date AND h.screened_date <= $2::date
    ORDER BY h.child_id, h.screened_date DESC, h.screening_id DESC
), need AS MATERIALIZED (
    SELECT DISTINCT n.child_id FROM child_need n
    WHERE n.child_id = ANY ($1::uuid[]) AND n.kind IN ('disability', 'health', 'nutrition')
        AND coalesce(n.from_date, (n.created_at AT TIME ZONE 'Asia/Bangkok')::date) <= $2::date
        AND (n.until_date IS NULL OR n.until_date > $2::date)
), left_learning AS MATERIALIZED (
    SELECT l.child_id, count(*)::int AS times FROM learning_change l
    WHERE l.child_id = ANY ($1::uuid[]) AND l.to_status = 'not_learning'
        AND l.from_status IS DISTINCT FROM 'not_learning'
        AND (l.at AT TIME ZONE 'Asia/Bangkok')::date BETWEEN $7::date AND $2::date
    GROUP BY l.child_id
), gap AS MATERIALIZED (
    SELECT y.child_id, (max(y.year) - min(y.year) + 1 - count(DISTINCT y.year))::int AS years
    FROM (SELECT e.child_id, left(e.term, 4)::int AS year FROM enrolment e
        WHERE e.child_id = ANY ($1::uuid[]) AND e.term <= $4::text) y
    WHERE y.year >= extract(year FROM $7::date) + 543 GROUP BY y.child_id
), travel AS MATERIALIZED (
    SELECT DISTINCT ON (t.child_id) t.child_id, t.distance_m, t.minutes FROM school_travel t
    WHERE t.child_id = ANY ($1::uuid[]) AND t.said_date <= $2::date ORDER BY t.child_id, t.said_date DESC
)
SELECT p.child_id, c.area, p.enrolment_id, p.organisation, p.organisation_position, p.term, p.grade,
    extract(year FROM c.birth_date)::int AS birth_year, attendance.absent::int, attendance.possible::int,
    attendance.streak::int,
    grade.gpa_hundredths AS gpa, grade.failed_subjects AS failed, coalesce(incident.incidents, 0) AS incidents,
    poverty.rank AS poverty, (need.child_id IS NOT NULL)::int AS need,
    coalesce(left_learning.times, 0) + coalesce(gap.years, 0) AS dropouts, travel.distance_m,
    travel.minutes AS travel_minutes
FROM pupil p JOIN child c ON c.id = p.child_id AND c.id = ANY ($1::uuid[])
    LEFT JOIN attendance ON attendance.child_id = p.child_id AND attendance.term = p.term
        AND attendance.organisation = p.organisation
    LEFT JOIN grade ON grade.child_id = p.child_id LEFT JOIN incident ON incident.child_id = p.child_id
    LEFT JOIN poverty ON poverty.child_id = p.child_id LEFT JOIN need ON need.child_id = p.child_id
    LEFT JOIN left_learning ON left_learning.child_id = p.child_id LEFT JOIN gap ON gap.child_id = p.child_id
    LEFT JOIN travel ON travel.child_id = p.child_id
WHERE NOT ($8::boolean AND (c.gone_kind IS NOT NULL OR EXISTS (
    SELECT FROM learning_state s WHERE s.child_id = p.child_id
        AND s.status IN ('not_learning', 'completed', 'gone') AND s.term >= p.term)))
"""

# The policies of row-level security make every estimate far too small, and the planner would compare all with all.
READ_IN_ORDER: Final = "SET LOCAL enable_nestloop = off; SET LOCAL work_mem = '64MB'"

# Of several marks of a pupil the last: weeks of facts are one assessment, not as many as there were facts. Why nothing
# is looked up one by one: see READ_IN_ORDER.
MERGE_MARKS: Final = """
SET LOCAL enable_nestloop = off;
DELETE FROM risk_mark m USING (
    SELECT child_id, max(id) AS last FROM risk_mark GROUP BY child_id HAVING count(*) > 1
) k WHERE m.child_id = k.child_id AND m.id < k.last;
SET LOCAL enable_nestloop = on
"""
TAKE_MARKS: Final = """
WITH taken AS (
    DELETE FROM risk_mark WHERE id IN (SELECT id FROM risk_mark ORDER BY id LIMIT $1) RETURNING child_id
)
SELECT DISTINCT child_id FROM taken
"""
# Pupils whose present list is not the one that they were assessed by. $1 first and $2 last term.
MARK_LISTED: Final = """
INSERT INTO risk_mark (child_id, area)
SELECT coalesce(l.child_id, r.child_id), coalesce(l.area, r.area)
FROM (
    SELECT DISTINCT ON (e.child_id) e.child_id, e.area, e.id, e.grade FROM enrolment e
    WHERE e.ended_date IS NULL AND e.term >= $1::text AND e.term <= $2::text AND e.grade <> 'K0'
        AND NOT EXISTS (SELECT FROM learning_state s WHERE s.child_id = e.child_id
            AND s.status IN ('not_learning', 'completed', 'gone') AND s.term >= e.term)
    ORDER BY e.child_id, e.term DESC, e.created_at DESC
) l FULL JOIN child_risk r ON r.child_id = l.child_id
WHERE l.id IS DISTINCT FROM r.enrolment_id OR l.grade IS DISTINCT FROM r.grade
"""
MARK_ASSESSED: Final = "INSERT INTO risk_mark (child_id, area) SELECT child_id, area FROM child_risk"
BEFORE: Final = """
SELECT child_id, area, enrolment_id, grade, level, since_date, below_since, score, observed, model_version
FROM child_risk WHERE child_id = ANY ($1::uuid[])
"""
_COLUMNS: Final = """child_id, area, enrolment_id, organisation, organisation_position, term, grade, level, since_date,
    below_since, score, observed, model_version, assessed_at"""
STORE: Final = f"""
INSERT INTO child_risk ({_COLUMNS})
SELECT child_id, area, enrolment_id, organisation, organisation_position, term, grade, level, since_date, below_since,
    score, observed::int[], $13, $14
FROM unnest($1::uuid[], $2::int[], $3::uuid[], $4::text[], $5::int[], $6::text[], $7::text[], $8::text[], $9::date[],
    $10::date[], $11::int[], $12::text[]) AS n(child_id, area, enrolment_id, organisation, organisation_position,
    term, grade, level, since_date, below_since, score, observed)
ON CONFLICT (child_id) DO UPDATE SET ({_COLUMNS}) = ROW (EXCLUDED.*)
"""
DROP: Final = """
DELETE FROM child_risk WHERE child_id = ANY ($1::uuid[]) RETURNING child_id, area, level, model_version
"""
REMEMBER: Final = """
INSERT INTO risk_change (id, child_id, area, at, from_level, to_level, score, model_version, factors)
SELECT uuidv7(), child_id, area, $7, from_level, to_level, score, $8, string_to_array(factors, ',')
FROM unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::int[], $6::text[])
    AS n(child_id, area, from_level, to_level, score, factors)
"""

MODELS: Final = """
SELECT version, kind, valid_from, definition::text AS definition, fitted_from::text AS fitted_from, source, created_at,
    earned_by
FROM risk_model ORDER BY version DESC
"""
IN_FORCE: Final = """
SELECT version, definition::text AS definition FROM risk_model WHERE valid_from <= $1
ORDER BY valid_from DESC, version DESC LIMIT 1
"""
THRESHOLDS: Final = """
SELECT model_version, area, valid_from, yellow, orange, red, source FROM risk_threshold
WHERE (model_version, area, valid_from) > ($1::int, $2::text, $3::date)
ORDER BY model_version, area, valid_from LIMIT $4
"""
LIMITS: Final = """
SELECT area, yellow, orange, red FROM risk_threshold WHERE model_version = $1 AND valid_from <= $2
ORDER BY length(replace(area, '*', '')), valid_from
"""

RISK: Final = """
SELECT r.child_id, r.area, r.organisation, r.term, r.grade, r.level, r.since_date, r.score, r.observed, r.model_version,
    r.assessed_at, m.definition::text AS definition
FROM child_risk r JOIN risk_model m ON m.version = r.model_version WHERE r.child_id = $1
"""
HISTORY: Final = """
SELECT at AS changed_at, from_level, to_level, score, model_version, factors FROM risk_change
WHERE child_id = $1 ORDER BY at DESC, id DESC LIMIT 200
"""
_SHOWN: Final = "child_id, area, organisation, term, grade, level, since_date, score, model_version, assessed_at"
# Row-level security decides what is seen; the bounds repeat the caller's claim, and each claim has its own index.
BY_AREA: Final = f"""
(SELECT {_SHOWN} FROM child_risk WHERE level = $1 AND area >= {{lo}}::int AND area <= {{hi}}::int
    AND (area, child_id) > ($2::int, $3::uuid) AND ($5::text IS NULL OR organisation = $5)
ORDER BY area, child_id LIMIT $4)
"""
BY_ORGANISATION: Final = f"""
(SELECT {_SHOWN} FROM child_risk WHERE level = $1 AND organisation_position >= {{lo}}::int
    AND organisation_position <= {{hi}}::int AND area >= {{area_lo}}::int AND area <= {{area_hi}}::int
    AND (area, child_id) > ($2::int, $3::uuid) AND ($5::text IS NULL OR organisation = $5)
ORDER BY area, child_id LIMIT $4)
"""
PAGE: Final = "SELECT * FROM ({branches}) page ORDER BY area, child_id LIMIT $4"
