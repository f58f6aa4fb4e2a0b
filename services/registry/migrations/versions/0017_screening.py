"""Screening instruments, results, follow-ups."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

from zd_kernel.data.policy import grant_app, scope_policy, within

revision = "registry_0017"
down_revision = "registry_0016"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE screening_instrument (
    code text NOT NULL,
    version integer NOT NULL,
    valid_from date NOT NULL,
    kind text NOT NULL,
    name_th text NOT NULL,
    name_en text NOT NULL,
    from_months integer NOT NULL,
    below_months integer NOT NULL,
    purpose text NOT NULL,
    consent_needed boolean NOT NULL,
    legal_basis text,
    screeners text[] NOT NULL,
    readers text[] NOT NULL,
    definition jsonb NOT NULL,
    example boolean NOT NULL,
    source text NOT NULL,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (code, version),
    CONSTRAINT screening_instrument_kind CHECK (
        kind IN ('learning_disability', 'mental_health', 'growth', 'disability', 'development')),
    CONSTRAINT screening_instrument_ages CHECK (from_months < below_months),
    CONSTRAINT screening_instrument_basis CHECK (consent_needed OR legal_basis IS NOT NULL)
);
CREATE UNIQUE INDEX screening_instrument_day ON screening_instrument (code, valid_from);

CREATE TABLE growth_parameter (
    instrument text NOT NULL,
    version integer NOT NULL,
    measure text NOT NULL,
    sex text NOT NULL,
    at integer NOT NULL,
    l double precision NOT NULL,
    m double precision NOT NULL,
    s double precision NOT NULL,
    PRIMARY KEY (instrument, version, measure, sex, at),
    FOREIGN KEY (instrument, version) REFERENCES screening_instrument (code, version) ON DELETE CASCADE,
    CONSTRAINT growth_parameter_sex CHECK (sex IN ('male', 'female')),
    CONSTRAINT growth_parameter_positive CHECK (m > 0 AND s > 0)
);

CREATE TABLE screening (
    id uuid PRIMARY KEY,
    child_id uuid NOT NULL REFERENCES child (id) ON DELETE CASCADE,
    area integer NOT NULL,
    organisation text,
    organisation_position integer,
    instrument text NOT NULL,
    version integer NOT NULL,
    kind text NOT NULL,
    screened_date date NOT NULL,
    answers_encrypted text NOT NULL,
    band text NOT NULL,
    positive boolean NOT NULL,
    helped_date date,
    recorded_by text NOT NULL,
    agency text NOT NULL,
    recorded_at timestamptz NOT NULL,
    corrects uuid,
    replaced_by text,
    replaced_at timestamptz,
    reason text,
    FOREIGN KEY (instrument, version) REFERENCES screening_instrument (code, version),
    CONSTRAINT screening_replaced CHECK (num_nulls(replaced_by, replaced_at, reason) IN (0, 3))
);
CREATE INDEX screening_of_child ON screening (child_id, screened_date);
CREATE INDEX screening_area ON screening (area, screened_date) WHERE replaced_at IS NULL;
CREATE INDEX screening_organisation ON screening (organisation_position, screened_date);
CREATE INDEX screening_date ON screening (screened_date);

CREATE TABLE screening_follow_up (
    id uuid PRIMARY KEY,
    screening_id uuid NOT NULL REFERENCES screening (id) ON DELETE CASCADE,
    child_id uuid NOT NULL REFERENCES child (id) ON DELETE CASCADE,
    area integer NOT NULL,
    organisation text,
    organisation_position integer,
    party text NOT NULL,
    due_date date NOT NULL,
    done_date date,
    outcome text,
    done_by text,
    note_encrypted text,
    version integer NOT NULL,
    CONSTRAINT screening_follow_up_party CHECK (party IN ('teacher', 'doctor', 'parent')),
    CONSTRAINT follow_up_outcome CHECK (outcome IN ('helped', 'in_progress', 'not_needed', 'refused')),
    CONSTRAINT screening_follow_up_done CHECK (num_nulls(done_date, outcome, done_by) IN (0, 3))
);
CREATE INDEX screening_follow_up_of_screening ON screening_follow_up (screening_id);
CREATE INDEX screening_follow_up_of_child ON screening_follow_up (child_id);
CREATE INDEX screening_follow_up_due ON screening_follow_up (area, due_date) WHERE done_date IS NULL
"""
RETENTION = """
ALTER TABLE retention_rule DROP CONSTRAINT retention_rule_name;
ALTER TABLE retention_rule ADD CONSTRAINT retention_rule_name CHECK (name IN ('children', 'refused_rows',
    'waiting_files', 'link_decisions', 'withdrawn_consents', 'screenings'));
INSERT INTO retention_rule VALUES ('screenings', '1900-01-01', 3653,
    'ตัวอย่าง หน่วยงานต้องกำหนดเอง (พ.ร.บ.คุ้มครองข้อมูลส่วนบุคคล มาตรา 23, 37 (3), 39) · example, the agency decides')
"""
# A school whose list names the child, wherever the screening was; which kinds a teacher sees is the slice's own filter.
OF_PUPIL = """
CREATE POLICY {table}_of_pupil ON {table} USING (EXISTS (
    SELECT FROM enrolment e WHERE e.child_id = {table}.child_id AND e.ended_date IS NULL AND {within}))
"""
# Whether a pupil's family agreed has to be known where the child is screened.
CONSENT_OF_PUPIL = """
CREATE POLICY consent_of_pupil ON consent FOR SELECT USING (EXISTS (
    SELECT FROM enrolment e WHERE e.child_id = consent.child_id AND {within}))
"""
# A school sees its pupils' rows and cannot lock them; whoever screens a child keeps it from moving meanwhile.
HOLD = """
CREATE FUNCTION hold_child(child uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
SELECT FROM child c WHERE c.id = child FOR NO KEY UPDATE
$$
"""
EXAMPLE = "ตัวอย่างที่แต่งขึ้น ห้ามใช้จริง หน่วยงานต้องใส่เครื่องมือที่ตนมีสิทธิใช้ · invented example, not for use"
OFTEN = (("never", "ไม่เคย", "Never", 0), ("sometimes", "บางครั้ง", "Sometimes", 1), ("often", "บ่อย", "Often", 2))
CAN = (("yes", "ทำได้", "Can", 1), ("no", "ยังทำไม่ได้", "Cannot yet", 0))
FREE, HELP = "fine", "needs_help"


