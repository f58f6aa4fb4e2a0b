"""Set-based work on `incoming`: the rows of an import that one step takes, matched with the children they name.

`incoming` is a temporary table of the step's transaction. Whoever fills it gives, per row, what the file says; the
statements here and in other slices write `child_id`, `known_area`, the flags of what happened, and `outcome`.
"""

from typing import Final, NamedTuple
from uuid import UUID

from zd_kernel.scope import EVERYWHERE, Range, Scope, hull

CREATE_INCOMING: Final = """
CREATE TEMP TABLE incoming (
    row int NOT NULL, citizen_id_index text NOT NULL, citizen_id_encrypted text NOT NULL, new_id uuid NOT NULL,
    given_name text NOT NULL, family_name text NOT NULL, birth_date date NOT NULL, sex text, area int,
    organisation text, organisation_position int, grade text,
    child_id uuid, known_area int,
    created boolean NOT NULL DEFAULT false, enrolled boolean NOT NULL DEFAULT false,
    returned boolean NOT NULL DEFAULT false,
    outcome text, reason text
) ON COMMIT DROP
"""

REFUSE_ERASED: Final = """
UPDATE incoming i SET outcome = 'rejected', reason = 'erased'
FROM erased_child e WHERE e.citizen_id_index = i.citizen_id_index
"""

RECOGNISE: Final = """
UPDATE incoming i SET child_id = c.id, known_area = c.area
FROM child c WHERE c.citizen_id_index = i.citizen_id_index AND i.outcome IS NULL
"""

# An unknown residence (0) may be claimed by whoever has the population register of the child's area.
REFUSE_FOREIGN: Final = """
UPDATE incoming SET outcome = 'rejected', reason =
    CASE WHEN area <@ $1::text::int4multirange THEN 'registered_elsewhere' ELSE 'outside_scope' END
WHERE outcome IS NULL
  AND NOT (area <@ $1::text::int4multirange AND (coalesce(known_area, 0) = 0 OR known_area <@ $1::text::int4multirange))
"""

COMPARE: Final = """
UPDATE incoming i SET outcome =
    CASE WHEN (c.area, c.given_name, c.family_name, c.birth_date, c.sex)
              IS DISTINCT FROM (i.area, i.given_name, i.family_name, i.birth_date, i.sex)
         THEN 'accepted' ELSE 'unchanged' END
FROM child c WHERE c.id = i.child_id AND i.outcome IS NULL
"""
# What is kept about a child lies where the child lives.
FOLLOW: Final = """
UPDATE {table} t SET area = i.area FROM incoming i
WHERE t.child_id = i.child_id AND i.outcome = 'accepted' AND i.area <> i.known_area
"""
FOLLOWERS: Final = ("learning_state", "learning_change", "child_identifier")
CORRECT: Final = """
UPDATE child c SET area = i.area, given_name = i.given_name, family_name = i.family_name,
    birth_date = i.birth_date, sex = i.sex, version = c.version + 1, updated_at = $1
FROM incoming i WHERE c.id = i.child_id AND i.outcome = 'accepted'
"""

# One enrolment file may name a new child in two schools: the child is made once, and both rows point to it.
NAME_NEW: Final = """
UPDATE incoming i SET child_id = new_id, created = true
WHERE child_id IS NULL AND outcome IS NULL AND NOT EXISTS (
    SELECT FROM incoming e WHERE e.citizen_id_index = i.citizen_id_index AND e.row < i.row
        AND e.child_id IS NULL AND e.outcome IS NULL)
"""
REGISTER: Final = """
INSERT INTO child (id, area, given_name, family_name, birth_date, sex, citizen_id_encrypted, citizen_id_index,
    version, created_at, updated_at)
SELECT child_id, coalesce(area, 0), given_name, family_name, birth_date, coalesce(sex, 'unknown'),
    citizen_id_encrypted, citizen_id_index, 1, $1, $1
FROM incoming WHERE created ORDER BY row
"""
NAME_AGAIN: Final = """
UPDATE incoming i SET child_id = c.child_id FROM incoming c
WHERE c.created AND c.citizen_id_index = i.citizen_id_index AND i.child_id IS NULL AND i.outcome IS NULL
"""

# An older term's list cannot overturn what a later term showed.
WELCOME_BACK: Final = """
UPDATE learning_state s SET status = 'in_school', missing_kind = NULL, announced_kind = NULL, term = $1,
    reason = 'enrolled', evidence_kind = 'enrolment', evidence_organisation = i.organisation, evidence_term = $1,
    evidence_grade = i.grade, evidence_import_id = $3, version = version + 1, judged_at = $2
FROM incoming i
WHERE s.child_id = i.child_id AND i.enrolled AND s.announced_kind IS NOT NULL AND s.term <= $1::text
RETURNING s.child_id
"""
MARK_RETURNED: Final = "UPDATE incoming SET returned = true WHERE child_id = ANY ($1::uuid[])"

