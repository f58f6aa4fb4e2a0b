"""Grades, behaviour, circumstances; risk levels, their models, limits and back-tests; marks of what changed."""

import json
from collections.abc import Iterator
from itertools import product

from alembic import op

from zd_kernel.data.policy import grant_app, scope_policy, secured, within

revision = "registry_0013"
down_revision = "registry_0012"
branch_labels = None
depends_on = None

FACTS = """
CREATE TABLE term_grade (
    id uuid PRIMARY KEY,
    child_id uuid NOT NULL REFERENCES child (id) ON DELETE CASCADE,
    area integer NOT NULL,
    organisation text NOT NULL,
    organisation_position integer NOT NULL,
    term text COLLATE "C" NOT NULL,
    gpa_hundredths integer,
    failed_subjects integer,
    graded_date date NOT NULL,
    recorded_by text NOT NULL,
    recorded_at timestamptz NOT NULL,
    CONSTRAINT term_grade_gpa CHECK (gpa_hundredths BETWEEN 0 AND 400),
    CONSTRAINT term_grade_failed CHECK (failed_subjects BETWEEN 0 AND 99),
    CONSTRAINT term_grade_says CHECK (num_nonnulls(gpa_hundredths, failed_subjects) > 0),
    CONSTRAINT term_grade_once UNIQUE (child_id, term, organisation, graded_date)
);
CREATE INDEX term_grade_of_organisation ON term_grade (organisation_position, term, child_id);
CREATE INDEX term_grade_of_area ON term_grade (area, child_id);

CREATE TABLE behaviour_incident (
    id uuid PRIMARY KEY,
    child_id uuid NOT NULL REFERENCES child (id) ON DELETE CASCADE,
    area integer NOT NULL,
    organisation text NOT NULL,
    organisation_position integer NOT NULL,
    kind text NOT NULL,
    occurred_date date NOT NULL,
    number integer NOT NULL,
    reported_date date NOT NULL,
    recorded_by text NOT NULL,
    recorded_at timestamptz NOT NULL,
    withdrawn_at timestamptz,
    CONSTRAINT behaviour_incident_kind CHECK (kind IN ('rule_breaking', 'truancy', 'violence', 'bullying', 'theft',
        'substance', 'other')),
    CONSTRAINT behaviour_incident_dates CHECK (occurred_date <= reported_date),
    CONSTRAINT behaviour_incident_once UNIQUE (child_id, organisation, kind, occurred_date, number)
);
CREATE INDEX behaviour_incident_of_organisation ON behaviour_incident (organisation_position, occurred_date);
CREATE INDEX behaviour_incident_of_area ON behaviour_incident (area, child_id);

CREATE TABLE school_travel (
    child_id uuid NOT NULL REFERENCES child (id) ON DELETE CASCADE,
    said_date date NOT NULL,
    area integer NOT NULL,
    distance_m integer,
    minutes integer,
    recorded_by text NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (child_id, said_date),
    CONSTRAINT school_travel_distance CHECK (distance_m BETWEEN 0 AND 1000000),
    CONSTRAINT school_travel_minutes CHECK (minutes BETWEEN 0 AND 1440),
    CONSTRAINT school_travel_says CHECK (num_nonnulls(distance_m, minutes) > 0)
);
CREATE INDEX school_travel_of_area ON school_travel (area, child_id);

CREATE TABLE household_screening (
    screening_id uuid PRIMARY KEY,
    child_id uuid NOT NULL,
    area integer NOT NULL,
    poverty_class text NOT NULL,
    model_version text NOT NULL,
    screened_date date NOT NULL,
    CONSTRAINT household_screening_class CHECK (poverty_class IN ('not_poor', 'near_poor', 'poor', 'extremely_poor'))
);
CREATE INDEX household_screening_of_child ON household_screening (child_id, screened_date);
CREATE INDEX household_screening_of_area ON household_screening (area, child_id)
"""
RISK = """
CREATE TABLE risk_mark (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    child_id uuid NOT NULL,
    area integer NOT NULL
);
ALTER TABLE risk_mark SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);

CREATE TABLE risk_model (
    version integer PRIMARY KEY,
    kind text NOT NULL,
    valid_from date,
    definition jsonb NOT NULL,
    fitted_from jsonb,
    source text NOT NULL,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL,
    activated_by text,
    CONSTRAINT risk_model_kind CHECK (kind IN ('rules', 'fitted')),
    CONSTRAINT risk_model_fitted CHECK ((kind = 'fitted') = (fitted_from IS NOT NULL)),
    CONSTRAINT risk_model_valid CHECK (kind = 'fitted' OR valid_from IS NOT NULL)
);

CREATE TABLE risk_threshold (
    model_version integer NOT NULL REFERENCES risk_model (version),
    area text NOT NULL,
    valid_from date NOT NULL,
    yellow integer NOT NULL,
    orange integer NOT NULL,
    red integer NOT NULL,
    source text NOT NULL,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (model_version, area, valid_from),
    CONSTRAINT risk_threshold_rising CHECK (yellow <= orange AND orange <= red)
);

CREATE TABLE child_risk (
    child_id uuid PRIMARY KEY REFERENCES child (id) ON DELETE CASCADE,
    area integer NOT NULL,
    enrolment_id uuid NOT NULL,
    organisation text NOT NULL,
    organisation_position integer NOT NULL,
    term text COLLATE "C" NOT NULL,
    grade text NOT NULL,
    level text NOT NULL,
    since_date date NOT NULL,
    below_since date,
    score integer NOT NULL,
    observed integer[] NOT NULL,
    model_version integer NOT NULL,
    assessed_at timestamptz NOT NULL,
    CONSTRAINT child_risk_level CHECK (level IN ('green', 'yellow', 'orange', 'red'))
) WITH (fillfactor = 80);
CREATE INDEX child_risk_list ON child_risk (level, area, child_id);
CREATE INDEX child_risk_of_organisation ON child_risk (organisation_position, level, child_id);

CREATE TABLE risk_change (
    id uuid PRIMARY KEY,
    child_id uuid NOT NULL REFERENCES child (id) ON DELETE CASCADE,
    area integer NOT NULL,
    at timestamptz NOT NULL,
    from_level text,
    to_level text,
    score integer,
    model_version integer NOT NULL,
    factors text[] NOT NULL,
    CONSTRAINT risk_change_from CHECK (from_level IN ('green', 'yellow', 'orange', 'red')),
    CONSTRAINT risk_change_to CHECK (to_level IN ('green', 'yellow', 'orange', 'red'))
);
CREATE INDEX risk_change_of_child ON risk_change (child_id, at);

CREATE TABLE risk_backtest (
    id uuid PRIMARY KEY,
    job_id uuid NOT NULL,
    term text COLLATE "C" NOT NULL,
    next_term text COLLATE "C" NOT NULL,
    weeks integer[] NOT NULL,
    model_versions integer[] NOT NULL,
    scope_areas text NOT NULL,
    after_child uuid NOT NULL,
    tally jsonb NOT NULL,
    sample jsonb NOT NULL,
    figures jsonb NOT NULL,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL,
    finished_at timestamptz
)
"""


