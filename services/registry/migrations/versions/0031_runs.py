"""A run writes less, and judges only whom something is new of.

Cells of its figures in groups, no look-up for a change of status, no list of who is in school. Rows tell by themselves
since when they are as they are; of those that go, or go to another child, a mark stays.
"""

from alembic import op

from zd_kernel.data.policy import grant_app, scope_policy

revision = "registry_0031"
down_revision = "registry_0030"
branch_labels = None
depends_on = None

GONE = """
CREATE OR REPLACE FUNCTION child_gone() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    {}
    RETURN NULL;
END $$
"""
OF_CHILD = ("enrolment", "learning_state")
AREAS = "area <@ (SELECT nullif(current_setting('zd.areas', true), '')::int4multirange)"
POSITIONS = "organisation_position <@ (SELECT nullif(current_setting('zd.orgs', true), '')::int4multirange)"
GROUP = """
CREATE TABLE indicator_group (
    run_id uuid NOT NULL,
    area integer NOT NULL,
    organisation text COLLATE "C" NOT NULL,
    organisation_position integer,
    age smallint[] NOT NULL,
    sex text[] NOT NULL,
    compulsory boolean[] NOT NULL,
    status text[] NOT NULL,
    feed_id uuid[],
    children integer[] NOT NULL,
    enrolled_twice integer[],
    not_in_register integer[],
    returned integer[],
    PRIMARY KEY (run_id, area, organisation)
);
INSERT INTO indicator_group
SELECT run_id, area, organisation, max(organisation_position), array_agg(age), array_agg(sex), array_agg(compulsory),
    array_agg(status || CASE WHEN missing_kind <> '' THEN '/' || missing_kind ELSE '' END),
    array_agg(nullif(feed_id, '00000000-0000-0000-0000-000000000000'::uuid)), array_agg(children),
    array_agg(enrolled_twice), array_agg(not_in_register), array_agg(returned)
FROM indicator_cell GROUP BY 1, 2, 3;
INSERT INTO indicator_group (run_id, area, organisation, age, sex, compulsory, status, children)
SELECT run_id, area, '', array_agg(age), array_agg('unknown'::text), array_agg(compulsory),
    array_agg(status || CASE WHEN missing_kind <> '' THEN '/' || missing_kind ELSE '' END), array_agg(children)
FROM reconciliation_result r WHERE NOT EXISTS (SELECT FROM indicator_cell c WHERE c.run_id = r.run_id) GROUP BY 1, 2;
CREATE INDEX indicator_group_of_organisation ON indicator_group (run_id, organisation_position);
DROP TABLE indicator_cell;
DROP TABLE reconciliation_result
"""
RESULT = """
CREATE TABLE reconciliation_result (
    run_id uuid NOT NULL,
    area integer NOT NULL,
    age integer NOT NULL,
    compulsory boolean NOT NULL,
    status text NOT NULL,
    missing_kind text NOT NULL,
    children integer NOT NULL,
    PRIMARY KEY (run_id, area, age, compulsory, status, missing_kind)
);
INSERT INTO reconciliation_result
SELECT run_id, area, age, compulsory, status, missing_kind, sum(children) FROM indicator_cell GROUP BY 1, 2, 3, 4, 5, 6
"""
CELL = """
CREATE TABLE indicator_cell (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_id uuid NOT NULL,
    area integer NOT NULL,
    organisation text COLLATE "C" NOT NULL,
    organisation_position integer,
    age integer NOT NULL,
    sex text NOT NULL,
    compulsory boolean NOT NULL,
    status text NOT NULL,
    missing_kind text NOT NULL,
    feed_id uuid NOT NULL,
    children integer NOT NULL,
    enrolled_twice integer NOT NULL,
    not_in_register integer NOT NULL,
    returned integer NOT NULL
);
INSERT INTO indicator_cell (run_id, area, organisation, organisation_position, age, sex, compulsory, status,
    missing_kind, feed_id, children, enrolled_twice, not_in_register, returned)
SELECT g.run_id, g.area, g.organisation, g.organisation_position, u.age, u.sex, u.compulsory,
    split_part(u.status, '/', 1), split_part(u.status, '/', 2),
    coalesce(u.feed_id, '00000000-0000-0000-0000-000000000000'::uuid), u.children, coalesce(u.enrolled_twice, 0),
    coalesce(u.not_in_register, 0), coalesce(u.returned, 0)
FROM indicator_group g CROSS JOIN LATERAL unnest(g.age, g.sex, g.compulsory, g.status, g.feed_id, g.children,
    g.enrolled_twice, g.not_in_register, g.returned)
    AS u(age, sex, compulsory, status, feed_id, children, enrolled_twice, not_in_register, returned);
CREATE INDEX indicator_cell_of_area ON indicator_cell (run_id, area);
CREATE INDEX indicator_cell_of_organisation ON indicator_cell (run_id, organisation_position);
DROP TABLE indicator_group
"""

