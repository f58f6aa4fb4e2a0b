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
PLACEMENTS: Final = "SELECT kind, started_date FROM placement WHERE child_id = $1 ORDER BY started_date"