def bands(*limits: tuple[int, int]) -> list[dict[str, int]]:
    return [{"limit": limit, "points": points} for limit, points in limits]


def factor(**measures: list[dict[str, int]]) -> dict[str, object]:
    return {"weight": 100, "mean": 0, "measures": measures}


GRADES = ("K1", "K2", "K3", "P1", "P2", "P3", "P4", "P5", "P6", "M1", "M2", "M3", "M4", "M5", "M6")
ABC = {
    "factors": {
        "attendance": factor(absent_share=bands((500, 1), (1000, 2)), streak=bands((3, 1), (5, 2), (7, 3))),
        "grades": factor(gpa=bands((300, 1), (200, 2)), failed=bands((1, 1), (2, 2))),
        "behaviour": factor(incidents=bands((1, 1), (3, 2))),
        "poverty": factor(poverty=bands((2, 1), (3, 2))),
        "health": factor(need=bands((1, 1))),
        "history": factor(dropouts=bands((1, 2))),
        "age": factor(years_over=bands((1, 1), (2, 2))),
        "distance": factor(distance_m=bands((10000, 1)), travel_minutes=bands((60, 1))),
    },
    "limits": {"yellow": 300, "orange": 500, "red": 700},
    "patience": {"margin": 100, "hold_days": 14},
    "memory": {"incident_days": 90, "poverty_days": 1096, "history_days": 1826},
    "grade_ages": {grade: 4 + n for n, grade in enumerate(GRADES)} | {"V1": 16, "V2": 17, "V3": 18, "D1": 19, "D2": 20},
}
SOURCE = (
    "ตัวอย่าง ABC (การมาเรียน พฤติกรรม ผลการเรียน) ปรับเป็นสี่ระดับและเพิ่มสภาพความเป็นอยู่ จังหวัดต้องกำหนดเอง"
    " · example ABC early warning (attendance, behaviour, course performance) in four levels, with circumstances"
    " added; the province decides"
)
FIRST = f"""
INSERT INTO risk_model VALUES (1, 'rules', '1900-01-01', '{json.dumps(ABC)}', NULL, '{SOURCE}', 'system',
    '2026-01-01T00:00:00Z')
"""
# By statement, as the owner: whoever changes a fact need not see the marks.
MARK = """
CREATE FUNCTION mark_risk() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO risk_mark (child_id, area) SELECT child_id, area FROM changed;
    RETURN NULL;
END $$
"""
MARK_CHILD = """
CREATE FUNCTION mark_risk_of_child() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO risk_mark (child_id, area) VALUES (NEW.id, NEW.area);
    RETURN NULL;
END $$
"""
CHILD_CHANGED = """
CREATE TRIGGER child_marks_risk AFTER UPDATE OF birth_date, area ON child FOR EACH ROW
WHEN (OLD.birth_date IS DISTINCT FROM NEW.birth_date OR OLD.area <> NEW.area) EXECUTE FUNCTION mark_risk_of_child()
"""
# Lists of pupils are not marked row by row, which would cost every import: the job looks for new ones by itself.
MARKING = ("term_grade", "behaviour_incident", "school_travel", "household_screening", "child_need", "learning_change")
BY_SCHOOL = ("term_grade", "behaviour_incident", "child_risk")
BY_AREA = ("school_travel", "household_screening", "risk_mark", "risk_change")
OF_ORGANISATION = """
CREATE POLICY {table}_of_organisation ON {table} FOR SELECT USING (EXISTS (
    SELECT FROM enrolment e WHERE e.child_id = {table}.child_id AND {within}))
"""
CLAIMED = "coalesce(nullif(current_setting('zd.areas', true), '')::int4multirange, '{}')"
ANY_CLAIM = "coalesce(nullif(current_setting('zd.areas', true), ''), nullif(current_setting('zd.orgs', true), ''))"


