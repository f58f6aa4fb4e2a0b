"""Figures of every run by tambon and organisation, what of them may be published, exports; ages and limits for both."""

from alembic import op

from zd_kernel.data.policy import grant_app, scope_policy, secured

revision = "registry_0009"
down_revision = "registry_0008"
branch_labels = None
depends_on = None

POLICIES = """
ALTER TABLE policy DROP CONSTRAINT policy_name, ADD CONSTRAINT policy_name CHECK (name IN ('reconciliation_ages',
    'compulsory_education', 'feed_loss', 'age_bands', 'small_cells', 'export_days'));
INSERT INTO policy VALUES
    ('age_bands', '*', '1900-01-01', '{"0": 2, "3": 5, "6": 11, "12": 14, "15": 17, "18": 25}',
        'ช่วงวัยตามกลุ่มเป้าหมายของ กสศ. (0–2, 3–5, 6–14, 15–17, 18–25) แยกประถมกับมัธยมต้น · target groups of the EEF plan'),
    ('small_cells', '*', '1900-01-01', '{"below": 5}', 'ค่าเริ่มต้นของระบบ · product default'),
    ('export_days', '*', '1900-01-01', '{"days": 7}', 'ค่าเริ่มต้นของระบบ · product default')
"""
TABLES = """
CREATE TABLE indicator_cell (
    run_id uuid NOT NULL REFERENCES reconciliation_run (id) ON DELETE CASCADE,
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
    returned integer NOT NULL,
    PRIMARY KEY (run_id, area, organisation, age, sex, compulsory, status, missing_kind, feed_id)
);
CREATE INDEX indicator_cell_of_organisation ON indicator_cell (run_id, organisation_position);

CREATE TABLE published_figure (
    run_id uuid NOT NULL REFERENCES reconciliation_run (id) ON DELETE CASCADE,
    code text COLLATE "C" NOT NULL,
    status text NOT NULL,
    age_band text NOT NULL,
    sex text NOT NULL,
    children integer,
    PRIMARY KEY (run_id, code, status, age_band, sex)
);

CREATE TABLE export (
    id uuid PRIMARY KEY,
    what text NOT NULL,
    format text NOT NULL,
    agency text NOT NULL,
    created_by text NOT NULL,
    purpose text NOT NULL,
    filters jsonb NOT NULL,
    columns jsonb NOT NULL,
    scope_areas text NOT NULL,
    scope_organisations text NOT NULL,
    job_id uuid NOT NULL,
    after jsonb,
    "rows" integer NOT NULL,
    pieces integer NOT NULL,
    bytes bigint NOT NULL,
    sha256 text,
    created_at timestamptz NOT NULL,
    finished_at timestamptz,
    expires_at timestamptz NOT NULL,
    CONSTRAINT export_what CHECK (what IN ('children', 'missing', 'enrolments', 'indicators', 'link_reviews')),
    CONSTRAINT export_format CHECK (format IN ('csv', 'parquet', 'xlsx'))
);
CREATE INDEX export_list ON export (agency, id);
CREATE INDEX export_expiry ON export (expires_at);

CREATE TABLE export_chunk (
    export_id uuid NOT NULL REFERENCES export (id) ON DELETE CASCADE,
    kind text NOT NULL,
    ordinal integer NOT NULL,
    content bytea NOT NULL,
    PRIMARY KEY (export_id, kind, ordinal),
    CONSTRAINT export_chunk_kind CHECK (kind IN ('piece', 'file'))
);
-- Encrypted bytes do not compress, and trying costs time.
ALTER TABLE export_chunk ALTER COLUMN content SET STORAGE EXTERNAL
"""
# Published figures name nobody; whoever knows of the run may read them.
OF_RUN = """
CREATE POLICY published_figure_scope ON published_figure USING (EXISTS (
    SELECT FROM reconciliation_run r WHERE r.id = run_id))
"""


def _claimed(kind: str) -> str:
    return f"coalesce(nullif(current_setting('zd.{kind}', true), '')::int4multirange, '{{}}')"


EXPORTS = f"""
CREATE POLICY export_scope ON export USING (scope_areas::int4multirange <@ {_claimed("areas")}
    AND scope_organisations::int4multirange <@ {_claimed("orgs")})
"""
CHUNKS = "CREATE POLICY export_chunk_scope ON export_chunk USING (EXISTS (SELECT FROM export e WHERE e.id = export_id))"


def upgrade() -> None:
    for statement in f"{POLICIES};\n{TABLES}".split(";\n"):
        if statement.strip():
            op.execute(statement)
    for statement in scope_policy("indicator_cell", organisation="organisation_position"):
        op.execute(statement)
    for table in ("published_figure", "export", "export_chunk"):
        for statement in secured(table):
            op.execute(statement)
    for policy in (OF_RUN, EXPORTS, CHUNKS):
        op.execute(policy)
    for table in ("indicator_cell", "published_figure", "export", "export_chunk"):
        op.execute(grant_app(table))


def downgrade() -> None:
    op.execute("DROP TABLE export_chunk, export, published_figure, indicator_cell")
    op.execute("DELETE FROM policy WHERE name IN ('age_bands', 'small_cells', 'export_days')")
    op.execute("""
        ALTER TABLE policy DROP CONSTRAINT policy_name, ADD CONSTRAINT policy_name CHECK (
            name IN ('reconciliation_ages', 'compulsory_education', 'feed_loss'))
    """)
