"""Set-based work on the marks of a day. Codes are those of `codes.py`."""
# ruff: noqa: S608  (SQL put together from constants of its own)

from itertools import product
from typing import Final

from zd_registry.attendance.codes import CODES, DAYS, HALVES, UNMARKED, WORTH, Day, Totals


def _worth_of(code: str, column: int) -> str:
    """Half days of a kind that a character is worth, looked up by its place in ASCII: once for every pupil and day."""
    worth = [WORTH[chr(place)][column] if chr(place) in WORTH else 0 for place in range(1, 128)]
    return f"('{{{','.join(map(str, worth))}}}'::smallint[])[ascii({code})]"


def _half_of(code: str, half: int) -> str:
    """Morning (0) or afternoon (1) of a character, looked up as above."""
    halves = [DAYS[chr(place)][:2][half] if chr(place) in DAYS else UNMARKED for place in range(1, 128)]
    return f"substr('{''.join(halves)}', ascii({code}), 1)"


def _code_of(morning: str, afternoon: str, counted: str) -> str:
    """The character of two halves, by their places in `HALVES`, on a day that counts or not."""
    codes = [CODES[Day(*halves, counted=each)] for halves in product(HALVES, HALVES) for each in (False, True)]
    place = f"strpos('{HALVES}', {morning}) * {len(HALVES)} + strpos('{HALVES}', {afternoon}) - {len(HALVES) + 1}"
    return f"substr('{''.join(codes)}', ({place}) * 2 + {counted}::int + 1, 1)"


def _either(half: int) -> str:
    """What was given of a half, or what it was."""
    return f"coalesce(nullif({_half_of('given', half)}, '{UNMARKED}'), {_half_of('was', half)})"


# Whoever writes marks of a school waits here for the others, so that what a mark replaces is known and kept.
LOCK: Final = "SELECT pg_advisory_xact_lock(hashtext('attendance'), p) FROM unnest($1::int[]) AS p"
CREATE: Final = """
CREATE TEMP TABLE IF NOT EXISTS taken_register (
    n int NOT NULL, organisation text NOT NULL, organisation_position int NOT NULL, term text NOT NULL,
    first_day date NOT NULL, days int NOT NULL, day date NOT NULL, counted boolean NOT NULL, complete boolean NOT NULL,
    classes uuid[], absent text NOT NULL, neutral text NOT NULL, shortest int NOT NULL, reason text
) ON COMMIT DROP;
CREATE TEMP TABLE IF NOT EXISTS taken_mark (
    n int NOT NULL, register int NOT NULL, child_id uuid NOT NULL, code text NOT NULL, step smallint
) ON COMMIT DROP;
CREATE TEMP TABLE IF NOT EXISTS valid_mark (
    n int NOT NULL, register int NOT NULL, child_id uuid NOT NULL, area int, place int NOT NULL,
    fits boolean NOT NULL, fresh boolean NOT NULL, latest boolean NOT NULL, corrected boolean NOT NULL,
    ran boolean NOT NULL, was text NOT NULL, code text NOT NULL, due int NOT NULL, late int NOT NULL,
    leave int NOT NULL, sick int NOT NULL, absent int NOT NULL, streak int, told int,
    told_until date, first_day date, marks text
) ON COMMIT DROP;
TRUNCATE taken_register, taken_mark, valid_mark;
SET LOCAL enable_nestloop = on
"""
# Of tables made a moment ago the planner knows little, and would look every mark up by itself.
MANY_MARKS: Final = """
SET LOCAL enable_nestloop = off;
SET LOCAL work_mem = '64MB';
SET LOCAL default_statistics_target = 1;
ANALYZE taken_register, taken_mark
"""
REGISTER_COLUMNS: Final = (
    "n", "organisation", "organisation_position", "term", "first_day", "days", "day", "counted", "complete", "classes",
    "absent", "neutral", "shortest", "reason",
)  # fmt: skip
MARK_COLUMNS: Final = ("n", "register", "child_id", "code", "step")
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
_ROW_OF_MARK: Final = "t.child_id = m.child_id AND t.term = r.term AND t.organisation = r.organisation"
_MARKED: Final = "t.child_id = v.child_id AND t.term = r.term AND t.organisation = r.organisation"
# Who is in the list and has no mark yet, in no register of the school, where one says that it is complete: counted on
# from the $1 given, and once. Whose first class of the term begins later joined later.
FILL: Final = f"""
INSERT INTO taken_mark (n, register, child_id, code, step)
SELECT $1 + row_number() OVER () - 1, f.n, f.child_id, CASE WHEN f.counted THEN 'p' ELSE 'P' END,
    CASE WHEN NOT f.counted THEN 0 END
FROM (
    SELECT DISTINCT ON (e.child_id, e.organisation) r.n, r.counted, e.child_id FROM taken_register r
    JOIN enrolment e ON e.organisation_position = r.organisation_position AND e.term = r.term AND {_LISTED}
    LEFT JOIN attendance_term t ON {_ROW.format("e")}
    WHERE r.complete AND coalesce(nullif(substr(t.marks, r.day - t.first_day + 1, 1), ''), '.') = '.'
        AND NOT EXISTS (SELECT FROM taken_mark m JOIN taken_register o ON o.n = m.register
            WHERE o.organisation = r.organisation AND m.child_id = e.child_id)
        AND {_IN_CLASS.format(child="e.child_id")}
        AND coalesce((SELECT min(c.begin_date) FROM class_member c JOIN school_class s ON s.id = c.class_id
            WHERE c.child_id = e.child_id AND s.organisation = e.organisation AND s.term = e.term
            AND c.removed_at IS NULL) <= r.day, true)
    ORDER BY e.child_id, e.organisation, r.n
) f
"""
NEW_CODE: Final = _code_of(_either(0), _either(1), "counted")
"""Of the characters `was` and `given`, and `counted`."""
_DELTAS: Final = ", ".join(f"{_worth_of('code', n)} - {_worth_of('was', n)}" for n in range(len(Totals._fields)))
_OTHER: Final = " OR ".join(f"{_half_of('was', half)} <> {_half_of('code', half)}" for half in (0, 1))
_ONE_BY_ONE: Final = f"""CROSS JOIN LATERAL (SELECT e.child_id, e.area FROM enrolment e
        WHERE e.child_id = m.child_id AND e.term = r.term AND e.organisation = r.organisation AND {_LISTED} OFFSET 0) e
    LEFT JOIN LATERAL (SELECT t.* FROM attendance_term t WHERE {_ROW_OF_MARK} OFFSET 0) t ON true"""
