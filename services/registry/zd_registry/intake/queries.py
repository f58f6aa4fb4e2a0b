"""Rows of a file on their way: from the staging table into `incoming` (see the children's queries), and out of it."""

from typing import Final

# Pieces are taken in order; the deleted row is the proof that a piece was staged.
TAKE_CHUNK: Final = """
DELETE FROM import_chunk WHERE import_id = $1
    AND ordinal = (SELECT min(ordinal) FROM import_chunk WHERE import_id = $1)
RETURNING ordinal, content, (SELECT max(ordinal) FROM import_chunk WHERE import_id = $1) AS last
"""

STAGED_COLUMNS: Final = (
    "row", "reason", "cells", "citizen_id_index", "citizen_id_encrypted", "child_id", "given_name", "family_name",
    "birth_date", "sex", "area", "organisation", "organisation_position", "grade",
)  # fmt: skip
_COLUMNS: Final = ", ".join(STAGED_COLUMNS)
# A refused row keeps what the error file (its encrypted cells) and an erasure (the keyed hash) need, and nothing else.
_NOTHING_ELSE: Final = ", ".join(f"{column} = NULL" for column in STAGED_COLUMNS[4:])

# COPY cannot enter a table with row-level security.
CREATE_STAGED: Final = f"CREATE TEMP TABLE staged ON COMMIT DROP AS SELECT {_COLUMNS} FROM import_row LIMIT 0"

# A child, or a child in one school, stands once in a file: the first row that can be taken counts.
REFUSE_REPEATED: Final = f"""
UPDATE staged s SET reason = 'duplicate_in_file', {_NOTHING_ELSE}
FROM (
    SELECT row, row_number() OVER (PARTITION BY citizen_id_index, organisation ORDER BY row) AS nth
    FROM staged WHERE reason IS NULL
) numbered
WHERE s.row = numbered.row AND (numbered.nth > 1 OR EXISTS (
    SELECT FROM import_row r WHERE r.import_id = $1 AND r.citizen_id_index = s.citizen_id_index
        AND r.reason IS NULL AND r.organisation IS NOT DISTINCT FROM s.organisation))
"""

STAGE: Final = f"""
INSERT INTO import_row (import_id, {_COLUMNS}) SELECT $1, {_COLUMNS} FROM staged ORDER BY row
"""

FILL_INCOMING: Final = """
INSERT INTO incoming (row, citizen_id_index, citizen_id_encrypted, new_id, given_name, family_name, birth_date,
    sex, area, organisation, organisation_position, grade)
SELECT row, citizen_id_index, citizen_id_encrypted, child_id, given_name, family_name, birth_date,
    sex, area, organisation, organisation_position, grade
FROM import_row WHERE import_id = $1 AND row > $2 AND reason IS NULL ORDER BY row LIMIT $3
"""

KEEP_REFUSED: Final = f"""
UPDATE import_row r SET reason = i.reason, cells = CASE WHEN i.reason <> 'erased' THEN r.cells END, {_NOTHING_ELSE}
FROM incoming i WHERE r.import_id = $1 AND r.row = i.row AND i.outcome = 'rejected'
"""
DROP_TAKEN: Final = """
DELETE FROM import_row r USING incoming i WHERE r.import_id = $1 AND r.row = i.row AND i.outcome <> 'rejected'
"""

COUNT: Final = """
SELECT count(*) FILTER (WHERE outcome = 'accepted') AS accepted,
    count(*) FILTER (WHERE outcome = 'unchanged') AS unchanged,
    count(*) FILTER (WHERE outcome = 'rejected') AS rejected,
    max(row) AS last_row, bool_or(created) AS created, bool_or(enrolled) AS enrolled, bool_or(returned) AS returned,
    array_agg(DISTINCT child_id) FILTER (WHERE outcome = 'accepted') AS children
FROM incoming
"""
