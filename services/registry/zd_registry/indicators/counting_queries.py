"""Whom the figures of a run count where, and the figures made of it."""
# ruff: noqa: S608  (SQL put together from constants of its own)

from typing import Final

from zd_registry.reconciliation.queries import NOT_LATER, OF_AGE, REACHED
from zd_registry.reconciliation.selecting_queries import WRITTEN

_NOBODY: Final = "'00000000-0000-0000-0000-000000000000'::uuid"
_LEARNING: Final = "('in_school', 'flexible_learning', 'training_or_work')"
_RETURNED: Final = f"to_status IN {_LEARNING} AND evidence ->> 'was_missing' IS NOT NULL"
_CELL: Final = """area, organisation, age, sex, compulsory, status, feed_id, enrolled_twice, not_in_register, returned,
    judged"""

# A tambon about in the middle, for two halves of the children; nothing where there are few.
MIDDLE: Final = """
SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY area) / 100 * 100 FROM child TABLESAMPLE SYSTEM (1)
HAVING count(*) > 100
"""
# The planner takes the children of a run for few, and would sort them all, and read each where its area has it: in the
# order of the table that is half the work.
GROUPED: Final = "SET LOCAL enable_sort = off; SET LOCAL enable_indexscan = off; SET LOCAL work_mem = '256MB'"

CREATE_COUNTED: Final = """
CREATE TEMP TABLE counted (
    area int NOT NULL, organisation text COLLATE "C" NOT NULL, position int, age smallint NOT NULL, sex text NOT NULL,
    compulsory boolean NOT NULL, status text COLLATE "C" NOT NULL, feed_id uuid NOT NULL,
    enrolled_twice boolean NOT NULL, not_in_register boolean NOT NULL, returned boolean NOT NULL,
    judged boolean NOT NULL, members uuid[] NOT NULL
) ON COMMIT DROP
"""
# $1 run, $2 and $3 the births, $4 areas, $5 first birthdays of every age from the oldest to the youngest, $6 and $7
# births of compulsory age, $8 grades beyond it; $9 term and $10 reference date say whose verdict is the run's. An age
# is the number of birthdays reached, which the thresholds count; a status is told with its kind:
# `not_learning/dropped_out`. The organisation is that of the evidence; an organisation has one position.
_COUNTING: Final = f"""
WITH place AS MATERIALIZED (
    SELECT organisation, max(organisation_position) AS position FROM enrolment e WHERE {{e}} GROUP BY 1
), found AS MATERIALIZED (
    SELECT child_id, bool_or(kind = 'enrolled_twice') AS enrolled_twice,
        bool_or(kind = 'not_in_register') AS not_in_register, bool_or(kind = 'returned') AS returned
    FROM (
        SELECT child_id, kind FROM reconciliation_finding WHERE run_id = $1
        UNION ALL SELECT child_id, 'returned' FROM learning_change WHERE run_id = $1 AND {_RETURNED}
    ) f GROUP BY 1
)
INSERT INTO counted ({_CELL}, position, members)
SELECT {_CELL}, position, members FROM (
    SELECT {_CELL}, array_agg(child_id) AS members
    FROM (
        SELECT c.id AS child_id, c.area / 100 * 100 AS area, coalesce(s.evidence_organisation, '') AS organisation,
            coalesce(cardinality($5::date[]) - 1 - width_bucket(c.birth_date, $5::date[]), -1) AS age, c.sex,
            coalesce(c.birth_date >= $6::date AND c.birth_date < $7::date
                AND NOT coalesce(s.reason IN ('completed', 'finished_compulsory')
                    OR s.evidence_grade = ANY ($8::text[]), false), false) AS compulsory,
            CASE WHEN s.missing_kind IS NULL THEN coalesce(s.status, 'unconfirmed')
                ELSE s.status || '/' || s.missing_kind END AS status,
            CASE WHEN s.reason = 'feed_undelivered' AND s.evidence_feed_id IS NOT NULL THEN s.evidence_feed_id
                ELSE {_NOBODY} END AS feed_id,
            coalesce(f.enrolled_twice, false) AS enrolled_twice, coalesce(f.not_in_register, false) AS not_in_register,
            coalesce(f.returned, false) AS returned,
            s.child_id IS NOT NULL AND {NOT_LATER.format(term="$9", day="$10")} AS judged
        FROM child c
        LEFT JOIN learning_state s ON s.child_id = c.id AND {{s}}
        LEFT JOIN found f ON f.child_id = c.id
        WHERE {{c}} AND {REACHED.format(areas="$4")} AND {OF_AGE.format(after="$2", until="$3")}
    ) n GROUP BY {_CELL}
) g LEFT JOIN place USING (organisation)
"""
# Everybody of the areas from $11 up to $12.
COUNT: Final = _COUNTING.format(**{row: f"{row}.area >= $11 AND {row}.area < $12" for row in "ecs"})
# Only whom `chosen` names.
_CHOSEN: Final = "{} = ANY (ARRAY(SELECT child_id FROM chosen))"
COUNT_CHOSEN: Final = _COUNTING.format(
    e=_CHOSEN.format("e.child_id"), c=_CHOSEN.format("c.id"), s=_CHOSEN.format("s.child_id")
)

