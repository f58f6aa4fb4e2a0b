"""SQL of the dry run: what each row of `incoming` would do, which rows show it, whom a complete file does not name."""
# ruff: noqa: S608  (SQL put together from constants of its own)

from typing import Final

from zd_registry.intake.staging_queries import ON_LIST, STAGED_COLUMNS

# What a row would do; null where it says what is known.
_KIND: Final = """CASE WHEN i.outcome = 'rejected' THEN 'refused' WHEN i.outcome = 'unlinked' THEN 'unlinked'
    WHEN i.created THEN 'created' WHEN i.outcome = 'corrected' AND i.area <> i.known_area THEN 'moved'
    WHEN i.outcome <> 'unchanged' THEN i.outcome END"""
FIRST_OF_EACH: Final = f"""
SELECT kind, (array_agg(row ORDER BY row))[:$1] AS rows
FROM (SELECT i.row, {_KIND} AS kind FROM incoming i) judged WHERE kind IS NOT NULL GROUP BY kind
"""

# $1 feed, $2 its term, $3 import, $4 how many. A child without a sure identity in the list may stand in a row without
# a number; who has another number than the present one may stand under it.
_VANISHING: Final = """
WITH absent AS MATERIALIZED (
    SELECT c.id FROM {listed}
        AND NOT EXISTS (SELECT FROM import_row r WHERE r.import_id = $3 AND r.citizen_id_index = c.citizen_id_index)
        AND NOT EXISTS (SELECT FROM unlinked_record u WHERE u.child_id = c.id AND u.state IN ('linked', 'registered'))
    LIMIT 10 * $4::int
), numbers AS MATERIALIZED (
    SELECT child_id, value_index FROM child_identifier WHERE child_id = ANY (ARRAY(SELECT id FROM absent))
)
SELECT id FROM absent WHERE id NOT IN (
    SELECT n.child_id FROM numbers n JOIN import_row r ON r.citizen_id_index = n.value_index WHERE r.import_id = $3
    UNION ALL
    SELECT n.child_id FROM numbers n JOIN import_row r ON r.other_id_index = n.value_index WHERE r.import_id = $3)
LIMIT $4
"""
VANISHING_FROM_LIST: Final = _VANISHING.format(listed=f"child c WHERE c.id IN ({ON_LIST})")
# The children of a country are not read for a school's.
VANISHING_FROM_SHORT_LIST: Final = _VANISHING.format(listed=f"child c WHERE c.id = ANY (ARRAY({ON_LIST}))")
VANISHING_FROM_REGISTER: Final = _VANISHING.format(
    listed="""child c WHERE c.registered_import_id IN (
    SELECT import_id FROM feed_delivery WHERE feed_id = $1 AND $2::text IS NULL AND withdrawn_at IS NULL)"""
)

_COLUMNS: Final = ", ".join(STAGED_COLUMNS)
LAY_OUT_SOME: Final = f"""
INSERT INTO staged ({_COLUMNS}) SELECT {_COLUMNS} FROM import_row
WHERE import_id = $1 AND row = ANY ($2::int[]) AND reason IS NULL
"""
_PERSON: Final = (
    "given_name", "family_name", "nickname", "birth_date", "birth_precision", "sex", "nationality", "home_language",
    "area", "gone_kind", "gone_date",
)  # fmt: skip


def _person(table: str) -> str:
    pairs = ", ".join(f"'{name}', {table}.{name}" for name in _PERSON)
    return f"jsonb_build_object({pairs})"


# What each row would change. $1 the day on which a list ends what it no longer names.
JUDGED: Final = f"""
SELECT i.row, {_KIND} AS kind, c.id AS child_id, coalesce(i.reason, nullif(i.id_problem, 'none')) AS code,
    i.recoded AND i.outcome = 'corrected' AS recoded,
    c.id IS NOT NULL AND c.registered_import_id IS NULL AS unregistered,
    {_person("c")} AS person_now, {_person("i")} AS person_said,
    jsonb_build_object('organisation', e.organisation, 'grade', e.grade, 'ended_date', e.ended_date) AS place_now,
    jsonb_build_object('organisation', i.organisation, 'grade', coalesce(i.grade, e.grade),
        'ended_date', CASE WHEN i.outcome = 'ended' THEN $1::date END) AS place_said
FROM incoming i LEFT JOIN child c ON c.id = i.child_id AND NOT i.created LEFT JOIN enrolment e ON e.id = i.enrolment_id
"""
# Newcomers of a register, whom it leaves there.
JUDGED_NEWCOMERS: Final = f"""
SELECT s.row, 'created' AS kind, NULL::uuid AS child_id, NULL AS code, false AS recoded, false AS unregistered,
    '{{}}'::jsonb AS person_now, {_person("s")} AS person_said, '{{}}'::jsonb AS place_now, '{{}}'::jsonb AS place_said
FROM staged s WHERE reason IS NULL
"""