_TOGETHER: Final = f"""JOIN enrolment e ON e.child_id = m.child_id AND e.term = r.term
        AND e.organisation = r.organisation AND {_LISTED}
    LEFT JOIN attendance_term t ON {_ROW_OF_MARK}"""


def _validate(lists: str) -> str:
    return f"""
WITH listed AS MATERIALIZED (
    SELECT m.n, m.register, e.child_id, e.area, r.day - coalesce(t.first_day, r.first_day) + 1 AS place,
        coalesce(r.day >= t.first_day AND r.day < t.first_day + octet_length(t.marks), true) AS fits,
        t.child_id IS NULL AS fresh, coalesce(rtrim(substr(t.marks, r.day - t.first_day + 2), '.') = '', true) AS last,
        coalesce(t.streak >= r.shortest, false) AS ran,
        coalesce(nullif(substr(t.marks, r.day - t.first_day + 1, 1), ''), '.') AS was, m.code AS given, r.counted
    FROM taken_mark m JOIN taken_register r ON r.n = m.register
    {lists}
    WHERE {_IN_CLASS.format(child="m.child_id")} AND NOT EXISTS (
        SELECT FROM valid_mark v WHERE v.register = m.register AND v.child_id = m.child_id)
), said AS MATERIALIZED (
    SELECT *, {NEW_CODE} AS code FROM listed
)
INSERT INTO valid_mark
SELECT n, register, child_id, area, place, fits, fresh, was = '.' AND last,
    was <> '.' AND ({_OTHER}), ran, was, code, {_DELTAS}
FROM said
"""


# Left to itself, the planner takes few marks for more than they are and reads the lists of whole schools for them.
VALIDATE_FEW: Final = _validate(_ONE_BY_ONE)
VALIDATE: Final = _validate(_TOGETHER)
MISFIT: Final = "WITH gone AS (DELETE FROM valid_mark WHERE NOT fits RETURNING n) SELECT EXISTS (SELECT FROM gone)"
# The term became longer at either end since the row was made.
FIT: Final = """
UPDATE attendance_term t SET first_day = least(t.first_day, r.first_day), marks = repeat('.',
    greatest(t.first_day - r.first_day, 0)) || rpad(t.marks, greatest(octet_length(t.marks),
    r.first_day + r.days - t.first_day), '.')
FROM taken_register r WHERE t.organisation_position = r.organisation_position AND t.term = r.term
    AND (t.first_day > r.first_day OR t.first_day + octet_length(t.marks) < r.first_day + r.days)
"""
# The first day of a pupil's term at a school, and as CHANGE whose streak may have to be told of.
BEGIN: Final = """
WITH begun AS (
    INSERT INTO attendance_term (child_id, term, organisation, organisation_position, area, first_day, due, late, leave,
        sick, absent, streak, streak_told, marks)
    SELECT v.child_id, r.term, r.organisation, r.organisation_position, v.area, r.first_day, v.due, v.late, v.leave,
        v.sick, v.absent, (strpos(r.absent, v.code) > 0)::int, 0,
        overlay(repeat('.', r.days) placing v.code from v.place for 1)
    FROM valid_mark v JOIN taken_register r ON r.n = v.register WHERE v.fresh AND v.code <> v.was
    RETURNING child_id, area, organisation, term, first_day, marks, streak, streak_told, told_until
)
SELECT b.*, r.shortest, r.n AS register FROM begun b JOIN valid_mark v ON v.fresh AND v.child_id = b.child_id
JOIN taken_register r ON r.n = v.register AND r.term = b.term AND r.organisation = b.organisation
WHERE b.streak >= r.shortest
"""
STREAK: Final = """octet_length(translate(
    substr({marks}, octet_length(rtrim({marks}, {neutral} || {absent})) + 1), {neutral}, ''))"""
