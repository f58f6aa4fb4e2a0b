"""SQL of linkage. A print is a hash of what is compared: it tells whether a side says something else than it did."""

from typing import Final

from zd_registry.households.queries import GUARDIAN_MARKS

LISTS: Final = "('enrolment', 'nonformal')"


def _print(of: str) -> str:
    parts = ", ".join(
        f"{of}.{name}" for name in ("given_key", "family_key", "birth_date", "birth_precision", "sex", "area")
    )
    return f"encode(sha256(convert_to(concat_ws('|', {parts}), 'UTF8')), 'hex')"


_COMPARED: Final = """given_name, family_name, given_lk82, family_lk82, given_udom83, family_udom83,
    birth_date, birth_precision, sex"""
# Rows whose ID is another person's are looked at too: the reviewer wants to see who else they may be.
EXPORT_RECORDS: Final = f"""
SELECT id, feed_id AS feed, organisation, area, details ->> 'sealed' AS sealed, {_COMPARED} FROM unlinked_record u
WHERE import_id = $1 AND NOT EXISTS (SELECT FROM link_verdict v WHERE v.record_id = u.id)
    AND (state = 'waiting' OR (state = 'review' AND child_id IS NULL
        AND NOT EXISTS (SELECT FROM link_candidate n WHERE n.record_id = u.id)))
"""
EXPORT_CHILDREN: Final = f"""
SELECT c.id, last.organisation, c.area, {_COMPARED}, guarded.guardian_key FROM child c
LEFT JOIN (SELECT DISTINCT ON (child_id) child_id, organisation FROM enrolment
    ORDER BY child_id, term DESC, created_at DESC) last ON last.child_id = c.id
LEFT JOIN ({GUARDIAN_MARKS} GROUP BY l.child_id) guarded ON guarded.child_id = c.id
"""
# Before any register has come there is nobody to link to: the rows wait for it.
TO_LINK: Final = """
SELECT import_id FROM unlinked_record
WHERE state IN ('waiting', 'review') AND child_id IS NULL AND import_id = coalesce($1::uuid, import_id)
    AND EXISTS (SELECT FROM feed_delivery d JOIN feed f ON f.id = d.feed_id
        WHERE f.kind = 'population' AND d.withdrawn_at IS NULL)
GROUP BY import_id ORDER BY import_id
"""
CREATE_FOUND: Final = """
CREATE TEMP TABLE found_verdict (record_id uuid, decision text, candidate_id uuid, weight float8) ON COMMIT DROP;
CREATE TEMP TABLE found_candidate (record_id uuid, candidate_id uuid, rank int, weight float8, fields text)
    ON COMMIT DROP
"""
# A pair that a person refused does not come back while both sides say what they said.
STORE_CANDIDATES: Final = f"""
INSERT INTO link_candidate (record_id, candidate_id, area, rank, weight, fields)
SELECT u.id, c.id, u.area, f.rank, f.weight, f.fields::jsonb
FROM found_candidate f JOIN unlinked_record u ON u.id = f.record_id JOIN child c ON c.id = f.candidate_id
WHERE u.state IN ('waiting', 'review') AND NOT EXISTS (
    SELECT FROM link_decision d WHERE d.candidate_id = c.id AND d.decision <> 'same' AND d.undone_at IS NULL
        AND d.record_print = {_print("u")} AND d.candidate_print = {_print("c")})
ON CONFLICT (record_id, candidate_id) DO UPDATE SET rank = EXCLUDED.rank, weight = EXCLUDED.weight,
    fields = EXCLUDED.fields
"""
# Whose ID it is may be the person all the same, although name and birth date are written too differently to be
# compared.
STORE_OWNERS: Final = f"""
INSERT INTO link_candidate (record_id, candidate_id, area, rank, weight, fields)
SELECT u.id, c.id, u.area, 1 + (SELECT count(*) FROM link_candidate n WHERE n.record_id = u.id), 0, '{{}}'
FROM found_verdict f JOIN unlinked_record u ON u.id = f.record_id
    JOIN child c ON c.citizen_id_index = u.citizen_id_index
WHERE u.state = 'review' AND u.id_problem = 'citizen_id_conflict' AND NOT EXISTS (
    SELECT FROM link_decision d WHERE d.candidate_id = c.id AND d.decision <> 'same' AND d.undone_at IS NULL
        AND d.record_print = {_print("u")} AND d.candidate_print = {_print("c")})
ON CONFLICT DO NOTHING
"""
# What a person said of the same two holds; a child whom the same list names by its identifier is nobody else's row.
STORE_VERDICTS: Final = f"""
INSERT INTO link_verdict (record_id, area, import_id, decision, candidate_id, weight)
SELECT u.id, u.area, u.import_id,
    CASE WHEN u.id_problem = 'citizen_id_conflict' THEN 'review'
        WHEN said.candidate_id IS NOT NULL THEN 'auto' WHEN best.candidate_id IS NULL THEN 'none'
        WHEN f.decision = 'auto' AND (best.candidate_id <> f.candidate_id OR EXISTS (
            SELECT FROM enrolment e WHERE e.child_id = f.candidate_id AND e.import_id = u.import_id
                AND e.organisation = u.organisation)) THEN 'review'
        ELSE f.decision END,
    coalesce(said.candidate_id, best.candidate_id), coalesce(said.weight, best.weight)
FROM found_verdict f JOIN unlinked_record u ON u.id = f.record_id
LEFT JOIN LATERAL (SELECT candidate_id, weight FROM link_candidate n WHERE n.record_id = u.id
    ORDER BY rank LIMIT 1) best ON true
LEFT JOIN LATERAL (SELECT n.candidate_id, n.weight FROM link_candidate n JOIN child c ON c.id = n.candidate_id
    JOIN link_decision d ON d.candidate_id = n.candidate_id AND d.decision = 'same' AND d.undone_at IS NULL
        AND d.record_print = {_print("u")} AND d.candidate_print = {_print("c")}
    WHERE n.record_id = u.id LIMIT 1) said ON true
WHERE u.state IN ('waiting', 'review') ON CONFLICT DO NOTHING
"""

