from typing import Final

REFUSED: Final = """
SELECT row, reason, cells FROM import_row
WHERE import_id = $1 AND row > $2 AND reason IS NOT NULL ORDER BY row LIMIT $3
"""

# A row that still waits is refused as erased when its turn comes; until then it names nobody.
FORGET: Final = """
UPDATE import_row SET cells = NULL, citizen_id_encrypted = CASE WHEN reason IS NULL THEN '' END,
    given_name = CASE WHEN reason IS NULL THEN '' END, family_name = CASE WHEN reason IS NULL THEN '' END,
    birth_date = CASE WHEN reason IS NULL THEN DATE 'epoch' END
WHERE citizen_id_index = $1
"""

# Jobs are forgotten after a month; the figures still tell whether the import ended.
IMPORT: Final = """
SELECT i.id, i.job_id, i.kind, i.term, i.rows, i.accepted, i.unchanged, i.rejected, i.created_at,
    j.progress_done, j.progress_total, j.error_code,
    coalesce(j.state, CASE WHEN i.accepted + i.unchanged + i.rejected = i.rows THEN 'done' ELSE 'failed' END) AS state
FROM file_import i LEFT JOIN job j ON j.id = i.job_id WHERE i.id = $1 AND i.agency = $2
"""
COLUMNS: Final = "SELECT columns FROM file_import WHERE id = $1 AND agency = $2"
