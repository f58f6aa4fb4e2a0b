"""Set-based work on the marks of a day, and selects of what was counted. Codes are those of `codes.py`."""

from typing import Final

from zd_registry.attendance.codes import CODES, DAYS, WORTH


def _values(rows: list[str]) -> str:
    return "(VALUES " + ", ".join(rows) + ")"


def _worth(code: str) -> str:
    return ", ".join(map(str, WORTH[code]))


_OLD: Final = _values([f"('{code}', '{day[0]}', '{day[1]}', {_worth(code)})" for code, day in DAYS.items()])
_NEW: Final = _values([
    f"('{code}', '{day.morning}', '{day.afternoon}', {str(day.counted).lower()}, {_worth(code)})"
    for day, code in CODES.items()
])  # fmt: skip

# Whoever writes marks of a school waits here for the others, so that what a mark replaces is known and kept.
LOCK: Final = "SELECT pg_advisory_xact_lock(hashtext('attendance'), p) FROM unnest($1::int[]) AS p"
CREATE: Final = """
CREATE TEMP TABLE IF NOT EXISTS taken_register (
    n int NOT NULL, organisation text NOT NULL, organisation_position int NOT NULL, term text NOT NULL,
    first_day date NOT NULL, days int NOT NULL, day date NOT NULL, counted boolean NOT NULL, complete boolean NOT NULL,
    classes uuid[], absent text NOT NULL, neutral text NOT NULL, shortest int NOT NULL, reason text
) ON COMMIT DROP;
CREATE TEMP TABLE IF NOT EXISTS taken_mark (
    n int, register int NOT NULL, child_id uuid NOT NULL, morning text, afternoon text
) ON COMMIT DROP;
CREATE TEMP TABLE IF NOT EXISTS valid_mark (
    n int, register int NOT NULL, child_id uuid NOT NULL, area int NOT NULL, place int NOT NULL,
    fits boolean NOT NULL, fresh boolean NOT NULL, latest boolean NOT NULL, corrected boolean NOT NULL,
    was text NOT NULL, code text NOT NULL, due int NOT NULL, late int NOT NULL, leave int NOT NULL, sick int NOT NULL,
    absent int NOT NULL, streak int, told int
) ON COMMIT DROP;
TRUNCATE taken_register, taken_mark, valid_mark
"""
# Of tables made a moment ago the planner knows nothing, and would look every mark up by itself.
MANY_MARKS: Final = """
SET LOCAL enable_nestloop = off;
SET LOCAL work_mem = '64MB';
ANALYZE taken_register, taken_mark
"""
REGISTER_COLUMNS: Final = (
    "n", "organisation", "organisation_position", "term", "first_day", "days", "day", "counted", "complete", "classes",
    "absent", "neutral", "shortest", "reason",
)  # fmt: skip
MARK_COLUMNS: Final = ("n", "register", "child_id", "morning", "afternoon")
FOLLOW_MERGES: Final = (
    "UPDATE taken_mark m SET child_id = c.survivor_id FROM merged_child c WHERE c.child_id = m.child_id"
)
DROP_REPEATED: Final = """
DELETE FROM taken_mark m USING taken_mark f WHERE f.child_id = m.child_id AND f.register = m.register AND f.n < m.n
"""

_IN_CLASS: Final = """(r.classes IS NULL OR EXISTS (
    SELECT FROM class_member c WHERE c.class_id = ANY (r.classes) AND c.child_id = {child} AND c.removed_at IS NULL
        AND c.begin_date <= r.day AND coalesce(c.end_date >= r.day, true)))"""