CREATE_SETTLED: Final = """
CREATE TEMP TABLE settled (record_id uuid PRIMARY KEY, candidate_id uuid, weight float8, decided_by text) ON COMMIT DROP
"""
TAKE_VERDICTS: Final = """
WITH taken AS (DELETE FROM link_verdict WHERE record_id IN (
    SELECT record_id FROM link_verdict WHERE import_id = $1 ORDER BY record_id LIMIT $2) RETURNING *),
asked AS (UPDATE unlinked_record u SET state = 'review', weight = t.weight FROM taken t
    WHERE u.id = t.record_id AND t.decision = 'review' AND u.state = 'waiting'),
kept AS (INSERT INTO settled SELECT t.record_id, CASE t.decision WHEN 'auto' THEN t.candidate_id END,
    CASE t.decision WHEN 'auto' THEN t.weight END, coalesce(u.decided_by, 'linkage')
    FROM taken t JOIN unlinked_record u ON u.id = t.record_id AND u.state = 'waiting' WHERE t.decision <> 'review')
SELECT count(*) FROM taken
"""
# $1 import. The sealed identifiers of a record are bound to its id, which becomes that of the child if it is a new one.
# A citizen ID that belongs to somebody else is not taken over; who was erased meanwhile does not come back as new.
FILL_SETTLED: Final = f"""
INSERT INTO incoming (row, id_problem, citizen_id_index, citizen_id_encrypted, other_id_kind, other_id_index,
    other_id_encrypted, organisation, organisation_position, grade, details, new_id, area, given_name, family_name,
    nickname, given_key, family_key, given_lk82, family_lk82, given_udom83, family_udom83, birth_date, birth_precision,
    sex, nationality, home_language, gone_kind, gone_date, child_id, known_area, enrolment_id, created, recoded,
    removed, outcome)
SELECT u.row, u.id_problem, {
    "".join(
        f"CASE WHEN u.id_problem <> 'citizen_id_conflict' THEN u.citizen_id_{part} END, "
        for part in ("index", "encrypted")
    )
}
    u.details #>> '{{other_id,kind}}', u.details #>> '{{other_id,index}}', u.details #>> '{{other_id,encrypted}}',
    u.organisation, u.organisation_position, u.grade, u.details, u.id, u.area, u.given_name, u.family_name,
    u.details ->> 'nickname', u.given_key, u.family_key, u.given_lk82, u.family_lk82, u.given_udom83, u.family_udom83,
    u.birth_date, u.birth_precision, u.sex, u.details ->> 'nationality', u.details ->> 'home_language',
    u.details ->> 'gone_kind', (u.details ->> 'gone_date')::date, coalesce(c.id, u.id), c.area, e.id, c.id IS NULL,
    false, false,
    CASE WHEN u.kind NOT IN {LISTS} THEN CASE WHEN c.id IS NULL THEN 'created' ELSE 'unchanged' END
        WHEN e.id IS NULL THEN 'enrolled' WHEN e.ended_date IS NOT NULL THEN 'reopened'
        WHEN e.grade <> u.grade AND u.import_id >= e.import_id THEN 'regraded' ELSE 'unchanged' END
FROM settled s JOIN unlinked_record u ON u.id = s.record_id AND u.import_id = $1
LEFT JOIN child c ON c.id = coalesce(s.candidate_id, u.id)
LEFT JOIN LATERAL (SELECT e.id, e.grade, e.ended_date, e.import_id FROM enrolment e
    WHERE e.child_id = c.id AND e.term = u.term AND e.organisation = u.organisation LIMIT 1) e ON true
WHERE s.candidate_id IS NULL OR c.id IS NOT NULL
"""
# What the rows say of guardians, houses and needs is bound to their ids, as identifiers are.
DETAILED: Final = """
SELECT new_id, child_id, coalesce(known_area, area, 0) AS area, details ->> 'sealed' AS sealed FROM incoming
"""
# $1 when
SETTLE: Final = """
UPDATE unlinked_record u SET state = CASE WHEN i.child_id = u.id THEN 'registered' ELSE 'linked' END,
    child_id = i.child_id, weight = s.weight, decided_by = s.decided_by, decided_at = $1
FROM settled s JOIN incoming i ON i.new_id = s.record_id WHERE u.id = s.record_id
"""
# The register has named a child that so far only lists knew.
IN_REGISTER: Final = """
UPDATE child c SET registered_import_id = $1
WHERE c.registered_import_id IS NULL AND c.id = ANY (ARRAY(SELECT child_id FROM incoming))
"""
SUBJECTS: Final = "SELECT array_agg(DISTINCT child_id) FROM incoming"
GONE_AGAIN: Final = """
INSERT INTO gone_from_list SELECT e.id, e.child_id, e.area, e.organisation, e.term, e.grade FROM enrolment e
JOIN unlinked_record u ON u.child_id = e.child_id AND u.term = e.term AND u.organisation = e.organisation
    AND u.import_id = e.import_id
WHERE u.id = $1 AND e.ended_date IS NULL
"""
# Whom a record had brought stays a person it may be, so that nobody takes them for missing while it waits. $1 record
OFFER_BROUGHT: Final = """
INSERT INTO link_candidate (record_id, candidate_id, area, rank, weight, fields)
SELECT u.id, c.id, u.area, 0, 0, '{}' FROM unlinked_record u JOIN child c ON c.id = u.id WHERE u.id = $1
ON CONFLICT DO NOTHING
"""
# What the row of a record told of the child it was linked to. $1 record
UNTELL: Final = (
    *(
        f"DELETE FROM {table} t USING unlinked_record u WHERE u.id = $1 AND u.state = 'linked'"
        " AND t.child_id = u.child_id AND t.import_id = u.import_id"
        for table in ("child_guardian", "child_need")
    ),
    """
    DELETE FROM child_identifier t USING unlinked_record u WHERE u.id = $1 AND u.state = 'linked'
        AND t.child_id = u.child_id AND t.import_id = u.import_id
        AND t.value_index = u.details #>> '{other_id,index}'
    """,
)

