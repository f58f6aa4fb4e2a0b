"""`incoming`: the rows of an import that one step takes, matched with the children they name. SQL of a temporary table.

One statement takes the rows out of `import_row`, looks each child up once, and decides what the row means, because
every further pass over the rows costs as much as the insertion it prepares. What is rare (another identifier, a moved
child, a new citizen ID) is worked on by statements of its own that run only when there is something to do.

`child_id` is the child that the row names, known or new; `created` says that nobody knew them; `outcome` is what the
row means:  rejected (with `reason`) · unlinked (names nobody surely, with `id_problem`) · unchanged ·
in a register created · corrected · in a list of pupils enrolled · regraded · reopened · ended · elsewhere noted.
"""
# ruff: noqa: S608  (SQL put together from constants of its own)

from typing import Final, NamedTuple

CREATE_INCOMING: Final = """
CREATE TEMP TABLE incoming (
    row int NOT NULL, id_problem text NOT NULL, citizen_id_index text, citizen_id_encrypted text, other_id_kind text,
    other_id_index text, other_id_encrypted text, organisation text, organisation_position int, grade text,
    details jsonb, removed boolean NOT NULL, new_id uuid NOT NULL, area int,
    given_name text NOT NULL, family_name text NOT NULL, nickname text, given_key text NOT NULL,
    family_key text NOT NULL, given_lk82 text NOT NULL, family_lk82 text NOT NULL, given_udom83 text NOT NULL,
    family_udom83 text NOT NULL, birth_date date, birth_precision text NOT NULL, sex text NOT NULL, nationality text,
    home_language text, gone_kind text, gone_date date,
    child_id uuid, known_area int, enrolment_id uuid, created boolean NOT NULL, recoded boolean NOT NULL,
    reason text, outcome text NOT NULL, returned boolean NOT NULL DEFAULT false
) ON COMMIT DROP;
CREATE TEMP TABLE other_identity (row int NOT NULL, child_id uuid NOT NULL, former boolean NOT NULL) ON COMMIT DROP
"""

# A former citizen ID, a G-code or a passport leads to a child, unless it leads to two: asked for whom nobody knew.
KNOW_OTHERWISE: Final = """
INSERT INTO other_identity (row, child_id, former)
SELECT t.row, (array_agg(i.child_id))[1], bool_or(i.kind = 'citizen_id')
FROM (
    SELECT row, citizen_id_index AS value_index, 'citizen_id' AS kind FROM incoming
    WHERE citizen_id_index IS NOT NULL AND {unknown}
    UNION ALL
    SELECT row, other_id_index, other_id_kind FROM incoming WHERE other_id_index IS NOT NULL AND {unknown}
) t JOIN child_identifier i USING (value_index, kind)
GROUP BY t.row HAVING count(DISTINCT i.child_id) = 1
""".format(unknown="known_area IS NULL AND id_problem <> 'citizen_id_conflict' AND reason IS DISTINCT FROM 'erased'")

_KEYS: Final = ("key", "lk82", "udom83")
_OF_CHILD: Final = """c.id, c.area, c.given_name, c.family_name, c.nickname, c.given_key, c.family_key, c.given_lk82,
    c.family_lk82, c.given_udom83, c.family_udom83, c.birth_date, c.birth_precision, c.sex, c.nationality,
    c.home_language, c.gone_kind, c.gone_date, c.citizen_id_index, c.registered_import_id"""


def _same(part: str) -> str:
    keys = " OR ".join(f"(t.{part}_{key} <> '' AND t.{part}_{key} = c.{part}_{key})" for key in _KEYS)
    return f"(t.{part}_name = c.{part}_name OR {keys})"


def _last_day(row: str) -> str:
    """The latest day that a birth date allows; `birth_date` is the earliest."""
    return f"""(CASE {row}.birth_precision WHEN 'year' THEN ({row}.birth_date + interval '1 year - 1 day')::date
        WHEN 'month' THEN ({row}.birth_date + interval '1 month - 1 day')::date ELSE {row}.birth_date END)"""


