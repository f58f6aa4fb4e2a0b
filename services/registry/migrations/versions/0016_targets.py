"""Target groups: what plans mean by them from a day on, what runs found, what of it may be published."""

from alembic import op

from zd_kernel.data.policy import grant_app, scope_policy, secured

revision = "registry_0016"
down_revision = "registry_0015"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE target_group (
    code text NOT NULL,
    area text NOT NULL,
    valid_from date NOT NULL,
    plan text NOT NULL,
    name_th text NOT NULL,
    name_en text NOT NULL,
    conditions jsonb NOT NULL,
    in_use boolean NOT NULL,
    source text NOT NULL,
    PRIMARY KEY (code, area, valid_from),
    CONSTRAINT target_group_plan CHECK (plan IN ('eef', 'abe', 'other'))
);

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

CREATE TABLE published_target (
    run_id uuid NOT NULL REFERENCES reconciliation_run (id) ON DELETE CASCADE,
    code text NOT NULL,
    area text COLLATE "C" NOT NULL,
    answer text NOT NULL,
    age_band text NOT NULL,
    sex text NOT NULL,
    children integer,
    PRIMARY KEY (run_id, code, area, answer, age_band, sex)
)
"""
# Which classes of a screening the poorest 40 % are is a mapping of this product; the plan says it in incomes.
GROUPS = """
INSERT INTO target_group (code, plan, name_th, name_en, conditions, source, area, valid_from, in_use)
SELECT code, plan, name_th, name_en, json_build_object('age_from', age_from, 'age_to', age_to,
    'statuses', string_to_array(statuses, ','), 'poverty_classes', string_to_array(poverty, ','),
    'disability', disability), source, '*', date '1900-01-01', true
FROM (VALUES
    ('eef_1_early_childhood', 'eef', 'เด็กแรกเกิดถึง 2 ปี ในครัวเรือนยากจนที่สุดร้อยละ 40',
        'Age 0-2 in the poorest 40 %', 0, 2, '', 'extremely_poor,poor', false),
    ('eef_2_out_of_school', 'eef', 'เด็กนอกระบบ วัยก่อนประถมและวัยการศึกษาภาคบังคับ',
        'Out of school, preschool and compulsory age', 3, 14, 'not_learning', '', false),
    ('eef_3_in_school', 'eef', 'นักเรียนยากจน หรือพิการ', 'In school and poor or disabled', 3, 17,
        'in_school', 'extremely_poor,poor', true),
    ('eef_4_after_m3', 'eef', 'อายุ 15-17 ปี จบ ม.3 ไม่ได้เรียนต่อเพราะยากจน',
        'Age 15-17, finished M3, not continuing because of poverty', 15, 17, 'not_learning/not_continuing',
        'extremely_poor,poor', false),
    ('eef_5_youth', 'eef', 'อายุ 18-25 ปี ไม่ได้เรียนต่อเพราะขาดแคลนทุนทรัพย์',
        'Age 18-25, not continuing for lack of means', 18, 25, 'not_learning,completed', 'extremely_poor,poor', false),
    ('abe_early_childhood', 'abe', 'เด็กปฐมวัย', 'Early childhood', 0, 5, '', '', false),
    ('abe_out_of_school', 'abe', 'เด็กและเยาวชนนอกระบบ', 'Out of school', 3, 18, 'not_learning', '', false)
) AS g(code, plan, name_th, name_en, age_from, age_to, statuses, poverty, disability),
(VALUES ('แผนของ กสศ. และ ABE (เกณฑ์ยากจนเป็นค่าเริ่มต้นของระบบ) · plans of EEF and ABE; classes are a product default')
) AS s(source)
"""
OF_RUN = """
CREATE POLICY published_target_scope ON published_target USING (EXISTS (
    SELECT FROM reconciliation_run r WHERE r.id = run_id))
"""


def upgrade() -> None:
    for statement in f"{TABLES};\n{GROUPS}".split(";\n"):
        if statement.strip():
            op.execute(statement)
    for statement in (*scope_policy("target_cell"), *secured("published_target"), OF_RUN):
        op.execute(statement)
    op.execute(grant_app("target_group", "SELECT, INSERT"))
    for table in ("target_cell", "published_target"):
        op.execute(grant_app(table))


def downgrade() -> None:
    op.execute("DROP TABLE published_target, target_cell, target_group")
