from typing import Final

from zd_kernel.scope import Range

STANDARDS: Final = "SELECT *, definition::text AS said FROM quality_standard ORDER BY code, valid_from DESC"
ON: Final = """
SELECT *, definition::text AS said FROM quality_standard WHERE code = $1 AND valid_from <= $2
ORDER BY valid_from DESC LIMIT 1
"""
LAST: Final = "SELECT version, valid_from FROM quality_standard WHERE code = $1 ORDER BY version DESC LIMIT 1"
KNOWN: Final = "SELECT true FROM quality_standard WHERE code = $1 LIMIT 1"
_PLACE: Final = """($3::int IS NULL OR o.area BETWEEN $3 AND $4)
    AND ($5::int IS NULL OR o.position_from BETWEEN $5 AND $6)"""
# Of each organisation what others found, or else what it says itself.
_BEST: Final = f"""
SELECT DISTINCT ON (a.organisation) a.* FROM quality_assessment a JOIN organisation o ON o.code = a.organisation
WHERE a.standard = $1 AND a.school_year = $2 AND a.replaced_at IS NULL AND {_PLACE}
ORDER BY a.organisation, a.own
"""
# $1 standard, $2 year, $3 to $6 area and positions or nulls, $7 after this organisation, $8 how many, $9 level or null.
PAGE: Final = f"""
SELECT b.*, b.scores::text AS scores_said, b.evidence::text AS evidence_said, b.areas::text AS areas_said
FROM ({_BEST}) b WHERE b.organisation > $7 AND ($9::text IS NULL OR b.level = $9) ORDER BY b.organisation LIMIT $8
"""
LEVELS: Final = f"SELECT level, count(*)::int AS n, sum(percent) AS percent FROM ({_BEST}) b GROUP BY 1 ORDER BY 1"
AREAS: Final = f"""
SELECT e.key, round(avg(e.value::float8)::numeric, 2)::float8 AS percent FROM ({_BEST}) b,
    jsonb_each_text(b.areas) e WHERE e.value IS NOT NULL GROUP BY 1 ORDER BY 1
"""
# Those that were open on some day of the school year, $2 to $7, as far as the caller's claims ($8, $9) reach.
MEANT: Final = f"""
SELECT count(*)::int FROM organisation o
WHERE o.kind IN (SELECT unnest(kinds) FROM quality_standard WHERE code = $1 AND valid_from <= $7)
    AND (o.opened_date IS NULL OR o.opened_date <= $7) AND (o.closed_date IS NULL OR o.closed_date >= $2) AND {_PLACE}
    AND (o.area <@ $8::text::int4multirange OR o.position_from <@ $9::text::int4multirange)
"""


def place(area: Range | None, organisations: Range | None) -> tuple[int | None, ...]:
    """The parameters $3 to $6."""
    return (*(area or (None, None)), *(organisations or (None, None)))