# The identifier leads to this child: is it the same person? A wrong number may well be a brother's or a sister's, so a
# family name alone proves nothing.
_SAME_BIRTH: Final = f"""coalesce(t.birth_date = c.birth_date
    OR (t.birth_date <= {_last_day("c")} AND c.birth_date <= {_last_day("t")}), true)"""
_SAME_NAME: Final = f"({_same('given')} AND (t.family_name = '' OR c.family_name = '' OR {_same('family')}))"

_MATCHED: Final = f"""
FROM taken t
LEFT JOIN erased_child e ON e.citizen_id_index = t.citizen_id_index
LEFT JOIN child c ON {{matched}}
LEFT JOIN LATERAL (SELECT {_OF_CHILD} WHERE c.id IS NOT NULL AND ({_SAME_BIRTH} OR {_SAME_NAME})) m ON true
"""
# The planner takes every import for one row, so it looks each child up through the index, as it should.
_TAKEN: Final = """
    DELETE FROM import_row WHERE import_id = $1 AND row > $2 AND row <= $3 AND reason IS NULL
    RETURNING *, NULL::uuid AS known_id, NULL::boolean AS former
"""
_TAKEN_STAGED: Final = """
    SELECT *, NULL::uuid AS known_id, NULL::boolean AS former FROM staged
    WHERE reason IS NULL AND $1::uuid IS NOT NULL AND row > $2 AND row <= $3
"""
# Most of a country's first register are people of whom nobody has heard, by the citizen ID that is all they are known
# by: they stay in `staged` and enter from there, which spares them a second copy. While somebody is erased, no one.
# The limits keep the planner from reading everybody for a look-up.
_TAKEN_BUT_NEWCOMERS: Final = """
    DELETE FROM staged s WHERE reason IS NULL AND $1::uuid IS NOT NULL AND row > $2 AND row <= $3 AND (
        id_problem = 'none' AND citizen_id_index IS NOT NULL AND other_id_index IS NULL AND details IS NULL
        AND NOT removed AND area <@ {areas}
        AND (SELECT NOT EXISTS (SELECT FROM erased_child) AND NOT EXISTS (SELECT FROM erased_identifier))
        AND (SELECT true FROM child k WHERE k.citizen_id_index = s.citizen_id_index LIMIT 1) IS NULL
        AND (SELECT true FROM child_identifier k WHERE k.value_index = s.citizen_id_index LIMIT 1) IS NULL
    ) IS NOT TRUE
    RETURNING *, NULL::uuid AS known_id, NULL::boolean AS former
"""
_TAKEN_AGAIN: Final = """
    DELETE FROM incoming i USING other_identity o WHERE o.row = i.row
        AND $1::uuid IS NOT NULL AND $2::int IS NOT NULL AND $3::int IS NOT NULL
    RETURNING {columns}, i.new_id AS child_id, o.child_id AS known_id, o.former
"""
AS_SAID: Final = {
    "area": "t.area",
    **{name: f"coalesce(t.{name}, '')" for name in ("given_name", "family_name")},
    "nickname": "t.nickname",
    **{f"{part}_{key}": f"coalesce(t.{part}_{key}, '')" for part in ("given", "family") for key in _KEYS},
    "birth_date": "t.birth_date",
    "birth_precision": "coalesce(t.birth_precision, 'day')",
    "sex": "coalesce(t.sex, 'unknown')",
    **{name: f"t.{name}" for name in ("nationality", "home_language", "gone_kind", "gone_date")},
}
# Of whom a list names nothing but the place is news: no other copy of the name is made.
AS_SAID_OF_NEW: Final = AS_SAID | {
    name: f"CASE WHEN m.id IS NULL THEN {said} ELSE '' END"
    for name, said in AS_SAID.items()
    if name.endswith(("_name", *_KEYS))
}
# A blank cell erases nothing, and a birth year does not replace a birth day.
_FINER: Final = """(t.birth_date IS NOT NULL AND (m.birth_date IS NULL
    OR position(t.birth_precision IN 'year month day') >= position(m.birth_precision IN 'year month day')))"""