COUNT = """
CREATE TABLE target_count (
    run_id uuid NOT NULL,
    area integer NOT NULL,
    code text NOT NULL,
    age smallint[] NOT NULL,
    sex text[] NOT NULL,
    answer text[] NOT NULL,
    children integer[] NOT NULL,
    PRIMARY KEY (run_id, area, code)
);
INSERT INTO target_count
SELECT run_id, area, code, array_agg(age), array_agg(sex), array_agg(answer), array_agg(children)
FROM target_cell GROUP BY 1, 2, 3;
DROP TABLE target_cell
"""
TARGET_CELL = """
CREATE TABLE target_cell (
    run_id uuid NOT NULL REFERENCES reconciliation_run (id) ON DELETE CASCADE,
    code text NOT NULL,
    area integer NOT NULL,
    age integer NOT NULL,
    sex text NOT NULL,
    answer text NOT NULL,
    children integer NOT NULL,
    PRIMARY KEY (run_id, code, area, age, sex, answer),
    CONSTRAINT target_cell_answer CHECK (answer IN ('member', 'not_known', 'not_member'))
);
INSERT INTO target_cell
SELECT x.run_id, x.code, x.area, n.age, n.sex, n.answer, n.children
FROM target_count x CROSS JOIN LATERAL unnest(x.age, x.sex, x.answer, x.children) AS n(age, sex, answer, children);
DROP TABLE target_count
"""
MARKS = """
CREATE TABLE reconciliation_mark (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    child_id uuid NOT NULL,
    area integer NOT NULL
);
CREATE INDEX reconciliation_mark_of_child ON reconciliation_mark (child_id)
"""
# As the owner: whoever takes a row away need not see the marks.
WENT = """
CREATE FUNCTION mark_reconciliation() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO reconciliation_mark (child_id, area)
    SELECT DISTINCT c.id, c.area FROM gone g JOIN child c ON c.id = g.{child};
    RETURN NULL;
END $$
"""
MOVED = """
CREATE FUNCTION mark_reconciliation_of_moved() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO reconciliation_mark (child_id, area) SELECT c.id, c.area FROM child c WHERE c.id = OLD.child_id;
    RETURN NULL;
END $$
"""
READ = ("enrolment", "placement", "unlinked_record")


def upgrade() -> None:
    op.execute("ALTER TABLE reconciliation_run ADD COLUMN everybody boolean NOT NULL DEFAULT false")
    op.execute("ALTER TABLE reconciliation_run ADD COLUMN base_run_id uuid")
    op.execute("ALTER TABLE reconciliation_page ALTER COLUMN figures DROP NOT NULL, ADD COLUMN children uuid[]")
    _mark()
    op.execute("ALTER TABLE learning_change DROP CONSTRAINT learning_change_child_id_fkey")
    _forget((*OF_CHILD, "learning_change", "reconciliation_mark"))
    op.execute("DROP INDEX learning_state_list")
    op.execute(
        "CREATE INDEX learning_state_list ON learning_state (status, area, child_id) WHERE status <> 'in_school'"
    )
    _replace(GROUP, "indicator_group", organisation="organisation_position")
    _replace(COUNT, "target_count")


def downgrade() -> None:
    for table in READ:
        op.execute(f"DROP TRIGGER {table}_went ON {table}")
        op.execute(f"DROP TRIGGER {table}_moved ON {table}")
    op.execute("DROP TRIGGER link_candidate_went ON link_candidate")
    op.execute(
        "DROP FUNCTION mark_reconciliation(), mark_reconciliation_of_candidate(), mark_reconciliation_of_moved()"
    )
    op.execute("DROP TABLE reconciliation_mark")
    op.execute("DELETE FROM reconciliation_page WHERE figures IS NULL")
    op.execute("ALTER TABLE reconciliation_page ALTER COLUMN figures SET NOT NULL, DROP COLUMN children")
    op.execute("ALTER TABLE reconciliation_run DROP COLUMN everybody, DROP COLUMN base_run_id")
    _replace(TARGET_CELL, "target_cell")
    _replace(CELL, "indicator_cell", organisation="organisation_position")
    _replace(RESULT, "reconciliation_result")
    op.execute("DROP INDEX learning_state_list")
    op.execute("CREATE INDEX learning_state_list ON learning_state (status, area, child_id)")
    _forget(OF_CHILD)
    op.execute("ALTER TABLE learning_change ADD FOREIGN KEY (child_id) REFERENCES child (id) ON DELETE CASCADE")


def _forget(tables: tuple[str, ...]) -> None:
    op.execute(GONE.format("\n    ".join(f"DELETE FROM {table} WHERE child_id = OLD.id;" for table in tables)))


def _mark() -> None:
    for statement in (*MARKS.split(";\n"), *scope_policy("reconciliation_mark"), grant_app("reconciliation_mark")):
        op.execute(statement)
    op.execute(WENT.format(child="child_id"))
    op.execute(WENT.replace("mark_reconciliation()", "mark_reconciliation_of_candidate()").format(child="candidate_id"))
    op.execute(MOVED)
    went = "CREATE TRIGGER {0}_went AFTER DELETE ON {0} REFERENCING OLD TABLE AS gone FOR EACH STATEMENT"
    for table in READ:
        op.execute(f"{went.format(table)} EXECUTE FUNCTION mark_reconciliation()")
        op.execute(
            f"CREATE TRIGGER {table}_moved AFTER UPDATE OF child_id ON {table} FOR EACH ROW"
            " WHEN (OLD.child_id IS DISTINCT FROM NEW.child_id) EXECUTE FUNCTION mark_reconciliation_of_moved()"
        )
    op.execute(f"{went.format('link_candidate')} EXECUTE FUNCTION mark_reconciliation_of_candidate()")


def _replace(statements: str, table: str, organisation: str | None = None) -> None:
    for statement in statements.split(";\n"):
        op.execute(statement)
    for statement in scope_policy(table, organisation=organisation):
        op.execute(statement)
    check = f"{AREAS} OR {POSITIONS}" if organisation else AREAS
    op.execute(f"ALTER POLICY {table}_scope ON {table} WITH CHECK ({check})")
    op.execute(grant_app(table))
