"""What a run knew of every feed, its questions, its result by area, what it found; dated policies; verification."""

from alembic import op

from zd_kernel.data.policy import grant_app, scope_policy, secured

revision = "registry_0005"
down_revision = "registry_0004"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE policy (
    name text NOT NULL,
    area text NOT NULL,
    valid_from date NOT NULL,
    value jsonb NOT NULL,
    source text NOT NULL,
    PRIMARY KEY (name, area, valid_from),
    CONSTRAINT policy_name CHECK (name IN ('reconciliation_ages', 'compulsory_education', 'feed_loss'))
);
INSERT INTO policy VALUES
    ('reconciliation_ages', '*', '2024-05-28', '{"from": 3, "to": 18}',
        'มติคณะรัฐมนตรี 28 พฤษภาคม 2567 (Thailand Zero Dropout)'),
    ('reconciliation_ages', '*', '1900-01-01', '{"from": 3, "to": 18}', 'ค่าเริ่มต้นของระบบ · product default'),
    ('reconciliation_ages', '26', '1900-01-01', '{"from": 2, "to": 21}',
        'จังหวัดนครนายก: 1 DATA, 1 ORGANIZATION, 1 PLAN'),
    ('compulsory_education', '*', '2003-01-01', '{"entering_year": 7, "until_entering_year": 16}',
        'พ.ร.บ.การศึกษาภาคบังคับ พ.ศ. 2545 มาตรา 4 และพ.ร.บ.การศึกษาแห่งชาติ พ.ศ. 2542 มาตรา 17 (เก้าปี นับตามปีปฏิทิน)'),
    ('feed_loss', '*', '1900-01-01', '{"share": 0.1, "pupils": 30}', 'ค่าเริ่มต้นของระบบ · product default');

ALTER TABLE reconciliation_run
    ADD COLUMN mark_younger boolean NOT NULL DEFAULT false,
    ADD COLUMN parameters jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN watermarks jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN figures jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN previous_run_id uuid,
    ADD COLUMN stopped_at timestamptz;

CREATE TABLE reconciliation_feed (
    run_id uuid NOT NULL REFERENCES reconciliation_run (id) ON DELETE CASCADE,
    feed_id uuid NOT NULL,
    agency text NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    owed text,
    delivered boolean NOT NULL,
    import_id uuid,
    delivered_at timestamptz,
    "rows" integer,
    before_term text COLLATE "C",
    listed integer,
    listed_before integer,
    asked boolean NOT NULL DEFAULT false,
    decision text,
    reason text,
    decided_by text,
    decided_at timestamptz,
    PRIMARY KEY (run_id, feed_id),
    CONSTRAINT reconciliation_feed_decision CHECK (decision IN ('accept', 'treat_as_undelivered'))
);
CREATE INDEX reconciliation_feed_decided ON reconciliation_feed (feed_id, decided_at) WHERE decision IS NOT NULL;

CREATE TABLE reconciliation_result (
    run_id uuid NOT NULL REFERENCES reconciliation_run (id) ON DELETE CASCADE,
    area integer NOT NULL,
    age integer NOT NULL,
    compulsory boolean NOT NULL,
    status text NOT NULL,
    missing_kind text NOT NULL,
    children integer NOT NULL,
    PRIMARY KEY (run_id, area, age, compulsory, status, missing_kind)
);

CREATE TABLE reconciliation_finding (
    run_id uuid NOT NULL REFERENCES reconciliation_run (id) ON DELETE CASCADE,
    kind text NOT NULL,
    area integer NOT NULL,
    child_id uuid NOT NULL REFERENCES child (id) ON DELETE CASCADE,
    PRIMARY KEY (run_id, kind, area, child_id),
    CONSTRAINT reconciliation_finding_kind CHECK (kind IN ('enrolled_twice', 'not_in_register'))
);
CREATE INDEX reconciliation_finding_child ON reconciliation_finding (child_id);

ALTER TABLE learning_state
    ADD COLUMN verified_at timestamptz,
    ADD COLUMN verified_by text,
    ADD CONSTRAINT learning_state_verified CHECK (verified_by IN ('visit', 'feed'));
INSERT INTO learning_change (id, child_id, area, at, to_status, missing_kind, reason, run_id, evidence)
SELECT uuidv7(), child_id, area, judged_at, status, missing_kind, reason, run_id, '{}'
FROM learning_state WHERE status <> 'in_school';
CREATE INDEX learning_change_of_run ON learning_change (run_id, area, id) WHERE run_id IS NOT NULL;
CREATE INDEX learning_change_of_area ON learning_change (area, child_id, at)
"""

CLAIMED = "coalesce(nullif(current_setting('zd.areas', true), '')::int4multirange, '{}')"
# Feeds and runs name no person; whoever has a claim may know which lists a run had, and a run that judged their areas.
ANY_CLAIM = "coalesce(nullif(current_setting('zd.areas', true), ''), nullif(current_setting('zd.orgs', true), ''))"
REACHED = f"""
CREATE POLICY reconciliation_run_reached ON reconciliation_run FOR SELECT
    USING (scope_areas::int4multirange && {CLAIMED})
"""


def upgrade() -> None:
    for statement in TABLES.split(";\n"):
        if statement.strip():
            op.execute(statement)
    op.execute(REACHED)
    for table in ("reconciliation_result", "reconciliation_finding"):
        for statement in scope_policy(table):
            op.execute(statement)
    for statement in secured("reconciliation_feed"):
        op.execute(statement)
    op.execute(f"CREATE POLICY reconciliation_feed_scope ON reconciliation_feed USING ({ANY_CLAIM} IS NOT NULL)")
    for table in ("reconciliation_feed", "reconciliation_result", "reconciliation_finding"):
        op.execute(grant_app(table))
    op.execute(grant_app("policy", "SELECT, INSERT"))


def downgrade() -> None:
    op.execute("DROP INDEX learning_change_of_area, learning_change_of_run")
    op.execute("ALTER TABLE learning_state DROP COLUMN verified_at, DROP COLUMN verified_by")
    op.execute("DROP TABLE reconciliation_finding, reconciliation_result, reconciliation_feed, policy")
    op.execute("DROP POLICY reconciliation_run_reached ON reconciliation_run")
    op.execute("""
        ALTER TABLE reconciliation_run DROP COLUMN mark_younger, DROP COLUMN parameters, DROP COLUMN watermarks,
            DROP COLUMN figures, DROP COLUMN previous_run_id, DROP COLUMN stopped_at
    """)
