"""SQL around `incoming` (see the children's) that belongs to an import alone: which rows next, what became of them."""
# ruff: noqa: S608  (SQL put together from constants of its own)

from typing import Final

from zd_registry.children.incoming import OF_CORRECTED

# The planner must not read a country's children to look up the children of one step.
QUICK_LOOKUPS: Final = "SET LOCAL random_page_cost = 1.1; SET LOCAL work_mem = '64MB'"
# Of a temporary table the planner knows only how large it is: the children of a country are looked up all the same.
LOOK_UP_EACH: Final = "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off"
AS_THE_PLANNER_LIKES: Final = "SET LOCAL enable_hashjoin = on; SET LOCAL enable_mergejoin = on"
NEXT_ROW: Final = """
SELECT row FROM import_row WHERE import_id = $1 AND row > $2 AND reason IS NULL ORDER BY row LIMIT 1
"""
KNOW_INCOMING: Final = "ANALYZE incoming (row, child_id, outcome)"
FIND_BY_CHILD: Final = "CREATE INDEX ON incoming (child_id); CREATE INDEX ON incoming (enrolment_id)"
OTHERS_ARE_KNOWN: Final = "SELECT EXISTS (SELECT FROM child_identifier)"
# Two rows of a register may lead to one child, by different numbers: the first counts.
CORRECT_ONCE: Final = """
UPDATE incoming i SET outcome = 'unchanged', recoded = false
WHERE outcome = 'corrected' AND EXISTS (SELECT FROM other_identity) AND EXISTS (
    SELECT FROM incoming e WHERE e.child_id = i.child_id AND e.row < i.row AND e.outcome IN ('corrected', 'unchanged'))
"""

SUMMARY: Final = """
SELECT count(*) FILTER (WHERE outcome NOT IN ('unchanged', 'rejected') OR created) AS accepted,
    count(*) FILTER (WHERE outcome = 'unchanged' AND NOT created) AS unchanged,
    count(*) FILTER (WHERE outcome = 'rejected') AS rejected,
    count(*) FILTER (WHERE outcome = 'unlinked') AS unlinked,
    count(*) FILTER (WHERE created) AS created,
    count(*) FILTER (WHERE outcome = 'corrected') AS corrected,
    count(*) FILTER (WHERE outcome = 'corrected' AND area <> known_area) AS moved,
    count(*) FILTER (WHERE outcome IN ('enrolled', 'regraded', 'reopened')) AS enrolled,
    count(*) FILTER (WHERE outcome IN ('regraded', 'reopened', 'ended')) AS changed,
    count(*) FILTER (WHERE outcome = 'ended') AS ended,
    count(*) FILTER (WHERE grade = 'K0') > 0 AS early_care,
    count(*) FILTER (WHERE other_id_index IS NOT NULL OR recoded) AS identified, count(details) AS detailed
FROM incoming
"""

# Back to where they came from, without what they say: a refused row keeps what the error file and an erasure need.
KEEP_REFUSED: Final = """
INSERT INTO import_row (import_id, row, reason, citizen_id_index, id_problem, removed)
SELECT $1, row, reason, citizen_id_index, id_problem, false FROM incoming WHERE outcome = 'rejected'
"""

# The same row of an earlier file of the feed waits already, or was decided; and who left, whoever it is, is nobody to
# look for. $1 feed, $2 import, $3 term.
_SAID_BEFORE: Final = """{place}
    AND u.feed_id = $1 AND u.import_id <> $2 AND u.term IS NOT DISTINCT FROM $3 AND u.id_problem = i.id_problem
    AND (u.given_name, u.family_name, u.sex, u.birth_precision)
        = (i.given_name, i.family_name, i.sex, i.birth_precision)
    AND (u.birth_date, u.grade, u.citizen_id_index, u.details -> 'other_id' ->> 'index')
        IS NOT DISTINCT FROM (i.birth_date, i.grade, i.citizen_id_index, i.other_id_index)"""
SAID_BEFORE: Final = f"""
UPDATE incoming i SET outcome = 'unchanged'
WHERE outcome = 'unlinked' AND (i.removed OR EXISTS (
    SELECT FROM unlinked_record u WHERE u.state IN ('waiting', 'review', 'linked', 'registered') AND {_SAID_BEFORE}))
"""
# A list names again whom its row was found to be: a complete one does not lose them, and who had left is back.
LISTED_AS_BEFORE: Final = f"""
UPDATE incoming i SET child_id = e.child_id, known_area = e.area, enrolment_id = e.id,
    outcome = CASE WHEN (e.ended_date IS NULL) <> i.removed THEN 'unchanged' WHEN i.removed THEN 'ended'
        ELSE 'reopened' END
FROM unlinked_record u
JOIN enrolment e ON e.child_id = u.child_id AND e.term = u.term AND e.organisation = u.organisation
WHERE i.outcome = 'unlinked' AND u.state IN ('linked', 'registered') AND {_SAID_BEFORE}
"""
BY_SCHOOL: Final = "u.organisation_position = i.organisation_position"
BY_AREA: Final = "u.area = coalesce(i.area, 0) AND u.organisation IS NOT DISTINCT FROM i.organisation"