_MERGED: Final = {
    **{name: f"coalesce(t.{name}, m.{name})" for name in ("nickname", "nationality", "home_language", "gone_date")},
    "area": "coalesce(t.area, m.area)",
    **{name: f"coalesce(nullif(t.{name}, ''), m.{name}, '')" for name in ("given_name", "family_name")},
    **{
        f"{part}_{key}": f"coalesce(CASE WHEN t.{part}_name = '' THEN m.{part}_{key} ELSE t.{part}_{key} END, '')"
        for part in ("given", "family")
        for key in _KEYS
    },
    "birth_date": f"CASE WHEN {_FINER} THEN t.birth_date ELSE m.birth_date END",
    "birth_precision": f"coalesce(CASE WHEN {_FINER} THEN t.birth_precision ELSE m.birth_precision END, 'day')",
    "sex": "coalesce(nullif(t.sex, 'unknown'), m.sex, 'unknown')",
    # Whom a register strikes off lives elsewhere, as far as it tells.
    "gone_kind": "coalesce(t.gone_kind, CASE WHEN t.removed THEN 'moved_away' END, m.gone_kind)",
}
_PLAIN: Final = (
    "row", "citizen_id_index", "citizen_id_encrypted", "other_id_kind", "other_id_index", "other_id_encrypted",
    "organisation", "organisation_position", "grade", "details", "removed",
)  # fmt: skip
_RECODED: Final = "coalesce(t.former IS FALSE AND t.citizen_id_index <> coalesce(m.citizen_id_index, ''), false)"
_NOBODY: Final = "m.id IS NULL AND (c.id IS NOT NULL OR t.id_problem <> 'none')"


class Filling(NamedTuple):
    """Statements with the same parameters: import, after which row, until which, then `reason`'s own.

    `waiting` takes the rows out of `import_row`, `staged` those of a piece that was just read (all of them, or of a
    register all but the newcomers); `again` takes those of `other_identity` out of `incoming` and judges them as that
    child's.
    """

    waiting: str
    staged: str
    again: str


def filling(
    *,
    said: dict[str, str],
    reason: str,
    outcome: str,
    joins: str = "",
    listed: str = "NULL::uuid",
    staged: str = _TAKEN_STAGED,
) -> Filling:
    """`reason` refuses a row unless it is null; `outcome` is asked for rows that name somebody."""
    created = f"(r.reason IS NULL AND m.id IS NULL AND NOT ({_NOBODY}) AND NOT t.removed)"
    values = {
        **{name: f"t.{name}" for name in _PLAIN},
        "id_problem": "CASE WHEN c.id IS NOT NULL AND m.id IS NULL THEN 'citizen_id_conflict' ELSE t.id_problem END",
        "new_id": "t.child_id",
        **said,
        "child_id": f"CASE WHEN {created} THEN t.child_id ELSE m.id END",
        "known_area": "m.area",
        "enrolment_id": listed,
        "created": created,
        "recoded": f"r.reason IS NULL AND {_RECODED}",
        "reason": "r.reason",
        "outcome": f"""CASE WHEN r.reason IS NOT NULL THEN 'rejected' WHEN {_NOBODY} THEN 'unlinked'
            WHEN m.id IS NULL AND t.removed THEN 'unchanged' ELSE {outcome} END""",
    }
    statement = f"""
WITH taken AS ({{taken}})
INSERT INTO incoming ({", ".join(values)})
SELECT {", ".join(values.values())}
{_MATCHED} {joins}
CROSS JOIN LATERAL (SELECT CASE WHEN e.child_id IS NOT NULL THEN 'erased' ELSE {reason} END AS reason) r
"""
    copied = ", ".join(f"i.{name}" for name in (*_PLAIN, "id_problem", *AS_SAID))
    return Filling(
        statement.format(taken=_TAKEN, matched="c.citizen_id_index = t.citizen_id_index"),
        statement.format(taken=staged, matched="c.citizen_id_index = t.citizen_id_index"),
        statement.format(taken=_TAKEN_AGAIN.format(columns=copied), matched="c.id = t.known_id"),
    )