# $1 run. An interrupted one may have left some.
FORGET: Final = "DELETE FROM indicator_member WHERE run_id = $1 AND area >= $2 AND area < $3"
REMEMBER: Final = f"""
INSERT INTO indicator_member (run_id, organisation_position, members, {_CELL})
SELECT $1::uuid, position, members, {_CELL} FROM counted ORDER BY area
"""
# $1 run, $2 how it counts. The last one that counted alike: the one it was built upon, or one since that judged nobody.
COUNTED_LAST: Final = """
SELECT l.id FROM reconciliation_run r JOIN reconciliation_run l ON l.id >= r.base_run_id AND l.id < r.id
    AND (l.term, l.reference_date, l.age_from, l.age_to, l.mark_younger, l.scope_areas)
        = (r.term, r.reference_date, r.age_from, r.age_to, r.mark_younger, r.scope_areas)
    AND l.parameters -> 'compulsory_education' -> 'value' = r.parameters -> 'compulsory_education' -> 'value'
WHERE r.id = $1 AND l.members_run_id IS NOT NULL AND l.finished_at IS NOT NULL AND l.watermarks ->> 'counting' = $2
ORDER BY l.id DESC LIMIT 1
"""
# $1 under which run the members are kept: all of them, so many as the figures made of them say.
REMEMBERED: Final = "SELECT coalesce(sum(cardinality(members)), 0)::int FROM indicator_member WHERE run_id = $1"
# Who may be counted elsewhere now: whoever stands in a row written since, or went; of an unknown residence, also by
# their schools; who was judged, and who had come back then. Erased members have no name. $1 xid of when the members
# were counted, $2 run, $3 under which run they are kept.
CHOOSE_COUNTED: Final = f"""
INSERT INTO chosen SELECT DISTINCT child_id FROM (
    SELECT child_written_since($1::bigint)
    UNION ALL SELECT learning_state_written_since($1::bigint)
    UNION ALL SELECT e.child_id FROM enrolment e WHERE e.area = 0 AND ({WRITTEN.format("e")}
        OR e.organisation IN (SELECT o.code FROM organisation o WHERE {WRITTEN.format("o")}))
    UNION ALL SELECT m.child_id FROM reconciliation_mark m WHERE {WRITTEN.format("m")}
    UNION ALL SELECT unnest(children) FROM reconciliation_page WHERE run_id = $2
    UNION ALL SELECT unnest(members) FROM indicator_member WHERE run_id = $3 AND returned
    UNION ALL SELECT {_NOBODY}) n (child_id)
ON CONFLICT DO NOTHING
"""
# $1 under which run members are kept. Whom `chosen` names leave the cells that they were in for those of `counted`.
_SAME: Final = " AND ".join(f"m.{name} = n.{name}" for name in _CELL.replace("\n", "").replace(" ", "").split(","))
MOVE: Final = f"""
MERGE INTO indicator_member m USING (
    SELECT * FROM (
        SELECT {_CELL}, array_agg(child_id) AS leaving
        FROM indicator_member CROSS JOIN LATERAL unnest(members) AS u(child_id) JOIN chosen USING (child_id)
        WHERE run_id = $1 GROUP BY {_CELL}
    ) l FULL JOIN counted USING ({_CELL})
) n ON m.run_id = $1 AND {_SAME}
WHEN MATCHED AND n.members IS NULL AND cardinality(n.leaving) = cardinality(m.members) THEN DELETE
WHEN MATCHED THEN UPDATE SET organisation_position = coalesce(n.position, m.organisation_position),
    members = array(SELECT child_id FROM unnest(m.members) AS u(child_id)
        WHERE child_id <> ALL (coalesce(n.leaving, '{{}}'))) || coalesce(n.members, '{{}}')
WHEN NOT MATCHED THEN INSERT (run_id, organisation_position, members, {_CELL})
    VALUES ($1, n.position, n.members, {", ".join(f"n.{name.strip()}" for name in _CELL.split(","))})
"""
# Who is in no register any more stays counted until the next run, without the id. $1 ids.
BLANK: Final = f"""
UPDATE indicator_member
SET members = array(SELECT CASE WHEN n = ANY ($1::uuid[]) THEN {_NOBODY} ELSE n END FROM unnest(members) AS n)
WHERE members && $1::uuid[]
"""
MOMENT: Final = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text"
# Of whoever went while others were counted. $1 xid of when that began.
GONE_MEANWHILE: Final = f"""
SELECT array_agg(child_id) FROM (
    SELECT m.child_id FROM reconciliation_mark m WHERE {WRITTEN.format("m")}
    UNION ALL SELECT g.child_id FROM erased_child g WHERE {WRITTEN.format("g")}
) n WHERE NOT EXISTS (SELECT FROM child c WHERE c.id = n.child_id)
"""
# $1 run, $2 under which run members are kept: nothing is built any more upon others over some of the same areas.
FORGET_OTHERS: Final = """
WITH other AS (
    UPDATE reconciliation_run o SET members_run_id = NULL FROM reconciliation_run r
    WHERE r.id = $1 AND o.id <> $1 AND o.members_run_id <> $2
        AND o.scope_areas::int4multirange && r.scope_areas::int4multirange
    RETURNING o.id
)
DELETE FROM indicator_member m WHERE m.run_id <> $2 AND NOT EXISTS (
    SELECT FROM reconciliation_run r WHERE r.members_run_id = m.run_id AND r.id NOT IN (SELECT id FROM other))
"""