_LISTED: Final = "(e.ended_date IS NULL OR e.ended_date > r.day)"
_ROW: Final = "t.child_id = {0}.child_id AND t.term = {0}.term AND t.organisation = {0}.organisation"
_MARKED: Final = "t.child_id = v.child_id AND t.term = r.term AND t.organisation = r.organisation"
# Who is in the list and has no mark yet, where the register says that it is complete.
FILL: Final = f"""
INSERT INTO taken_mark (register, child_id, morning, afternoon)
SELECT r.n, e.child_id, 'p', 'p' FROM taken_register r
JOIN enrolment e ON e.organisation_position = r.organisation_position AND e.term = r.term AND {_LISTED}
LEFT JOIN attendance_term t ON {_ROW.format("e")}
WHERE r.complete AND coalesce(nullif(substr(t.marks, r.day - t.first_day + 1, 1), ''), '.') = '.'
    AND NOT EXISTS (SELECT FROM taken_mark m WHERE m.register = r.n AND m.child_id = e.child_id)
    AND {_IN_CLASS.format(child="e.child_id")}
"""
_DELTAS: Final = "n.due - o.due, n.late - o.late, n.leave - o.leave, n.sick - o.sick, n.absent - o.absent"
_CORRECTED: Final = "o.code <> '.' AND (o.morning <> n.morning OR o.afternoon <> n.afternoon)"
_LATEST: Final = "(o.code = '.' AND rtrim(substr(t.marks, r.day - t.first_day + 2), '.') = '')"
VALIDATE: Final = f"""
INSERT INTO valid_mark
SELECT m.n, m.register, e.child_id, e.area,
    r.day - coalesce(t.first_day, r.first_day) + 1,
    coalesce(r.day >= t.first_day AND r.day < t.first_day + octet_length(t.marks), true),
    t.child_id IS NULL, coalesce({_LATEST}, true),
    {_CORRECTED}, o.code, n.code,
    {_DELTAS}
FROM taken_mark m JOIN taken_register r ON r.n = m.register
JOIN enrolment e ON e.child_id = m.child_id AND e.term = r.term AND e.organisation = r.organisation AND {_LISTED}
LEFT JOIN attendance_term t ON t.child_id = m.child_id AND t.term = r.term AND t.organisation = r.organisation
JOIN {_OLD} AS o(code, morning, afternoon, due, late, leave, sick, absent)
    ON o.code = coalesce(nullif(substr(t.marks, r.day - t.first_day + 1, 1), ''), '.')
JOIN {_NEW} AS n(code, morning, afternoon, counted, due, late, leave, sick, absent)
    ON n.morning = coalesce(m.morning, o.morning) AND n.afternoon = coalesce(m.afternoon, o.afternoon)
    AND n.counted = r.counted
WHERE {_IN_CLASS.format(child="m.child_id")} AND NOT EXISTS (
    SELECT FROM valid_mark v WHERE v.register = m.register AND v.child_id = m.child_id)
"""
MISFIT: Final = "WITH gone AS (DELETE FROM valid_mark WHERE NOT fits RETURNING n) SELECT EXISTS (SELECT FROM gone)"
UNFILLED: Final = "SELECT EXISTS (SELECT FROM taken_mark WHERE n IS NULL)"
# The term became longer at either end since the row was made.
FIT: Final = """
UPDATE attendance_term t SET first_day = least(t.first_day, r.first_day), marks = repeat('.',
    greatest(t.first_day - r.first_day, 0)) || rpad(t.marks, greatest(octet_length(t.marks),
    r.first_day + r.days - t.first_day), '.')
FROM taken_register r WHERE t.organisation_position = r.organisation_position AND t.term = r.term
    AND (t.first_day > r.first_day OR t.first_day + octet_length(t.marks) < r.first_day + r.days)
"""
BEGIN: Final = """
INSERT INTO attendance_term (child_id, term, organisation, organisation_position, area, first_day, due, late, leave,
    sick, absent, streak, streak_told, marks)
SELECT v.child_id, r.term, r.organisation, r.organisation_position, v.area, r.first_day, 0, 0, 0, 0, 0, 0, 0,
    repeat('.', r.days)
FROM valid_mark v JOIN taken_register r ON r.n = v.register WHERE v.fresh AND v.code <> v.was
"""
STREAK: Final = """octet_length(translate(
    substr({marks}, octet_length(rtrim({marks}, {neutral} || {absent})) + 1), {neutral}, ''))"""
# The first mark of a day after which nothing is marked goes on from the streak as it is; any other is counted anew.
_STREAK: Final = """CASE WHEN NOT v.latest THEN {recounted} WHEN strpos(r.absent, v.code) > 0 THEN t.streak + 1
    WHEN strpos(r.neutral, v.code) > 0 THEN t.streak ELSE 0 END"""
