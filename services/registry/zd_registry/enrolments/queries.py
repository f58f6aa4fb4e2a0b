"""Set-based work on `incoming` (see the children's) for lists of pupils, and what a complete list no longer names."""

from typing import Final, NamedTuple

from zd_registry.children.incoming import AREAS, AS_SAID_OF_NEW, POSITIONS, Filling, filling
from zd_registry.children.queries import TAMBON


def _from_list(looked_up: str = "") -> Filling:
    """$4 areas, $5 organisations, $6 term. The uploader may speak for a school of its own or in its own areas, and for
    a child of its own areas. Who left, and whom nobody knows on the list, is no news."""
    return filling(
        said=AS_SAID_OF_NEW,
        # The limit keeps the planner from joining whole tables: it takes every import for one row.
        joins=f"""LEFT JOIN LATERAL (SELECT e.id, e.grade, e.ended_date FROM enrolment e
            WHERE {looked_up} e.child_id = m.id AND e.term = $6 AND e.organisation = t.organisation LIMIT 1
            ) n ON true""",
        # Also of an enrolment that is still to be made: what the row names is known at once. The row brought an id for
        # a child, which only a new one needs.
        listed="coalesce(n.id, CASE WHEN m.id IS NULL THEN uuidv7() ELSE t.child_id END)",
        reason=f"""CASE WHEN NOT coalesce(t.organisation_position <@ {POSITIONS}, false)
            AND NOT coalesce(coalesce(m.area, t.area) <@ {AREAS}, false)
            AND NOT EXISTS (SELECT FROM organisation o WHERE o.code = t.organisation AND o.area <@ {AREAS})
            THEN 'outside_scope' END""",
        outcome="""CASE WHEN t.removed AND (n.id IS NULL OR n.ended_date IS NOT NULL) THEN 'unchanged'
            WHEN t.removed THEN 'ended' WHEN n.id IS NULL THEN 'enrolled' WHEN n.ended_date IS NOT NULL THEN 'reopened'
            WHEN n.grade <> t.grade THEN 'regraded' ELSE 'unchanged' END""",
    )


FROM_LIST: Final = _from_list()
# Of a feed that has delivered nothing for the term: its pupils are not looked up among the enrolments. Where another
# list named one of them at the school before, the table refuses the piece, which is then taken in as any other.
FROM_FIRST_LIST: Final = _from_list("t.removed AND")
LISTED_BEFORE: Final = """
SELECT EXISTS (SELECT FROM feed_delivery WHERE feed_id = $1 AND term = $2 AND withdrawn_at IS NULL)
"""
# Two rows of one file may lead to one child in one school, by different identifiers: the first counts.
ONCE: Final = """
UPDATE incoming i SET outcome = 'unchanged', enrolment_id = f.enrolment_id
FROM (SELECT DISTINCT ON (child_id, organisation) row, child_id, organisation, enrolment_id FROM incoming
    WHERE outcome NOT IN ('rejected', 'unlinked') ORDER BY child_id, organisation, row) f
WHERE i.outcome IN ('enrolled', 'regraded', 'reopened', 'ended') AND EXISTS (SELECT FROM other_identity)
    AND f.child_id = i.child_id AND f.organisation = i.organisation AND f.row < i.row
"""

_RESIDENCE: Final = "coalesce(known_area, area, 0)"
ENROL: Final = f"""
INSERT INTO enrolment (id, child_id, area, organisation, organisation_position, term, grade, import_id, feed_id,
    created_at)
SELECT coalesce(enrolment_id, uuidv7()), child_id, {_RESIDENCE}, organisation, organisation_position, $1, grade, $2,
    $3, $4
FROM incoming WHERE outcome = 'enrolled'
"""
# Whom a list names on the other side of kindergarten than before leaves the one when entering the other.
CHANGE: Final = """
WITH changed AS (
    UPDATE enrolment e SET grade = coalesce(i.grade, e.grade),
        ended_date = CASE WHEN i.outcome = 'ended' THEN $2::date END,
        ended_import_id = CASE WHEN i.outcome = 'ended' THEN $1::uuid END
    FROM incoming i WHERE e.id = i.enrolment_id AND i.outcome IN ('regraded', 'reopened', 'ended')
        AND e.id = ANY (ARRAY(SELECT enrolment_id FROM incoming WHERE outcome IN ('regraded', 'reopened', 'ended')))
    RETURNING e.id, e.child_id, e.area, e.organisation, e.term, old.grade AS was, e.grade, i.outcome
)
INSERT INTO gone_from_list
SELECT id, child_id, area, organisation, term, was FROM changed
WHERE outcome <> 'reopened' AND (was = 'K0') <> (grade = 'K0')
"""

CREATE_GONE: Final = """
CREATE TEMP TABLE gone_from_list (
    id uuid NOT NULL, child_id uuid NOT NULL, area int NOT NULL, organisation text NOT NULL, term text NOT NULL,
    grade text NOT NULL
) ON COMMIT DROP
"""
# $1 import, $2 feed, $3 term, $4 how many. A pupil whose row named nobody surely the last time may stand behind a row
# that still waits for linkage: who is linked is not missing from the list while their school has such rows.
FIND_GONE: Final = """
INSERT INTO gone_from_list
SELECT e.id, e.child_id, e.area, e.organisation, e.term, e.grade FROM enrolment e
WHERE e.feed_id = $2 AND e.term = $3 AND e.ended_date IS NULL AND e.import_id <> $1
    AND NOT EXISTS (
        SELECT FROM import_roster r CROSS JOIN unnest(r.named) AS n(id) WHERE r.import_id = $1 AND n.id = e.id)
    AND NOT EXISTS (
        SELECT FROM unlinked_record u JOIN unlinked_record w
            ON w.import_id = $1 AND w.state IN ('waiting', 'review') AND w.organisation = u.organisation
        WHERE u.child_id = e.child_id AND u.state IN ('linked', 'registered') AND u.organisation = e.organisation)
LIMIT $4
"""
END: Final = """
UPDATE enrolment e SET ended_date = $1, ended_import_id = $2 FROM gone_from_list g
WHERE g.id = e.id AND e.id = ANY (ARRAY(SELECT id FROM gone_from_list))
"""


class Facts(NamedTuple):
    """Of pupils of a grade; and of children below kindergarten, of whom no grade is told (decision 0011)."""

    school: str
    early_care: str


def facts(select: str) -> Facts:
    """Of a select with a place for the `{grade}` told and for `{whom}`, the condition that parts the two."""
    return Facts(select.format(grade=", grade", whom="grade <> 'K0'"), select.format(grade="", whom="grade = 'K0'"))


ENROLLED_FACTS: Final = facts(f"""
SELECT child_id, {TAMBON.format(_RESIDENCE)} AS tambon, organisation, $1::text AS term{{grade}}
FROM incoming WHERE outcome IN ('enrolled', 'regraded', 'reopened') AND {{whom}}
""")
LEFT_FACTS: Final = facts(f"""
SELECT child_id, {TAMBON.format(_RESIDENCE)} AS tambon, organisation, $1::text AS term{{grade}},
    $2::date AS left_date
FROM incoming WHERE outcome = 'ended' AND {{whom}} ORDER BY row
""")
GONE_FACTS: Final = facts(f"""
SELECT child_id, {TAMBON.format("area")} AS tambon, organisation, term{{grade}}, $1::date AS left_date
FROM gone_from_list WHERE {{whom}} ORDER BY id
""")
