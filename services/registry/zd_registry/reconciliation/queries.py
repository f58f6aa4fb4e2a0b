"""Set-based work of a run: what feeds said, a page of children with the evidence of each, the verdict by the table."""

from typing import Final

from zd_registry.children.queries import TAMBON
from zd_registry.reconciliation.rules import KEEPS_ANNOUNCED, WEIGHTS

# A partial birth date counts if any possible day fits, so nobody is left out because a clerk knew only the year.
OF_AGE: Final = """coalesce(c.birth_date <= {until}::date, true)
        AND coalesce(CASE c.birth_precision WHEN 'day' THEN c.birth_date
            WHEN 'month' THEN (c.birth_date + interval '1 month - 1 day')::date
            ELSE (c.birth_date + interval '1 year - 1 day')::date END > {after}::date, true)"""

# Who lives in the areas of a run. An unknown residence (0) lies in none: of these it reaches whom a school in its areas
# names, or a file brought that was handed in for its areas alone.
_WITHIN: Final = "<@ (SELECT {areas}::text::int4multirange)"
REACHED: Final = f"""(c.area {_WITHIN} OR c.area = 0 AND (
        (SELECT true FROM enrolment r WHERE r.child_id = c.id
            AND (SELECT o.area FROM organisation o WHERE o.code = r.organisation) {_WITHIN} LIMIT 1)
        OR (SELECT NOT isempty(i.scope_areas::int4multirange) AND i.scope_areas::int4multirange {_WITHIN}
            FROM file_import i WHERE i.id = c.created_import_id)))"""

# An older run overturns nothing: neither the verdict of a later term nor evidence that it does not count.
NOT_LATER: Final = """(s.term IS NULL OR s.term <= {term}::text)
        AND NOT coalesce(s.evidence_kind IN ('placement', 'register') AND s.evidence_date > {day}::date, false)"""

# By id, whatever their age, so that every step costs the same.
PAGE_END: Final = """
SELECT id FROM (SELECT id FROM child WHERE id > $1 ORDER BY id LIMIT $2) page ORDER BY id DESC LIMIT 1
"""

# Pages of a run that judges some were laid out when they were chosen.
NEXT_PAGES: Final = """
SELECT until, children FROM reconciliation_page WHERE run_id = $1 AND until > $2 ORDER BY until LIMIT $3
"""
JUDGED_PAGES: Final = """
SELECT until, figures::text AS figures FROM reconciliation_page
WHERE run_id = $1 AND until = ANY ($2::uuid[]) AND figures IS NOT NULL
"""
KEEP_JUDGED: Final = """
INSERT INTO reconciliation_page (run_id, until, figures) VALUES ($1, $2, $3::jsonb)
ON CONFLICT (run_id, until) DO UPDATE SET figures = excluded.figures
"""
FORGET_PAGES: Final = "DELETE FROM reconciliation_page WHERE run_id = $1"

# The policies of row-level security make every estimate far too small, and the planner would compare all with all. In
# this order every table of the page is read once, in the order of the children.
READ_IN_ORDER: Final = "SET LOCAL enable_nestloop = off; SET LOCAL join_collapse_limit = 1; SET LOCAL work_mem = '64MB'"

# Refused rows of the lists of a term that no later list of their feed takes the place of.
REFUSED_ROWS: Final = """FROM feed_delivery d JOIN import_row r ON r.import_id = d.import_id
    WHERE d.term = {term}::text AND d.withdrawn_at IS NULL AND r.reason IS NOT NULL
        AND NOT EXISTS (SELECT FROM feed_delivery n WHERE n.feed_id = d.feed_id AND n.term = d.term AND n.complete
            AND n.withdrawn_at IS NULL AND n.delivered_at > d.delivered_at)"""

CREATE_VERDICT: Final = """
CREATE TEMP TABLE verdict (
    child_id uuid NOT NULL, area int NOT NULL, birth_date date, version int NOT NULL, listed boolean NOT NULL,
    registered boolean NOT NULL, was_status text, was_kind text, was_announced text, status text NOT NULL,
    missing_kind text, announced_kind text, reason text NOT NULL, evidence_kind text NOT NULL, organisation text,
    term text, grade text, feed_id uuid, import_id uuid, evidence_date date,
    verified_at timestamptz, verified_by text, verified_now boolean NOT NULL, changed boolean NOT NULL
) ON COMMIT DROP
"""

