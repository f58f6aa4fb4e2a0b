"""Pages of a OneRoster collection, by key; the values get their numbers when a query is put together.

How many rows are wanted and the bounds of the claim stand in the text: of numbers that it does not know the planner
thinks as of a tenth of the table and of a few rows, and would sort all of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from zd_kernel.scope import Scope, hull
from zd_registry.exports.queries import Numbers, Query
from zd_registry.oneroster.resources import Branch, Resource
from zd_registry.oneroster.rules import CASTS, Clause, Filter, Kind, Place

CALENDAR: Final = """
SELECT from_year, number, start_month, start_day, end_month, end_day, weekdays, source FROM calendar_pattern
"""
NATIONAL_TERMS: Final = """
SELECT term, start_date, end_date, weekdays, source, created_at FROM calendar_term
WHERE calendar = 'national' AND replaced_at IS NULL
"""
OWN_TERMS: Final = """
SELECT calendar, term, start_date, end_date, weekdays, source, created_at FROM calendar_term
WHERE calendar <> 'national' AND replaced_at IS NULL ORDER BY calendar, term
"""
SEALED: Final = "SELECT id, citizen_id_encrypted FROM child WHERE id = ANY ($1::uuid[])"
OTHERS: Final = """
SELECT child_id, kind, value_encrypted FROM child_identifier
WHERE child_id = ANY ($1::uuid[]) AND kind <> 'citizen_id' ORDER BY id
"""
_FIRST: Final[Mapping[Kind, str]] = {
    "text": "''::text", "uuid": "''::text", "date": "'-infinity'::date", "instant": "'-infinity'::timestamptz",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """One request for a collection.

    `conditions` narrows each branch by what the path names (`{parent}`, `{school}`). `values` are those by name;
    `place` goes before `offset`. `fields`: all without.
    """

    resource: Resource
    values: Mapping[str, object]
    conditions: Sequence[str] = ()
    filter: Filter | None = None
    fields: Sequence[str] | None = None
    sort: str | None = None
    descending: bool = False
    limit: int = 100
    offset: int = 0
    place: Place | None = None
    scope: Scope = field(default_factory=lambda: Scope("nobody"))

    @property
    def sort_kind(self) -> Kind | None:
        return self.resource.kinds[self.sort] if self.sort else None


def count(asked: Asked) -> Query:
    parts = [
        f"(SELECT count(*) FROM ({_listed(asked, branch)}) listed)"
        if _listed(asked, branch)
        else f"(SELECT count(*) FROM {branch.rows} WHERE {where})"
        for branch, where in _wheres(asked)
    ]
    return _numbered(f"SELECT {' + '.join(parts)}", asked)


def page(asked: Asked) -> Query:
    """`key`, `sort`, `item` (JSON without its braces) and `subject`; one row more than the limit if there are more."""
    if asked.sort is None and (asked.place is not None or not asked.offset):
        return _straight(asked)
    return _cut_first(asked)


def _straight(asked: Asked) -> Query:
    """Along the index of the key: each row is looked at once."""
    direction = "DESC" if asked.descending else "ASC"
    branches = " UNION ALL ".join(
        f"(SELECT {branch.key} AS key, {_told(asked, branch)} FROM {branch.detail}"
        f" WHERE {where}{_next_listed(asked, branch, direction)}{_behind(asked, branch.key, '')}"
        f" ORDER BY {branch.key} {direction} LIMIT {asked.limit + 1})"
        for branch, where in _wheres(asked, told=True)
    )
    return _numbered(
        f"SELECT u.key::text AS key, NULL::text AS sort, u.item, u.subject FROM ({branches}) u"
        f" ORDER BY u.key {direction} LIMIT {asked.limit + 1}",
        asked,
    )


def _cut_first(asked: Asked) -> Query:
    """The keys of the page by sorting or skipping, and what is told of those alone."""
    kind, skipped = asked.sort_kind, 0 if asked.place else asked.offset
    direction = "DESC" if asked.descending else "ASC"
    order = f"{{0}}.sort {direction}, {{0}}.key {direction}"
    branches = []
    for number, (branch, where) in enumerate(_wheres(asked)):
        sort = "NULL::text" if kind is None else _sorted_by(asked, branch, kind)
        behind = _behind(asked, branch.key, sort)
        inner = f"{branch.key} {direction}" if kind is None else f"{sort} {direction}, {branch.key} {direction}"
        branches.append(
            f"(SELECT {number} AS branch, {branch.key} AS key, {sort} AS sort FROM {branch.rows}"
            f" WHERE {where}{behind} ORDER BY {inner} LIMIT {skipped + asked.limit + 1})"
        )
    shown = " UNION ALL ".join(
        f"SELECT p.sort, p.key, d.item, d.subject FROM page p CROSS JOIN LATERAL"
        f" ({_detail(asked, branch)} AND {branch.key} = p.key LIMIT 1) d WHERE p.branch = {number}"
        for number, branch in enumerate(asked.resource.branches)
    )
    return _numbered(
        f"WITH page AS (SELECT * FROM ({' UNION ALL '.join(branches)}) u ORDER BY {order.format('u')}"
        f" OFFSET {skipped} LIMIT {asked.limit + 1})"
        " SELECT s.key::text AS key, s.sort::text AS sort, s.item, s.subject"
        f" FROM ({shown}) s ORDER BY {order.format('s')}",
        asked,
    )


def one(asked: Asked) -> Query:
    """The row whose key is `{id}`."""
    parts = [
        f"({_detail(asked, branch)} AND {branch.key} = {{id}}::{CASTS[asked.resource.key]} AND EXISTS"
        f" (SELECT FROM {branch.rows} WHERE {where} AND {branch.key} = {{id}}::{CASTS[asked.resource.key]}))"
        for branch, where in _wheres(asked)
    ]
    return _numbered(f"SELECT item, subject FROM ({' UNION ALL '.join(parts)}) s LIMIT 1", asked)


def _listed(asked: Asked, branch: Branch) -> str:
    """The ids that a claim to organisations alone reaches, where nothing else narrows them."""
    if not branch.listed or asked.scope.areas or asked.filter is not None or asked.conditions:
        return ""
    bounds = hull(asked.scope.organisations)
    return "" if bounds is None else branch.listed.format(lo=bounds.lo, hi=bounds.hi)


def _next_listed(asked: Asked, branch: Branch, direction: str) -> str:
    listed = _listed(asked, branch)
    if not listed:
        return ""
    behind = _behind(asked, "p.child_id", "")
    return f" AND {branch.key} = ANY (ARRAY({listed}{behind} ORDER BY p.child_id {direction} LIMIT {asked.limit + 1}))"


def _detail(asked: Asked, branch: Branch) -> str:
    return f"SELECT {_told(asked, branch)} FROM {branch.detail} WHERE true"


def _told(asked: Asked, branch: Branch) -> str:
    names = branch.fields if asked.fields is None else [name for name in asked.fields if name in branch.fields]
    item = ", ".join(branch.fields[name] for name in names)
    return f"concat_ws(',', {item or 'NULL'}) AS item, {branch.subject} AS subject"


def _wheres(asked: Asked, *, told: bool = False) -> list[tuple[Branch, str]]:
    """Each branch with its conditions, for its `rows` or for what is `told`.

    The caller's claim is said again where it is of one kind alone and nothing else is as narrow.
    """
    scope = asked.scope
    reached = "position" if scope.organisations else "area"
    bounds = None if scope.areas and scope.organisations else hull(scope.areas or scope.organisations)
    found = []
    for number, branch in enumerate(asked.resource.branches):
        parts = ["true" if told and branch.left_out else branch.where, *asked.conditions[number : number + 1]]
        found_by_list = told and _listed(asked, branch)
        if bounds and not asked.conditions and not found_by_list and (column := getattr(branch, reached)):
            parts.append(column.format(lo=bounds.lo, hi=bounds.hi))
        if asked.filter is not None:
            clauses = [_clause(branch, asked.resource, *each) for each in enumerate(asked.filter.clauses)]
            parts.append(f"({f' {asked.filter.join} '.join(clauses)})")
        found.append((branch, " AND ".join(parts)))
    return found


def _clause(branch: Branch, resource: Resource, number: int, clause: Clause) -> str:
    expression = branch.filters.get(clause.field)
    if expression is None:
        return "true" if clause.operator == "!=" else "false"
    kind = resource.kinds[clause.field]
    value = f"{{filter{number}}}::{CASTS[kind]}"
    # An instant is told in milliseconds. What is later by less counts as later: told once more rather than lost.
    if kind == "instant" and clause.operator in {"=", "!=", "<="}:
        expression = f"date_trunc('milliseconds', {expression})"
    if clause.operator == "!=":
        return f"{expression} IS DISTINCT FROM {value}"
    if clause.operator != "~":
        return f"{expression} {clause.operator} {value}"
    if isinstance(clause.value, list):
        return f"{expression} && {value}"
    return f"strpos(lower(({expression})::text), lower({{filter{number}}}::text)) > 0"


def _sorted_by(asked: Asked, branch: Branch, kind: Kind) -> str:
    expression = branch.filters.get(asked.sort or "")
    cast = CASTS[kind]
    return _FIRST[kind] if expression is None else f"coalesce({expression}, {_FIRST[kind]}::{cast})"


def _behind(asked: Asked, key: str, sort: str) -> str:
    if asked.place is None:
        return ""
    operator = "<" if asked.descending else ">"
    after = f"{{after_key}}::text::{CASTS[asked.resource.key]}"
    kind = asked.sort_kind
    if kind is None:
        return f" AND {key} {operator} {after}"
    return f" AND ({sort}, {key}) {operator} ({{after_sort}}::text::{CASTS[kind]}, {after})"


def _numbered(template: str, asked: Asked) -> Query:
    values = dict(asked.values)
    if asked.place is not None:
        values |= {"after_key": asked.place.key, "after_sort": asked.place.sort}
    if asked.filter is not None:
        values |= {f"filter{number}": each.value for number, each in enumerate(asked.filter.clauses)}
    numbers = Numbers(values)
    return template.format_map(numbers), numbers.args