TAMBON: Final = "CASE WHEN {0} > 0 THEN lpad(({0} / 100)::text, 6, '0') END"

REGISTERED_FACTS: Final = f"""
SELECT json_build_object('child_id', child_id, 'tambon', {TAMBON.format("coalesce(area, 0)")},
    'birth_year', extract(year FROM birth_date)::int)
FROM incoming WHERE created ORDER BY row
"""

RETURNED_FACTS: Final = f"""
SELECT json_build_object('child_id', child_id, 'tambon', {TAMBON.format("area")}, 'learning_status', status,
    'evidence', 'enrolment', 'returned_date', $1::date)
FROM learning_state WHERE child_id IN (SELECT child_id FROM incoming WHERE returned) ORDER BY child_id
"""

# A child whom no run has judged has no state: nothing is confirmed.
_SHOWN: Final = """c.id, c.area, c.given_name, c.family_name, c.birth_date, c.birth_precision, c.sex,
    coalesce(s.status, 'unconfirmed') AS learning_status, s.missing_kind, c.version + coalesce(s.version, 0) AS version,
    greatest(c.updated_at, s.judged_at) AS updated_at"""
CHILD: Final = f"SELECT {_SHOWN} FROM child c LEFT JOIN learning_state s ON s.child_id = c.id WHERE c.id = $1"
CITIZEN_ID: Final = "SELECT citizen_id_encrypted FROM child WHERE id = $1"

# Row-level security decides what is seen. The bounds repeat the caller's claim because only a plain comparison can use
# an index; a claim to areas and one to organisations need an index each, hence two branches. The list of a status is
# read in the order of the states' own index.
_BRANCH: Final = """
(SELECT {shown} FROM child c LEFT JOIN learning_state s ON s.child_id = c.id
WHERE {reached} AND (c.area, c.id) > ($1::int, $2::uuid) {status} ORDER BY c.area, c.id LIMIT $3)
"""
_BRANCH_OF_STATUS: Final = """
(SELECT {shown} FROM learning_state s JOIN child c ON c.id = s.child_id
WHERE {reached} AND s.status = {status} AND (s.area, s.child_id) > ($1::int, $2::uuid)
ORDER BY s.area, s.child_id LIMIT $3)
"""
_BY_AREA: Final = "{at}.area >= ${lo}::int AND {at}.area <= ${hi}::int"
_BY_ORGANISATION: Final = (
    "c.id IN (SELECT child_id FROM enrolment"
    " WHERE organisation_position >= ${lo}::int AND organisation_position <= ${hi}::int)"
)
_PAGE: Final = "SELECT * FROM ({branches}) page ORDER BY area, id LIMIT $3"


class Place(NamedTuple):
    """Where a page begins: after this child, in the order of area and id."""

    area: int
    id: UUID


START: Final = Place(-1, UUID(int=0))


def stored_area(text: str) -> int:
    """The first part of a cursor; raises ValueError for a number that no area has."""
    area = int(text)
    if not EVERYWHERE.lo <= area <= EVERYWHERE.hi:
        raise ValueError("no area")
    return area


def list_children(
    scope: Scope, *, within: Range, status: str | None, after: Place, limit: int
) -> tuple[str, list[object]] | None:
    """The query of one page and its arguments; None if the caller's claims and `within` have nothing in common."""
    args: list[object] = [after.area, after.id, limit]

    def number(*values: object) -> dict[str, int]:
        args.extend(values)
        return dict(zip(("lo", "hi"), range(len(args) - len(values) + 1, len(args) + 1), strict=False))

    judged = status not in {None, "unconfirmed"}
    at = "s" if judged else "c"
    wanted = f"${number(status)['lo']}::text" if status else ""
    if status and not judged:
        wanted = f"AND coalesce(s.status, 'unconfirmed') = {wanted}"
    reached: list[str] = []
    bounds = _overlap(hull(scope.areas), within)
    if bounds is not None:
        reached.append(_BY_AREA.format(at=at, **number(*bounds)))
    positions = hull(scope.organisations)
    if positions is not None:
        filtered = _BY_AREA.format(at=at, **number(*within))
        reached.append(f"{_BY_ORGANISATION.format(**number(*positions))} AND {filtered}")
    if not reached:
        return None
    branch = _BRANCH_OF_STATUS if judged else _BRANCH
    branches = " UNION ".join(branch.format(shown=_SHOWN, reached=part, status=wanted) for part in reached)
    return _PAGE.format(branches=branches), args


def _overlap(claimed: Range | None, within: Range) -> Range | None:
    if claimed is None:
        return None
    common = Range(max(claimed.lo, within.lo), min(claimed.hi, within.hi))
    return common if common.lo <= common.hi else None
