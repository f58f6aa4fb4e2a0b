"""SQL of a withdrawal: what an import made, changed and named is taken back, unless somebody else says it too."""
# ruff: noqa: S608  (SQL put together from constants of its own)

from typing import Final

from zd_registry.children.queries import TAMBON
from zd_registry.enrolments.queries import facts
from zd_registry.intake.applying_sql import RESTORED

CREATE_UNDONE: Final = """
CREATE TEMP TABLE undone (
    id uuid NOT NULL, child_id uuid NOT NULL, area int NOT NULL, organisation text NOT NULL, term text NOT NULL,
    grade text NOT NULL, live boolean NOT NULL, other_import_id uuid, told_grade text
) ON COMMIT DROP
"""
# $1 import, $2 feed, $3 term, $4 how many. An enrolment that another import found as it was is that import's now.
FIND_MADE: Final = """
INSERT INTO undone
SELECT e.id, e.child_id, e.area, e.organisation, e.term, e.grade, e.ended_date IS NULL, o.import_id
FROM (SELECT * FROM enrolment WHERE feed_id = $2 AND term = $3 AND import_id = $1 LIMIT $4) e
LEFT JOIN (
    SELECT n.id, max(r.import_id::text)::uuid AS import_id
    FROM file_import f JOIN import_roster r ON r.import_id = f.id CROSS JOIN unnest(r.named) AS n(id)
    WHERE f.term = $3 AND f.id <> $1 AND f.phase IN ('applying', 'committed') GROUP BY n.id
) o ON o.id = e.id
"""
HAND_OVER: Final = """
UPDATE enrolment e SET import_id = f.id, feed_id = f.feed_id
FROM undone u JOIN file_import f ON f.id = u.other_import_id WHERE u.id = e.id
    AND e.id = ANY (ARRAY(SELECT id FROM undone))
"""
TAKE_BACK: Final = "DELETE FROM enrolment WHERE id = ANY (ARRAY(SELECT id FROM undone WHERE other_import_id IS NULL))"
TAKEN_BACK_FACTS: Final = facts(f"""
SELECT child_id, {TAMBON.format("area")} AS tambon, organisation, term{{grade}}, $1::date AS left_date
FROM undone WHERE other_import_id IS NULL AND live AND {{whom}} ORDER BY id
""")

# Changed enrolments get the values of before, unless they are no longer as the import left them.
RESTORE_LISTS: Final = """
WITH effect AS (
    DELETE FROM import_effect WHERE ctid IN (
        SELECT ctid FROM import_effect WHERE import_id = $1 AND kind IN ('regraded', 'reopened', 'ended') LIMIT $2)
    RETURNING kind, before
), back AS (
    UPDATE enrolment e SET grade = f.before ->> 'grade', ended_date = (f.before ->> 'ended_date')::date,
        ended_import_id = (f.before ->> 'ended_import_id')::uuid
    FROM effect f
    WHERE e.id = (f.before ->> 'id')::uuid AND e.id = ANY (ARRAY(SELECT (before ->> 'id')::uuid FROM effect))
        AND e.ended_import_id IS NOT DISTINCT FROM CASE f.kind WHEN 'ended' THEN $1::uuid END
        AND e.grade = coalesce(f.before ->> 'to', e.grade)
    RETURNING e.*, CASE WHEN f.kind <> 'ended' THEN f.before ->> 'to' END AS told_grade
), listed AS (
    INSERT INTO undone
    SELECT id, child_id, area, organisation, term, grade, ended_date IS NULL, NULL, told_grade FROM back
)
SELECT (SELECT count(*) FROM effect) AS effects, (SELECT count(*) FROM back) AS restored
"""
# The grade that is left is the one which the import had told.
CROSSED_BACK_FACTS: Final = facts(f"""
SELECT child_id, {TAMBON.format("area")} AS tambon, organisation, term{{grade}}, $1::date AS left_date
FROM (SELECT id, child_id, area, organisation, term, told_grade AS grade FROM undone
    WHERE (told_grade = 'K0') <> (grade = 'K0')) crossed WHERE {{whom}} ORDER BY id
""")
ENROLLED_AGAIN_FACTS: Final = facts(f"""
SELECT child_id, {TAMBON.format("area")} AS tambon, organisation, term{{grade}}
FROM undone WHERE live AND {{whom}} ORDER BY id
""")
ENDED_AGAIN_FACTS: Final = facts(f"""
SELECT child_id, {TAMBON.format("area")} AS tambon, organisation, term{{grade}}, $1::date AS left_date
FROM undone WHERE NOT live AND {{whom}} ORDER BY id
""")

