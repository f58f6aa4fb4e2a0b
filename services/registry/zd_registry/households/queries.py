from typing import Final

from zd_registry.children.queries import SHOWN

GUARDIANS: Final = """
SELECT g.id, g.name_encrypted, g.phone_encrypted, l.relation, l.main, l.from_date, l.until_date
FROM child_guardian l JOIN guardian g ON g.id = l.guardian_id WHERE l.child_id = $1 ORDER BY l.main DESC, l.id
"""
HOUSEHOLD: Final = """
SELECT h.id, h.area, h.address_encrypted FROM child c JOIN household h ON h.id = c.household_id WHERE c.id = $1
"""
NEEDS: Final = """
SELECT id, kind, code, detail_encrypted, source, from_date, until_date FROM child_need
WHERE child_id = $1 ORDER BY id
"""
RESIDENCES: Final = """
SELECT lived_in, from_date, until_date FROM residence WHERE child_id = $1 ORDER BY from_date, id
"""
# Who lives in the same household or is cared for by the same guardian, as far as the caller may see them.
SIBLINGS: Final = f"""
SELECT {SHOWN} FROM child c LEFT JOIN learning_state s ON s.child_id = c.id
WHERE c.id <> $1 AND c.id IN (
    SELECT o.id FROM child o WHERE o.household_id = (SELECT household_id FROM child WHERE id = $1)
    UNION SELECT o.child_id FROM child_guardian o WHERE o.until_date IS NULL AND o.guardian_id IN (
        SELECT guardian_id FROM child_guardian WHERE child_id = $1 AND until_date IS NULL))
ORDER BY c.birth_date, c.id LIMIT 50
"""
# The child's own row, kept from moving until the transaction ends: a school sees its pupils but cannot lock them.
HOLD_CHILD: Final = "SELECT hold_child($1)"
EXISTS: Final = "SELECT area FROM child WHERE id = $1"

# Known anywhere, past the caller's areas; and entered unless somebody else just did.
KNOWN_GUARDIAN: Final = "SELECT known_guardian($1::text[])"
ENTER_GUARDIAN: Final = """
INSERT INTO guardian (id, area, name_encrypted, name_index, citizen_id_index, citizen_id_encrypted, version, created_at,
    updated_at)
VALUES ($1, $2, '', '', $3, $4, 0, $5, $5) ON CONFLICT (citizen_id_index) DO NOTHING RETURNING id
"""
KNOWN_HOUSEHOLD: Final = "SELECT known_household($1::text[])"
ENTER_HOUSEHOLD: Final = """
INSERT INTO household (id, area, house_code_index, house_code_encrypted, created_at)
VALUES ($1, $2, $3, $4, $5) ON CONFLICT (house_code_index) DO NOTHING RETURNING id
"""

# A move closes the residence of before and opens the new one, also twice on a day; `incoming` is the step's temporary
# table.
MOVE: Final = """
WITH closed AS (
    UPDATE residence r SET until_date = $1::date FROM {moved} m
    WHERE r.child_id = m.child_id AND r.until_date IS NULL AND r.from_date <= $1::date
)
INSERT INTO residence (id, child_id, area, lived_in, from_date, import_id)
SELECT uuidv7(), m.child_id, m.area, m.area, $1::date, $2::uuid FROM {moved} m
"""
FOLLOWERS: Final = ("child_guardian", "residence", "child_need")

# A part of the hashes of the guardians' names, by which linkage compares records; to be grouped by child.
GUARDIAN_MARKS: Final = """
SELECT l.child_id,
    string_agg(left(split_part(g.name_index, '.', 2), 16), ' ' ORDER BY l.main DESC, l.id) AS guardian_key
FROM child_guardian l JOIN guardian g ON g.id = l.guardian_id WHERE l.until_date IS NULL
"""

