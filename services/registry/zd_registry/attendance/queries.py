"""Selects of what was counted, and what is changed by counting anew."""

from typing import Final

_ROW: Final = "t.child_id = e.child_id AND t.term = e.term AND t.organisation = e.organisation"

CLOSED: Final = "SELECT organisation, month FROM attendance_month WHERE organisation = ANY ($1) AND month = ANY ($2)"
TELL: Final = """
UPDATE attendance_term t SET streak_told = n.told, told_until = n.until
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::date[])
    AS n(child_id, term, organisation, told, until)
WHERE t.child_id = ANY ($1) AND t.child_id = n.child_id AND t.term = n.term AND t.organisation = n.organisation
"""

# $1 position of the school, $2 term; $3 a class or null, of which whoever is or was in it counts; $4 and $5 where the
# page begins, $6 its length.
PUPIL_TERMS: Final = """
SELECT t.child_id, t.organisation, t.term, t.area, t.first_day, t.marks, t.streak FROM attendance_term t
WHERE t.organisation_position = $1 AND t.term = $2 AND ($3::uuid IS NULL OR EXISTS (
    SELECT FROM class_member c WHERE c.class_id = $3 AND c.child_id = t.child_id AND c.removed_at IS NULL))
    AND (t.child_id, t.organisation) > ($4::uuid, $5::text) ORDER BY t.child_id, t.organisation LIMIT $6
"""
CHILD_TERMS: Final = """
SELECT t.child_id, t.organisation, t.term, t.area, t.first_day, t.marks, t.streak, coalesce(o.area, 0) AS school_area
FROM attendance_term t LEFT JOIN organisation o ON o.code = t.organisation
WHERE t.child_id = $1 ORDER BY t.first_day DESC, t.organisation
"""
CHILD_CORRECTIONS: Final = """
SELECT child_id, organisation, day, was, became, reason, corrected_by, corrected_at FROM attendance_correction
WHERE child_id = $1 ORDER BY id DESC LIMIT 200
"""
SCHOOL_CORRECTIONS: Final = """
SELECT id, child_id, organisation, day, was, became, reason, corrected_by, corrected_at FROM attendance_correction
WHERE organisation_position = $1 AND id < $2 ORDER BY id DESC LIMIT $3
"""
CHILD_ELSEWHERE: Final = """
SELECT kind, programme, from_date, until_date, unit, due, attended FROM attendance_elsewhere
WHERE child_id = $1 ORDER BY from_date DESC, source_id
"""
# Who is in the list of the school on a day, with the mark if there is one. $1 position, $2 term, $3 day, $4 class, $5
# those of unknown residence too.
LISTED_ON: Final = f"""
SELECT e.child_id, c.given_name, c.family_name, e.grade,
    coalesce(nullif(substr(t.marks, $3 - t.first_day + 1, 1), ''), '.') AS code
FROM enrolment e JOIN child c ON c.id = e.child_id LEFT JOIN attendance_term t ON {_ROW}
WHERE e.organisation_position = $1 AND e.term = $2 AND (e.ended_date IS NULL OR e.ended_date > $3)
    AND ($4::uuid IS NULL OR EXISTS (
        SELECT FROM class_member m WHERE m.class_id = $4 AND m.child_id = e.child_id AND m.removed_at IS NULL
            AND m.begin_date <= $3 AND coalesce(m.end_date >= $3, true)))
    AND ($5 OR e.area <> 0)
ORDER BY e.grade, c.given_key, c.family_key, e.child_id
"""
SYMBOLS: Final = "SELECT symbol, valid_from, status, source FROM attendance_symbol ORDER BY symbol, valid_from"
SYMBOLS_ON: Final = """
SELECT DISTINCT ON (symbol) symbol, status FROM attendance_symbol WHERE valid_from <= $1
ORDER BY symbol, valid_from DESC
"""
PROGRAMMES: Final = """
SELECT programme, valid_from, counts, leave_counts, minutes_per_day, source FROM attendance_programme
ORDER BY programme, valid_from
"""
PROGRAMME_ON: Final = """
SELECT programme, counts, leave_counts, minutes_per_day, source FROM attendance_programme
WHERE programme = $1 AND valid_from <= $2 ORDER BY valid_from DESC LIMIT 1
"""
SEES_CHILD: Final = "SELECT EXISTS (SELECT FROM child WHERE id = $1)"

# Schools that take from a calendar: $1 its kind, $2 its name; after position $3, at most $4.
SCHOOLS_UNDER: Final = """
SELECT o.* FROM organisation o
WHERE o.position_from >= $3 AND CASE $1 WHEN 'national' THEN true WHEN 'affiliation' THEN o.affiliation = $2
    ELSE EXISTS (SELECT FROM organisation a WHERE a.code = $2
        AND o.position_from BETWEEN a.position_from AND a.position_to) END
    AND (SELECT true FROM attendance_term t WHERE t.organisation_position = o.position_from LIMIT 1)
ORDER BY o.position_from LIMIT $4
"""
ROWS_AROUND: Final = """
SELECT child_id, term, organisation, area, first_day, marks, streak FROM attendance_term
WHERE organisation_position = ANY ($1)
    AND ($2::date IS NULL OR (first_day <= $2 AND first_day + octet_length(marks) > $2))
"""
RECOUNT: Final = """
UPDATE attendance_term t SET marks = n.marks, due = n.due, late = n.late, leave = n.leave, sick = n.sick,
    absent = n.absent, streak = n.streak
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::int[], $6::int[], $7::int[], $8::int[], $9::int[],
    $10::int[]) AS n(child_id, term, organisation, marks, due, late, leave, sick, absent, streak)
WHERE t.child_id = n.child_id AND t.term = n.term AND t.organisation = n.organisation
RETURNING t.child_id, t.area, t.organisation, t.term, t.first_day, t.marks, t.streak, t.streak_told,
    t.told_until
"""
LISTED_UNTIL: Final = """
SELECT child_id, ended_date FROM enrolment WHERE child_id = ANY ($1) AND organisation = $2 AND term = $3
"""
# Pupils of the list of a term for a report, marked or not; $3 a class, of which whoever is or was in it.
REPORTED: Final = f"""
SELECT e.child_id, c.given_name, c.family_name, e.grade, t.first_day, t.marks
FROM enrolment e JOIN child c ON c.id = e.child_id LEFT JOIN attendance_term t ON {_ROW}
WHERE e.organisation_position = $1 AND e.term = $2 AND ($3::uuid IS NULL OR EXISTS (
    SELECT FROM class_member m WHERE m.class_id = $3 AND m.child_id = e.child_id AND m.removed_at IS NULL))
ORDER BY e.grade, c.given_key, c.family_key, e.child_id
"""
