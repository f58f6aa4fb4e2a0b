from typing import Final

from zd_registry.households.queries import GUARDIAN_MARKS

_PRINTED: Final = ", ".join(
    f"{{0}}.{name}"
    for name in (
        "given_name", "family_name", "given_key", "family_key", "birth_date", "birth_precision", "sex", "area",
        "nationality", "citizen_id_index",
    )
)  # fmt: skip


def fingerprint(first: str, second: str) -> str:
    """SQL of the hash of what is compared: another one means that either side says something else."""
    parts = f"jsonb_build_array({_PRINTED.format(first)}, {_PRINTED.format(second)})"
    return f"encode(sha256(convert_to({parts}::text, 'UTF8')), 'hex')"


# Row by row in the order of ids, so that two merges never wait for each other in a ring.
LOCK: Final = "SELECT id FROM child WHERE id = ANY ($1) ORDER BY id FOR UPDATE"
FINGERPRINT: Final = f"""
SELECT {fingerprint("f", "s")} FROM child f CROSS JOIN child s WHERE f.id = $1 AND s.id = $2
"""
_SHOWN: Final = """p.id, f.area, p.first_child_id, p.second_child_id, p.source, p.weight, p.fields::text AS fields,
    p.state, p.reason, p.decided_by, p.decided_at, p.version + f.version + s.version AS version"""
_PAIR: Final = """duplicate_pair p JOIN child f ON f.id = p.first_child_id JOIN child s ON s.id = p.second_child_id"""
# $1, $2 area range of either; $3 state; $4, $5 after (weight, id); $6 rows. What a person noticed comes first.
QUEUE: Final = f"""
SELECT {_SHOWN} FROM {_PAIR}
WHERE p.state = $3 AND (f.area BETWEEN $1 AND $2 OR s.area BETWEEN $1 AND $2)
    AND (coalesce(p.weight, 'Infinity'), p.id) < ($4::float8, $5::uuid)
ORDER BY coalesce(p.weight, 'Infinity') DESC, p.id DESC LIMIT $6
"""
PAIR: Final = f"SELECT {_SHOWN} FROM {_PAIR} WHERE p.id = $1"
SIDES: Final = """
SELECT c.id, c.area, c.given_name, c.family_name, c.given_key, c.family_key, c.given_lk82, c.family_lk82,
    c.given_udom83, c.family_udom83, c.nickname, c.birth_date, c.birth_precision, c.sex, c.nationality,
    c.citizen_id_index AS citizen_id, c.citizen_id_index IS NOT NULL AS has_citizen_id,
    c.registered_import_id IS NOT NULL AS in_register, c.household_id IS NOT NULL AS has_household,
    coalesce(s.status, 'unconfirmed') AS learning_status, last.organisation, last.term, last.grade,
    (SELECT array_agg(DISTINCT i.kind) FROM child_identifier i WHERE i.child_id = c.id) AS identifiers,
    (SELECT count(*) FROM child_guardian g WHERE g.child_id = c.id) AS guardians,
    (SELECT count(*) FROM enrolment e WHERE e.child_id = c.id) AS enrolments,
    (SELECT count(*) FROM placement l WHERE l.child_id = c.id) AS placements
FROM child c LEFT JOIN learning_state s ON s.child_id = c.id
LEFT JOIN LATERAL (SELECT organisation, term, grade FROM enrolment e WHERE e.child_id = c.id
    ORDER BY term DESC, created_at DESC LIMIT 1) last ON true
WHERE c.id = ANY ($1)
"""

# $1, $2 the two in order; $3 id, $4 now. A pair that is in the queue stays as it is.
REPORT: Final = f"""
INSERT INTO duplicate_pair AS p (id, area, first_child_id, second_child_id, source, fields, fingerprint, state, version,
    created_at)
SELECT $3, f.area, f.id, s.id, 'person', '{{}}', {fingerprint("f", "s")}, 'waiting', 1, $4
FROM child f CROSS JOIN child s WHERE f.id = $1 AND s.id = $2
ON CONFLICT (first_child_id, second_child_id) DO UPDATE SET source = 'person', weight = NULL, state = 'waiting',
    fingerprint = excluded.fingerprint, reason = NULL, decided_by = NULL, decided_at = NULL, version = p.version + 1
WHERE p.state = 'closed' OR (p.state = 'refused' AND p.fingerprint <> excluded.fingerprint)
"""
BETWEEN: Final = "SELECT id, state FROM duplicate_pair WHERE first_child_id = $1 AND second_child_id = $2"

# A merge of the same child that came later has to go first: the snapshots are of one another's results.
LATER: Final = """
SELECT l.id FROM child_merge m JOIN child_merge l ON l.state IN ('waiting', 'merged', 'undoing') AND l.id > m.id
    AND (l.survivor_id IN (m.survivor_id, m.merged_id) OR l.merged_id IN (m.survivor_id, m.merged_id))
WHERE m.id = $1 ORDER BY l.id DESC LIMIT 1
"""
BUSY: Final = """
SELECT EXISTS (SELECT FROM child_merge WHERE state IN ('waiting', 'undoing')
    AND (survivor_id = ANY ($1) OR merged_id = ANY ($1)))
"""
RUN_OF: Final = "SELECT reference_date FROM reconciliation_run WHERE id = $1"
# The withdrawal of an import recognises the child as it left them by the version, which never goes back.
CARRY_VERSION: Final = "UPDATE import_effect SET version = $3 WHERE child_id = $1 AND version = $2"