_CHANGED: Final = "overlay(t.marks placing v.code from v.place for 1)"
# Rows whose streak may have to be told of, or was.
CHANGE: Final = f"""
WITH changed AS (
    UPDATE attendance_term t SET marks = {_CHANGED}, due = t.due + v.due, late = t.late + v.late,
        leave = t.leave + v.leave, sick = t.sick + v.sick, absent = t.absent + v.absent,
        streak = {_STREAK.format(recounted=STREAK.format(marks=_CHANGED, neutral="r.neutral", absent="r.absent"))}
    FROM valid_mark v JOIN taken_register r ON r.n = v.register
    WHERE {_MARKED} AND v.code <> v.was AND v.streak IS NULL
    RETURNING t.child_id, t.area, t.organisation, t.term, t.first_day, t.marks, t.streak, t.streak_told, r.shortest,
        v.register
)
SELECT * FROM changed WHERE streak >= shortest OR streak_told > 0
"""
# What most marks are, in one pass: new ones of pupils who have a row already. The rest is looked at one by one.
_ONWARD: Final = f"""CASE WHEN NOT {_LATEST} THEN {
    STREAK.format(
        marks="overlay(t.marks placing n.code from r.day - t.first_day + 1 for 1)",
        neutral="r.neutral",
        absent="r.absent",
    )
} WHEN strpos(r.absent, n.code) > 0 THEN t.streak + 1 WHEN strpos(r.neutral, n.code) > 0 THEN t.streak ELSE 0 END"""
CHANGE_AT_ONCE: Final = f"""
WITH changed AS (
    UPDATE attendance_term t SET marks = overlay(t.marks placing n.code from r.day - t.first_day + 1 for 1),
        due = t.due + n.due - o.due, late = t.late + n.late - o.late, leave = t.leave + n.leave - o.leave,
        sick = t.sick + n.sick - o.sick, absent = t.absent + n.absent - o.absent, streak = {_ONWARD}
    FROM taken_mark m JOIN taken_register r ON r.n = m.register
    JOIN enrolment e ON e.child_id = m.child_id AND e.term = r.term AND e.organisation = r.organisation AND {_LISTED},
    {_OLD} AS o(code, morning, afternoon, due, late, leave, sick, absent),
    {_NEW} AS n(code, morning, afternoon, counted, due, late, leave, sick, absent)
    WHERE t.child_id = m.child_id AND t.term = r.term AND t.organisation = r.organisation AND r.day >= t.first_day
        AND o.code = substr(t.marks, r.day - t.first_day + 1, 1) AND n.counted = r.counted AND n.code <> o.code
        AND n.morning = coalesce(m.morning, o.morning) AND n.afternoon = coalesce(m.afternoon, o.afternoon)
        AND {_IN_CLASS.format(child="m.child_id")}
    RETURNING m.n, m.register, t.child_id, t.area, r.day - t.first_day + 1 AS place, {_CORRECTED} AS corrected,
        o.code AS was, n.code AS code, t.streak, t.streak_told
)
INSERT INTO valid_mark
SELECT n, register, child_id, area, place, true, false, true, corrected, was, code, 0, 0, 0, 0, 0, streak, streak_told
FROM changed
"""
WATCHED: Final = f"""
SELECT t.child_id, t.area, t.organisation, t.term, t.first_day, t.marks, t.streak, t.streak_told, v.register
FROM valid_mark v JOIN taken_register r ON r.n = v.register JOIN attendance_term t ON {_MARKED}
WHERE v.streak >= r.shortest OR v.told > 0
"""
CORRECT: Final = """
INSERT INTO attendance_correction (id, child_id, area, organisation, organisation_position, day, was, became, reason,
    corrected_by, corrected_at)
SELECT uuidv7(), v.child_id, v.area, r.organisation, r.organisation_position, r.day, v.was, v.code, r.reason, $1, $2
FROM valid_mark v JOIN taken_register r ON r.n = v.register WHERE v.corrected
RETURNING organisation, child_id, was, became
"""
OUTCOME: Final = """
SELECT coalesce(array_agg(n) FILTER (WHERE n IS NOT NULL), '{}') AS valid,
    coalesce(array_agg(n) FILTER (WHERE n IS NOT NULL AND code = was), '{}') AS unchanged
FROM valid_mark
"""
FILLED: Final = "SELECT register, array_agg(child_id) AS children FROM valid_mark WHERE n IS NULL GROUP BY register"
WHY_NOT: Final = """
SELECT m.n, CASE WHEN e.id IS NULL THEN 'not_enrolled' WHEN e.ended_date <= r.day THEN 'left_school'
    ELSE 'not_in_class' END AS reason
FROM taken_mark m JOIN taken_register r ON r.n = m.register
LEFT JOIN enrolment e ON e.child_id = m.child_id AND e.term = r.term AND e.organisation = r.organisation
WHERE m.n = ANY ($1::int[])
"""
CHANGED_OF: Final = f"""
SELECT t.child_id, t.area, t.organisation, t.term, t.first_day, t.marks
FROM valid_mark v JOIN taken_register r ON r.n = v.register JOIN attendance_term t ON {_MARKED}
WHERE v.code <> v.was AND r.organisation = ANY ($1)
"""

