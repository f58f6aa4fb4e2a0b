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
    learning_status, version, created_at, updated_at)
SELECT child_id, coalesce(area, 0), given_name, family_name, birth_date, coalesce(sex, 'unknown'),
    citizen_id_encrypted, citizen_id_index, 'unconfirmed', 1, $1, $1
FROM incoming WHERE created ORDER BY row
"""
NAME_AGAIN: Final = """
UPDATE incoming i SET child_id = c.child_id FROM incoming c
WHERE c.created AND c.citizen_id_index = i.citizen_id_index AND i.child_id IS NULL AND i.outcome IS NULL
"""

# An older term's list cannot overturn what a later term showed.
WELCOME_BACK: Final = """
UPDATE child SET learning_status = 'in_school', missing_kind = NULL, announced_kind = NULL, status_term = $1,
    version = version + 1, updated_at = $2
WHERE id IN (SELECT child_id FROM incoming WHERE enrolled) AND announced_kind IS NOT NULL AND status_term <= $1::text
RETURNING id
"""
MARK_RETURNED: Final = "UPDATE incoming SET returned = true WHERE child_id = ANY ($1::uuid[])"

TAMBON: Final = "CASE WHEN {0} > 0 THEN lpad(({0} / 100)::text, 6, '0') END"

REGISTERED_FACTS: Final = f"""
SELECT json_build_object('child_id', child_id, 'tambon', {TAMBON.format("coalesce(area, 0)")},
    'birth_year', extract(year FROM birth_date)::int)
FROM incoming WHERE created ORDER BY row
"""

RETURNED_FACTS: Final = f"""
SELECT json_build_object('child_id', id, 'tambon', {TAMBON.format("area")}, 'learning_status', learning_status,
    'evidence', 'enrolment', 'returned_date', $1::date)
FROM child WHERE id IN (SELECT child_id FROM incoming WHERE returned) ORDER BY id
"""

_SHOWN: Final = "id, area, given_name, family_name, birth_date, sex, learning_status, missing_kind, version, updated_at"
CHILD: Final = f"SELECT {_SHOWN} FROM child WHERE id = $1"
CITIZEN_ID: Final = "SELECT citizen_id_encrypted FROM child WHERE id = $1"

# Row-level security decides what is seen. The bounds repeat the caller's claim because only a plain comparison can use
# an index; a claim to areas and one to organisations need an index each, hence two branches.
_BRANCH: Final = """
(SELECT {shown} FROM child WHERE {reached} {status} AND (area, id) > ($1::int, $2::uuid) ORDER BY area, id LIMIT $3)
"""
_BY_AREA: Final = "area >= ${lo}::int AND area <= ${hi}::int"
_BY_ORGANISATION: Final = (
    "id IN (SELECT child_id FROM enrolment"
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

    condition = f"AND learning_status = ${number(status)['lo']}" if status else ""
    reached: list[str] = []
    bounds = _overlap(hull(scope.areas), within)
    if bounds is not None:
        reached.append(_BY_AREA.format(**number(*bounds)))
    positions = hull(scope.organisations)
    if positions is not None:
        filtered = _BY_AREA.format(**number(*within))
        reached.append(f"{_BY_ORGANISATION.format(**number(*positions))} AND {filtered}")
    if not reached:
        return None
    branches = " UNION ".join(_BRANCH.format(shown=_SHOWN, reached=part, status=condition) for part in reached)
    return _PAGE.format(branches=branches), args


def _overlap(claimed: Range | None, within: Range) -> Range | None:
    if claimed is None:
        return None
    common = Range(max(claimed.lo, within.lo), min(claimed.hi, within.hi))
    return common if common.lo <= common.hi else None