# $1 and $2 the page, $3 and $4 the births, $5 areas, $6 term, $7 reference date, $8 until when of age, $9 now, $10 run;
# then the tables: $11–13 standings, $14–15 placements, $16–20 decisions, by the number of the evidence.
# Without the OFFSET the planner would put the expressions of what is known wherever they are used.
_NUMBERED: Final = " + ".join(
    f"k.{part}::int * {WEIGHTS[part]}"
    for part in ("gone", "seen_since", "listed", "waiting", "undelivered", "too_young")
)
_JUDGING: Final = f"""
WITH decision AS MATERIALIZED (
    SELECT * FROM unnest($16::int[], $17::text[], $18::text[], $19::text[], $20::text[])
        AS d(evidence, status, missing_kind, reason, evidence_kind)
), standing AS MATERIALIZED (
    SELECT * FROM unnest($11::text[], $12::boolean[], $13::int[]) AS s(grade, same_year, standing)
), brings AS MATERIALIZED (
    SELECT * FROM unnest($14::text[], $15::int[]) AS b(kind, placement)
), feeds AS MATERIALIZED (
    SELECT feed_id, kind, owed, delivered, coalesce(before_term, '') AS before_term, delivered_at
    FROM reconciliation_feed WHERE run_id = $10 AND kind <> 'population'
), lists AS (
    SELECT e.child_id, e.term, e.grade, e.organisation, e.feed_id, e.import_id, e.created_at, f.kind, f.delivered_at,
        coalesce(NOT f.delivered AND e.term >= f.before_term, false) AS undelivered,
        e.ended_date IS NULL AND (e.term = $6::text
            OR coalesce(f.owed = 'year' AND left(e.term, 4) = left($6::text, 4), false)) AS holds
    FROM enrolment e LEFT JOIN feeds f ON f.feed_id = e.feed_id
    WHERE {{e}} AND e.term <= $6::text
), last AS (
    SELECT DISTINCT ON (child_id) * FROM lists
    ORDER BY child_id, holds DESC, CASE WHEN holds THEN coalesce(kind, '') = 'nonformal' END, term DESC,
        undelivered DESC, organisation DESC
), placed AS (
    SELECT DISTINCT ON (p.child_id) p.child_id, p.kind, p.started_date FROM placement p
    WHERE {{p}} AND p.started_date <= $7::date
        AND coalesce(p.ended_date > $7::date, true)
    ORDER BY p.child_id, p.started_date DESC, p.placement_id DESC
), review AS (
    SELECT u.child_id FROM unlinked_record u
    WHERE {{u}} AND u.state IN ('waiting', 'review')
        AND u.kind IN ('enrolment', 'nonformal') AND u.term = $6::text
    UNION
    SELECT n.candidate_id FROM link_candidate n
    WHERE {{n}} AND (
        SELECT u.state IN ('waiting', 'review') AND u.kind IN ('enrolment', 'nonformal') AND u.term = $6::text
        FROM unlinked_record u WHERE u.id = n.record_id)
), refused AS MATERIALIZED (
    SELECT DISTINCT r.citizen_id_index {REFUSED_ROWS.format(term="$6")} AND r.citizen_id_index IS NOT NULL
), known AS (
    SELECT c.id AS child_id, c.area, c.birth_date, coalesce(s.version, 0) AS version,
        c.registered_import_id, c.gone_date, s.status AS was_status, s.missing_kind AS was_kind, s.reason AS was_reason,
        s.announced_kind AS was_announced, s.evidence_kind AS was_evidence, s.evidence_organisation, s.evidence_term,
        s.evidence_grade, s.evidence_feed_id, s.evidence_import_id, s.evidence_date AS was_date, s.term AS status_term,
        s.verified_at, s.verified_by, s.judged_at, l.organisation, l.term, l.grade, l.feed_id, l.import_id,
        l.created_at AS listed_at, l.delivered_at, p.started_date,
        c.gone_kind IS NOT NULL AND coalesce(c.gone_date <= $7::date, true) AS gone,
        CASE WHEN l.holds THEN CASE WHEN l.kind = 'nonformal' THEN 2 ELSE 1 END ELSE 0 END AS listed,
        CASE WHEN l.holds IS FALSE THEN l.grade ELSE '' END AS last_grade,
        coalesce(left(l.term, 4) = left($6::text, 4), false) AS same_year, coalesce(p.kind, '') AS placed_kind,
        CASE WHEN r.child_id IS NOT NULL THEN 1 WHEN f.citizen_id_index IS NOT NULL THEN 2 ELSE 0 END AS waiting,
        coalesce(l.undelivered, false) AS undelivered,
        coalesce(c.birth_date > $8::date, false) AS too_young,
        coalesce(l.holds AND coalesce((coalesce(l.delivered_at, l.created_at) AT TIME ZONE 'Asia/Bangkok')::date
            >= c.gone_date, true), false) OR coalesce(p.started_date > c.gone_date, false) AS seen_since
    FROM child c
    LEFT JOIN learning_state s ON s.child_id = c.id AND {{s}}
    LEFT JOIN last l ON l.child_id = c.id
    LEFT JOIN placed p ON p.child_id = c.id
    LEFT JOIN review r ON r.child_id = c.id
    LEFT JOIN refused f ON f.citizen_id_index = c.citizen_id_index
    WHERE {{c}} AND {REACHED.format(areas="$5")}
        AND {OF_AGE.format(after="$3", until="$4")}
        AND {NOT_LATER.format(term="$6", day="$7")}
    OFFSET 0
), decided AS (
    SELECT k.*, d.status, d.missing_kind, d.reason, d.evidence_kind,
        CASE WHEN d.status IN {tuple(sorted(KEEPS_ANNOUNCED))} THEN k.was_announced
            ELSE d.missing_kind END AS announced_kind,
        k.was_status = 'not_learning' AND d.missing_kind IS NOT NULL AS still_missing
    FROM known k
    JOIN standing t ON t.grade = k.last_grade AND t.same_year = k.same_year
    JOIN brings b ON b.kind = k.placed_kind
    JOIN decision d ON d.evidence = t.standing + b.placement + {_NUMBERED}
), stated AS (
    SELECT d.*,
        CASE evidence_kind WHEN 'enrolment' THEN organisation END AS new_organisation,
        CASE evidence_kind WHEN 'enrolment' THEN d.term END AS new_term,
        CASE evidence_kind WHEN 'enrolment' THEN grade END AS new_grade,
        CASE evidence_kind WHEN 'enrolment' THEN feed_id END AS new_feed,
        CASE evidence_kind WHEN 'enrolment' THEN import_id WHEN 'register' THEN registered_import_id END AS new_import,
        CASE evidence_kind WHEN 'enrolment' THEN (listed_at AT TIME ZONE 'Asia/Bangkok')::date
            WHEN 'placement' THEN started_date WHEN 'register' THEN gone_date END AS new_date,
        coalesce(still_missing AND verified_at IS NULL AND evidence_kind = 'enrolment' AND delivered_at > judged_at,
            false) AS verified_now
    FROM decided d
)
INSERT INTO verdict
SELECT child_id, area, birth_date, version, listed > 0, registered_import_id IS NOT NULL, was_status, was_kind,
    was_announced, status, missing_kind, announced_kind, reason, evidence_kind, new_organisation, new_term, new_grade,
    new_feed, new_import, new_date,
    CASE WHEN verified_now THEN $9::timestamptz WHEN still_missing THEN verified_at END,
    CASE WHEN verified_now THEN 'feed' WHEN still_missing THEN verified_by END, verified_now,
    verified_now OR (was_status, was_kind, was_announced, was_reason, was_evidence, evidence_organisation,
        evidence_term, evidence_grade, evidence_feed_id, evidence_import_id, was_date, status_term)
    IS DISTINCT FROM (status, missing_kind, announced_kind, reason, evidence_kind, new_organisation, new_term,
        new_grade, new_feed, new_import, new_date, $6::text)
FROM stated
"""
_CHILD_IN: Final = {
    "c": "c.id", "s": "s.child_id", "e": "e.child_id", "p": "p.child_id", "u": "u.child_id", "n": "n.candidate_id",
}  # fmt: skip
_PAGE: Final = "{0} > $1 AND {0} <= $2"
JUDGE: Final = _JUDGING.format(**{row: _PAGE.format(column) for row, column in _CHILD_IN.items()})
# $21: the children of the page who are judged.
_CHOSEN: Final = f"{_PAGE} AND {{0}} = ANY ($21::uuid[])"
JUDGE_CHOSEN: Final = _JUDGING.format(**{row: _CHOSEN.format(column) for row, column in _CHILD_IN.items()})

