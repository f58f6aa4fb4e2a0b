"""Who may be judged otherwise than by an earlier run: whoever stands in a row that was written since, or went."""
# ruff: noqa: S608  (SQL put together from constants of its own)

from typing import Final

from zd_registry.reconciliation.queries import OF_AGE

_NOBODY: Final = "'00000000-0000-0000-0000-000000000000'::uuid"

# Every transaction below `xid` had ended when this was read, so whoever reads later sees what it wrote. The numbers
# mean nothing in another cluster, to which a dump was restored.
MOMENT: Final = """
SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xid,
    (SELECT system_identifier::text FROM pg_control_system()) AS cluster
"""
# $1 run, $2 cluster, $3 the rules. The last run that judged anybody in these areas, if it asked the same by the same
# rules and nobody judged meanwhile.
BASE: Final = f"""
SELECT b.id, b.reference_date, b.examined, b.watermarks ->> 'xid' AS xid
FROM reconciliation_run r JOIN reconciliation_run b ON b.id = (
    SELECT l.id FROM reconciliation_run l WHERE l.id <> $1 AND l.after_child <> {_NOBODY}
        AND l.scope_areas::int4multirange && r.scope_areas::int4multirange ORDER BY l.id DESC LIMIT 1)
WHERE r.id = $1 AND b.finished_at IS NOT NULL AND b.watermarks ->> 'cluster' = $2::text
    AND b.watermarks ->> 'rules' = $3::text
    AND (b.term, b.age_from, b.age_to, b.mark_younger, b.scope_areas)
        = (r.term, r.age_from, r.age_to, r.mark_younger, r.scope_areas)
    AND b.reference_date <= r.reference_date
    AND pg_snapshot_xmin(pg_current_snapshot())::text::bigint - (b.watermarks ->> 'xid')::bigint < 1000000000
    AND NOT EXISTS (
        SELECT FROM reconciliation_run o LEFT JOIN job j ON j.id = o.job_id
        WHERE o.id < b.id AND o.after_child <> {_NOBODY}
            AND o.scope_areas::int4multirange && r.scope_areas::int4multirange
            AND (o.finished_at > b.created_at OR o.finished_at IS NULL AND j.state IN ('queued', 'running')))
"""
# $1 run, $2 base. A new feed's pupils stand in new rows; a list that came once more may confirm who is missing.
FEEDS: Final = """
SELECT coalesce(bool_or((n.kind, n.owed, n.delivered, n.before_term)
        IS DISTINCT FROM (b.kind, b.owed, b.delivered, b.before_term)), false) AS otherwise,
    coalesce(array_agg(b.feed_id) FILTER (WHERE n.delivered_at IS DISTINCT FROM b.delivered_at), '{}') AS again
FROM (SELECT * FROM reconciliation_feed WHERE run_id = $2 AND kind <> 'population') b
LEFT JOIN reconciliation_feed n ON n.run_id = $1 AND n.feed_id = b.feed_id
"""
CREATE_CHOSEN: Final = "CREATE TEMP TABLE chosen (child_id uuid PRIMARY KEY) ON COMMIT DROP"

