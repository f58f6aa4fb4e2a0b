"""Access log, corrections, consent, retention, key rotations."""

from alembic import op

from zd_kernel.data.policy import grant_app, scope_policy

revision = "registry_0008"
down_revision = "registry_0007"
branch_labels = None
depends_on = ("kernel_0002",)

# Not EXISTS, which the planner may answer by reading every child that the caller sees.
ACCESS_LOG = """
CREATE POLICY audit_subject_of_child ON audit_subject FOR SELECT USING (
    (SELECT true FROM child c WHERE c.id = subject))
"""
TABLES = """
ALTER TABLE child ADD COLUMN corrected text[];
CREATE INDEX child_corrected ON child (id) WHERE corrected IS NOT NULL;

CREATE TABLE correction (
    id uuid PRIMARY KEY,
    child_id uuid NOT NULL REFERENCES child (id) ON DELETE CASCADE,
    area integer NOT NULL,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    agency text NOT NULL,
    field text NOT NULL,
    reason text NOT NULL,
    old_encrypted text
);
CREATE INDEX correction_of_child ON correction (child_id, at);

CREATE TABLE consent_purpose (
    code text NOT NULL,
    valid_from date NOT NULL,
    name_th text NOT NULL,
    name_en text NOT NULL,
    bases text[] NOT NULL,
    alone boolean NOT NULL,
    sensitive boolean NOT NULL,
    wording_version text NOT NULL,
    wording_th text NOT NULL,
    wording_en text NOT NULL,
    source text NOT NULL,
    PRIMARY KEY (code, valid_from)
);
INSERT INTO consent_purpose VALUES
    ('find_and_support', '1900-01-01', 'ค้นหาและช่วยเหลือเด็กนอกระบบการศึกษา', 'Find and support children out of learning',
        '{public_task,legal_obligation}', false, false, 'notice-1',
        'หน่วยงานใช้ข้อมูลของท่านเพื่อค้นหาและช่วยเหลือเด็กที่ไม่ได้เรียนรู้ ตามอำนาจหน้าที่',
        'The agency uses your data to find and support children who are out of learning, as its task is.',
        'พ.ร.บ.คุ้มครองข้อมูลส่วนบุคคล พ.ศ. 2562 มาตรา 24 (4) (6)'),
    ('health_support', '1900-01-01', 'ช่วยเหลือด้านสุขภาพและความพิการ', 'Support with health and disability',
        '{consent,vital_interest,legal_obligation}', false, true, 'example-1',
        'ข้าพเจ้ายินยอมให้ใช้ข้อมูลสุขภาพและความพิการเพื่อจัดความช่วยเหลือ',
        'I agree that data on health and disability are used to arrange support.',
        'มาตรา 26 · ตัวอย่าง หน่วยงานต้องกำหนดเอง · example, the agency decides'),
    ('line_messages', '1900-01-01', 'ส่งข้อความทาง LINE', 'Messages by LINE', '{consent}', false, false, 'example-1',
        'ข้าพเจ้ายินยอมให้ส่งข้อความเกี่ยวกับการเรียนของเด็กทาง LINE',
        'I agree to messages about the child''s learning by LINE.',
        'มาตรา 19, 20 · ตัวอย่าง หน่วยงานต้องกำหนดเอง · example, the agency decides'),
    ('photos', '1900-01-01', 'ถ่ายและเก็บภาพ', 'Photographs', '{consent}', false, false, 'example-1',
        'ข้าพเจ้ายินยอมให้ถ่ายและเก็บภาพเพื่อบันทึกการเยี่ยมบ้าน',
        'I agree that photographs are taken and kept to record home visits.',
        'มาตรา 19, 20 · ตัวอย่าง หน่วยงานต้องกำหนดเอง · example, the agency decides');

CREATE TABLE consent (
    id uuid PRIMARY KEY,
    child_id uuid NOT NULL REFERENCES child (id) ON DELETE CASCADE,
    area integer NOT NULL,
    purpose text NOT NULL,
    basis text NOT NULL,
    given_by text,
    guardian_id uuid,
    wording_version text NOT NULL,
    given_at timestamptz NOT NULL,
    recorded_by text NOT NULL,
    withdrawn_at timestamptz,
    withdrawn_by text,
    CONSTRAINT consent_basis CHECK (basis IN ('consent', 'public_task', 'legal_obligation', 'vital_interest',
        'contract', 'legitimate_interest', 'research')),
    CONSTRAINT consent_given_by CHECK (given_by IN ('self', 'guardian')),
    CONSTRAINT consent_by_somebody CHECK ((basis = 'consent') = (given_by IS NOT NULL))
);
CREATE INDEX consent_of_child ON consent (child_id, purpose);

CREATE TABLE retention_rule (
    name text NOT NULL,
    valid_from date NOT NULL,
    keep_days integer NOT NULL,
    source text NOT NULL,
    PRIMARY KEY (name, valid_from),
    CONSTRAINT retention_rule_name CHECK (name IN ('children', 'refused_rows', 'waiting_files', 'link_decisions',
        'withdrawn_consents')),
    CONSTRAINT retention_rule_keep CHECK (keep_days > 0)
);
INSERT INTO retention_rule
SELECT name, '1900-01-01', keep_days,
    'ตัวอย่าง หน่วยงานต้องกำหนดเอง (พ.ร.บ.คุ้มครองข้อมูลส่วนบุคคล มาตรา 23, 37 (3), 39) · example, the agency decides'
FROM (VALUES ('children', 12784), ('refused_rows', 180), ('waiting_files', 30), ('link_decisions', 3653),
    ('withdrawn_consents', 1827)) AS v(name, keep_days);

CREATE TABLE retention_run (
    id uuid PRIMARY KEY,
    job_id uuid NOT NULL,
    name text NOT NULL,
    keep_days integer NOT NULL,
    removed integer NOT NULL,
    started_at timestamptz NOT NULL,
    CONSTRAINT retention_run_once UNIQUE (job_id, name)
);

CREATE TABLE key_rotation (
    id uuid PRIMARY KEY,
    field_key text NOT NULL,
    index_key text NOT NULL,
    target integer NOT NULL,
    after_id uuid NOT NULL,
    renewed integer NOT NULL,
    created_by text NOT NULL,
    job_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    finished_at timestamptz
);

CREATE TABLE erased_identifier (
    child_id uuid NOT NULL,
    value_index text NOT NULL,
    area integer NOT NULL,
    PRIMARY KEY (child_id, value_index)
);
CREATE INDEX erased_identifier_value ON erased_identifier (value_index);

CREATE TABLE forgotten_name (
    kind text NOT NULL,
    key text NOT NULL,
    PRIMARY KEY (kind, key)
)
"""
SECURED = ("erased_identifier", "correction", "consent")
# Whether a citizen ID is free is asked of the whole register, and nothing is told but by whom it is held.
HOLDER = """
CREATE FUNCTION citizen_id_holder(indexes text[], other_than uuid) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
SELECT CASE WHEN EXISTS (SELECT FROM child WHERE citizen_id_index = ANY (indexes) AND id <> other_than) THEN 'child'
    WHEN EXISTS (SELECT FROM erased_child WHERE citizen_id_index = ANY (indexes)) THEN 'erased' END
$$
"""