# The first mark of a day after which nothing is marked goes on from the streak as it is; any other is counted anew.
_STREAK: Final = """CASE WHEN NOT v.latest THEN {recounted} WHEN strpos(r.absent, v.code) > 0 THEN t.streak + 1
    WHEN strpos(r.neutral, v.code) > 0 THEN t.streak ELSE 0 END"""
_CHANGED: Final = "overlay(t.marks placing v.code from v.place for 1)"
# Rows whose streak may have to be told of.
CHANGE: Final = f"""
WITH changed AS (
    UPDATE attendance_term t SET marks = {_CHANGED}, due = t.due + v.due, late = t.late + v.late,
        leave = t.leave + v.leave, sick = t.sick + v.sick, absent = t.absent + v.absent,
        streak = {_STREAK.format(recounted=STREAK.format(marks=_CHANGED, neutral="r.neutral", absent="r.absent"))}
    FROM valid_mark v JOIN taken_register r ON r.n = v.register
    WHERE {_MARKED} AND v.code <> v.was AND v.streak IS NULL AND NOT v.fresh
    RETURNING t.child_id, t.area, t.organisation, t.term, t.first_day, t.marks, t.streak, t.streak_told,
        t.told_until, r.shortest, v.register
)
SELECT * FROM changed WHERE streak >= shortest
"""
# What most marks are, in one pass: the first of a day after which nothing is marked, of pupils who have a row. $1: how
# many there are. Answers which of them it took, null for all; those of which something may have to be told stay here.
_BLANK: Final = UNMARKED * 400  # days, more than any term has
_MISSED: Final = ", ".join(_worth_of("code", Totals._fields.index(name)) for name in ("leave", "sick", "absent"))
GO_ON: Final = f"""
WITH changed AS (
    UPDATE attendance_term t SET marks = overlay(t.marks placing m.code from r.day - t.first_day + 1 for 1),
        {", ".join(f"{name} = t.{name} + {_worth_of('m.code', n)}" for n, name in enumerate(Totals._fields))},
        streak = coalesce(t.streak + m.step, 0)
    FROM taken_mark m JOIN taken_register r ON r.n = m.register
    JOIN enrolment e ON e.child_id = m.child_id AND e.term = r.term AND e.organisation = r.organisation AND {_LISTED}
    WHERE t.child_id = m.child_id AND t.term = r.term AND t.organisation = r.organisation AND r.day >= t.first_day
        AND r.day < t.first_day + octet_length(t.marks)
        AND starts_with('{_BLANK}', substr(t.marks, r.day - t.first_day + 1)) AND {_IN_CLASS.format(child="m.child_id")}
    RETURNING m.n, m.register, t.child_id, t.area, r.day - t.first_day + 1 AS place, m.code, t.streak, t.streak_told,
        old.streak >= r.shortest AS ran, t.told_until, t.first_day,
        CASE WHEN t.streak >= r.shortest THEN t.marks END AS marks
), kept AS (
    INSERT INTO valid_mark
    SELECT n, register, child_id, area, place, true, false, true, false, ran, '.', code, 0, 0, {_MISSED}, streak,
        streak_told, told_until, first_day, marks
    FROM changed WHERE ran OR code NOT IN ('p', 't')
)
SELECT CASE WHEN count(*) < $1 THEN coalesce(array_agg(n), '{{}}') END FROM changed
"""
WENT_ON: Final = """
INSERT INTO valid_mark
SELECT n, register, child_id, NULL, 0, true, false, true, false, false, '.', code, 0, 0, 0, 0, 0, 0, 0
FROM taken_mark m WHERE n = ANY ($1::int[]) AND NOT EXISTS (SELECT FROM valid_mark v WHERE v.n = m.n)
"""
WATCHED: Final = """
SELECT v.child_id, v.area, r.organisation, r.term, v.first_day, v.marks, v.streak, v.told AS streak_told,
    v.told_until, v.register
FROM valid_mark v JOIN taken_register r ON r.n = v.register WHERE v.marks IS NOT NULL
"""
CORRECT: Final = """
INSERT INTO attendance_correction (id, child_id, area, organisation, organisation_position, day, was, became, reason,
    corrected_by, corrected_at)
SELECT uuidv7(), v.child_id, v.area, r.organisation, r.organisation_position, r.day, v.was, v.code, r.reason, $1, $2
FROM valid_mark v JOIN taken_register r ON r.n = v.register WHERE v.corrected
RETURNING organisation, child_id, was, became
"""
OUTCOME: Final = """
SELECT coalesce(array_agg(n) FILTER (WHERE code <> was), '{}') AS changed,
    coalesce(array_agg(n) FILTER (WHERE code = was), '{}') AS unchanged
FROM valid_mark WHERE n < $1
"""
FILLED: Final = "SELECT register, array_agg(child_id) AS children FROM taken_mark WHERE n >= $1 GROUP BY register"
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
