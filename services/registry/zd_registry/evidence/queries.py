"""Which feed said what of one child and when, and what the last run knew."""

from typing import Final

STATE: Final = """
SELECT c.area, c.gone_kind, c.gone_date, c.registered_import_id IS NOT NULL AS in_register,
    coalesce(s.status, 'unconfirmed') AS learning_status, s.missing_kind, coalesce(s.reason, 'not_judged') AS reason,
    s.term AS judged_term, s.judged_at, s.run_id, s.verified_at, s.verified_by, f.agency,
    coalesce(s.evidence_kind, 'none') AS evidence_kind, s.evidence_organisation AS organisation,
    s.evidence_term AS term, s.evidence_grade AS grade, s.evidence_date, s.evidence_feed_id AS feed_id,
    s.evidence_import_id AS import_id,
    c.registered_import_id, r.feed_id AS register_feed_id, p.agency AS register_agency, r.delivered_at AS registered_at
FROM child c LEFT JOIN learning_state s ON s.child_id = c.id LEFT JOIN feed f ON f.id = s.evidence_feed_id
LEFT JOIN feed_delivery r ON r.import_id = c.registered_import_id LEFT JOIN feed p ON p.id = r.feed_id
WHERE c.id = $1
"""
LAST_RUN: Final = """
SELECT id, finished_at FROM reconciliation_run
WHERE term = $1::text AND finished_at IS NOT NULL AND (scope_areas::int4multirange @> $2::int OR id = $3)
ORDER BY id DESC LIMIT 1
"""
LISTS: Final = """
SELECT e.organisation, e.term, e.grade, e.import_id, e.created_at AS said_at, e.ended_date, e.feed_id, f.agency, f.kind,
    f.name, (SELECT max(d.delivered_at) FROM feed_delivery d
        WHERE d.feed_id = e.feed_id AND d.term = e.term AND d.complete AND d.withdrawn_at IS NULL) AS delivered_at
FROM enrolment e LEFT JOIN feed f ON f.id = e.feed_id
WHERE e.child_id = $1 ORDER BY e.term DESC, e.organisation LIMIT 50
"""
PLACEMENTS: Final = """
SELECT placement_id, kind, started_date FROM placement WHERE child_id = $1
ORDER BY started_date DESC, placement_id DESC LIMIT 50
"""
UNDELIVERED: Final = """
SELECT feed_id, agency, kind, name, before_term FROM reconciliation_feed
WHERE run_id = $1 AND NOT delivered AND kind <> 'population' AND (owed IS NOT NULL OR before_term IS NOT NULL)
ORDER BY agency, feed_id LIMIT 500
"""