def _said(code: str, th: str, en: str) -> dict[str, Any]:
    return {"code": code, "name_th": th, "name_en": en}


def _questions(texts: dict[str, tuple[str, str]], answers: tuple[tuple[str, str, str, int], ...]) -> list[Any]:
    choices = [{"code": c, "text_th": th, "text_en": en, "points": points} for c, th, en, points in answers]
    return [{"code": code, "text_th": th, "text_en": en, "choices": choices} for code, (th, en) in texts.items()]


def _bands(*parties: tuple[str, int]) -> list[dict[str, Any]]:
    follow_up = [{"party": party, "within_days": days} for party, days in parties]
    return [
        _said(FREE, "ไม่พบข้อสังเกต", "Nothing noticed") | {"severity": 0, "positive": False},
        _said(HELP, "ควรได้รับการช่วยเหลือ", "Should be helped")
        | {"severity": 5, "positive": True, "follow_up": follow_up},
    ]


def _summed(items: list[Any], limit: float, bands: list[Any], *, low_is_worse: bool = False) -> dict[str, Any]:
    below, above = (HELP, FREE) if low_is_worse else (FREE, HELP)
    return {
        "items": items,
        "scales": [_said("total", "คะแนนรวม", "Total") | {"items": [item["code"] for item in items]}],
        "bands": bands,
        "cut_offs": [
            {"scale": "total", "band": below, "score_below": limit},
            {"scale": "total", "band": above, "score_from": limit},
        ],
    }