_STATE: Final = """v.status, v.missing_kind, v.announced_kind, $1::text, v.reason, v.evidence_kind, v.organisation,
    v.term, v.grade, v.feed_id, v.import_id, v.evidence_date, $3::uuid, $2::timestamptz, v.version + 1, v.verified_at,
    v.verified_by"""
_STATE_COLUMNS: Final = """status, missing_kind, announced_kind, term, reason, evidence_kind, evidence_organisation,
    evidence_term, evidence_grade, evidence_feed_id, evidence_import_id, evidence_date, run_id, judged_at, version,
    verified_at, verified_by"""
# Whoever changed since the page was read keeps what the other transaction said; the next run sees both.
JUDGED_FIRST: Final = f"""
INSERT INTO learning_state (child_id, area, {_STATE_COLUMNS})
SELECT v.child_id, v.area, {_STATE} FROM verdict v WHERE v.version = 0 AND v.child_id > $4 AND v.child_id <= $5
"""
# Being ready for a conflict costs as much as the row; there is one only if a placement came in this very moment.
JUDGED_MEANWHILE: Final = f"{JUDGED_FIRST} ON CONFLICT DO NOTHING"
JUDGED_ANEW: Final = f"""
UPDATE learning_state s SET ({_STATE_COLUMNS}) = ROW ({_STATE})
FROM verdict v WHERE v.changed AND v.version > 0 AND s.child_id = v.child_id AND s.version = v.version
    AND s.child_id = ANY (ARRAY(SELECT child_id FROM verdict WHERE changed AND child_id > $4 AND child_id <= $5))
"""
OVERTAKEN: Final = """
UPDATE verdict v SET changed = false WHERE changed AND NOT EXISTS (
    SELECT FROM learning_state s WHERE s.child_id = v.child_id AND s.version = v.version + 1 AND s.run_id = $1
        AND s.judged_at = $2)
"""

