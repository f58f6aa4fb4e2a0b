"""Selects of children, and what is told of those whom an import named (see `incoming`)."""

from datetime import date
from typing import Final, NamedTuple
from uuid import UUID

from zd_kernel.scope import EVERYWHERE, UNKNOWN_AREA, Range, Scope, hull

MISSED: Final = "SELECT EXISTS (SELECT FROM learning_state WHERE announced_kind IS NOT NULL)"
# An older term's list cannot overturn what a later term showed.
WELCOME_BACK: Final = """
WITH back AS (
    UPDATE learning_state s SET status = 'in_school', missing_kind = NULL, announced_kind = NULL, term = $1,
        reason = 'enrolled', evidence_kind = 'enrolment', evidence_organisation = i.organisation, evidence_term = $1,
        evidence_grade = i.grade, evidence_feed_id = $4, evidence_import_id = $3, evidence_date = NULL,
        version = version + 1, judged_at = $2
    FROM incoming i
    WHERE s.child_id = i.child_id AND i.outcome IN ('enrolled', 'regraded', 'reopened')
        AND s.announced_kind IS NOT NULL AND s.term <= $1::text
        AND s.child_id = ANY (ARRAY(
            SELECT child_id FROM incoming WHERE outcome IN ('enrolled', 'regraded', 'reopened')))
    RETURNING s.child_id, s.area, old.status AS was
)
INSERT INTO learning_change (id, child_id, area, at, from_status, to_status, reason, evidence)
SELECT uuidv7(), child_id, area, $2, was, 'in_school', 'enrolled', jsonb_build_object('import_id', $3::uuid) FROM back
RETURNING child_id
"""
MARK_RETURNED: Final = "UPDATE incoming SET returned = true WHERE child_id = ANY ($1::uuid[])"

TAMBON: Final = "CASE WHEN {0} > 0 THEN lpad(({0} / 100)::text, 6, '0') END"

REGISTERED_FACTS: Final = f"""
SELECT child_id, {TAMBON.format("coalesce(area, 0)")} AS tambon,
    extract(year FROM birth_date)::int AS birth_year
FROM incoming WHERE created
"""
ENTERED_FACTS: Final = f"""
SELECT child_id, {TAMBON.format("area")} AS tambon, extract(year FROM birth_date)::int AS birth_year
FROM staged WHERE reason IS NULL
"""
MOVED_FACTS: Final = f"""
SELECT child_id, {TAMBON.format("area")} AS tambon, {TAMBON.format("known_area")} AS previous_tambon
FROM incoming WHERE outcome = 'corrected' AND area / 100 <> known_area / 100 ORDER BY row
"""

RETURNED_FACTS: Final = f"""
SELECT child_id, {TAMBON.format("area")} AS tambon, status AS learning_status, 'enrolment' AS evidence,
    $1::date AS returned_date
FROM learning_state WHERE child_id IN (SELECT child_id FROM incoming WHERE returned) ORDER BY child_id
"""

# A child whom no run has judged has no state: nothing is confirmed.
SHOWN: Final = """c.id, c.area, c.given_name, c.family_name, c.birth_date, c.birth_precision, c.sex,
    coalesce(s.status, 'unconfirmed') AS learning_status, s.missing_kind, c.version + coalesce(s.version, 0) AS version,
    greatest(c.updated_at, s.judged_at) AS updated_at"""
CHILD: Final = f"SELECT {SHOWN} FROM child c LEFT JOIN learning_state s ON s.child_id = c.id WHERE c.id = $1"
CITIZEN_ID: Final = "SELECT citizen_id_encrypted FROM child WHERE id = $1"
# The present citizen ID first, then what else the child is or was known by.
IDENTIFIERS: Final = """
SELECT 'citizen_id' AS kind, citizen_id_encrypted AS sealed, NULL::date AS valid_from, NULL::date AS valid_to
FROM child WHERE id = $1 AND citizen_id_encrypted IS NOT NULL
UNION ALL (SELECT kind, value_encrypted, valid_from, valid_to FROM child_identifier WHERE child_id = $1
    ORDER BY valid_to DESC NULLS FIRST, created_at, id)
"""