_CHANGED: Final = " OR ".join(
    [
        *(f"({expression}) IS DISTINCT FROM m.{name}" for name, expression in _MERGED.items()),
        "m.registered_import_id IS NULL",
        _RECODED,
    ]
)
# Read once: a cast to ranges costs as much as a look-up, and the planner would repeat it for every row.
AREAS: Final = "(SELECT $4::text::int4multirange)"
POSITIONS: Final = "(SELECT $5::text::int4multirange)"
# An unknown residence (0) may be claimed by whoever has the population register of the child's area.
FROM_REGISTER: Final = filling(
    said=_MERGED,
    reason=f"""CASE WHEN coalesce({_MERGED["area"]}, 0) <@ {AREAS}
            AND (coalesce(m.area, 0) = 0 OR m.area <@ {AREAS}) THEN NULL
        WHEN coalesce({_MERGED["area"]}, 0) <@ {AREAS} THEN 'registered_elsewhere'
        ELSE 'outside_scope' END""",
    outcome=f"CASE WHEN m.id IS NULL THEN 'created' WHEN {_CHANGED} THEN 'corrected' ELSE 'unchanged' END",
    staged=_TAKEN_BUT_NEWCOMERS.format(areas=AREAS),
)
# A partner's file of its own people (social map, health, disability) discovers a child, and changes none.
FROM_PARTNER: Final = filling(
    said=AS_SAID,
    reason=f"""CASE WHEN NOT coalesce(coalesce(m.area, t.area) <@ {AREAS}, true)
        AND NOT coalesce(t.organisation_position <@ {POSITIONS}, false) THEN 'outside_scope' END""",
    outcome="CASE WHEN m.id IS NULL THEN 'created' ELSE 'unchanged' END",
)

# Few rows: the encrypted values of these are bound to the id that the row brought, not to the child's.
BOUND_TO_ANOTHER: Final = """
SELECT row, new_id, child_id, CASE WHEN recoded THEN citizen_id_encrypted END AS citizen_id,
    other_id_encrypted AS other_id
FROM incoming WHERE child_id <> new_id AND outcome NOT IN ('rejected', 'unlinked')
    AND (recoded OR other_id_encrypted IS NOT NULL)
"""
BIND: Final = """
UPDATE incoming i SET citizen_id_encrypted = coalesce(b.citizen_id, i.citizen_id_encrypted),
    other_id_encrypted = b.other
FROM unnest($1::int[], $2::text[], $3::text[]) AS b(row, citizen_id, other) WHERE b.row = i.row
"""
KEEP_FORMER: Final = """
INSERT INTO child_identifier (id, child_id, area, kind, value_encrypted, value_index, valid_to, import_id, created_at)
SELECT uuidv7(), c.id, coalesce(i.area, 0), 'citizen_id', c.citizen_id_encrypted, c.citizen_id_index, $2, $1, $3
FROM incoming i JOIN child c ON c.id = i.child_id WHERE i.recoded AND c.citizen_id_index IS NOT NULL
    AND c.id = ANY (ARRAY(SELECT child_id FROM incoming WHERE recoded))
"""
KEEP_OTHER: Final = """
INSERT INTO child_identifier (id, child_id, area, kind, value_encrypted, value_index, import_id, created_at)
SELECT uuidv7(), i.child_id, coalesce(i.known_area, i.area, 0), i.other_id_kind, i.other_id_encrypted,
    i.other_id_index, $1, $2
FROM (SELECT DISTINCT ON (child_id, other_id_kind, other_id_index) * FROM incoming
    WHERE other_id_index IS NOT NULL AND outcome NOT IN ('rejected', 'unlinked')) i
WHERE i.child_id IS NOT NULL AND NOT EXISTS (
    SELECT FROM child_identifier o WHERE o.value_index = i.other_id_index AND o.kind = i.other_id_kind
        AND o.child_id = i.child_id)
"""