def upgrade() -> None:
    for statement in f"{FACTS};\n{RISK}".split(";\n"):
        op.execute(statement)
    op.get_bind().exec_driver_sql(FIRST)
    for statement in (*policies(), MARK, MARK_CHILD, CHILD_CHANGED, *marking()):
        op.execute(statement)
    for table in (*BY_SCHOOL, *BY_AREA, "risk_backtest"):
        op.execute(grant_app(table))
    op.execute(grant_app("risk_model", "SELECT, INSERT"))
    op.execute(grant_app("risk_model", "UPDATE (valid_from, activated_by)"))
    op.execute(grant_app("risk_threshold", "SELECT, INSERT"))


def policies() -> Iterator[str]:
    for table in BY_SCHOOL:
        yield from scope_policy(table, organisation="organisation_position")
    for table in BY_AREA:
        yield from scope_policy(table)
    for table in ("school_travel", "household_screening", "risk_change"):
        yield OF_ORGANISATION.format(table=table, within=within("e.organisation_position", "org"))
    for table in ("risk_model", "risk_threshold"):
        yield from secured(table)
        yield f"CREATE POLICY {table}_scope ON {table} USING ({ANY_CLAIM} IS NOT NULL)"
    yield from secured("risk_backtest")
    yield f"CREATE POLICY risk_backtest_scope ON risk_backtest USING (scope_areas::int4multirange <@ {CLAIMED})"
    yield f"""CREATE POLICY risk_backtest_reached ON risk_backtest FOR SELECT
        USING (scope_areas::int4multirange && {CLAIMED})"""


def marking() -> Iterator[str]:
    for table, (event, rows) in product(MARKING, (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD"))):
        yield (
            f"CREATE TRIGGER {table}_marks_risk_{event.lower()} AFTER {event} ON {table}"
            f" REFERENCING {rows} TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION mark_risk()"
        )


def downgrade() -> None:
    for table in ("child_need", "learning_change"):
        for event in ("insert", "update", "delete"):
            op.execute(f"DROP TRIGGER {table}_marks_risk_{event} ON {table}")
    op.execute("DROP TRIGGER child_marks_risk ON child")
    op.execute(f"DROP TABLE risk_threshold, risk_model, risk_backtest, {', '.join((*BY_SCHOOL, *BY_AREA))}")
    op.execute("DROP FUNCTION mark_risk(), mark_risk_of_child()")