_RECORD: Final = """u.id, u.area, u.kind, u.term, u.organisation, u.grade, u.given_name, u.family_name, u.birth_date,
    u.birth_precision, u.sex, u.id_problem, u.state, u.weight, u.import_id, u.row, u.decided_by, u.decided_at,
    u.child_id"""
# $1, $2 area range; $3 organisation; $4, $5 after; $6 rows; $7 state
QUEUE: Final = f"""
SELECT {_RECORD} FROM unlinked_record u
WHERE u.state = $7 AND u.area BETWEEN $1 AND $2 AND ($3::text IS NULL OR u.organisation = $3)
    AND (u.area, u.id) > ($4, $5) ORDER BY u.area, u.id LIMIT $6
"""
RECORD: Final = f"SELECT {_RECORD} FROM unlinked_record u WHERE u.id = $1"
CANDIDATES: Final = """
SELECT n.candidate_id, n.weight, n.fields, c.id IS NOT NULL AS visible, c.area, c.given_name, c.family_name,
    c.birth_date, c.birth_precision, c.sex
FROM link_candidate n LEFT JOIN child c ON c.id = n.candidate_id WHERE n.record_id = $1
    AND NOT EXISTS (SELECT FROM link_decision d WHERE d.record_id = n.record_id AND d.candidate_id = n.candidate_id
        AND d.decision <> 'same' AND d.undone_at IS NULL)
ORDER BY n.rank
"""
PRINTS: Final = f"""
SELECT {_print("u")} AS record_print, {_print("c")} AS candidate_print, n.weight
FROM unlinked_record u JOIN link_candidate n ON n.record_id = u.id JOIN child c ON c.id = n.candidate_id
WHERE u.id = $1 AND n.candidate_id = $2
"""
RECORD_PRINT: Final = f"SELECT {_print('u')} FROM unlinked_record u WHERE u.id = $1"
# $1 children. Their identifier leads to the record now, or a later list of the feed names them by it in the same place.
CLOSED: Final = """
INSERT INTO settled (record_id, candidate_id, decided_by)
SELECT DISTINCT ON (u.id) u.id, c.id, 'identifier' FROM child c JOIN unlinked_record u ON u.state = 'review'
    AND u.citizen_id_index = c.citizen_id_index
    AND (u.birth_date = c.birth_date OR (u.given_key = c.given_key AND u.family_key = c.family_key))
WHERE c.id = ANY ($1)
UNION
SELECT DISTINCT ON (u.id) u.id, c.id, 'identifier' FROM child c JOIN link_candidate n ON n.candidate_id = c.id
JOIN unlinked_record u ON u.id = n.record_id AND u.state = 'review' AND u.birth_date = c.birth_date
    AND u.given_key = c.given_key AND u.family_key = c.family_key
JOIN enrolment e ON e.child_id = c.id AND e.term = u.term AND e.organisation = u.organisation
    AND e.feed_id = u.feed_id AND e.import_id <> u.import_id
WHERE c.id = ANY ($1)
ON CONFLICT DO NOTHING
"""
# $1 import, $2 most. The same, by an import: of its own rows those whose identifier leads to a child by now, and rows
# of earlier files of the feed whose child it names in the same place. Of several who fit, a person decides.
CLOSED_BY_IMPORT: Final = """
INSERT INTO settled (record_id, candidate_id, decided_by)
SELECT record_id, min(candidate_id::text)::uuid, 'identifier' FROM (
    SELECT u.id, c.id FROM unlinked_record u JOIN child c ON c.citizen_id_index = u.citizen_id_index
        AND (u.birth_date = c.birth_date OR (u.given_key = c.given_key AND u.family_key = c.family_key))
    WHERE u.import_id = $1 AND u.state = 'review'
    UNION
    SELECT u.id, c.id FROM file_import i JOIN unlinked_record u ON u.state = 'review' AND u.feed_id = i.feed_id
        AND u.term = i.term AND u.import_id < i.id
    JOIN link_candidate n ON n.record_id = u.id JOIN child c ON c.id = n.candidate_id AND c.birth_date = u.birth_date
        AND c.given_key = u.given_key AND c.family_key = u.family_key
    JOIN enrolment e ON e.child_id = c.id AND e.term = u.term AND e.organisation = u.organisation
        AND e.import_id = i.id AND e.ended_date IS NULL
    WHERE i.id = $1
) found (record_id, candidate_id) GROUP BY record_id HAVING count(*) = 1 ORDER BY record_id LIMIT $2
"""
MAY_CLOSE: Final = """
SELECT EXISTS (SELECT FROM file_import i JOIN unlinked_record u ON u.state = 'review' AND u.feed_id = i.feed_id
    AND u.term = i.term AND u.import_id < i.id WHERE i.id = $1)
"""
IMPORTS_SETTLED: Final = """
SELECT DISTINCT u.import_id, u.feed_id, u.kind, u.term, f.agency
FROM settled s JOIN unlinked_record u ON u.id = s.record_id JOIN feed f ON f.id = u.feed_id
"""
FIGURES: Final = """
SELECT count(*) FILTER (WHERE decision = 'same') AS same, count(*) FILTER (WHERE decision = 'different') AS different,
    count(*) FILTER (WHERE decision = 'new_child') AS new_child, count(*) FILTER (WHERE undone_at IS NOT NULL) AS undone
FROM link_decision WHERE area BETWEEN $1 AND $2
"""
BANDS: Final = """
SELECT floor(weight / 4) * 4 AS weight_from, count(*) AS decided, count(*) FILTER (WHERE decision = 'same') AS same
FROM link_decision WHERE area BETWEEN $1 AND $2 AND weight IS NOT NULL AND undone_at IS NULL GROUP BY 1 ORDER BY 1
"""
WAITING: Final = "SELECT count(*) FROM unlinked_record WHERE state = 'review' AND area BETWEEN $1 AND $2"
