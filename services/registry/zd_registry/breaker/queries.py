"""What every feed had said when a run began, and how many pupils it had before."""

from typing import Final

from zd_registry.reconciliation.queries import REFUSED_ROWS

# $1 run, $2 term. A list handed in once a year holds for its school year. Of a population register the latest file is
# compared with the one before it.
SNAPSHOT: Final = """
INSERT INTO reconciliation_feed (run_id, feed_id, agency, kind, name, owed, delivered, import_id, delivered_at, rows,
    before_term, listed, listed_before)
SELECT $1, f.id, f.agency, f.kind, f.name, f.owed, said.import_id IS NOT NULL, said.import_id, said.delivered_at,
    said.rows, before.term, said.rows, CASE WHEN f.kind = 'population' THEN before.rows END
FROM feed f
LEFT JOIN LATERAL (
    SELECT d.* FROM feed_delivery d
    WHERE d.feed_id = f.id AND d.complete AND d.withdrawn_at IS NULL AND (f.kind = 'population' OR d.term = $2::text
        OR f.owed = 'year' AND d.term <= $2::text AND left(d.term, 4) = left($2::text, 4))
    ORDER BY d.delivered_at DESC, d.import_id DESC LIMIT 1) said ON true
LEFT JOIN LATERAL (
    SELECT d.term, d.rows FROM feed_delivery d
    WHERE d.feed_id = f.id AND d.complete AND d.withdrawn_at IS NULL
        AND CASE WHEN f.kind = 'population' THEN d.delivered_at < said.delivered_at ELSE d.term < $2::text END
    ORDER BY d.term DESC, d.delivered_at DESC LIMIT 1) before ON true
WHERE f.kind IN ('population', 'enrolment', 'nonformal')
"""

# $1 run, $2 term. Pupils of before: those of the earlier term, or those that the last list of this term dropped.
COUNT_LISTED: Final = """
UPDATE reconciliation_feed f SET listed = n.listed, listed_before = greatest(n.before, n.listed + n.dropped)
FROM (
    SELECT r.feed_id, count(*) FILTER (WHERE e.ended_date IS NULL AND e.term = $2::text) AS listed,
        count(*) FILTER (WHERE e.term = $2::text AND e.ended_import_id = r.import_id) AS dropped,
        count(*) FILTER (WHERE e.ended_date IS NULL AND e.term = r.before_term) AS before
    FROM reconciliation_feed r JOIN enrolment e ON e.feed_id = r.feed_id AND e.term IN (r.before_term, $2::text)
    WHERE r.run_id = $1 AND r.kind <> 'population' AND r.delivered GROUP BY r.feed_id
) n
WHERE f.run_id = $1 AND f.feed_id = n.feed_id
"""
# What a person accepted is the measure afterwards; what was decided of this very delivery is not asked again.
RECALL: Final = """
UPDATE reconciliation_feed f SET
    decision = CASE WHEN d.import_id = f.import_id THEN d.decision END,
    reason = CASE WHEN d.import_id = f.import_id THEN d.reason END,
    decided_by = CASE WHEN d.import_id = f.import_id THEN d.decided_by END,
    decided_at = CASE WHEN d.import_id = f.import_id THEN d.decided_at END,
    listed_before = CASE WHEN d.decision = 'accept' THEN least(f.listed_before, d.listed) ELSE f.listed_before END
FROM (
    SELECT DISTINCT ON (x.feed_id) x.* FROM reconciliation_feed x JOIN reconciliation_run r ON r.id = x.run_id
    WHERE x.decision IS NOT NULL AND r.term = $2::text ORDER BY x.feed_id, x.decided_at DESC
) d
WHERE f.run_id = $1 AND d.feed_id = f.feed_id AND d.run_id <> f.run_id
"""
# $1 term. A list's rows that linkage has not looked at, or that were refused and name nobody, may mean any of the
# missing.
WATERMARKS: Final = f"""
SELECT (SELECT count(*) FROM unlinked_record
        WHERE state = 'waiting' AND kind IN ('enrolment', 'nonformal') AND term = $1::text) AS unlinked_waiting,
    (SELECT count(*) {REFUSED_ROWS.format(term="$1")} AND r.reason NOT IN ('duplicate_in_file', 'erased')
        AND NOT EXISTS (SELECT FROM child c WHERE c.citizen_id_index = r.citizen_id_index)) AS refused_unnamed,
    (SELECT id FROM child ORDER BY id DESC LIMIT 1) AS child,
    (SELECT id FROM enrolment ORDER BY id DESC LIMIT 1) AS enrolment,
    (SELECT placement_id FROM placement ORDER BY placement_id DESC LIMIT 1) AS placement
"""
RUN_BEFORE: Final = """
SELECT id FROM reconciliation_run
WHERE scope_areas = $2::text AND finished_at IS NOT NULL AND id < $1 ORDER BY id DESC LIMIT 1
"""