LEARNING = _summed(
    _questions({
        "letters": ("ตัวอย่าง: สับสนตัวอักษรที่คล้ายกัน", "Example: confuses letters that look alike"),
        "reading": ("ตัวอย่าง: อ่านช้ากว่าเพื่อนในชั้น", "Example: reads more slowly than the class"),
        "numbers": ("ตัวอย่าง: สับสนลำดับตัวเลข", "Example: confuses the order of digits"),
    }, OFTEN), 4, _bands(("teacher", 14), ("doctor", 60), ("parent", 14)),
)  # fmt: skip
MENTAL = _summed(
    _questions({
        "alone": ("ตัวอย่าง: แยกตัวอยู่คนเดียว", "Example: keeps to themselves"),
        "worried": ("ตัวอย่าง: ดูกังวล", "Example: looks worried"),
        "sleep": ("ตัวอย่าง: ง่วงในห้องเรียน", "Example: sleepy in class"),
    }, OFTEN), 3, _bands(("teacher", 7), ("doctor", 30), ("parent", 7)),
)  # fmt: skip
DISABILITY = _summed(
    _questions({
        "seeing": ("ตัวอย่าง: มองเห็นกระดาน", "Example: sees the board"),
        "hearing": ("ตัวอย่าง: ได้ยินเมื่อเรียกจากหลังห้อง", "Example: hears a call from the back"),
        "walking": ("ตัวอย่าง: เดินขึ้นบันไดเองได้", "Example: walks up stairs unaided"),
    }, CAN), 3, _bands(("doctor", 30), ("parent", 14)), low_is_worse=True,
)  # fmt: skip
DEVELOPMENT = _summed(
    _questions({
        "words": ("ตัวอย่าง: พูดเป็นประโยคสั้น", "Example: speaks in short sentences"),
        "jump": ("ตัวอย่าง: กระโดดสองเท้า", "Example: jumps with both feet"),
        "play": ("ตัวอย่าง: เล่นกับเด็กอื่น", "Example: plays with other children"),
    }, CAN), 2, _bands(("teacher", 30), ("doctor", 30), ("parent", 14)), low_is_worse=True,
)  # fmt: skip
GROWTH: dict[str, Any] = {
    "items": [
        {"code": "weight_kg", "text_th": "น้ำหนัก (กก.)", "text_en": "Weight (kg)", "low": 2, "high": 200},
        {"code": "height_cm", "text_th": "ส่วนสูง (ซม.)", "text_en": "Height (cm)", "low": 40, "high": 220},
    ],
    "scales": [
        _said("weight_for_age", "น้ำหนักตามอายุ", "Weight for age") | {"measure": "weight_for_age", "restricted": True},
        _said("height_for_age", "ส่วนสูงตามอายุ", "Height for age") | {"measure": "height_for_age"},
        _said("weight_for_height", "น้ำหนักตามส่วนสูง", "Weight for height")
        | {"measure": "weight_for_height", "restricted": True},
    ],
    "bands": _bands(("teacher", 14), ("doctor", 60), ("parent", 14)),
    "cut_offs": [
        {"scale": "weight_for_age", "band": HELP, "score_below": -2},
        {"scale": "weight_for_age", "band": FREE, "score_from": -2},
        {"scale": "height_for_age", "band": HELP, "score_below": -2},
        {"scale": "height_for_age", "band": FREE, "score_from": -2},
        {"scale": "weight_for_height", "band": HELP, "score_below": -2},
        {"scale": "weight_for_height", "band": FREE, "score_from": -2, "score_below": 2},
        {"scale": "weight_for_height", "band": HELP, "score_from": 2},
    ],
}
TEACHERS = ["teacher", "health_officer"]
INSTRUMENTS: tuple[tuple[str, str, str, str, int, int, list[str], list[str], dict[str, Any]], ...] = (
    ("example_learning", "learning_disability", "ตัวอย่าง: ข้อสังเกตด้านการเรียนรู้", "Example: difficulty in learning",
        72, 192, TEACHERS, ["teacher"], LEARNING),
    ("example_mental", "mental_health", "ตัวอย่าง: ข้อสังเกตด้านจิตใจ", "Example: distress",
        72, 228, TEACHERS, [], MENTAL),
    ("example_growth", "growth", "ตัวอย่าง: การเติบโต", "Example: growth", 24, 216, TEACHERS, ["teacher"], GROWTH),
    ("example_disability", "disability", "ตัวอย่าง: ข้อสังเกตด้านความพิการ", "Example: disability",
        36, 312, ["health_officer"], [], DISABILITY),
    ("example_development", "development", "ตัวอย่าง: พัฒนาการเด็กเล็ก", "Example: early development",
        30, 72, TEACHERS, ["teacher"], DEVELOPMENT),
)  # fmt: skip


