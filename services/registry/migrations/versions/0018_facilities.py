"""Standards of schools and centres, assessments, what they lack; the age at entry."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

from zd_kernel.data.policy import grant_app, secured, within

revision = "registry_0018"
down_revision = "registry_0017"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE quality_standard (
    code text NOT NULL,
    version integer NOT NULL,
    valid_from date NOT NULL,
    name_th text NOT NULL,
    name_en text NOT NULL,
    kinds text[] NOT NULL,
    definition jsonb NOT NULL,
    example boolean NOT NULL,
    source text NOT NULL,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (code, version)
);
CREATE UNIQUE INDEX quality_standard_day ON quality_standard (code, valid_from);

CREATE TABLE quality_assessment (
    id uuid PRIMARY KEY,
    organisation text NOT NULL REFERENCES organisation (code),
    standard text NOT NULL,
    version integer NOT NULL,
    school_year integer NOT NULL,
    own boolean NOT NULL,
    assessed_date date NOT NULL,
    assessed_by text NOT NULL,
    scores jsonb NOT NULL,
    evidence jsonb NOT NULL,
    percent double precision NOT NULL,
    areas jsonb NOT NULL,
    level text NOT NULL,
    recorded_by text NOT NULL,
    recorded_at timestamptz NOT NULL,
    replaced_by text,
    replaced_at timestamptz,
    FOREIGN KEY (standard, version) REFERENCES quality_standard (code, version),
    CONSTRAINT quality_assessment_replaced CHECK (num_nulls(replaced_by, replaced_at) IN (0, 2)),
    CONSTRAINT quality_assessment_percent CHECK (percent BETWEEN 0 AND 100)
);
CREATE UNIQUE INDEX quality_assessment_one ON quality_assessment (organisation, standard, school_year, own)
    WHERE replaced_at IS NULL;
CREATE INDEX quality_assessment_of_year ON quality_assessment (standard, school_year, organisation);

CREATE TABLE shortage (
    id uuid PRIMARY KEY,
    organisation text NOT NULL REFERENCES organisation (code),
    kind text NOT NULL,
    description text NOT NULL,
    quantity integer NOT NULL,
    unit text NOT NULL,
    estimated_satang bigint,
    needed_by_date date,
    standard text,
    criterion text,
    state text NOT NULL,
    closed_date date,
    version integer NOT NULL,
    changed_by text NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT shortage_kind CHECK (kind IN ('building', 'classroom', 'toilet', 'water', 'electricity', 'internet',
        'playground', 'kitchen', 'equipment', 'books', 'teacher', 'transport', 'safety', 'other')),
    CONSTRAINT shortage_state CHECK (state IN ('open', 'met', 'dropped')),
    CONSTRAINT shortage_closed CHECK ((state = 'open') = (closed_date IS NULL)),
    CONSTRAINT shortage_amounts CHECK (quantity > 0 AND estimated_satang >= 0)
);
CREATE INDEX shortage_of_organisation ON shortage (organisation, state);

ALTER TABLE policy DROP CONSTRAINT policy_name;
ALTER TABLE policy ADD CONSTRAINT policy_name CHECK (name IN ('reconciliation_ages', 'compulsory_education',
    'feed_loss', 'age_bands', 'small_cells', 'export_days', 'entry_age'));
INSERT INTO policy VALUES ('entry_age', '*', '2003-01-01', '{"K1": 4, "K2": 5, "K3": 6, "P1": 7}',
    'ป.1: พ.ร.บ.การศึกษาภาคบังคับ พ.ศ. 2545; อนุบาล: ตัวอย่าง หน่วยงานต้องกำหนดเอง · kindergarten: example, the agency decides')
"""
# Through where the organisation stands, by area and in the tree: nothing has to be moved when it moves.
OF_ORGANISATION = f"""
CREATE POLICY {{table}}_scope ON {{table}} USING (EXISTS (
    SELECT FROM organisation o WHERE o.code = {{table}}.organisation
        AND ({within("o.area", "area")} OR {within("o.position_from", "org")})))
"""


def _said(code: str, th: str, en: str) -> dict[str, Any]:
    return {"code": code, "name_th": th, "name_en": en}


DEFINITION: dict[str, Any] = {
    "areas": [
        _said("1", "ตัวอย่าง: การบริหารจัดการ", "Example: management") | {"criteria": [
            _said("1.1", "ตัวอย่าง: มีแผนประจำปี", "Example: has a plan of the year") | {"weight": 1, "max_score": 3},
            _said("1.2", "ตัวอย่าง: อาคารปลอดภัย", "Example: safe buildings") | {"weight": 2, "max_score": 3},
        ]},
        _said("2", "ตัวอย่าง: การดูแลเด็ก", "Example: care") | {"criteria": [
            _said("2.1", "ตัวอย่าง: อาหารครบหมู่", "Example: balanced meals") | {"weight": 2, "max_score": 3},
            _said("2.2", "ตัวอย่าง: เล่นกลางแจ้งทุกวัน", "Example: outdoors every day") | {"weight": 1, "max_score": 3},
        ]},
    ],
    "levels": [
        _said("c", "ต้องปรับปรุง", "To improve") | {"from_percent": 0, "area_percent": 0},
        _said("b", "ผ่านเกณฑ์", "Sufficient") | {"from_percent": 60, "area_percent": 50},
        _said("a", "ดีมาก", "Very good") | {"from_percent": 90, "area_percent": 80},
    ],
}  # fmt: skip


def upgrade() -> None:
    for statement in TABLES.split(";\n"):
        if statement.strip():
            op.execute(statement)
    for table in ("quality_assessment", "shortage"):
        for statement in (*secured(table), OF_ORGANISATION.format(table=table)):
            op.execute(statement)
        op.execute(grant_app(table, "SELECT, INSERT, UPDATE"))
    op.execute(grant_app("quality_standard", "SELECT, INSERT"))
    op.get_bind().execute(
        sa.text(
            "INSERT INTO quality_standard VALUES ('example_centre', 1, '1900-01-01', :th, :en,"
            " '{child_development_centre,school}', CAST(:definition AS jsonb), true, :source, 'zero-dropout', now())"
        ),
        {
            "th": "ตัวอย่าง: มาตรฐานศูนย์พัฒนาเด็กเล็ก",
            "en": "Example: standard of child-development centres",
            "definition": json.dumps(DEFINITION, ensure_ascii=False),
            "source": "ตัวอย่างที่แต่งขึ้น หน่วยงานต้องใส่มาตรฐานที่ใช้จริง · invented example, not for use",
        },
    )


def downgrade() -> None:
    op.execute("DROP TABLE shortage, quality_assessment, quality_standard")
    op.execute("DELETE FROM policy WHERE name = 'entry_age'")
    op.execute("ALTER TABLE policy DROP CONSTRAINT policy_name")
    op.execute(
        "ALTER TABLE policy ADD CONSTRAINT policy_name CHECK (name IN ('reconciliation_ages', 'compulsory_education',"
        " 'feed_loss', 'age_bands', 'small_cells', 'export_days'))"
    )
