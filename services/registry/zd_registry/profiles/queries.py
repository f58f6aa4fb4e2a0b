from typing import Final

from zd_registry.children.queries import SHOWN

PROFILE: Final = f"""
SELECT {SHOWN}, c.nickname, c.nationality, c.home_language, c.registered_import_id IS NOT NULL AS in_register,
    c.citizen_id_index IS NOT NULL AS has_citizen_id, c.created_at, c.created_import_id
FROM child c LEFT JOIN learning_state s ON s.child_id = c.id WHERE c.id = $1
"""
IDENTIFIERS: Final = """
SELECT kind, valid_from, valid_to, created_at, import_id FROM child_identifier WHERE child_id = $1 ORDER BY created_at
"""
ENROLMENTS: Final = """
SELECT organisation, term, grade, created_at, ended_date, import_id, ended_import_id
FROM enrolment WHERE child_id = $1 ORDER BY term DESC, organisation
"""
CHANGES: Final = """
SELECT at, from_status, to_status, missing_kind, reason FROM learning_change WHERE child_id = $1 ORDER BY at
"""
PLACEMENTS: Final = "SELECT kind, started_date, ended_date FROM placement WHERE child_id = $1 ORDER BY started_date"
VERIFIED: Final = "SELECT verified_at, verified_by FROM learning_state WHERE child_id = $1 AND verified_at IS NOT NULL"
VISITS: Final = "SELECT visited_date FROM home_visit WHERE child_id = $1 ORDER BY visited_date"
# Of a merge that was undone, each of the two tells that it was, by the id that is its own again.
MERGES: Final = """
SELECT merged_at, undone_at FROM child_merge
WHERE merged_at IS NOT NULL AND (survivor_id = $1 OR (merged_id = $1 AND undone_at IS NOT NULL)) ORDER BY id
"""
GUARDIANS: Final = (
    "SELECT relation, created_at, until_date, import_id FROM child_guardian WHERE child_id = $1 ORDER BY id"
)
CONSENTS: Final = "SELECT purpose, given_at, refused, withdrawn_at FROM consent WHERE child_id = $1 ORDER BY given_at"
RISKS: Final = "SELECT at, to_level FROM risk_change WHERE child_id = $1 ORDER BY at"