def _growth() -> list[dict[str, Any]]:
    """Straight lines between round numbers: enough to try the method on, and nobody's standard."""
    rows = []
    for sex, more in (("female", 0.0), ("male", 1.0)):
        for month in range(0, 241, 12):
            weight, height = 6 + more + 0.22 * month, 60 + more + 0.47 * month
            rows.append({"measure": "weight_for_age", "sex": sex, "at": month, "l": -0.5, "m": weight, "s": 0.15})
            rows.append({"measure": "height_for_age", "sex": sex, "at": month, "l": 1.0, "m": height, "s": 0.045})
        for height in range(400, 2301, 100):
            weight = 2 + more / 2 + (height / 1000) ** 2 * 17
            rows.append({"measure": "weight_for_height", "sex": sex, "at": height, "l": -0.5, "m": weight, "s": 0.11})
    return rows


def _store_examples() -> None:
    connection = op.get_bind()
    insert = sa.text(
        "INSERT INTO screening_instrument VALUES (:code, 1, '1900-01-01', :kind, :th, :en, :from_months,"
        " :below_months, 'health_support', true, NULL, CAST(:screeners AS text[]), CAST(:readers AS text[]),"
        " CAST(:definition AS jsonb), true, :source, 'zero-dropout', now())"
    )
    names = ("code", "kind", "th", "en", "from_months", "below_months", "screeners", "readers")
    for *plain, definition in INSTRUMENTS:
        values = dict(zip(names, plain, strict=True))
        said = {"definition": json.dumps(definition, ensure_ascii=False), "source": EXAMPLE}
        connection.execute(insert, values | said)
    row = "INSERT INTO growth_parameter VALUES ('example_growth', 1, :measure, :sex, :at, :l, :m, :s)"
    connection.execute(sa.text(row), _growth())


def upgrade() -> None:
    for statement in f"{TABLES};\n{RETENTION}".split(";\n"):
        if statement.strip():
            op.execute(statement)
    reached = within("e.organisation_position", "org")
    for table in ("screening", "screening_follow_up"):
        for statement in scope_policy(table, organisation="organisation_position"):
            op.execute(statement)
        op.execute(OF_PUPIL.format(table=table, within=reached))
        op.execute(grant_app(table))
    op.execute(CONSENT_OF_PUPIL.format(within=reached))
    for table in ("screening_instrument", "growth_parameter"):
        op.execute(grant_app(table, "SELECT, INSERT"))
    op.execute(HOLD)
    op.execute("REVOKE ALL ON FUNCTION hold_child(uuid) FROM PUBLIC")
    op.execute(
        "DO $$ BEGIN EXECUTE format('GRANT EXECUTE ON FUNCTION hold_child(uuid) TO %I',"
        " current_database() || '_app'); END $$"
    )
    _store_examples()


def downgrade() -> None:
    op.execute("DROP FUNCTION hold_child(uuid)")
    op.execute("DROP POLICY consent_of_pupil ON consent")
    op.execute("DROP TABLE screening_follow_up, screening, growth_parameter, screening_instrument")
    op.execute("DELETE FROM retention_rule WHERE name = 'screenings'")
    op.execute("ALTER TABLE retention_rule DROP CONSTRAINT retention_rule_name")
    op.execute(
        "ALTER TABLE retention_rule ADD CONSTRAINT retention_rule_name CHECK (name IN ('children', 'refused_rows',"
        " 'waiting_files', 'link_decisions', 'withdrawn_consents'))"
    )
