"""Public editions; positions that screen; which back-test earned a model its use; travel by school; trial sheets."""

from alembic import op

from zd_kernel.data.policy import grant_app, secured, within

revision = "registry_0028"
down_revision = "registry_0027"
branch_labels = None
depends_on = None

# Nobody knows what earned a fitted model its use before: it is activated once more, by its back-test.
EARNED = """
ALTER TABLE risk_model ADD COLUMN earned_by uuid REFERENCES risk_backtest (id);
UPDATE risk_model SET valid_from = NULL WHERE kind = 'fitted';
ALTER TABLE risk_model ADD CONSTRAINT risk_model_earned
    CHECK (kind = 'rules' OR (valid_from IS NULL) = (earned_by IS NULL))
"""
LISTED = """
EXISTS (SELECT FROM enrolment e WHERE e.child_id = school_travel.child_id AND e.ended_date IS NULL AND {within})
"""
SHEETS = """
ALTER TABLE sheet ADD COLUMN dry_run boolean NOT NULL DEFAULT false;
ALTER TABLE sheet DROP CONSTRAINT sheet_phase;
ALTER TABLE sheet ADD CONSTRAINT sheet_phase
    CHECK (phase IN ('received', 'applying', 'done', 'checked', 'failed'))
"""
EDITIONS = """
CREATE TABLE edition (
    id uuid PRIMARY KEY,
    subject text NOT NULL,
    period text NOT NULL,
    area integer NOT NULL,
    from_date date NOT NULL,
    to_date date NOT NULL,
    suppressed_below integer NOT NULL,
    published_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX edition_once ON edition (subject, period, area);
CREATE TABLE edition_figure (
    edition_id uuid NOT NULL REFERENCES edition (id) ON DELETE CASCADE,
    kind text COLLATE "C" NOT NULL,
    area text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL,
    children integer,
    PRIMARY KEY (edition_id, kind, area, state)
)
"""
NAMES = (
    "reconciliation_ages", "compulsory_education", "feed_loss", "age_bands", "small_cells", "export_days",
    "entry_age", "attendance", "chronic_absence", "small_school", "achievement", "help_window",
)  # fmt: skip
DELAY = """
INSERT INTO policy VALUES ('editions', '*', '1900-01-01', '{"delay_days": 30}',
    'ค่าเริ่มต้นของระบบ: รอข้อมูลที่ส่งช้า 30 วัน · product default: late files have 30 days')
"""
ROLES = """
CREATE TABLE screening_role (
    code text COLLATE "C" NOT NULL,
    valid_from date NOT NULL,
    name_th text NOT NULL,
    name_en text NOT NULL,
    used boolean NOT NULL,
    source text NOT NULL,
    PRIMARY KEY (code, valid_from)
);
INSERT INTO screening_role
SELECT code, '1900-01-01', name_th, name_en, true, 'ค่าเริ่มต้นของระบบ · product default' FROM (VALUES
    ('teacher', 'ครู', 'Teacher'),
    ('health_officer', 'เจ้าหน้าที่สาธารณสุข', 'Health officer'),
    ('volunteer', 'อาสาสมัครสาธารณสุขประจำหมู่บ้าน (อสม.)', 'Village health volunteer'),
    ('caregiver', 'ครูผู้ดูแลเด็ก ศูนย์พัฒนาเด็กเล็ก', 'Caregiver at a child-development centre'),
    ('special_educator', 'ครูการศึกษาพิเศษ', 'Special-education teacher')
) AS known(code, name_th, name_en)
"""
# Whoever has a claim at all: what is published is for everybody. Only jobs publish, and nobody changes it.
ANY_CLAIM = "coalesce(nullif(current_setting('zd.areas', true), ''), nullif(current_setting('zd.orgs', true), ''))"
EVERYWHERE = "nullif(current_setting('zd.areas', true), '')::int4multirange @> '[0,99999999]'::int4range"
BEFORE = """
DROP TABLE edition_figure;
DROP TABLE edition;
DROP TABLE screening_role;
UPDATE sheet SET phase = 'done' WHERE phase = 'checked';
ALTER TABLE sheet DROP CONSTRAINT sheet_phase;
ALTER TABLE sheet ADD CONSTRAINT sheet_phase CHECK (phase IN ('received', 'applying', 'done', 'failed'));
ALTER TABLE sheet DROP COLUMN dry_run;
DROP POLICY school_travel_changed_by_school ON school_travel;
DROP POLICY school_travel_said_by_school ON school_travel;
ALTER TABLE risk_model DROP CONSTRAINT risk_model_earned;
ALTER TABLE risk_model DROP COLUMN earned_by
"""


def _names(names: tuple[str, ...]) -> str:
    allowed = ", ".join(f"'{name}'" for name in names)
    return f"ALTER TABLE policy DROP CONSTRAINT policy_name, ADD CONSTRAINT policy_name CHECK (name IN ({allowed}))"


def upgrade() -> None:
    listed = LISTED.format(within=within("e.organisation_position", "org"))
    for statement in f"{EARNED};\n{SHEETS};\n{EDITIONS};\n{ROLES}".split(";\n"):
        op.execute(statement)
    for table in ("edition", "edition_figure"):
        for statement in secured(table):
            op.execute(statement)
        op.execute(f"CREATE POLICY {table}_read ON {table} FOR SELECT USING ({ANY_CLAIM} IS NOT NULL)")
        op.execute(f"CREATE POLICY {table}_published ON {table} FOR INSERT WITH CHECK ({EVERYWHERE})")
        op.execute(grant_app(table, "SELECT, INSERT"))
    op.execute(grant_app("screening_role", "SELECT, INSERT"))
    op.execute(_names((*NAMES, "editions")))
    op.execute(DELAY)
    op.execute(grant_app("risk_model", "UPDATE (earned_by)"))
    op.execute(f"CREATE POLICY school_travel_said_by_school ON school_travel FOR INSERT WITH CHECK ({listed})")
    op.execute(f"CREATE POLICY school_travel_changed_by_school ON school_travel FOR UPDATE USING ({listed})")


def downgrade() -> None:
    op.execute("DELETE FROM policy WHERE name = 'editions'")
    op.execute(_names(NAMES))
    for statement in BEFORE.split(";\n"):
        op.execute(statement)
