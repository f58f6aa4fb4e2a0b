"""Rows of a file on their way into `import_row`, and what the check asks of them."""
# ruff: noqa: S608  (SQL put together from constants of its own)

from typing import Final

CHUNKS: Final = "SELECT ordinal, content FROM import_chunk WHERE import_id = $1 ORDER BY ordinal"
PIECES: Final = "SELECT count(*), coalesce(max(last_row), 0) AS last_row FROM import_piece WHERE import_id = $1"
NEXT_ORDINAL: Final = "SELECT coalesce(max(ordinal) + 1, 0) FROM import_piece WHERE import_id = $1"
STORE_PIECE: Final = """
INSERT INTO import_piece (import_id, ordinal, first_row, last_row, content) VALUES ($1, $2, $3, $4, $5)
"""
LEFT: Final = """
SELECT ordinal FROM import_piece WHERE import_id = $1 AND figures IS NULL ORDER BY ordinal LIMIT $2
"""
TAKEN: Final = "UPDATE import_piece SET figures = $3::jsonb WHERE import_id = $1 AND ordinal = $2"
FIGURES: Final = """
SELECT figures::text AS figures FROM import_piece WHERE import_id = $1 AND figures IS NOT NULL ORDER BY ordinal
"""
PIECE: Final = """
SELECT ordinal, content, first_row, last_row FROM import_piece WHERE import_id = $1 AND ordinal >= $2
ORDER BY ordinal LIMIT 1
"""
SOME_PIECES: Final = """
SELECT ordinal, content FROM import_piece WHERE import_id = $1 AND ordinal = ANY ($2::int[]) ORDER BY ordinal
"""

STAGED_COLUMNS: Final = (
    "row", "reason", "citizen_id_index", "warnings", "id_problem", "citizen_id_encrypted", "other_id_kind",
    "other_id_index", "other_id_encrypted", "child_id", "given_name", "family_name", "nickname", "given_key",
    "family_key", "given_lk82", "family_lk82", "given_udom83", "family_udom83", "birth_date", "birth_precision", "sex",
    "nationality", "home_language", "area", "organisation", "organisation_position", "grade", "gone_kind", "gone_date",
    "removed", "details",
)  # fmt: skip
PERSONAL: Final = tuple(c for c in STAGED_COLUMNS[3:] if c not in {"id_problem", "removed"})
_COLUMNS: Final = ", ".join(STAGED_COLUMNS)
# A refused row keeps what the error file (its encrypted cells) and an erasure (the keyed hash) need, and nothing else.
NOTHING_ELSE: Final = ", ".join(
    [*(f"{column} = NULL" for column in PERSONAL), "id_problem = 'none'", "removed = false"]
)

# COPY cannot enter a table with row-level security.
CREATE_STAGED: Final = f"""
CREATE TEMP TABLE staged ON COMMIT DROP AS SELECT {_COLUMNS}, ''::text AS organisation_name FROM import_row LIMIT 0
"""
# A name finds its school only if no other school bears it.
_BY_NAME: Final = """(
    SELECT name_th AS said, min(code) AS code FROM organisation
    WHERE name_th {among} GROUP BY name_th HAVING count(*) = 1)"""
NAME_ORGANISATION: Final = f"""
UPDATE staged s SET organisation = o.code
FROM {_BY_NAME.format(among="IN (SELECT DISTINCT organisation_name FROM staged)")} o
WHERE s.organisation IS NULL AND s.organisation_name = o.said
"""
# What the tree says goes before the seeded file.
PLACE_BY_TREE: Final = """
UPDATE staged s SET organisation_position = o.position_from FROM organisation o
WHERE o.code = s.organisation AND o.position_from <> s.organisation_position
"""
# The code may be another system's, such as the ministry's; two systems must not mean two schools by it.
_BY_CODE: Final = """(
    SELECT said, min(code) AS code, min(position_from) AS position_from FROM (
        SELECT code AS said, code, position_from FROM organisation
        UNION ALL
        SELECT c.code, o.code, o.position_from FROM organisation_code c JOIN organisation o ON o.code = c.organisation
        WHERE NOT EXISTS (SELECT FROM organisation own WHERE own.code = c.code)
    ) every WHERE said {among} GROUP BY said HAVING count(DISTINCT code) = 1)"""