# A first verdict of being in school is no change: nearly everybody has it, and `run_id` says where it came from.
_REMEMBERED: Final = """(was_status, was_kind) IS DISTINCT FROM (status, missing_kind)
    AND NOT (was_status IS NULL AND status = 'in_school')"""
REMEMBER: Final = f"""
INSERT INTO learning_change (id, child_id, area, at, from_status, to_status, missing_kind, reason, run_id, evidence)
SELECT uuidv7(), child_id, area, $1, was_status, status, missing_kind, reason, $2, json_build_object(
    'kind', evidence_kind, 'organisation', organisation, 'term', term, 'grade', grade, 'feed_id', feed_id,
    'import_id', import_id, 'date', evidence_date, 'was_missing', was_announced)::jsonb
FROM verdict WHERE changed AND {_REMEMBERED}
"""
# $1 run, $2 term, $3 and $4 the page, $5 which children of it.
_FIND: Final = """
INSERT INTO reconciliation_finding (run_id, kind, area, child_id)
SELECT $1::uuid, 'enrolled_twice', v.area, v.child_id FROM verdict v JOIN (
    SELECT e.child_id FROM enrolment e
    WHERE e.child_id > $3 AND e.child_id <= $4{only} AND e.term = $2::text AND e.ended_date IS NULL
    GROUP BY 1 HAVING count(*) > 1) twice ON twice.child_id = v.child_id
UNION ALL
SELECT $1::uuid, 'not_in_register', area, child_id FROM verdict WHERE listed AND NOT registered
UNION ALL
SELECT $1::uuid, 'row_refused', area, child_id FROM verdict WHERE reason = 'row_refused'
"""
FIND: Final = _FIND.format(only="")
FIND_CHOSEN: Final = _FIND.format(only=" AND e.child_id = ANY ($5::uuid[])")

_NEWLY_MISSING: Final = "changed AND missing_kind IS NOT NULL AND was_announced IS DISTINCT FROM missing_kind"
_TOLD_MISSING: Final = f"{_NEWLY_MISSING} OR changed AND verified_now"
_LEARNING: Final = "('in_school', 'flexible_learning', 'training_or_work')"
_RETURNED: Final = f"changed AND was_announced IS NOT NULL AND status IN {_LEARNING}"
_COMPLETED: Final = "changed AND status = 'completed' AND was_status IS DISTINCT FROM 'completed'"

