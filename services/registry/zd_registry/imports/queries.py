from typing import Final

REFUSED: Final = """
SELECT row, reason, cells FROM import_row
WHERE import_id = $1 AND row > $2 AND reason IS NOT NULL ORDER BY row LIMIT $3
"""

# A row that still waits is refused as erased when its turn comes; until then it names nobody.
_FORGET: Final = """
UPDATE import_row SET cells = CASE WHEN reason IS NOT NULL THEN '' END, details = NULL, nickname = NULL,
    citizen_id_encrypted = NULL, other_id_encrypted = NULL, other_id_index = NULL,
    given_name = CASE WHEN reason IS NULL THEN '' END, family_name = CASE WHEN reason IS NULL THEN '' END,
    given_key = CASE WHEN reason IS NULL THEN '' END, family_key = CASE WHEN reason IS NULL THEN '' END,
    given_lk82 = NULL, family_lk82 = NULL, given_udom83 = NULL, family_udom83 = NULL, birth_date = NULL
WHERE citizen_id_index = $1 AND
"""
FORGET_REFUSED: Final = f"{_FORGET} reason IS NOT NULL"
FORGET_WAITING: Final = f"""{_FORGET} reason IS NULL
    AND import_id IN (SELECT id FROM file_import WHERE phase NOT IN ('committed', 'withdrawn', 'failed'))"""

STORE_CHUNK: Final = "INSERT INTO import_chunk (import_id, ordinal, content) VALUES ($1, $2, $3)"
DROP_CHUNKS: Final = "DELETE FROM import_chunk WHERE import_id = $1"
DROP_PIECES: Final = """
WITH taught AS (DELETE FROM import_teaching WHERE import_id = $1) DELETE FROM import_piece WHERE import_id = $1
"""
DROP_ROWS: Final = "DELETE FROM import_row WHERE import_id = $1"

# Jobs are forgotten after a month; the phase still tells whether the import ended.
_SHOWN: Final = """
i.id, i.job_id, i.kind, i.term, i.agency, i.feed_id, i.format, i.encoding, i.complete, i.rows, i.accepted, i.unchanged,
i.rejected, i.unlinked, i.created_at, i.finished_at, j.step, j.progress_done, j.progress_total,
CASE WHEN j.state = 'failed' THEN 'failed' ELSE i.phase END AS phase,
coalesce(i.report -> 'fault' ->> 'code', j.error_code) AS error_code,
CASE WHEN i.phase = 'failed' THEN 'failed' ELSE coalesce(j.state,
    CASE WHEN i.phase IN ('checked', 'stopped', 'committed', 'withdrawn') THEN 'done' ELSE 'failed' END) END AS state
"""
IMPORT: Final = f"""
SELECT {_SHOWN}, i.columns, i.mapping, i.report FROM file_import i LEFT JOIN job j ON j.id = i.job_id
WHERE i.id = $1 AND i.agency = $2
"""
IMPORTS: Final = f"""
SELECT {_SHOWN} FROM file_import i LEFT JOIN job j ON j.id = i.job_id
WHERE i.agency = $1 AND i.id < $2 AND ($3::text IS NULL OR i.kind = $3)
    AND ($4::text IS NULL OR CASE WHEN j.state = 'failed' THEN 'failed' ELSE i.phase END = $4)
ORDER BY i.id DESC LIMIT $5
"""
COLUMNS: Final = "SELECT columns FROM file_import WHERE id = $1 AND agency = $2"
