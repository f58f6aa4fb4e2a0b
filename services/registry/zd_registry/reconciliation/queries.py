"""Set-based work of one step of a run: a page of children, the evidence of each, and the verdict by the table."""

from typing import Final

from zd_registry.children.queries import TAMBON

# By id, whatever their age, so that every step costs the same.
PAGE_END: Final = """
SELECT id FROM (SELECT id FROM child WHERE id > $1 ORDER BY id LIMIT $2) page ORDER BY id DESC LIMIT 1
"""

# `announced_kind` is what stays announced afterwards: rehabilitation neither is nor ends being missing.
CREATE_VERDICT: Final = """
CREATE TEMP TABLE verdict (
    child_id uuid NOT NULL, area int NOT NULL, birth_date date NOT NULL, version int NOT NULL, was_announced text,
    learning_status text NOT NULL, missing_kind text, announced_kind text, started_date date,
    changed boolean NOT NULL, applied boolean NOT NULL DEFAULT false
) ON COMMIT DROP
"""

# $1 and $2 the page, $3 and $4 the births, $5 areas, $6 term, $7 reference date, then the decision table's columns.
JUDGE: Final = """
WITH decision AS MATERIALIZED (
    SELECT * FROM unnest($8::boolean[], $9::text[], $10::boolean[], $11::text[], $12::text[], $13::text[])
        AS d(enrolled, last_grade, same_year, placement, learning_status, missing_kind)
), evidence AS (
    SELECT c.id, c.area, c.birth_date, s.version, s.status AS learning_status, s.missing_kind, s.announced_kind,
        s.term AS status_term, p.kind AS placement, p.started_date, last.term AS last_term, last.grade AS last_grade
    FROM child c
    LEFT JOIN learning_state s ON s.child_id = c.id
    LEFT JOIN LATERAL (
        SELECT e.term, e.grade FROM enrolment e WHERE e.child_id = c.id AND e.term <= $6::text
        ORDER BY e.term DESC, e.organisation DESC LIMIT 1) last ON true
    LEFT JOIN LATERAL (
        SELECT p.kind, p.started_date FROM placement p WHERE p.child_id = c.id AND p.started_date <= $7::date
        ORDER BY p.started_date DESC, p.placement_id DESC LIMIT 1) p ON true
    WHERE c.id > $1 AND c.id <= $2 AND c.birth_date > $3 AND c.birth_date <= $4
      AND c.area <@ $5::text::int4multirange AND (s.term IS NULL OR s.term <= $6::text)
), judged AS (
    SELECT e.*, d.learning_status AS new_status, d.missing_kind AS new_kind,
        CASE WHEN d.learning_status = 'rehabilitation_first' THEN e.announced_kind ELSE d.missing_kind END AS announced
    FROM evidence e JOIN decision d ON d.enrolled = coalesce(e.last_term = $6::text, false)
        AND d.last_grade = coalesce(e.last_grade, '')
        AND d.same_year = coalesce(split_part(e.last_term, '/', 1) = split_part($6::text, '/', 1), false)
        AND d.placement = coalesce(e.placement, '')
)
INSERT INTO verdict (child_id, area, birth_date, version, was_announced, learning_status, missing_kind,
    announced_kind, started_date, changed)
SELECT id, area, birth_date, coalesce(version, 0), announced_kind, new_status, new_kind, announced, started_date,
    (learning_status, missing_kind, announced_kind) IS DISTINCT FROM (new_status, new_kind, announced)
    OR (new_kind IS NOT NULL AND status_term IS DISTINCT FROM $6::text)
FROM judged
"""

# Whoever changed since the page was read keeps what the other transaction said; the next run sees both.
APPLY: Final = """
WITH done AS (
    INSERT INTO learning_state AS s (child_id, area, status, missing_kind, announced_kind, term, reason, evidence_kind,
        run_id, judged_at, version)
    SELECT child_id, area, learning_status, missing_kind, announced_kind, $1, 'judged', 'none', $3, $2, 1
    FROM verdict WHERE changed ORDER BY child_id
    ON CONFLICT (child_id) DO UPDATE SET status = excluded.status, missing_kind = excluded.missing_kind,
        announced_kind = excluded.announced_kind, term = excluded.term, reason = excluded.reason,
        evidence_kind = excluded.evidence_kind, run_id = excluded.run_id, judged_at = excluded.judged_at,
        version = s.version + 1
        WHERE s.version = (SELECT version FROM verdict v WHERE v.child_id = s.child_id)
    RETURNING s.child_id
)
UPDATE verdict v SET applied = true FROM done WHERE done.child_id = v.child_id
"""

_NEWLY_MISSING: Final = "applied AND missing_kind IS NOT NULL AND was_announced IS DISTINCT FROM missing_kind"
_LEARNING: Final = "('in_school', 'flexible_learning', 'training_or_work')"
_RETURNED: Final = f"applied AND was_announced IS NOT NULL AND learning_status IN {_LEARNING}"

COUNT: Final = f"""
SELECT count(*) AS examined, count(*) FILTER (WHERE learning_status = 'in_school') AS in_school,
    count(missing_kind) AS missing, count(*) FILTER (WHERE {_NEWLY_MISSING}) AS newly_missing,
    count(*) FILTER (WHERE {_RETURNED}) AS returned,
    array_agg(child_id) FILTER (WHERE applied) AS changed
FROM verdict
"""

MISSING_FACTS: Final = f"""
SELECT json_build_object('child_id', child_id, 'tambon', {TAMBON.format("area")},
    'birth_year', extract(year FROM birth_date)::int, 'kind', missing_kind, 'verified', false,
    'reference_date', $1::date, 'run_id', $2::uuid)
FROM verdict WHERE {_NEWLY_MISSING} ORDER BY child_id
"""

RETURNED_FACTS: Final = f"""
SELECT json_build_object('child_id', child_id, 'tambon', {TAMBON.format("area")}, 'learning_status', learning_status,
    'evidence', CASE learning_status WHEN 'in_school' THEN 'enrolment' ELSE 'placement' END,
    'returned_date', CASE learning_status WHEN 'in_school' THEN $1::date ELSE started_date END)
FROM verdict WHERE {_RETURNED} ORDER BY child_id
"""

# Jobs are forgotten after a month; a run that ended says so itself.
RUN: Final = """
SELECT r.*, j.progress_done, j.progress_total, j.error_code,
    coalesce(j.state, CASE WHEN r.finished_at IS NULL THEN 'failed' ELSE 'done' END) AS state
FROM reconciliation_run r LEFT JOIN job j ON j.id = r.job_id WHERE r.id = $1
"""