# What the rows of a step say; `own_id` is the id that the values are bound to, kept if nobody knew the guardian.
TOLD_GUARDIANS: Final = """
CREATE TEMP TABLE told_guardian (
    own_id uuid NOT NULL, child_id uuid NOT NULL, area int NOT NULL, name_encrypted text NOT NULL,
    name_index text NOT NULL, citizen_id_index text, citizen_id_encrypted text, phone_encrypted text,
    relation text NOT NULL, main boolean NOT NULL, guardian_id uuid
) ON COMMIT DROP
"""
KNOW_GUARDIANS: Final = (
    "UPDATE told_guardian t SET guardian_id = g.id FROM guardian g WHERE g.citizen_id_index = t.citizen_id_index",
    """
    UPDATE told_guardian t SET guardian_id = g.id FROM child_guardian l JOIN guardian g ON g.id = l.guardian_id
    WHERE t.guardian_id IS NULL AND l.child_id = t.child_id AND g.name_index = t.name_index
        AND (t.citizen_id_index IS NULL OR g.citizen_id_index IS NULL)
    """,
    """
    UPDATE told_guardian t SET guardian_id = f.own_id FROM (
        SELECT DISTINCT ON (coalesce(citizen_id_index, child_id || name_index)) own_id,
            coalesce(citizen_id_index, child_id || name_index) AS who
        FROM told_guardian WHERE guardian_id IS NULL
        ORDER BY coalesce(citizen_id_index, child_id || name_index), own_id) f
    WHERE t.guardian_id IS NULL AND coalesce(t.citizen_id_index, t.child_id || t.name_index) = f.who
    """,
)
STORE_GUARDIANS: Final = """
INSERT INTO guardian (id, area, name_encrypted, name_index, citizen_id_index, citizen_id_encrypted, phone_encrypted,
    version, created_at, updated_at)
SELECT own_id, area, name_encrypted, name_index, citizen_id_index, citizen_id_encrypted, phone_encrypted, 1, $1, $1
FROM told_guardian WHERE own_id = guardian_id ORDER BY own_id
ON CONFLICT (citizen_id_index) DO NOTHING
"""
LINK_GUARDIANS: Final = """
INSERT INTO child_guardian AS l (id, child_id, guardian_id, area, relation, main, from_date, import_id, created_at)
SELECT DISTINCT ON (child_id, guardian_id) uuidv7(), child_id, guardian_id, area, relation, main, NULL::date, $1::uuid,
    $2::timestamptz
FROM told_guardian ORDER BY child_id, guardian_id, main DESC
ON CONFLICT (child_id, guardian_id) DO UPDATE SET relation = excluded.relation, until_date = NULL
WHERE (l.relation, l.until_date) IS DISTINCT FROM (excluded.relation, NULL::date) AND excluded.relation <> 'other'
"""

TOLD_HOUSES: Final = """
CREATE TEMP TABLE told_house (
    own_id uuid NOT NULL, child_id uuid NOT NULL, area int NOT NULL, house_code_index text NOT NULL,
    house_code_encrypted text NOT NULL, address_encrypted text
) ON COMMIT DROP
"""
STORE_HOUSES: Final = """
INSERT INTO household (id, area, house_code_index, house_code_encrypted, address_encrypted, created_at)
SELECT DISTINCT ON (house_code_index) own_id, area, house_code_index, house_code_encrypted, address_encrypted, $1
FROM told_house ORDER BY house_code_index, own_id
ON CONFLICT (house_code_index) DO NOTHING
"""
MOVE_IN: Final = """
UPDATE child c SET household_id = h.id FROM told_house t JOIN household h USING (house_code_index)
WHERE c.id = t.child_id AND c.household_id IS DISTINCT FROM h.id
"""

TOLD_NEEDS: Final = """
CREATE TEMP TABLE told_need (
    id uuid NOT NULL, child_id uuid NOT NULL, area int NOT NULL, kind text NOT NULL, code text NOT NULL,
    detail_encrypted text
) ON COMMIT DROP
"""
STORE_NEEDS: Final = """
INSERT INTO child_need AS n (id, child_id, area, kind, code, detail_encrypted, source, import_id, created_at)
SELECT DISTINCT ON (child_id, kind, code) id, child_id, area, kind, code, detail_encrypted, $1, $2::uuid,
    $3::timestamptz
FROM told_need ORDER BY child_id, kind, code, id
ON CONFLICT (child_id, kind, code) DO UPDATE SET until_date = NULL WHERE n.until_date IS NOT NULL
"""
