from typing import Final

from zd_registry.indicators.counting_queries import BLANK

# What is not deleted together with the child's own row; the ids are all that the child was known by.
OF_CHILD: Final = (
    "DELETE FROM placement WHERE child_id = ANY ($1::uuid[])",
    "DELETE FROM home_visit WHERE child_id = ANY ($1::uuid[])",
    "DELETE FROM household_screening WHERE child_id = ANY ($1::uuid[])",
    "DELETE FROM risk_mark WHERE child_id = ANY ($1::uuid[])",
    "DELETE FROM unlinked_record WHERE child_id = ANY ($1::uuid[])",
    "DELETE FROM link_decision WHERE candidate_id = ANY ($1::uuid[])",
    "UPDATE link_verdict SET candidate_id = NULL WHERE candidate_id = ANY ($1::uuid[])",
    "DELETE FROM attendance_elsewhere WHERE child_id = ANY ($1::uuid[])",
    "UPDATE sheet_refusal SET cells = '', child_id = NULL WHERE child_id = ANY ($1::uuid[])",
    # The figures of the next run are told by the nameless one that is left.
    BLANK,
    "DELETE FROM reconciliation_mark WHERE child_id = ANY ($1::uuid[])",
    """UPDATE import_roster SET named = array(SELECT n FROM unnest(named) AS n WHERE n <> ALL ($1::uuid[]))
    WHERE named && $1::uuid[]""",
    # What is left of the file is read as any other's.
    """DELETE FROM import_known k WHERE EXISTS (
        SELECT FROM unnest($1::uuid[]) AS gone(id) WHERE position(uuid_send(gone.id) IN k.named) > 0)""",
)
SHEET_ROWS: Final = """
UPDATE sheet_refusal SET cells = '', citizen_id_index = NULL WHERE citizen_id_index = ANY ($1::text[])
"""
# Before the child goes, through whom they are seen.
MERGES: Final = "DELETE FROM child_merge WHERE survivor_id = ANY ($1::uuid[]) OR merged_id = ANY ($1::uuid[])"
ORPHANED_GUARDIANS: Final = """
DELETE FROM guardian g
WHERE id = ANY ($1::uuid[]) AND NOT EXISTS (SELECT FROM child_guardian l WHERE l.guardian_id = g.id)
"""
EMPTY_HOUSEHOLD: Final = """
DELETE FROM household h WHERE id = $1 AND NOT EXISTS (SELECT FROM child c WHERE c.household_id = h.id)
"""
NOTE_NAME: Final = "INSERT INTO forgotten_name (kind, key) SELECT $1, $2 WHERE $2 <> '' ON CONFLICT DO NOTHING"
# Names that others bear stay findable.
FORGET_NAMES: Final = """
WITH suspect AS (DELETE FROM forgotten_name RETURNING kind, key), gone AS (
    SELECT kind, key FROM suspect s WHERE NOT EXISTS (
        SELECT FROM child_name n WHERE s.kind = 'given' AND n.given_key = s.key)
        AND NOT EXISTS (SELECT FROM child_name n WHERE s.kind = 'family' AND n.family_key = s.key)
), entries AS (
    DELETE FROM name_entry e USING gone g WHERE e.kind = g.kind AND e.key = g.key RETURNING e.id
)
DELETE FROM name_form f USING entries e WHERE f.entry = e.id
"""

# Rows of files that still hold what was uploaded, refused or waiting.
_HELD: Final = """
FROM import_row r JOIN file_import f ON f.id = r.import_id AND f.phase NOT IN ('committed', 'withdrawn', 'failed')
"""
UNREAD: Final = """
SELECT EXISTS (SELECT FROM file_import f JOIN job j ON j.id = f.job_id AND j.state IN ('queued', 'running')
    WHERE f.phase IN ('received', 'converting', 'staging') AND f.created_at <= $1)
"""
ROWS_BY_NUMBER: Final = f"""
SELECT r.import_id, r.row {_HELD} WHERE r.citizen_id_index = ANY ($1::text[]) OR r.other_id_index = ANY ($1::text[])
"""
ROWS_BY_NAME: Final = f"""
SELECT r.import_id, r.row, r.given_key, r.family_key, r.birth_date, r.birth_precision,
    r.citizen_id_index IS NOT NULL AS numbered
{_HELD} WHERE r.reason IS NULL AND r.birth_date IS NOT NULL AND (r.citizen_id_index IS NULL OR NOT $1::boolean)
"""
RECORDS_BY_NAME: Final = """
SELECT id, given_key, family_key, birth_date, birth_precision, citizen_id_index IS NOT NULL AS numbered
FROM unlinked_record WHERE birth_date IS NOT NULL AND state NOT IN ('linked', 'registered')
    AND (citizen_id_index IS NULL OR NOT $1::boolean)
"""
DROP_RECORDS: Final = "DELETE FROM unlinked_record WHERE id = ANY ($1::uuid[])"
# Somebody else's row that bears the erased number stays, without the number.
UNNUMBER_RECORDS: Final = """
UPDATE unlinked_record SET citizen_id_index = NULL, citizen_id_encrypted = NULL, details = details - 'other_id'
WHERE citizen_id_index = ANY ($1::text[]) OR details -> 'other_id' ->> 'index' = ANY ($1::text[])
"""
# A waiting row keeps the hash by which its turn refuses it.
FORGET_ROW: Final = """
UPDATE import_row SET reason = 'erased', warnings = NULL, cells = '', id_problem = 'none', citizen_id_encrypted = NULL,
    other_id_kind = NULL, other_id_index = NULL, other_id_encrypted = NULL, child_id = NULL, given_name = NULL,
    family_name = NULL, nickname = NULL, given_key = NULL, family_key = NULL, given_lk82 = NULL, family_lk82 = NULL,
    given_udom83 = NULL, family_udom83 = NULL, birth_date = NULL, birth_precision = NULL, sex = NULL,
    nationality = NULL, home_language = NULL, area = NULL, organisation = NULL, organisation_position = NULL,
    grade = NULL, gone_kind = NULL, gone_date = NULL, removed = false, details = NULL
WHERE import_id = $1 AND row = $2 AND reason IS NULL
"""
# Rows that were cut later stand in a piece of their own.
PIECES: Final = """
SELECT ordinal, content FROM import_piece WHERE import_id = $1 AND first_row <= $2 AND last_row >= $2
"""
STORE_PIECE: Final = "UPDATE import_piece SET content = $3 WHERE import_id = $1 AND ordinal = $2"
