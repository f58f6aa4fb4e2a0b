"""Places for the next school year: who needs one, what schools confirm and families say of it."""

from alembic import op

from zd_kernel.data.policy import grant_app, scope_policy, within

revision = "registry_0014"
down_revision = "registry_0013"
branch_labels = None
depends_on = None

CONFIGURATION = """
CREATE TABLE transition_grade (
    grade text NOT NULL,
    valid_from date NOT NULL,
    next_grades text[] NOT NULL,
    source text NOT NULL,
    PRIMARY KEY (grade, valid_from)
);
INSERT INTO transition_grade VALUES
    ('K3', '1900-01-01', '{P1}', 'หลักสูตรแกนกลางการศึกษาขั้นพื้นฐาน 2551 · basic education core curriculum B.E. 2551'),
    ('P6', '1900-01-01', '{M1}', 'หลักสูตรแกนกลางการศึกษาขั้นพื้นฐาน 2551 · basic education core curriculum B.E. 2551'),
    ('M3', '1900-01-01', '{M4,V1}', 'ม.ปลายหรือ ปวช. · upper secondary or vocational certificate'),
    ('M6', '1900-01-01', '{D1}', 'ปวส. ส่วนอุดมศึกษาให้สถาบันหรือครอบครัวยืนยัน · higher vocational; a university is confirmed'),
    ('V3', '1900-01-01', '{D1}', 'ปวส. ส่วนอุดมศึกษาให้สถาบันหรือครอบครัวยืนยัน · higher vocational; a university is confirmed');

CREATE TABLE stop_reason (
    code text NOT NULL,
    valid_from date NOT NULL,
    name_th text NOT NULL,
    name_en text NOT NULL,
    asked boolean NOT NULL,
    source text NOT NULL,
    PRIMARY KEY (code, valid_from)
);
INSERT INTO stop_reason (code, name_th, name_en, valid_from, asked, source)
SELECT *, date '1900-01-01', true, 'ค่าเริ่มต้นของระบบ · product default' FROM (VALUES
    ('poverty', 'ครอบครัวไม่มีค่าใช้จ่าย', 'The family cannot afford it'),
    ('work', 'ต้องทำงานช่วยครอบครัว', 'Has to work'),
    ('health', 'เจ็บป่วย', 'Illness'),
    ('disability', 'ความพิการ', 'Disability'),
    ('family', 'ปัญหาครอบครัว', 'Trouble in the family'),
    ('pregnancy', 'ตั้งครรภ์หรือมีบุตร', 'Pregnancy or a child'),
    ('distance', 'สถานศึกษาอยู่ไกล', 'The school is far away'),
    ('not_fitting', 'การเรียนไม่เหมาะกับตน', 'School does not fit'),
    ('justice', 'อยู่ในกระบวนการยุติธรรม', 'The justice system'),
    ('other', 'เหตุผลอื่น', 'Another reason')) reasons
"""
TABLES = """
CREATE TABLE place_confirmation (
    id uuid PRIMARY KEY,
    child_id uuid NOT NULL REFERENCES child (id) ON DELETE CASCADE,
    area integer NOT NULL,
    year integer NOT NULL,
    organisation text NOT NULL,
    organisation_position integer NOT NULL,
    grade text NOT NULL,
    confirmed_by text NOT NULL,
    holds boolean NOT NULL,
    agency text NOT NULL,
    said_by text NOT NULL,
    said_at timestamptz NOT NULL,
    CONSTRAINT place_confirmation_by CHECK (confirmed_by IN ('school', 'family'))
);
CREATE INDEX place_confirmation_of_child ON place_confirmation (child_id, year, id);
CREATE INDEX place_confirmation_of_organisation ON place_confirmation (organisation_position, year);

CREATE TABLE intention (
    id uuid PRIMARY KEY,
    child_id uuid NOT NULL REFERENCES child (id) ON DELETE CASCADE,
    area integer NOT NULL,
    year integer NOT NULL,
    will text NOT NULL,
    reason text,
    note_encrypted text,
    told_by text NOT NULL,
    agency text NOT NULL,
    said_by text NOT NULL,
    said_at timestamptz NOT NULL,
    CONSTRAINT intention_will CHECK (will IN ('continue', 'stop', 'undecided')),
    CONSTRAINT intention_told_by CHECK (told_by IN ('child', 'guardian', 'school')),
    CONSTRAINT intention_reason CHECK ((will = 'stop') = (reason IS NOT NULL))
);
CREATE INDEX intention_of_child ON intention (child_id, year, id)
"""
# The school of a pupil records what it hears, and learns what the receiving school says.
OF_PUPIL = """
CREATE POLICY {table}_of_pupil ON {table} USING (EXISTS (
    SELECT FROM enrolment e WHERE e.child_id = {table}.child_id AND {within}))
"""
# What a school may not see of its own pupil by itself: the lists of other schools, and placements.
FACTS = """
CREATE FUNCTION transition_facts(child uuid, entering int, year_ended date)
RETURNS TABLE (organisation text, organisation_position int, term text, grade text, has_left boolean,
    next_organisation text, next_grade text, placed boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp ROWS 1 AS $$
SELECT l.organisation, l.organisation_position, l.term, l.grade, l.ended_date IS NOT NULL, n.organisation, n.grade,
    EXISTS (SELECT FROM placement p WHERE p.child_id = child AND p.started_date > year_ended
        AND p.kind IN ('flexible_learning', 'training', 'work_with_learning'))
FROM (
    SELECT * FROM enrolment e
    WHERE e.child_id = child AND e.term >= (entering - 1) || '/1' AND e.term <= (entering - 1) || '/3'
    ORDER BY e.term DESC, e.ended_date IS NOT NULL, e.organisation LIMIT 1
) l LEFT JOIN LATERAL (
    SELECT * FROM enrolment e
    WHERE e.child_id = child AND e.term >= entering || '/1' AND e.term <= entering || '/3' AND e.ended_date IS NULL
    ORDER BY e.term DESC, e.organisation LIMIT 1
) n ON true
$$
"""
# Whom a receiving school names by number: what is told is compared with the name that the school gives.
BY_NUMBER = """
CREATE FUNCTION child_by_number(indexes text[])
RETURNS TABLE (child_id uuid, area int, given_key text, number text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
SELECT c.id, c.area, c.given_key, c.citizen_id_index FROM child c WHERE c.citizen_id_index = ANY (indexes)
UNION ALL
SELECT c.id, c.area, c.given_key, i.value_index FROM child_identifier i JOIN child c ON c.id = i.child_id
WHERE i.value_index = ANY (indexes)
$$
"""
FUNCTIONS = {"transition_facts(uuid, int, date)": FACTS, "child_by_number(text[])": BY_NUMBER}
PERSONAL = {"place_confirmation": "organisation_position", "intention": None}


def upgrade() -> None:
    for statement in f"{CONFIGURATION};\n{TABLES}".split(";\n"):
        if statement.strip():
            op.execute(statement)
    for statement in (
        *scope_policy("place_confirmation", organisation="organisation_position"),
        *scope_policy("intention"),
    ):
        op.execute(statement)
    for table in PERSONAL:
        op.execute(OF_PUPIL.format(table=table, within=within("e.organisation_position", "org")))
        op.execute(grant_app(table))
    for table in ("transition_grade", "stop_reason"):
        op.execute(grant_app(table, "SELECT, INSERT"))
    for signature, function in FUNCTIONS.items():
        op.execute(function)
        op.execute(f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC")
        op.execute(
            f"DO $$ BEGIN EXECUTE format('GRANT EXECUTE ON FUNCTION {signature} TO %I',"
            " current_database() || '_app'); END $$"
        )


def downgrade() -> None:
    for signature in FUNCTIONS:
        op.execute(f"DROP FUNCTION {signature}")
    op.execute("DROP TABLE intention, place_confirmation, stop_reason, transition_grade")