# $1 xid.
WRITTEN: Final = "age({}.xmin) <= (SELECT age(($1::bigint % 4294967296)::text::xid))"
_INTO_CHOSEN: Final = "INSERT INTO chosen SELECT DISTINCT child_id FROM ({}) n (child_id) ON CONFLICT DO NOTHING"
# $1 xid of the base. Whoever is in a row written since, or in a refused one: of these the list may have come anew.
CHOOSE: Final = _INTO_CHOSEN.format(f"""
SELECT child_written_since($1::bigint)
UNION ALL SELECT enrolment_written_since($1::bigint)
UNION ALL SELECT e.child_id FROM enrolment e WHERE e.area = 0 AND e.organisation IN (
    SELECT o.code FROM organisation o WHERE {WRITTEN.format("o")})
UNION ALL SELECT p.child_id FROM placement p WHERE {WRITTEN.format("p")}
UNION ALL SELECT u.child_id FROM unlinked_record u WHERE u.child_id IS NOT NULL AND {WRITTEN.format("u")}
UNION ALL SELECT n.candidate_id FROM link_candidate n WHERE {WRITTEN.format("n")}
    OR n.record_id IN (SELECT u.id FROM unlinked_record u WHERE {WRITTEN.format("u")})
UNION ALL SELECT c.id FROM import_row r JOIN child c ON c.citizen_id_index = r.citizen_id_index
WHERE r.reason IS NOT NULL AND r.citizen_id_index IS NOT NULL
    AND ({WRITTEN.format("r")} OR r.import_id IN (SELECT o.import_id FROM feed_delivery d
        JOIN feed_delivery o ON o.feed_id = d.feed_id WHERE {WRITTEN.format("d")}))
UNION ALL SELECT s.child_id FROM learning_state s WHERE s.status = 'unconfirmed' AND s.reason = 'row_refused'
UNION ALL SELECT m.child_id FROM reconciliation_mark m WHERE {WRITTEN.format("m")}
""")
# $1 feeds whose list came again.
CHOOSE_LISTED_AGAIN: Final = _INTO_CHOSEN.format("""
SELECT s.child_id FROM learning_state s
WHERE s.announced_kind IS NOT NULL AND s.evidence_kind = 'enrolment' AND s.verified_at IS NULL
    AND s.evidence_feed_id = ANY ($1::uuid[])
UNION ALL SELECT c.id FROM child c WHERE c.gone_kind IS NOT NULL
    AND (SELECT true FROM enrolment e WHERE e.child_id = c.id AND e.feed_id = ANY ($1::uuid[]) LIMIT 1)
""")
_PASSED: Final = "{0} > $1::date AND {0} <= $2::date"
_JUDGED_ON: Final = f"({OF_AGE}, coalesce(c.birth_date > {{young}}::date, false))"
# $1 the reference date of the base and $2 that of now, between which somebody leaves, a placement begins; births of
# the base $3 to $5, of now $6 to $8: only whose birthday lies between them comes of age.
CHOOSE_COME_OF_AGE: Final = _INTO_CHOSEN.format(f"""
SELECT c.id FROM child c WHERE {_PASSED.format("c.gone_date")}
UNION ALL SELECT c.id FROM child c
WHERE (c.birth_date > ($3::date - interval '1 year')::date AND c.birth_date <= $6::date
    OR c.birth_date > $5::date AND c.birth_date <= $8::date)
    AND {_JUDGED_ON.format(after="$3", until="$4", young="$5")}
        <> {_JUDGED_ON.format(after="$6", until="$7", young="$8")}
UNION ALL SELECT p.child_id FROM placement p
WHERE {_PASSED.format("p.started_date")} OR {_PASSED.format("p.ended_date")}
""")
CHOSEN: Final = "SELECT count(*) FROM chosen"
# $1 run, $2 children of a page.
LAY_OUT: Final = """
INSERT INTO reconciliation_page (run_id, until, children)
SELECT $1, children[cardinality(children)], children FROM (
    SELECT array_agg(child_id ORDER BY child_id) AS children FROM (
        SELECT child_id, (row_number() OVER (ORDER BY child_id) - 1) / $2::int AS page FROM chosen) c
    GROUP BY page) p
"""
# $1 run, $2 base. What was found of the others stands.
KEEP_FINDINGS: Final = """
INSERT INTO reconciliation_finding (run_id, kind, area, child_id)
SELECT $1::uuid, f.kind, f.area, f.child_id FROM reconciliation_finding f
WHERE f.run_id = $2 AND NOT EXISTS (SELECT FROM chosen WHERE child_id = f.child_id)
"""
# $1 areas of a run that has ended, $2 its xid: whom rows left before it began, it has judged. Whoever went themselves
# is of no area, and taken out of the figures by every run whose members are kept.
FORGET_MARKS: Final = """
DELETE FROM reconciliation_mark m
WHERE age(m.xmin) > (SELECT age(($2::bigint % 4294967296)::text::xid)) AND CASE
    WHEN EXISTS (SELECT FROM child c WHERE c.id = m.child_id) THEN m.area <@ (SELECT $1::text::int4multirange)
    ELSE NOT EXISTS (SELECT FROM reconciliation_run r WHERE r.members_run_id IS NOT NULL
        AND age(m.xmin) <= age(((r.watermarks ->> 'xid')::bigint % 4294967296)::text::xid)) END
"""
