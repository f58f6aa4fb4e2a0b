"""Who worked with a child's record. Three sources in one order: entries of the audit, files, reconciliation runs."""

from datetime import UTC, datetime
from typing import Final

LATEST: Final = (datetime(9999, 12, 31, tzinfo=UTC), "")
"""Where the first page begins: after the end of time."""

# A file of tens of thousands of people is one entry of the audit, about the import: what it left on the child's own
# rows leads back to it. Whose file it was every caller may know; who sent it, only those who may see the import.
_NAMED: Final = """
SELECT created_import_id AS id FROM child WHERE id = $1
UNION SELECT registered_import_id FROM child WHERE id = $1
UNION SELECT import_id FROM enrolment WHERE child_id = $1
UNION SELECT ended_import_id FROM enrolment WHERE child_id = $1
UNION SELECT import_id FROM child_identifier WHERE child_id = $1
UNION SELECT import_id FROM import_effect WHERE child_id = $1
UNION SELECT import_id FROM unlinked_record WHERE child_id = $1
UNION SELECT import_id FROM child_guardian WHERE child_id = $1
UNION SELECT import_id FROM residence WHERE child_id = $1
UNION SELECT import_id FROM child_need WHERE child_id = $1
"""
_JUDGED: Final = """
SELECT run_id AS id FROM learning_change WHERE child_id = $1
UNION SELECT run_id FROM learning_state WHERE child_id = $1
"""
# A run's own row says more than the entries of its steps. $1 child, $2 and $3 the last row seen, $4 how many.
ACCESS_LOG: Final = f"""
SELECT * FROM (
    (SELECT s.at, 'a' || lpad(s.entry_id::text, 19, '0') AS key, e.actor, e.on_behalf_of, e.agency, e.purpose, e.action,
        e.outcome, NULL::uuid AS import_id, NULL::uuid AS run_id
    FROM audit_subject s JOIN audit_entry e ON e.id = s.entry_id
    WHERE s.subject = $1 AND s.at <= $2 AND (s.at, 'a' || lpad(s.entry_id::text, 19, '0')) < ($2, $3::text)
        AND e.action <> 'system:job:reconciliation'
    ORDER BY s.at DESC, s.entry_id DESC LIMIT $4)
    UNION ALL
    (SELECT d.delivered_at, 'i' || n.id, i.created_by, NULL, f.agency, 'import', 'import_' || f.kind, 'ok', n.id, NULL
    FROM ({_NAMED}) n JOIN feed_delivery d ON d.import_id = n.id JOIN feed f ON f.id = d.feed_id
        LEFT JOIN file_import i ON i.id = n.id
    WHERE (d.delivered_at, 'i' || n.id) < ($2, $3::text))
    UNION ALL
    (SELECT r.created_at, 'r' || r.id, r.created_by, NULL, NULL, 'reconciliation', 'reconciliation', 'ok', NULL, r.id
    FROM ({_JUDGED}) j JOIN reconciliation_run r ON r.id = j.id
    WHERE (r.created_at, 'r' || r.id) < ($2, $3::text))
) log ORDER BY at DESC, key DESC LIMIT $4
"""

HOLDER: Final = "SELECT citizen_id_holder($1::text[], $2::uuid)"
FOLLOW: Final = "UPDATE {table} SET area = $2 WHERE child_id = $1 AND area <> $2"
CORRECTIONS: Final = """
SELECT at, field, reason, actor, agency FROM correction WHERE child_id = $1 ORDER BY at DESC, id DESC
"""
NAMES: Final = "SELECT given_key, family_key FROM child WHERE id = $1"
SOUNDS: Final = """
UPDATE child SET given_lk82 = $2, given_udom83 = $3, family_lk82 = $4, family_udom83 = $5 WHERE id = $1
"""
ROTATION: Final = """
SELECT id, job_id, field_key, index_key, renewed, created_at, finished_at FROM key_rotation WHERE id = $1
"""
