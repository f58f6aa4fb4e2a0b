"""Pages of what is exported, by key; as the job runs for everybody, the claims of who asked are explicit here."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from zd_registry.children.models import Child
from zd_registry.indicators.queries import OF_GROUP

_SHOWN: Final = """
e.id, e.job_id, e.what, e.format, e.columns::text AS columns, e.rows, e.bytes, e.sha256, e.created_at, e.finished_at,
e.expires_at, j.error_code, CASE WHEN e.expires_at <= $1 THEN 'expired' WHEN e.finished_at IS NOT NULL THEN 'done'
    WHEN j.state = 'done' THEN 'running' ELSE coalesce(j.state, 'failed') END AS status
"""
EXPORT: Final = f"""
SELECT {_SHOWN} FROM export e LEFT JOIN job j ON j.id = e.job_id WHERE e.id = $2 AND e.agency = $3
"""
EXPORTS: Final = f"""
SELECT {_SHOWN} FROM export e LEFT JOIN job j ON j.id = e.job_id
WHERE e.agency = $2 AND e.id < $3 ORDER BY e.id DESC LIMIT $4
"""
CHUNK: Final = """
SELECT content FROM export_chunk WHERE export_id = $1 AND kind = 'file' AND ordinal = $2
"""
STORE: Final = "INSERT INTO export_chunk (export_id, kind, ordinal, content) VALUES ($1, $2, $3, $4)"
PIECES: Final = """
SELECT ordinal, content FROM export_chunk WHERE export_id = $1 AND kind = 'piece' ORDER BY ordinal
"""
DROP_PIECES: Final = "DELETE FROM export_chunk WHERE export_id = $1 AND kind = 'piece'"
EXPIRE: Final = "DELETE FROM export WHERE expires_at <= $1"
# $1 now, $2 areas, $3 exports asked for until when. Of a claim to lists only the lists know whom it reached, and of a
# review the record's area need not be the child's; whose residence is unknown may be reached by their school. Tells
# how many were in the hands of a job.
END: Final = """
WITH free AS (
    SELECT id FROM export WHERE expires_at > $1 AND created_at <= $3 FOR UPDATE SKIP LOCKED
), ended AS (
    UPDATE export e SET expires_at = $1 FROM free
    WHERE e.id = free.id AND (e.what = 'link_reviews' OR e.what <> 'indicators' AND EXISTS (
        SELECT FROM unnest($2::int[]) AS lived(area) WHERE lived.area <@ (e.filters ->> 'areas')::int4multirange
            AND (lived.area <@ e.scope_areas::int4multirange OR lived.area = 0 OR e.scope_organisations <> '{}')))
    RETURNING e.id
), gone AS (
    DELETE FROM export_chunk c USING ended WHERE c.export_id = ended.id
)
SELECT (SELECT count(*) FROM export WHERE expires_at > $1 AND created_at <= $3) - (SELECT count(*) FROM free)
"""

_AREA: Final = """CASE WHEN {0} % 100 > 0 THEN {0}::text WHEN {0} > 0 THEN lpad(({0} / 100)::text, 6, '0') END"""
_PERSON: Final = {name: f"c.{name}" for name in Child.model_fields} | {
    "child_id": "c.id",
    "area": _AREA.format("c.area"),
    "in_register": "c.registered_import_id IS NOT NULL",
}
_LEARNING: Final = {
    "learning_status": "coalesce(s.status, 'unconfirmed')",
    "missing_kind": "s.missing_kind",
    "reason": "s.reason",
    "organisation": "s.evidence_organisation",
    "term": "s.evidence_term",
    "grade": "s.evidence_grade",
    "evidence_date": "s.evidence_date",
    "verified": "s.verified_at IS NOT NULL",
    "judged_at": "s.judged_at",
}


class Page(NamedTuple):
    """What one page is cut from: names in braces are values of `Asked` and parts of keys, numbered as they are used.

    `scanned` is the table alone, of which `most` rows are looked at for a page; `fixed` is part of its index, `where`
    the rest; `key` says the type of each part; `subject` whom a row is about.
    """

    scanned: str
    source: str
    fixed: str
    where: str
    key: Mapping[str, str]
    columns: Mapping[str, str]
    most: int
    subject: str


_LISTED: Final = """EXISTS (SELECT FROM enrolment l WHERE l.child_id = c.id
    AND l.organisation_position <@ {{{0}}}::text::int4multirange)"""
_CLAIMED: Final = """({0}.area <@ {{claimed_areas}}::text::int4multirange
    OR {0}.organisation_position <@ {{claimed_positions}}::text::int4multirange)"""
# As the policies say it of whose residence is unknown.
_BY_SCHOOL: Final = """{0}.area = 0 AND (SELECT o.area FROM organisation o WHERE o.code = {0}.organisation)
    <@ {{claimed_areas}}::text::int4multirange"""
_BY_FILE: Final = """c.area = 0 AND EXISTS (SELECT FROM file_import i
    WHERE i.id = c.created_import_id AND NOT isempty(i.scope_areas::int4multirange)
        AND i.scope_areas::int4multirange <@ {claimed_areas}::text::int4multirange
        AND i.scope_organisations::int4multirange <@ {claimed_positions}::text::int4multirange)"""
_POSITION: Final = """({{positions}}::text = '{{{{}}}}' OR
    {0}.organisation_position <@ {{positions}}::text::int4multirange)"""
_STATUS: Final = "({status}::text IS NULL OR coalesce(s.status, 'unconfirmed') = {status}::text)"
_CHILDREN: Final = Page(
    scanned="child c",
    source="child c LEFT JOIN learning_state s ON s.child_id = c.id",
    fixed="true",
    where=f"""(c.area <@ {{claimed_areas}}::text::int4multirange OR {_LISTED.format("claimed_positions")}
        OR c.area = 0 AND EXISTS (SELECT FROM enrolment r WHERE r.child_id = c.id AND {_BY_SCHOOL.format("r")})
        OR {_BY_FILE})
    AND ({{positions}}::text = '{{{{}}}}' OR {_LISTED.format("positions")}) AND {_STATUS}""",
    key={"c.area": "int", "c.id": "uuid"},
    columns=_PERSON | _LEARNING,
    most=10_000,
    subject="c.id",
)
_PUPIL: Final = ("organisation", "term", "grade", "feed_id", "ended_date", "created_at")
_RECORD: Final = (
    "given_name", "family_name", "birth_date", "birth_precision", "sex", "kind", "organisation", "term", "grade",
    "id_problem", "weight", "created_at", "child_id",
)  # fmt: skip
_CELL: Final = (
    "age", "sex", "compulsory", "children", "enrolled_twice", "not_in_register", "returned",
)  # fmt: skip
_WITHIN_KEY: Final = {
    "enrolments": ("e.term", "e.organisation"),
    "indicators": ("n.age", "n.sex", "n.compulsory", "n.status", "n.missing_kind", "n.feed_id"),
}
PAGES: Final[dict[str, Page]] = {
    "children": _CHILDREN,
    "missing": _CHILDREN,
    "enrolments": _CHILDREN._replace(
        source="child c JOIN enrolment e ON e.child_id = c.id LEFT JOIN learning_state s ON s.child_id = c.id",
        where=f"""({_CLAIMED.format("e")} OR {_BY_SCHOOL.format("e")}) AND {_POSITION.format("e")} AND {_STATUS}
    AND ({{term}}::text IS NULL OR e.term = {{term}}::text)""",
        columns=_PERSON | {"enrolment_id": "e.id"} | {name: f"e.{name}" for name in _PUPIL},
        most=2_000,
    ),
    "link_reviews": Page(
        scanned="unlinked_record c",
        source="unlinked_record c",
        fixed="c.state = 'review'",
        where=f"""{_CLAIMED.format("c")} AND {_POSITION.format("c")}
    AND ({{term}}::text IS NULL OR c.term = {{term}}::text)""",
        key={"c.area": "int", "c.id": "uuid"},
        columns={"record_id": "c.id", "area": _AREA.format("c.area")} | {name: f"c.{name}" for name in _RECORD},
        most=10_000,
        subject="c.child_id",
    ),
    "indicators": Page(
        scanned="indicator_group c",
        source=f"indicator_group c {OF_GROUP.format('c')}",
        fixed="c.run_id = {run_id}::uuid",
        where=f"""{_CLAIMED.format("c")} AND {_POSITION.format("c")}
    AND ({{status}}::text IS NULL OR n.status = {{status}}::text)""",
        key={"c.area": "int", "c.organisation": 'text COLLATE "C"'},
        columns={name: f"n.{name}" for name in _CELL}
        | {
            "organisation": "c.organisation",
            "area": _AREA.format("c.area"),
            "learning_status": "n.status",
            "missing_kind": "nullif(n.missing_kind, '')",
            "feed_id": "nullif(n.feed_id, '00000000-0000-0000-0000-000000000000'::uuid)",
        },
        most=1_000,
        subject="NULL::uuid",
    ),
}  # fmt: skip


class Asked(NamedTuple):
    """Filters and claims: areas and positions as multirange literals, `lo` to `hi` the hull of the areas."""

    lo: int
    hi: int
    areas: str
    claimed_areas: str
    claimed_positions: str
    positions: str
    status: str | None
    term: str | None
    run_id: str | None


Query = tuple[str, list[object]]


def page_end(what: str, asked: Asked, after: Sequence[str] | None) -> Query:
    """The key (k0, k1, …, as text) of the last row that the next page looks at; no row where nothing is left."""
    page = PAGES[what]
    names, parts = ", ".join(page.key), range(len(page.key))
    shown = ", ".join(f"{name}::text AS k{part}" for part, name in zip(parts, page.key, strict=True))
    return _numbered(
        f"""SELECT {", ".join(f"k{part}" for part in parts)} FROM (
    SELECT {shown}, row_number() OVER (ORDER BY {names}) AS n FROM {page.scanned}
    WHERE {page.fixed} AND {_between(page, after)} ORDER BY {names} LIMIT {page.most}
) p ORDER BY n DESC LIMIT 1""",
        asked,
        after,
    )


def page_rows(
    what: str, columns: Sequence[str], asked: Asked, after: Sequence[str] | None, until: Sequence[str]
) -> Query:
    """The rows of a page: `subject`, then the columns."""
    page = PAGES[what]
    shown = ", ".join(f"{page.columns[name]} AS {name}" for name in columns)
    order = ", ".join((*page.key, *_WITHIN_KEY.get(what, ())))
    return _numbered(
        f"""SELECT {page.subject} AS subject, {shown} FROM {page.source}
