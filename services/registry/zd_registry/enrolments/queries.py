"""Set-based work on `incoming` (see the children's queries) for enrolment files."""

from typing import Final

from zd_registry.children.queries import TAMBON

# The uploader may speak for a school of its own, or for a child of its own areas.
REFUSE_FOREIGN: Final = """
UPDATE incoming SET outcome = 'rejected', reason = 'outside_scope'
WHERE outcome IS NULL
  AND NOT (organisation_position <@ $2::text::int4multirange
           OR (known_area IS NOT NULL AND known_area <@ $1::text::int4multirange))
"""

COMPARE: Final = """
UPDATE incoming i SET outcome = 'unchanged' FROM enrolment e
WHERE e.child_id = i.child_id AND e.term = $1 AND e.organisation = i.organisation AND e.grade = i.grade
    AND i.outcome IS NULL
"""
ENROL: Final = """
INSERT INTO enrolment (id, child_id, area, organisation, organisation_position, term, grade, import_id, created_at)
SELECT uuidv7(), child_id, coalesce(known_area, 0), organisation, organisation_position, $1, grade, $2, $3
FROM incoming WHERE enrolled ORDER BY row
ON CONFLICT (child_id, term, organisation) DO UPDATE SET grade = excluded.grade, import_id = excluded.import_id
"""

FOLLOW: Final = """
UPDATE enrolment e SET area = i.area FROM incoming i
WHERE e.child_id = i.child_id AND i.outcome = 'accepted' AND i.area <> i.known_area
"""

ENROLLED_FACTS: Final = f"""
SELECT json_build_object('child_id', child_id, 'tambon', {TAMBON.format("coalesce(known_area, 0)")},
    'organisation', organisation, 'term', $1::text, 'grade', grade)
FROM incoming WHERE enrolled ORDER BY row
"""