def upgrade() -> None:
    op.execute(ACCESS_LOG)
    for statement in TABLES.split(";\n"):
        op.execute(statement)
    for table in SECURED:
        for statement in scope_policy(table):
            op.execute(statement)
    op.execute(grant_app("erased_identifier", "SELECT, INSERT"))
    op.execute(grant_app("forgotten_name", "SELECT, INSERT, DELETE"))
    op.execute(grant_app("correction", "SELECT, INSERT, UPDATE"))
    op.execute(grant_app("consent"))
    op.execute(grant_app("key_rotation", "SELECT, INSERT, UPDATE"))
    op.execute(grant_app("retention_rule", "SELECT, INSERT"))
    op.execute(grant_app("retention_run", "SELECT, INSERT, UPDATE"))
    op.execute(grant_app("consent_purpose", "SELECT, INSERT"))
    op.execute(HOLDER)
    op.execute("REVOKE ALL ON FUNCTION citizen_id_holder(text[], uuid) FROM PUBLIC")
    op.execute(
        "DO $$ BEGIN EXECUTE format('GRANT EXECUTE ON FUNCTION citizen_id_holder(text[], uuid) TO %I',"
        " current_database() || '_app'); END $$"
    )


def downgrade() -> None:
    op.execute("DROP FUNCTION citizen_id_holder(text[], uuid)")
    op.execute(
        f"DROP TABLE key_rotation, retention_run, retention_rule, consent_purpose, forgotten_name, {', '.join(SECURED)}"
    )
    op.execute("ALTER TABLE child DROP COLUMN corrected")
    op.execute("DROP POLICY audit_subject_of_child ON audit_subject")