PLACE_ORGANISATION: Final = f"""
UPDATE staged s SET organisation = o.code, organisation_position = o.position_from
FROM {_BY_CODE.format(among="IN (SELECT DISTINCT organisation FROM staged WHERE organisation_position IS NULL)")} o
WHERE s.organisation = o.said AND s.organisation_position IS NULL
"""
# A package of changes need not repeat which school its sender calls so. $1 the feed.
PLACE_BY_FEED: Final = """
UPDATE staged s SET organisation = o.code, organisation_position = o.position_from
FROM roster_entity e JOIN organisation o ON o.code = e.organisation
WHERE e.feed_id = $1 AND e.kind = 'school' AND e.source_id = coalesce(s.organisation, s.organisation_name)
    AND s.organisation_position IS NULL
"""
REFUSE_UNKNOWN_ORGANISATION: Final = f"""
UPDATE staged SET reason = CASE WHEN coalesce(organisation, organisation_name) IS NULL THEN 'organisation_missing'
    ELSE 'organisation_unknown' END, {NOTHING_ELSE}
WHERE reason IS NULL AND organisation_position IS NULL
"""
FORGET_UNKNOWN_ORGANISATION: Final = """
UPDATE staged SET organisation = NULL, warnings = concat_ws(' ', warnings, 'organisation_unknown')
WHERE organisation IS NOT NULL AND organisation_position IS NULL
"""
STAGE: Final = f"INSERT INTO import_row (import_id, {_COLUMNS}) SELECT $1, {_COLUMNS} FROM staged"
KEEP_REFUSED: Final = f"{STAGE} WHERE reason IS NOT NULL"
# Two rows may name one school in different ways.
REPEATED_IN_PIECE: Final = f"""
WITH twice AS (
    SELECT citizen_id_index, organisation, min(row) AS first_row FROM staged
    WHERE reason IS NULL AND citizen_id_index IS NOT NULL GROUP BY 1, 2 HAVING count(*) > 1
)
UPDATE staged s SET reason = 'duplicate_in_file', {NOTHING_ELSE} FROM twice t
WHERE s.reason IS NULL AND s.citizen_id_index = t.citizen_id_index
    AND s.organisation IS NOT DISTINCT FROM t.organisation AND s.row > t.first_row
"""
REFUSE_ROWS: Final = f"UPDATE staged SET reason = 'duplicate_in_file', {NOTHING_ELSE} WHERE row = ANY ($1::int[])"
COUNT_STAGED: Final = "SELECT reason, id_problem, count(*) AS n FROM staged GROUP BY 1, 2"

# Nobody has counted these rows yet: a plan made for few of them would compare every row with every other.
LARGE_JOINS: Final = "SET LOCAL enable_nestloop = off; SET LOCAL work_mem = '128MB'"
SMALL_JOINS: Final = "SET LOCAL enable_nestloop = on"
# A child, or a child in one school, stands once in a file: the first row that can be taken counts.
REFUSE_REPEATED: Final = f"""
WITH mine AS (
    SELECT row, citizen_id_index, organisation FROM import_row
    WHERE import_id = $1 AND reason IS NULL AND citizen_id_index IS NOT NULL
        AND (hashtext(citizen_id_index) & ($2::int - 1)) = $3::int
), twice AS (
    SELECT citizen_id_index, organisation, min(row) AS first_row FROM mine GROUP BY 1, 2 HAVING count(*) > 1
), again AS (
    SELECT m.row FROM mine m JOIN twice t ON t.citizen_id_index = m.citizen_id_index
        AND t.organisation IS NOT DISTINCT FROM m.organisation AND m.row > t.first_row
)
UPDATE import_row r SET reason = 'duplicate_in_file', {NOTHING_ELSE} FROM again a
WHERE r.import_id = $1 AND r.row = a.row
"""

# The feed's own term, or the last one that it delivered before.
LISTED_TERM: Final = """
SELECT max(term) FROM feed_delivery WHERE feed_id = $1 AND term <= $2 AND withdrawn_at IS NULL AND import_id <> $3
"""
ON_LIST: Final = "SELECT child_id FROM enrolment WHERE feed_id = $1 AND term = $2 AND ended_date IS NULL"
_IN_REGISTER: Final = """
SELECT id AS child_id FROM child WHERE registered_import_id IN (
    SELECT import_id FROM feed_delivery WHERE feed_id = $1 AND $2::text IS NULL AND withdrawn_at IS NULL)
"""
_NAMED: Final = "SELECT child_id FROM incoming WHERE outcome <> 'ended'"
COUNT_ON_LIST: Final = f"SELECT count(*) FROM ({ON_LIST}) listed"
COUNT_IN_REGISTER: Final = f"SELECT count(*) FROM ({_IN_REGISTER}) listed"
COUNT_NAMED_ON_LIST: Final = f"SELECT count(*) FROM ({ON_LIST} AND child_id IN ({_NAMED})) named"
COUNT_NAMED_IN_REGISTER: Final = f"SELECT count(*) FROM ({_IN_REGISTER} AND id IN ({_NAMED})) named"
# Who stands in several schools of the list is counted in each step that has a row of theirs. $3 import, $4 rows of a
# step.
COUNT_NAMED_AGAIN: Final = f"""
WITH again AS (
    SELECT citizen_id_index, count(DISTINCT row / $4::int) - 1 AS steps FROM import_row
    WHERE import_id = $3 AND reason IS NULL AND NOT removed AND citizen_id_index IS NOT NULL
    GROUP BY 1 HAVING min(row / $4::int) < max(row / $4::int)
)
SELECT coalesce(sum(steps), 0)::bigint FROM again JOIN child c USING (citizen_id_index) JOIN ({ON_LIST}) listed
    ON listed.child_id = c.id
"""