COUNT: Final = f"""
SELECT count(*) AS examined, count(*) FILTER (WHERE status = 'in_school') AS in_school,
    count(missing_kind) AS missing, count(*) FILTER (WHERE {_NEWLY_MISSING}) AS newly_missing,
    count(*) FILTER (WHERE {_TOLD_MISSING}) AS told_missing, count(*) FILTER (WHERE {_RETURNED}) AS returned,
    count(*) FILTER (WHERE {_COMPLETED}) AS completed, count(*) FILTER (WHERE changed) AS changed,
    array_agg(child_id) FILTER (WHERE changed AND {_REMEMBERED}) AS subjects
FROM verdict
"""
# In the order of the ids, whatever plan made them: for one child an event never overtakes another.
MISSING_FACTS: Final = f"""
SELECT child_id, {TAMBON.format("area")} AS tambon, extract(year FROM birth_date)::int AS birth_year,
    missing_kind AS kind, verified_at IS NOT NULL AS verified, $1::date AS reference_date, $2::uuid AS run_id
FROM verdict WHERE {_TOLD_MISSING} ORDER BY child_id
"""
RETURNED_FACTS: Final = f"""
SELECT child_id, {TAMBON.format("area")} AS tambon, status AS learning_status, evidence_kind AS evidence,
    CASE evidence_kind WHEN 'enrolment' THEN $1::date ELSE evidence_date END AS returned_date
FROM verdict WHERE {_RETURNED} ORDER BY child_id
"""
COMPLETED_FACTS: Final = f"""
SELECT child_id, {TAMBON.format("area")} AS tambon, term, grade
FROM verdict WHERE {_COMPLETED} ORDER BY child_id
"""

# How a change of status reads to whoever looks after the missing; `was_missing` is what had been told of the child.
CHANGE_KIND: Final = f"""CASE
    WHEN to_status = 'not_learning' AND from_status = 'not_learning' THEN 'kind_changed'
    WHEN to_status = 'not_learning' THEN 'newly_missing'
    WHEN to_status IN {_LEARNING} AND evidence ->> 'was_missing' IS NOT NULL THEN 'returned'
    WHEN from_status = 'not_learning' THEN 'no_longer_missing' ELSE 'other' END"""
FIGURES: Final = f"""
SELECT 'finding' AS what, kind AS name, count(*)::int AS n FROM reconciliation_finding WHERE run_id = $1 GROUP BY 2
UNION ALL
SELECT 'change', {CHANGE_KIND}, count(*)::int FROM learning_change WHERE run_id = $1 GROUP BY 2
"""

# Jobs are forgotten after a month; a run that ended says so itself.
_RUN: Final = """
SELECT r.id, r.job_id, r.term, r.reference_date, r.age_from, r.age_to, r.mark_younger, r.examined, r.in_school,
    r.missing, r.newly_missing, r.returned, r.previous_run_id, r.base_run_id, r.created_at, r.finished_at,
    r.parameters::text AS parameters, r.watermarks::text AS watermarks, r.figures::text AS figures, j.progress_done,
    j.progress_total, j.error_code,
    CASE WHEN r.finished_at IS NOT NULL THEN 'done' WHEN r.stopped_at IS NOT NULL THEN 'stopped'
        WHEN j.state = 'done' THEN 'running' ELSE coalesce(j.state, 'failed') END AS state,
    (SELECT coalesce(json_agg(f ORDER BY f.agency, f.feed_id), '[]') FROM reconciliation_feed f
        WHERE f.run_id = r.id AND f.asked)::text AS questions,
    (SELECT coalesce(json_agg(f ORDER BY f.agency, f.feed_id), '[]') FROM reconciliation_feed f
        WHERE f.run_id = r.id AND NOT f.delivered AND f.kind <> 'population'
            AND (f.owed IS NOT NULL OR f.before_term IS NOT NULL))::text AS undelivered
FROM reconciliation_run r LEFT JOIN job j ON j.id = r.job_id
"""
RUN: Final = f"{_RUN} WHERE r.id = $1"
RUNS: Final = f"{_RUN} WHERE r.id < $1 ORDER BY r.id DESC LIMIT $2"
MISSING_SINCE: Final = """
SELECT max(at) FROM learning_change WHERE child_id = $1 AND to_status = 'not_learning'
    AND from_status IS DISTINCT FROM 'not_learning'
"""