# One list of pupils may name a new child in two schools: the child is made once, and both rows point to it.
NAME_AGAIN: Final = """
UPDATE incoming i SET child_id = f.new_id, created = false
FROM (SELECT DISTINCT ON (citizen_id_index) citizen_id_index, new_id, row FROM incoming WHERE created
    ORDER BY citizen_id_index, row) f
WHERE i.created AND i.citizen_id_index = f.citizen_id_index AND i.row <> f.row
"""
_WRITTEN: Final = ", ".join(_MERGED)
_VALUES: Final = _WRITTEN.replace("area", "coalesce(area, 0)")
REGISTER: Final = f"""
INSERT INTO child (id, citizen_id_encrypted, citizen_id_index, created_import_id, registered_import_id, version,
    created_at, updated_at, {_WRITTEN})
SELECT new_id, citizen_id_encrypted, citizen_id_index, $1, $2, 1, $3, $3, {_VALUES}
FROM incoming WHERE created
"""
ENTER: Final = f"""
INSERT INTO child (id, citizen_id_encrypted, citizen_id_index, created_import_id, registered_import_id, version,
    created_at, updated_at, {_WRITTEN})
SELECT child_id, citizen_id_encrypted, citizen_id_index, $1, $1, 1, $2, $2, {", ".join(AS_SAID[n] for n in _MERGED)}
FROM staged t WHERE reason IS NULL
"""
# The planner takes the range of a row-level policy for one row, and would read everybody for a few: so the ids are said
# beside the join, which leaves it the index alone.
OF_CORRECTED: Final = "{} = ANY (ARRAY(SELECT child_id FROM incoming WHERE outcome = 'corrected'))"
CORRECT: Final = f"""
UPDATE child c SET {", ".join(f"{name} = i.{name}" for name in _MERGED)},
    citizen_id_encrypted = CASE WHEN i.recoded THEN i.citizen_id_encrypted ELSE c.citizen_id_encrypted END,
    citizen_id_index = CASE WHEN i.recoded THEN i.citizen_id_index ELSE c.citizen_id_index END,
    registered_import_id = coalesce(c.registered_import_id, $1), version = c.version + 1, updated_at = $2
FROM incoming i WHERE c.id = i.child_id AND i.outcome = 'corrected' AND {OF_CORRECTED.format("c.id")}
"""
# What is kept about a child lies where the child lives: every table with a child and an area, of whichever slice.
FOLLOWERS: Final = (
    "learning_state", "learning_change", "child_identifier", "enrolment", "placement", "unlinked_record",
    "import_effect", "child_guardian", "residence", "child_need", "consent", "correction",
    "reconciliation_finding", "reconciliation_mark",
    "class_member", "roster_pupil", "term_grade", "behaviour_incident", "school_travel",
    "household_screening", "child_risk", "risk_change", "risk_mark",
    "place_confirmation", "intention", "home_visit",
    "screening", "screening_follow_up",
    "attendance_term", "attendance_correction", "attendance_elsewhere",
)  # fmt: skip
FOLLOW: Final = """
UPDATE {table} t SET area = i.area FROM incoming i
WHERE t.child_id = i.child_id AND i.outcome = 'corrected' AND i.area <> i.known_area
    AND t.child_id = ANY (ARRAY(SELECT child_id FROM incoming WHERE outcome = 'corrected' AND area <> known_area))
"""