# As much of `incoming` as moving and telling of it need (see the children's).
CREATE_INCOMING: Final = """
CREATE TEMP TABLE incoming (
    row int, child_id uuid NOT NULL, known_area int NOT NULL, area int NOT NULL, outcome text NOT NULL
) ON COMMIT DROP
"""
# Corrected children, unless they were changed since: their version tells.
RESTORE_CHILDREN: Final = f"""
WITH effect AS (
    DELETE FROM import_effect WHERE ctid IN (
        SELECT ctid FROM import_effect WHERE import_id = $1 AND kind = 'corrected' LIMIT $2)
    RETURNING child_id, before, version
), back AS (
    UPDATE child c SET {", ".join(f"{name} = b.{name}" for name in RESTORED)}, version = c.version + 1, updated_at = $3
    FROM effect e CROSS JOIN LATERAL jsonb_populate_record(NULL::child, e.before) b
    WHERE c.id = e.child_id AND c.version = e.version AND c.id = ANY (ARRAY(SELECT child_id FROM effect))
    RETURNING c.id, c.area, old.area AS known_area
), moved AS (
    INSERT INTO incoming (child_id, known_area, area, outcome)
    SELECT id, known_area, area, 'corrected' FROM back WHERE area <> known_area RETURNING child_id
)
SELECT (SELECT count(*) FROM effect) AS effects, (SELECT count(*) FROM back) AS restored,
    (SELECT count(*) FROM moved) AS moved
"""
# A former number of somebody who was changed since stays their former number.
FORGET_IDENTIFIERS: Final = """
DELETE FROM child_identifier i WHERE i.import_id = $1 AND (i.kind <> 'citizen_id'
    OR EXISTS (SELECT FROM child c WHERE c.id = i.child_id AND c.citizen_id_index = i.value_index))
"""
FORGET_TOLD: Final = (
    "DELETE FROM child_guardian WHERE import_id = $1",
    "DELETE FROM child_need WHERE import_id = $1",
    """
    WITH gone AS (DELETE FROM residence WHERE import_id = $1 RETURNING child_id, from_date)
    UPDATE residence SET until_date = NULL WHERE id IN (
        SELECT DISTINCT ON (r.child_id) r.id FROM gone g
        JOIN residence r ON r.child_id = g.child_id AND r.until_date = g.from_date AND r.import_id IS DISTINCT FROM $1
        WHERE NOT EXISTS (SELECT FROM residence o WHERE o.child_id = g.child_id AND o.until_date IS NULL
            AND o.import_id IS DISTINCT FROM $1)
        ORDER BY r.child_id, r.id DESC)
    """,
)
# Who a row was found to be stays known while a later list of the feed, which kept no record of its own, names them so.
# $1 import, $2 feed, $3 term.
HAND_OVER_RECORDS: Final = """
WITH decided AS MATERIALIZED (
    SELECT u.id, u.row, e.id AS enrolment_id FROM unlinked_record u
    JOIN enrolment e ON e.child_id = u.child_id AND e.term = u.term AND e.organisation = u.organisation
    WHERE u.import_id = $1 AND u.state IN ('linked', 'registered')
), named AS (
    SELECT d.id, d.row, max(f.id::text)::uuid AS import_id
    FROM file_import f JOIN import_roster r ON r.import_id = f.id CROSS JOIN unnest(r.named) AS n(id)
    JOIN decided d ON d.enrolment_id = n.id
    WHERE f.feed_id = $2 AND f.term = $3 AND f.id <> $1 AND f.phase IN ('applying', 'committed') GROUP BY d.id, d.row
)
UPDATE unlinked_record u SET import_id = n.import_id FROM named n WHERE u.id = n.id
    AND NOT EXISTS (SELECT FROM unlinked_record o WHERE o.import_id = n.import_id AND o.row = n.row)
"""
WITHDRAW_RECORDS: Final = """
UPDATE unlinked_record SET state = 'withdrawn' WHERE import_id = $1 AND state <> 'withdrawn'
"""
FORGET_ROWS: Final = """
DELETE FROM import_row WHERE import_id = $1 AND row IN (
    SELECT row FROM import_row WHERE import_id = $1 ORDER BY row LIMIT $2)
"""
FORGET_ROSTER: Final = "DELETE FROM import_roster WHERE import_id = $1"

PAGE_END: Final = """
SELECT id FROM (SELECT id FROM child WHERE id > $1 ORDER BY id LIMIT $2) page ORDER BY id DESC LIMIT 1
"""
# $1 import, $2 and $3 the page, $4 now. Whom another register names stays registered by that one. Who has nothing left
# that names them has no status.
UNREGISTER: Final = """
WITH named AS (
    SELECT n.id, max(r.import_id::text)::uuid AS import_id
    FROM file_import f JOIN import_roster r ON r.import_id = f.id CROSS JOIN unnest(r.named) AS n(id)
    WHERE f.kind = 'population' AND f.id <> $1 AND f.phase IN ('applying', 'committed') AND n.id > $2 AND n.id <= $3
    GROUP BY n.id
), gone AS (
    UPDATE child c SET registered_import_id = p.other_id, version = c.version + 1, updated_at = $4
    FROM (SELECT k.id, named.import_id AS other_id FROM child k LEFT JOIN named USING (id)
        WHERE k.registered_import_id = $1 AND k.id > $2 AND k.id <= $3) p
    WHERE c.id = p.id RETURNING c.id, c.registered_import_id
), undone AS (
    UPDATE learning_state s SET status = 'unconfirmed', missing_kind = NULL, reason = 'withdrawn',
        evidence_kind = 'none', evidence_organisation = NULL, evidence_term = NULL, evidence_grade = NULL,
        evidence_feed_id = NULL, evidence_import_id = $1, evidence_date = NULL, judged_at = $4, version = s.version + 1
    WHERE s.child_id > $2 AND s.child_id <= $3
        AND s.status IN ('in_school', 'completed', 'not_learning', 'not_yet_of_age', 'gone')
        AND (s.evidence_import_id = $1 OR s.child_id IN (SELECT id FROM gone WHERE registered_import_id IS NULL))
        AND NOT EXISTS (SELECT FROM enrolment e WHERE e.child_id = s.child_id AND e.ended_date IS NULL)
    RETURNING s.child_id, s.area, old.status AS was
), told AS (
    INSERT INTO learning_change (id, child_id, area, at, from_status, to_status, reason, evidence)
    SELECT uuidv7(), child_id, area, $4, was, 'unconfirmed', 'withdrawn', jsonb_build_object('import_id', $1::uuid)
    FROM undone
)
SELECT count(*) FROM gone
"""
