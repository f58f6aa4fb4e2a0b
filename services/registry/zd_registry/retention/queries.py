from typing import Final

IN_FORCE: Final = """
SELECT DISTINCT ON (name) name, keep_days FROM retention_rule WHERE valid_from <= $1 ORDER BY name, valid_from DESC
"""
RULES: Final = "SELECT name, valid_from, keep_days, source FROM retention_rule ORDER BY name, valid_from DESC"
RUNS: Final = """
SELECT id, name, keep_days, removed, started_at FROM retention_run WHERE id < $1 ORDER BY id DESC LIMIT $2
"""

# $1 the day or instant before which something is too old, $2 how many at a time. The last possible birth date counts.
TOO_OLD: Final = """
SELECT id FROM child WHERE (CASE birth_precision WHEN 'year' THEN birth_date + interval '1 year - 1 day'
    WHEN 'month' THEN birth_date + interval '1 month - 1 day' ELSE birth_date END)::date < $1::date
ORDER BY id LIMIT $2
"""
# What an error file shows; that the row was refused, and why, stays.
REFUSED_ROWS: Final = """
UPDATE import_row SET cells = '' WHERE ctid IN (
    SELECT r.ctid FROM import_row r JOIN file_import f ON f.id = r.import_id
    WHERE r.reason IS NOT NULL AND r.cells <> '' AND f.created_at < $1
        AND f.phase IN ('committed', 'withdrawn', 'failed')
    LIMIT $2)
"""
SHEET_ROWS: Final = """
UPDATE sheet_refusal SET cells = '' WHERE ctid IN (
    SELECT r.ctid FROM sheet_refusal r JOIN sheet s ON s.id = r.sheet_id
    WHERE r.cells <> '' AND s.created_at < $1 AND s.phase IN ('done', 'failed') LIMIT $2)
"""
# Files that nobody took in or withdrew: what they hold goes, and the import has failed.
WAITING_FILES: Final = """
SELECT id FROM file_import WHERE phase IN ('checked', 'stopped') AND created_at < $1 ORDER BY id LIMIT 1
FOR UPDATE SKIP LOCKED
"""
# What those whose job failed for good brought stays until somebody withdraws it; what was uploaded goes.
BROKEN_FILES: Final = """
SELECT f.id FROM file_import f LEFT JOIN job j ON j.id = f.job_id
WHERE f.finished_at IS NULL AND f.phase NOT IN ('checked', 'stopped') AND f.created_at < $1
    AND coalesce(j.state, 'failed') = 'failed'
    AND (EXISTS (SELECT FROM import_chunk c WHERE c.import_id = f.id)
        OR EXISTS (SELECT FROM import_piece p WHERE p.import_id = f.id)
        OR EXISTS (SELECT FROM import_row r WHERE r.import_id = f.id))
ORDER BY f.id LIMIT 1 FOR UPDATE OF f SKIP LOCKED
"""
GIVE_UP: Final = (
    "DELETE FROM import_row WHERE import_id = $1",
    "DELETE FROM import_piece WHERE import_id = $1",
    "DELETE FROM import_chunk WHERE import_id = $1",
    "DELETE FROM import_told WHERE import_id = $1",
    "DELETE FROM import_teaching WHERE import_id = $1",
)
GIVEN_UP: Final = """
UPDATE file_import SET phase = 'failed', report = $2::jsonb, finished_at = $3, rejected = rows,
    accepted = 0, unchanged = 0
WHERE id = $1
"""
LINK_DECISIONS: Final = """
DELETE FROM link_decision WHERE ctid IN (SELECT ctid FROM link_decision WHERE decided_at < $1 LIMIT $2)
"""
CONSENTS: Final = """
DELETE FROM consent WHERE ctid IN (SELECT ctid FROM consent WHERE withdrawn_at < $1 LIMIT $2)
"""
SCREENINGS: Final = """
DELETE FROM screening WHERE ctid IN (SELECT ctid FROM screening WHERE screened_date < $1::timestamptz::date LIMIT $2)
"""
