"""First the names that resemble what was asked for, then the children of the caller who bear them."""

from typing import Final, NamedTuple

from zd_kernel.scope import Range
from zd_registry.children.queries import SHOWN

_MOST_NAMES: Final = 2_000
MOST_CHILDREN: Final = 300
"""Read before ranking, from each way in."""

# By the ids of an array, so that the dictionary is never read from end to end, however many names a form leads to. Of
# the entries of a form about half are of the other kind.
_FOUND: Final = f"""
SELECT key FROM name_entry WHERE kind = $1::text AND id = ANY (ARRAY (
    SELECT DISTINCT f.entry FROM name_form f WHERE {{forms}} LIMIT {5 * _MOST_NAMES})) LIMIT {_MOST_NAMES}
"""
NAMES: Final = _FOUND.format(forms="f.form = ANY ($2::bigint[])")
NAMES_WITH: Final = _FOUND.format(forms="f.form BETWEEN $2::bigint AND $3::bigint")

# A new name waits here for its forms; who writes children calls it with the names of a step.
NOTE_NAMES: Final = """
INSERT INTO name_entry (kind, key, indexed)
SELECT DISTINCT kind, key, false FROM (
    SELECT 'given' AS kind, given_key AS key FROM {children} UNION ALL SELECT 'family', family_key FROM {children}) n
WHERE key <> '' ORDER BY kind, key ON CONFLICT DO NOTHING
"""
# $1 and $2 the page, $3 the import. Ids rise with time, so whom an import registered has a later one than it has.
_OF_REGISTERED: Final = "FROM child WHERE id > $1 AND id <= $2 AND created_import_id = $3"
OF_REGISTERED: Final = f"(SELECT given_key, family_key {_OF_REGISTERED}) registered"
NAMES_LATER: Final = "SET LOCAL zd.names_later = 'on'"
# Whoever was changed since has a row already.
NAME_REGISTERED: Final = f"""
INSERT INTO child_name SELECT id, area, given_key, family_key {_OF_REGISTERED} ORDER BY id ON CONFLICT DO NOTHING
"""
PAGE_END: Final = """
SELECT id FROM (SELECT id FROM child WHERE id > $1 ORDER BY id LIMIT $2) page ORDER BY id DESC LIMIT 1
"""
# Files that end together each have a job for their names; both would store the forms of the names that wait.
ONE_INDEXES: Final = "SELECT pg_advisory_xact_lock(hashtext('zd_registry'), 2)"
WAITING: Final = "SELECT id, key FROM name_entry WHERE NOT indexed ORDER BY kind, key LIMIT $1"
INDEXED: Final = "UPDATE name_entry SET indexed = true WHERE id = ANY ($1::integer[])"

# Row-level security decides what is seen; the bounds repeat the claim to areas for the index. A claim to organisations
# has no bounds: the few bearers of a name are looked up everywhere, and the policy leaves the pupils.
_BEARERS: Final = """
(SELECT {shown}, c.given_key, c.family_key FROM (
    {bearers}) bearer
JOIN child c ON c.id = bearer.child_id LEFT JOIN learning_state s ON s.child_id = c.id)
"""
_BEARER: Final = """
(SELECT n.child_id FROM child_name n WHERE n.{kind}_key = ANY (${names}::text[]) {conditions}
    ORDER BY n.{other}_key = ANY (${others}::text[]) DESC, n.child_id LIMIT {most})
"""
_UNKNOWN: Final = " AND n.area = 0"
_WITHIN: Final = " AND n.area >= ${lo}::int AND n.area <= ${hi}::int"
_BORN: Final = """ AND EXISTS (SELECT FROM child b WHERE b.id = n.child_id
    AND b.birth_date >= ${lo}::date AND b.birth_date <= ${hi}::date)"""
_LISTED: Final = " AND EXISTS (SELECT FROM enrolment e WHERE e.child_id = n.child_id AND e.organisation = ${n}::text)"

BY_IDENTIFIER: Final = f"""
SELECT {SHOWN} FROM child c LEFT JOIN learning_state s ON s.child_id = c.id
WHERE c.id IN (
    SELECT id FROM child WHERE citizen_id_index = ANY ($1::text[])
    UNION SELECT child_id FROM child_identifier WHERE value_index = ANY ($1::text[]))
"""


class Filters(NamedTuple):
    """`within` bounds the areas, None without a claim to any; `born` holds the first and the last day. `unknown`: those
    of unknown residence besides."""

    within: Range | None
    born: tuple[object, object] | None
    organisation: str | None
    unknown: bool = False


def bearers(given: list[str], family: list[str], filters: Filters) -> tuple[str, list[object]]:
    """Children who bear one of the names, and the arguments; who bears one of each kind comes first."""
    args: list[object] = [given, family]

    def number(*values: object) -> list[int]:
        args.extend(values)
        return list(range(len(args) - len(values) + 1, len(args) + 1))

    def between(condition: str, bounds: tuple[object, object] | None) -> str:
        return "" if bounds is None else condition.format(**dict(zip(("lo", "hi"), number(*bounds), strict=True)))

    places = [between(_WITHIN, filters.within), *([_UNKNOWN] if filters.unknown else [])]
    conditions = between(_BORN, filters.born)
    if filters.organisation is not None:
        conditions += _LISTED.format(n=number(filters.organisation)[0])

    def found(kind: str, other: str, names: int, others: int) -> str:
        ways = {"kind": kind, "other": other, "names": names, "others": others, "most": MOST_CHILDREN}
        named = " UNION ALL ".join(_BEARER.format(**ways, conditions=place + conditions) for place in places)
        return _BEARERS.format(shown=SHOWN, bearers=named)

    return " UNION ".join((found("given", "family", 1, 2), found("family", "given", 2, 1))), args