WHERE {page.fixed} AND {_between(page, after)} AND {_compared(page, "<=", "until")}
    AND c.area <@ {{areas}}::text::int4multirange AND {page.where} ORDER BY {order}""",
        asked,
        after,
        until,
    )


def _between(page: Page, after: Sequence[str] | None) -> str:
    bounds = "c.area >= {lo}::int AND c.area <= {hi}::int"
    return f"{bounds} AND {_compared(page, '>', 'after')}" if after else bounds


def _compared(page: Page, operator: str, side: str) -> str:
    values = ", ".join(f"{{{side}{part}}}::text::{kind}" for part, kind in enumerate(page.key.values()))
    return f"({', '.join(page.key)}) {operator} ({values})"


class Numbers(dict[str, str]):
    """Name → `$1`, `$2`, …: each value gets its number when it is used for the first time."""

    def __init__(self, values: Mapping[str, object]) -> None:
        super().__init__()
        self.values_by_name = values
        self.args: list[object] = []

    def __missing__(self, name: str) -> str:
        self.args.append(self.values_by_name[name])
        self[name] = f"${len(self.args)}"
        return self[name]


def _numbered(template: str, asked: Asked, after: Sequence[str] | None, until: Sequence[str] | None = None) -> Query:
    sides = {"after": after or (), "until": until or ()}
    keys = {f"{side}{n}": part for side, key in sides.items() for n, part in enumerate(key)}
    numbers = Numbers(asked._asdict() | keys)
    return template.format_map(numbers), numbers.args