FORGET_GROUPS: Final = "DELETE FROM indicator_group WHERE run_id = $1 AND area >= $2 AND area < $3"
# $1 run, $2 under which run its members are kept, of the areas from $3 up to $4. What nobody is, in a whole group, is
# left out of it.
_COUNTED_AS: Final = "coalesce(sum(cardinality(members)) FILTER (WHERE {0}), 0)::int AS {0}"
KEEP: Final = f"""
INSERT INTO indicator_group (run_id, area, organisation, organisation_position, age, sex, compulsory, status, feed_id,
    children, enrolled_twice, not_in_register, returned)
SELECT $1::uuid, area, organisation, max(position), array_agg(age), array_agg(sex), array_agg(compulsory),
    array_agg(status), CASE WHEN count(feed_id) > 0 THEN array_agg(feed_id) END, array_agg(children),
    CASE WHEN sum(enrolled_twice) > 0 THEN array_agg(enrolled_twice) END,
    CASE WHEN sum(not_in_register) > 0 THEN array_agg(not_in_register) END,
    CASE WHEN sum(returned) > 0 THEN array_agg(returned) END
FROM (
    SELECT area, organisation, max(organisation_position) AS position, age, sex, compulsory, status,
        nullif(feed_id, {_NOBODY}) AS feed_id, sum(cardinality(members))::int AS children,
        {_COUNTED_AS.format("enrolled_twice")}, {_COUNTED_AS.format("not_in_register")},
        {_COUNTED_AS.format("returned")}
    FROM indicator_member WHERE run_id = $2 AND area >= $3 AND area < $4
    GROUP BY area, organisation, age, sex, compulsory, status, feed_id
) n GROUP BY area, organisation ORDER BY area, organisation
"""
# $1 under which run members are kept, of the areas from $2 up to $3.
SUMS: Final = f"""
SELECT status, compulsory, sum(cardinality(members))::int AS children, {_COUNTED_AS.format("judged")}
FROM indicator_member WHERE run_id = $1 AND area >= $2 AND area < $3 GROUP BY 1, 2
"""