# The search: $1 at, $2 id of the last child searched; $3 until; $4 how many.
PAGE: Final = """
SELECT id, updated_at FROM child WHERE (updated_at, id) > ($1, $2) AND updated_at <= $3 ORDER BY updated_at, id LIMIT $4
"""
REWIND: Final = "UPDATE duplicate_scan SET after_at = after_at - interval '10 minutes'"
SCANNED: Final = "UPDATE duplicate_scan SET after_at = $1, after_id = $2"
PLACE: Final = "SELECT after_at, after_id FROM duplicate_scan"
_EXPORTED: Final = """c.id, c.area, given_name, family_name, given_lk82, family_lk82, given_udom83, family_udom83,
    birth_date, birth_precision, sex, last.organisation, guarded.guardian_key"""
_LAST: Final = """LEFT JOIN LATERAL (SELECT organisation FROM enrolment e WHERE e.child_id = c.id
    ORDER BY term DESC, created_at DESC LIMIT 1) last ON true"""
EXPORT_CHANGED: Final = f"""
SELECT c.id AS feed, {_EXPORTED} FROM child c {_LAST}
LEFT JOIN ({GUARDIAN_MARKS} AND l.child_id = ANY ($1) GROUP BY l.child_id) guarded ON guarded.child_id = c.id
WHERE c.id = ANY ($1)
"""
EXPORT_ALL: Final = f"""
SELECT {_EXPORTED} FROM child c LEFT JOIN (SELECT DISTINCT ON (child_id) child_id, organisation FROM enrolment
    ORDER BY child_id, term DESC, created_at DESC) last ON last.child_id = c.id
LEFT JOIN ({GUARDIAN_MARKS} GROUP BY l.child_id) guarded ON guarded.child_id = c.id
"""
CREATE_FOUND: Final = """
CREATE TEMP TABLE found_pair (first_id uuid, second_id uuid, source text, weight float8, fields text) ON COMMIT DROP
"""
# Different citizen IDs speak against one person; $1 bits.
WEIGH: Final = """
WITH other AS (
    UPDATE found_pair n SET weight = n.weight + $1,
        fields = (n.fields::jsonb || jsonb_build_object('citizen_id', $1::float8))::text
    FROM child f, child s
    WHERE f.id = n.first_id AND s.id = n.second_id AND f.citizen_id_index <> s.citizen_id_index
    RETURNING n.first_id
)
SELECT count(*) FROM other
"""
DROP_LIGHT: Final = "DELETE FROM found_pair WHERE weight < $1"
# $1 children of the page, $2 bits. Another identifier, or a former citizen ID, that two children share.
SHARED: Final = """
INSERT INTO found_pair
SELECT least(a.child_id, b.child_id), greatest(a.child_id, b.child_id), 'identifier', $2::float8,
    jsonb_build_object('identifier', $2::float8)::text
FROM child_identifier a JOIN child_identifier b ON b.kind = a.kind AND b.value_index = a.value_index
    AND b.child_id <> a.child_id
WHERE a.child_id = ANY ($1)
UNION
SELECT least(a.child_id, c.id), greatest(a.child_id, c.id), 'identifier', $2, jsonb_build_object('identifier', $2)::text
FROM child_identifier a JOIN child c ON a.kind = 'citizen_id' AND c.citizen_id_index = a.value_index
    AND c.id <> a.child_id
WHERE a.child_id = ANY ($1) OR c.id = ANY ($1)
"""
STORE: Final = f"""
INSERT INTO duplicate_pair AS p (id, area, first_child_id, second_child_id, source, weight, fields, fingerprint, state,
    version, created_at)
SELECT DISTINCT ON (f.id, s.id) uuidv7(), f.area, f.id, s.id, n.source, n.weight, n.fields::jsonb,
    {fingerprint("f", "s")}, 'waiting', 1, $1
FROM found_pair n JOIN child f ON f.id = n.first_id JOIN child s ON s.id = n.second_id
ORDER BY f.id, s.id, n.weight DESC
ON CONFLICT (first_child_id, second_child_id) DO UPDATE SET source = excluded.source, weight = excluded.weight,
    fields = excluded.fields, fingerprint = excluded.fingerprint, state = 'waiting', reason = NULL, decided_by = NULL,
    decided_at = NULL, version = p.version + 1
WHERE p.state = 'closed' OR (p.state = 'refused' AND p.fingerprint <> excluded.fingerprint)
    OR (p.state = 'waiting' AND p.source <> 'person' AND p.fingerprint <> excluded.fingerprint)
"""
# What is no longer alike needs nobody's decision.
CLOSE: Final = """
UPDATE duplicate_pair p SET state = 'closed', version = p.version + 1
WHERE p.state = 'waiting' AND p.source <> 'person' AND (p.first_child_id = ANY ($1) OR p.second_child_id = ANY ($1))
    AND NOT EXISTS (SELECT FROM found_pair n WHERE n.first_id = p.first_child_id AND n.second_id = p.second_child_id)
"""