UNSEALED: Final = """
SELECT ordinal, content, first_row, last_row FROM import_piece p WHERE import_id = $1 AND ordinal >= $2 AND EXISTS (
    SELECT FROM import_row r WHERE r.import_id = $1 AND r.row BETWEEN p.first_row AND p.last_row
        AND r.reason IS NOT NULL AND r.cells IS NULL)
ORDER BY ordinal LIMIT 1
"""
UNSEALED_ROWS: Final = """
SELECT r.row FROM import_row r WHERE r.import_id = $1 AND r.row BETWEEN $2 AND $3
    AND r.reason IS NOT NULL AND r.reason <> 'erased' AND r.cells IS NULL
    AND NOT EXISTS (SELECT FROM erased_child e WHERE e.citizen_id_index = r.citizen_id_index)
"""
# Whoever is registered by an import is found by name once the job `names` has seen to it, which gives way to imports.
# Ids rise with time, so those whom names do not lead to yet have a later one than the first such import. $1 this one.
UNNAMED_SINCE: Final = """
SELECT id FROM (
    SELECT f.id FROM file_import f WHERE f.id = $1 OR f.phase IN ('applying', 'withdrawing')
        AND EXISTS (SELECT FROM job j WHERE j.id = f.job_id AND j.state IN ('queued', 'running'))
    UNION ALL SELECT (args ->> 'import_id')::uuid FROM job
    WHERE kind = 'names' AND state <> 'done' AND step <> 'index' AND args ? 'import_id') unnamed
ORDER BY id LIMIT 1
"""
# Who bears the names of a row: $1 rows, $2 and $3 keys of the names, $4 the first import as above.
_SAID: Final = "unnest($1::int[], $2::text[], $3::text[]) AS s(row, given, family)"
NAMESAKES: Final = f"""
SELECT s.row, n.child_id FROM {_SAID} JOIN child_name n ON n.family_key = s.family AND n.given_key = s.given
"""
NAMESAKES_AMONG_NEW: Final = f"""
SELECT s.row, k.id AS child_id FROM {_SAID} JOIN child k ON k.family_key = s.family AND k.given_key = s.given
WHERE k.id > $4::uuid
"""
# A refused row that bears no citizen ID names whom its name and birth date fit alone, or of those in its own school
# alone: it then bears theirs, by which an erasure finds it too. $2 rows, each as often as it has namesakes, $3 births,
# $4 codes of schools, $5 their names, $6 the namesakes.
NAME_REFUSED: Final = f"""
UPDATE import_row r SET citizen_id_index = n.citizen_id_index FROM (
    SELECT c.row, CASE WHEN count(*) = count(c.born) AND count(*) = 1 THEN min(c.citizen_id_index)
        WHEN count(*) FILTER (WHERE c.schoolmate) = 1 THEN min(c.citizen_id_index) FILTER (WHERE c.schoolmate)
        END AS citizen_id_index
    FROM (
        SELECT s.row, s.born, k.citizen_id_index, EXISTS (SELECT FROM enrolment e WHERE e.child_id = k.id
            AND e.organisation = coalesce(coded.code, s.code, named.code)) AS schoolmate
        FROM unnest($2::int[], $3::date[], $4::text[], $5::text[], $6::uuid[]) AS s(row, born, code, name, child_id)
        JOIN child k ON k.id = s.child_id
            AND (s.born IS NULL OR k.birth_date = s.born AND k.birth_precision = 'day')
        LEFT JOIN {_BY_CODE.format(among="= ANY ($4::text[])")} coded ON coded.said = s.code
        LEFT JOIN {_BY_NAME.format(among="= ANY ($5::text[])")} named ON named.said = s.name) c
    GROUP BY c.row) n
WHERE r.import_id = $1 AND r.row = n.row AND r.citizen_id_index IS NULL
"""
SEAL: Final = """
UPDATE import_row r SET cells = s.cells
FROM import_row o JOIN unnest($4::int[], $5::text[]) AS s (row, cells) ON s.row = o.row
WHERE o.import_id = $1 AND o.row BETWEEN $2 AND $3 AND o.reason IS NOT NULL AND o.cells IS NULL
    AND r.import_id = o.import_id AND r.row = o.row
"""
# Of who was erased.
SEAL_NOTHING: Final = "UPDATE import_row SET cells = '' WHERE import_id = $1 AND reason IS NOT NULL AND cells IS NULL"