# The record's id is the one that the row's identifiers are bound to: they stay valid if it becomes a child of its own.
KEEP_UNLINKED: Final = """
INSERT INTO unlinked_record (id, area, import_id, row, feed_id, kind, term, organisation, organisation_position, grade,
    given_name, family_name, given_key, family_key, given_lk82, family_lk82, given_udom83, family_udom83, birth_date,
    birth_precision, sex, id_problem, citizen_id_index, citizen_id_encrypted, details, state, created_at)
SELECT new_id, coalesce(area, 0), $1, row, $2, $3, $4, organisation, organisation_position, grade,
    given_name, family_name, given_key, family_key, given_lk82, family_lk82, given_udom83, family_udom83, birth_date,
    birth_precision, sex, id_problem, citizen_id_index, citizen_id_encrypted,
    nullif(coalesce(details, '{}') || jsonb_strip_nulls(jsonb_build_object('nickname', nickname,
        'nationality', nationality, 'home_language', home_language, 'gone_kind', gone_kind, 'gone_date', gone_date,
        'other_id', CASE WHEN other_id_index IS NOT NULL THEN jsonb_build_object(
            'kind', other_id_kind, 'index', other_id_index, 'encrypted', other_id_encrypted) END)), '{}'),
    CASE id_problem WHEN 'citizen_id_conflict' THEN 'review' ELSE 'waiting' END, $5
FROM incoming WHERE outcome = 'unlinked'
"""

_BEFORE: Final = (
    "area", "given_name", "family_name", "nickname", "given_key", "family_key", "given_lk82", "family_lk82",
    "given_udom83", "family_udom83", "birth_date", "birth_precision", "sex", "nationality", "home_language",
    "gone_kind", "gone_date", "citizen_id_index", "citizen_id_encrypted",
)  # fmt: skip
RESTORED: Final = _BEFORE
LOG_CORRECTIONS: Final = f"""
INSERT INTO import_effect (import_id, kind, n, child_id, area, before, version)
SELECT $1, 'corrected', i.row, c.id, i.area, to_jsonb(b), c.version + 1
FROM incoming i JOIN child c ON c.id = i.child_id
CROSS JOIN LATERAL (SELECT {", ".join(f"c.{name}" for name in _BEFORE)}) b
WHERE i.outcome = 'corrected' AND {OF_CORRECTED.format("c.id")}
"""
LOG_CHANGES: Final = """
INSERT INTO import_effect (import_id, kind, n, child_id, area, before)
SELECT $1, i.outcome, i.row, e.child_id, e.area, jsonb_build_object('id', e.id, 'grade', e.grade,
    'ended_date', e.ended_date, 'ended_import_id', e.ended_import_id, 'to', coalesce(i.grade, e.grade))
FROM incoming i JOIN enrolment e ON e.id = i.enrolment_id WHERE i.outcome IN ('regraded', 'reopened', 'ended')
    AND e.id = ANY (ARRAY(SELECT enrolment_id FROM incoming WHERE outcome IN ('regraded', 'reopened', 'ended')))
"""
LOG_GONE: Final = """
INSERT INTO import_effect (import_id, kind, n, child_id, area, before)
SELECT $1, 'ended', -(row_number() OVER () + (SELECT count(*) FROM import_effect WHERE import_id = $1)), child_id, area,
    jsonb_build_object('id', id, 'grade', grade)
FROM gone_from_list
"""

# Children in a register, enrolments in a list of pupils. Of a roster a row that is read after all may end two pieces.
NOTE_NAMED: Final = """
INSERT INTO import_roster (import_id, ordinal, named)
SELECT $1, $2, array_agg(coalesce(enrolment_id, child_id)) FROM incoming
WHERE outcome NOT IN ('rejected', 'unlinked', 'enrolled', 'ended') AND NOT created AND child_id IS NOT NULL
HAVING count(*) > 0
ON CONFLICT (import_id, ordinal) DO UPDATE SET named = import_roster.named || excluded.named
"""
