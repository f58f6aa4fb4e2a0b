"""Attendance: marks of pupils by term, their corrections, closed months; attendance elsewhere and what counts."""

from alembic import op

from zd_kernel.data.policy import grant_app, scope_policy

revision = "registry_0021"
down_revision = "registry_0020"
branch_labels = None
depends_on = None

# Every school day changes most rows of the running term: half of each page is left free, so that the new version of a
# row stays on its page and no index is touched (HOT). Marks are a hundred bytes and more, and are never compressed.
TABLES = """
CREATE TABLE attendance_term (
    child_id uuid NOT NULL REFERENCES child (id) ON DELETE CASCADE,
    term text NOT NULL,
    organisation text NOT NULL,
    organisation_position integer NOT NULL,
    area integer NOT NULL,
    first_day date NOT NULL,
    due smallint NOT NULL,
    late smallint NOT NULL,
    leave smallint NOT NULL,
    sick smallint NOT NULL,
    absent smallint NOT NULL,
    streak smallint NOT NULL,
    streak_told smallint NOT NULL,
    marks text NOT NULL,
    PRIMARY KEY (child_id, term, organisation)
) WITH (fillfactor = 50);
ALTER TABLE attendance_term ALTER COLUMN marks SET STORAGE PLAIN;
CREATE INDEX attendance_term_organisation ON attendance_term (organisation_position, term);

CREATE TABLE attendance_correction (
    id uuid PRIMARY KEY,
    child_id uuid NOT NULL REFERENCES child (id) ON DELETE CASCADE,
    area integer NOT NULL,
    organisation text NOT NULL,
    organisation_position integer NOT NULL,
    day date NOT NULL,
    was text NOT NULL,
    became text NOT NULL,
    reason text,
    corrected_by text NOT NULL,
    corrected_at timestamptz NOT NULL
);
CREATE INDEX attendance_correction_of_child ON attendance_correction (child_id, id);
CREATE INDEX attendance_correction_of_organisation ON attendance_correction (organisation_position, id);

CREATE TABLE attendance_month (
    organisation text NOT NULL,
    month date NOT NULL,
    organisation_position integer NOT NULL,
    area integer NOT NULL,
    closed_at timestamptz NOT NULL,
    PRIMARY KEY (organisation, month)
);

CREATE TABLE attendance_elsewhere (
    source_id uuid NOT NULL,
    from_date date NOT NULL,
    until_date date NOT NULL,
    child_id uuid NOT NULL,
    area integer NOT NULL,
    kind text NOT NULL,
    programme text,
    unit text NOT NULL,
    due integer NOT NULL,
    attended integer NOT NULL,
    PRIMARY KEY (source_id, from_date),
    CONSTRAINT attendance_elsewhere_kind CHECK (kind IN ('placement', 'session')),
    CONSTRAINT attendance_elsewhere_unit CHECK (unit IN ('half_day', 'minute'))
);
CREATE INDEX attendance_elsewhere_of_child ON attendance_elsewhere (child_id, from_date);

CREATE TABLE attendance_symbol (
    symbol text NOT NULL,
    valid_from date NOT NULL,
    status text NOT NULL,
    source text NOT NULL,
    PRIMARY KEY (symbol, valid_from),
    CONSTRAINT attendance_symbol_status CHECK (status IN ('present', 'late', 'leave', 'sick', 'absent', 'none'))
);

CREATE TABLE attendance_programme (
    programme text NOT NULL,
    valid_from date NOT NULL,
    counts text[] NOT NULL,
    leave_counts boolean NOT NULL,
    minutes_per_day integer NOT NULL,
    source text NOT NULL,
    PRIMARY KEY (programme, valid_from),
    CONSTRAINT attendance_programme_counts CHECK (counts <@ ARRAY['school', 'placement', 'session']),
    CONSTRAINT attendance_programme_minutes CHECK (minutes_per_day > 0)
);

ALTER TABLE placement ADD COLUMN ended_date date;

ALTER TABLE policy DROP CONSTRAINT policy_name, ADD CONSTRAINT policy_name CHECK (name IN ('reconciliation_ages',
    'compulsory_education', 'feed_loss', 'age_bands', 'small_cells', 'export_days', 'entry_age', 'attendance'));
INSERT INTO policy VALUES ('attendance', '*', '1900-01-01', '{"late_days": 14, "office_late_days": 180,
    "leave_counts": 0, "streak_1": 3, "streak_2": 5, "streak_3": 7, "close_after_days": 3}',
    'ค่าเริ่มต้นของระบบ ขาดติดต่อกันเกิน 5 วันหรือเกิน 7 วันตามแนวปฏิบัติการติดตามนักเรียนของโรงเรียน · product default')
"""
DEFAULT = "ค่าเริ่มต้นของระบบ ตามสมุดบันทึกเวลาเรียน · product default"
SYMBOLS = {
    "present": ("/", "✓", "✔", "√", "ม", "มา", "มาเรียน", "p", "present", "1"),
    "late": ("ส", "สาย", "มาสาย", "t", "late", "tardy"),
    "leave": ("ล", "ลา", "ลากิจ", "l", "leave", "excused"),
    "sick": ("ป", "ป่วย", "ลาป่วย", "sick"),
    "absent": ("ข", "ขาด", "ขาดเรียน", "x", "a", "absent", "0"),
    "none": ("-", "–", "หยุด", "วันหยุด"),
}
PROGRAMMES = """
INSERT INTO attendance_programme VALUES
    ('school_attendance', '1900-01-01', '{school}', false, 360, 'ค่าเริ่มต้นของระบบ · product default'),
    ('conditional_grant', '1900-01-01', '{school,placement}', false, 360, 'ค่าเริ่มต้นของระบบ · product default'),
    ('parenting', '1900-01-01', '{session}', false, 360, 'ค่าเริ่มต้นของระบบ · product default')
"""


def upgrade() -> None:
    for statement in TABLES.split(";\n"):
        op.execute(statement)
    for status, symbols in SYMBOLS.items():
        for symbol in symbols:
            op.execute(f"INSERT INTO attendance_symbol VALUES ('{symbol}', '1900-01-01', '{status}', '{DEFAULT}')")
    op.execute(PROGRAMMES)
    for table in ("attendance_term", "attendance_correction", "attendance_month"):
        for statement in scope_policy(table, organisation="organisation_position"):
            op.execute(statement)
    for statement in scope_policy("attendance_elsewhere"):
        op.execute(statement)
    for table in ("attendance_term", "attendance_correction", "attendance_month", "attendance_elsewhere"):
        op.execute(grant_app(table))
    for table in ("attendance_symbol", "attendance_programme"):
        op.execute(grant_app(table, "SELECT, INSERT"))


def downgrade() -> None:
    op.execute("DELETE FROM policy WHERE name = 'attendance'")
    op.execute("""
        ALTER TABLE policy DROP CONSTRAINT policy_name, ADD CONSTRAINT policy_name CHECK (name IN (
            'reconciliation_ages', 'compulsory_education', 'feed_loss', 'age_bands', 'small_cells', 'export_days',
            'entry_age'))
    """)
    op.execute("ALTER TABLE placement DROP COLUMN ended_date")
    op.execute("DROP TABLE attendance_programme, attendance_symbol, attendance_elsewhere")
    op.execute("DROP TABLE attendance_month, attendance_correction, attendance_term")