# Row-level security decides what is seen. The bounds repeat the caller's claim because only a plain comparison can use
# an index; a claim to areas and one to organisations need an index each, hence two branches. The list of a status is
# read in the order of the states' own index.
_BRANCH: Final = """
(SELECT {shown} FROM child c LEFT JOIN learning_state s ON s.child_id = c.id
WHERE {reached} AND (c.area, c.id) > ($1::int, $2::uuid) {status}{narrowed} ORDER BY c.area, c.id LIMIT $3)
"""
_BRANCH_OF_STATUS: Final = """
(SELECT {shown} FROM learning_state s JOIN child c ON c.id = s.child_id
WHERE {reached} AND s.status = {status} AND s.status <> 'in_school'
    AND (s.area, s.child_id) > ($1::int, $2::uuid){narrowed}
ORDER BY s.area, s.child_id LIMIT $3)
"""
_BY_AREA: Final = "{at}.area >= ${lo}::int AND {at}.area <= ${hi}::int"
_BY_ORGANISATION: Final = (
    "c.id IN (SELECT child_id FROM enrolment"
    " WHERE organisation_position >= ${lo}::int AND organisation_position <= ${hi}::int)"
)
# Of unknown residence: whom a school of the areas names, or a file brought that was handed in for them.
_BY_SCHOOLS: Final = """{at}.area = 0 AND {id} = ANY (ARRAY (
    SELECT e.child_id FROM enrolment e WHERE e.area = 0 AND e.organisation = ANY (ARRAY (
        SELECT o.code COLLATE "default" FROM organisation o WHERE o.area >= ${lo}::int AND o.area <= ${hi}::int))
    UNION SELECT b.id FROM child b WHERE b.area = 0 AND b.created_import_id = ANY (ARRAY (
        SELECT i.id FROM file_import i WHERE NOT isempty(i.scope_areas::int4multirange)))))"""
_BORN: Final = " AND c.birth_date >= ${lo}::date AND c.birth_date <= ${hi}::date"
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


class Narrowed(NamedTuple):
    """Only children of this learning status, born on these days or between, and in the lists of these organisations."""

    status: str | None = None
    born: tuple[date, date] | None = None
    listed: Range | None = None


def list_children(
    scope: Scope, *, within: Range, only: Narrowed, after: Place, limit: int
) -> tuple[str, list[object]] | None:
    """The query of one page and its arguments; None if the caller's claims and `within` have nothing in common."""
    args: list[object] = [after.area, after.id, limit]
    status = only.status

    def number(*values: object) -> dict[str, int]:
        args.extend(values)
        return dict(zip(("lo", "hi"), range(len(args) - len(values) + 1, len(args) + 1), strict=False))

    judged = status not in {None, "unconfirmed", "in_school"}
    at = "s" if judged else "c"
    wanted = f"${number(status)['lo']}::text" if status else ""
    if status and not judged:
        wanted = f"AND coalesce(s.status, 'unconfirmed') = {wanted}"
    narrowed = "" if only.born is None else _BORN.format(**number(*only.born))
    if only.listed is not None:
        narrowed += f" AND {_BY_ORGANISATION.format(**number(*only.listed))}"
    reached: list[str] = []
    bounds = overlap(hull(scope.areas), within)
    if bounds is not None:
        reached.append(_BY_AREA.format(at=at, **number(*bounds)))
    if asks_of_unknown(scope, within) and after.area <= UNKNOWN_AREA:
        of = {"at": at, "id": "s.child_id" if judged else "c.id"}
        reached.append(_BY_SCHOOLS.format(**of, **number(*hull(scope.areas) or ())))
    positions = hull(scope.organisations)
    if positions is not None:
        filtered = _BY_AREA.format(at=at, **number(*within))
        reached.append(f"{_BY_ORGANISATION.format(**number(*positions))} AND {filtered}")
    if not reached:
        return None
    branch = _BRANCH_OF_STATUS if judged else _BRANCH
    told = {"shown": SHOWN, "status": wanted, "narrowed": narrowed}
    branches = " UNION ".join(branch.format(reached=part, **told) for part in reached)
    return _PAGE.format(branches=branches), args


def asks_of_unknown(scope: Scope, within: Range) -> bool:
    """Whether children of unknown residence are asked for whom a claim to other areas may reach by their schools."""
    return within.lo <= UNKNOWN_AREA and bool(scope.areas) and not scope.covers_area(UNKNOWN_AREA)


def overlap(claimed: Range | None, within: Range) -> Range | None:
    if claimed is None:
        return None
    common = Range(max(claimed.lo, within.lo), min(claimed.hi, within.hi))
    return common if common.lo <= common.hi else None
