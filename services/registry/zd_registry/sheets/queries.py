from typing import Final

# Pupils of a school's list of a term, those who left among them: a sheet may be about days before.
PUPILS: Final = """
SELECT c.id, c.given_key, c.family_key, e.grade, c.citizen_id_index,
    ARRAY(SELECT i.value_index FROM child_identifier i WHERE i.child_id = c.id) AS others,
    ARRAY(SELECT m.child_id FROM merged_child m WHERE m.survivor_id = c.id) AS former
FROM enrolment e JOIN child c ON c.id = e.child_id WHERE e.organisation_position = $1 AND e.term = $2
"""
REFUSE: Final = """
INSERT INTO sheet_refusal (sheet_id, row, child_id, citizen_id_index, reason, cells)
SELECT $1, r.row, r.child_id, r.mark, r.reason, r.cells
FROM unnest($2::int[], $3::uuid[], $4::text[], $5::text[], $6::text[]) AS r(row, child_id, mark, reason, cells)
"""
REFUSED: Final = "SELECT row, reason, cells FROM sheet_refusal WHERE sheet_id = $1 AND row > $2 ORDER BY row LIMIT $3"
SHEET: Final = """
SELECT id, kind, organisation, term, period, dry_run, phase, rows, accepted, unchanged, refused, columns, report,
    job_id, created_at, finished_at
FROM sheet WHERE id = $1 AND agency = $2
"""
REASONS: Final = (
    "SELECT reason, count(*) AS n FROM sheet_refusal WHERE sheet_id = $1 GROUP BY reason ORDER BY n DESC, 1"
)