CLOSED: Final = "SELECT organisation, month FROM attendance_month WHERE organisation = ANY ($1) AND month = ANY ($2)"
TELL: Final = """
UPDATE attendance_term t SET streak_told = n.told
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::int[]) AS n(child_id, term, organisation, told)
WHERE t.child_id = n.child_id AND t.term = n.term AND t.organisation = n.organisation
"""

# What other slices read: one row for a pupil, school and term. Days, halves included; `days_due` are those with a mark
# that count, so they are the pupil's own. `streak`: whole school days absent in a row, up to the last that is known.
TERM_TOTALS: Final = """
SELECT child_id, organisation, organisation_position, area, term, due / 2.0 AS days_due, late / 2.0 AS days_late,
    leave / 2.0 AS days_leave, sick / 2.0 AS days_sick, absent / 2.0 AS days_absent,
    (due - late - leave - sick - absent) / 2.0 AS days_present, streak
FROM attendance_term
"""

# $1 position of the school, $2 term; $3 a class or null, of which whoever is or was in it counts.
PUPIL_TERMS: Final = """
SELECT t.child_id, t.organisation, t.term, t.area, t.first_day, t.marks, t.streak FROM attendance_term t
WHERE t.organisation_position = $1 AND t.term = $2 AND ($3::uuid IS NULL OR EXISTS (
    SELECT FROM class_member c WHERE c.class_id = $3 AND c.child_id = t.child_id AND c.removed_at IS NULL))
ORDER BY t.child_id
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
# Who is in the list of the school on a day, with the mark if there is one. $1 position, $2 term, $3 day, $4 class.
LISTED_ON: Final = f"""
SELECT e.child_id, c.given_name, c.family_name, e.grade,
    coalesce(nullif(substr(t.marks, $3 - t.first_day + 1, 1), ''), '.') AS code
FROM enrolment e JOIN child c ON c.id = e.child_id LEFT JOIN attendance_term t ON {_ROW.format("e")}
WHERE e.organisation_position = $1 AND e.term = $2 AND (e.ended_date IS NULL OR e.ended_date > $3)
    AND ($4::uuid IS NULL OR EXISTS (
        SELECT FROM class_member m WHERE m.class_id = $4 AND m.child_id = e.child_id AND m.removed_at IS NULL
            AND m.begin_date <= $3 AND coalesce(m.end_date >= $3, true)))
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
    AND EXISTS (SELECT FROM attendance_term t WHERE t.organisation_position = o.position_from)
ORDER BY o.position_from LIMIT $4
"""
ROWS_AROUND: Final = """
SELECT child_id, term, organisation, area, first_day, marks FROM attendance_term
WHERE organisation_position = ANY ($1)
    AND ($2::date IS NULL OR (first_day <= $2 AND first_day + octet_length(marks) > $2))
"""
RECOUNT: Final = """
UPDATE attendance_term t SET marks = n.marks, due = n.due, late = n.late, leave = n.leave, sick = n.sick,
    absent = n.absent, streak = n.streak
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::int[], $6::int[], $7::int[], $8::int[], $9::int[],
    $10::int[]) AS n(child_id, term, organisation, marks, due, late, leave, sick, absent, streak)
WHERE t.child_id = n.child_id AND t.term = n.term AND t.organisation = n.organisation
RETURNING t.child_id, t.area, t.organisation, t.term, t.first_day, t.marks, t.streak, t.streak_told
"""
LISTED_UNTIL: Final = """
SELECT child_id, ended_date FROM enrolment WHERE child_id = ANY ($1) AND organisation = $2 AND term = $3
"""
# Pupils of the list of a term for a report, marked or not; $3 a class, of which whoever is or was in it.
REPORTED: Final = f"""
SELECT e.child_id, c.given_name, c.family_name, e.grade, t.first_day, t.marks
FROM enrolment e JOIN child c ON c.id = e.child_id LEFT JOIN attendance_term t ON {_ROW.format("e")}
WHERE e.organisation_position = $1 AND e.term = $2 AND ($3::uuid IS NULL OR EXISTS (
    SELECT FROM class_member m WHERE m.class_id = $3 AND m.child_id = e.child_id AND m.removed_at IS NULL))
ORDER BY e.grade, c.given_key, c.family_key, e.child_id
"""
