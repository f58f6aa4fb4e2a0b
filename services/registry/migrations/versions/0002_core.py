"""Partial births, further identifiers, learning status beside the child, feeds, rows that name nobody surely."""

from alembic import op

from zd_kernel.data.policy import grant_app, scope_policy, secured, within

revision = "registry_0002"
down_revision = "registry_0001"
branch_labels = None
depends_on = None

CHILD = """
ALTER TABLE child
    ALTER COLUMN birth_date DROP NOT NULL,
    ALTER COLUMN citizen_id_encrypted DROP NOT NULL,
    ALTER COLUMN citizen_id_index DROP NOT NULL,
    ADD COLUMN nickname text,
    ADD COLUMN birth_precision text NOT NULL DEFAULT 'day',
    ADD COLUMN nationality text,
    ADD COLUMN home_language text,
    ADD COLUMN given_key text NOT NULL DEFAULT '',
    ADD COLUMN family_key text NOT NULL DEFAULT '',
    ADD COLUMN given_lk82 text NOT NULL DEFAULT '',
    ADD COLUMN family_lk82 text NOT NULL DEFAULT '',
    ADD COLUMN given_udom83 text NOT NULL DEFAULT '',
    ADD COLUMN family_udom83 text NOT NULL DEFAULT '',
    ADD COLUMN household_id uuid,
    ADD COLUMN registered_import_id uuid,
    ADD COLUMN created_import_id uuid,
    ADD COLUMN gone_kind text,
    ADD COLUMN gone_date date,
    ADD CONSTRAINT child_birth_precision CHECK (birth_precision IN ('day', 'month', 'year')),
    ADD CONSTRAINT child_gone_kind CHECK (gone_kind IN ('deceased', 'moved_abroad', 'moved_away'));

CREATE TABLE learning_state (
    child_id uuid PRIMARY KEY REFERENCES child (id) ON DELETE CASCADE,
    area integer NOT NULL,
    status text NOT NULL,
    missing_kind text,
    announced_kind text,
    term text COLLATE "C",
    reason text NOT NULL,
    evidence_kind text NOT NULL,
    evidence_organisation text,
    evidence_term text,
    evidence_grade text,
    evidence_feed_id uuid,
    evidence_import_id uuid,
    evidence_date date,
    run_id uuid,
    judged_at timestamptz NOT NULL,
    version integer NOT NULL,
    CONSTRAINT learning_state_status CHECK (status IN ('in_school', 'flexible_learning', 'training_or_work',
        'rehabilitation_first', 'completed', 'not_learning', 'unconfirmed', 'not_yet_of_age', 'gone')),
    CONSTRAINT learning_state_missing CHECK ((status = 'not_learning') = (missing_kind IS NOT NULL)),
    CONSTRAINT learning_state_missing_kind CHECK (missing_kind IN ('never_enrolled', 'dropped_out', 'not_continuing')),
    CONSTRAINT learning_state_evidence CHECK (evidence_kind IN ('enrolment', 'placement', 'register', 'none'))
);
INSERT INTO learning_state
    (child_id, area, status, missing_kind, announced_kind, term, reason, evidence_kind, judged_at, version)
SELECT id, area, learning_status, missing_kind, announced_kind, status_term, 'judged_before', 'none', updated_at, 1
FROM child WHERE status_term IS NOT NULL OR learning_status <> 'unconfirmed';
CREATE INDEX learning_state_list ON learning_state (status, area, child_id);
ALTER TABLE child DROP COLUMN learning_status, DROP COLUMN missing_kind, DROP COLUMN announced_kind,
    DROP COLUMN status_term;

CREATE TABLE learning_change (
    id uuid PRIMARY KEY,
    child_id uuid NOT NULL REFERENCES child (id) ON DELETE CASCADE,
    area integer NOT NULL,
    at timestamptz NOT NULL,
    from_status text,
    to_status text NOT NULL,
    missing_kind text,
    reason text NOT NULL,
    run_id uuid,
    evidence jsonb NOT NULL
);
CREATE INDEX learning_change_of_child ON learning_change (child_id, at);

CREATE TABLE child_identifier (
    id uuid PRIMARY KEY,
    child_id uuid NOT NULL REFERENCES child (id) ON DELETE CASCADE,
    area integer NOT NULL,
    kind text NOT NULL,
    value_encrypted text NOT NULL,
    value_index text NOT NULL,
    valid_from date,
    valid_to date,
    import_id uuid,
    created_at timestamptz NOT NULL,
    CONSTRAINT child_identifier_kind CHECK (kind IN ('citizen_id', 'g_code', 'passport', 'other'))
);
CREATE INDEX child_identifier_value ON child_identifier (value_index, kind);
CREATE INDEX child_identifier_of_child ON child_identifier (child_id);

ALTER TABLE erased_child ALTER COLUMN citizen_id_index DROP NOT NULL, ADD COLUMN person_index text;
CREATE INDEX erased_child_person ON erased_child (person_index);

ALTER TABLE enrolment
    ADD COLUMN feed_id uuid,
    ADD COLUMN ended_date date,
    ADD COLUMN ended_import_id uuid
"""

FEEDS = """
CREATE TABLE feed (
    id uuid PRIMARY KEY,
    agency text NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    owed text,
    organisation_from integer,
    organisation_to integer,
    scope_areas text NOT NULL,
    mapping jsonb,
    created_at timestamptz NOT NULL,
    CONSTRAINT feed_kind CHECK (kind IN ('population', 'enrolment', 'nonformal', 'social', 'health', 'disability')),
    CONSTRAINT feed_owed CHECK (owed IN ('term', 'month', 'year')),
    CONSTRAINT feed_once UNIQUE (agency, kind, name)
);

CREATE TABLE feed_delivery (
    import_id uuid PRIMARY KEY,
    feed_id uuid NOT NULL REFERENCES feed (id) ON DELETE CASCADE,
    term text COLLATE "C",
    delivered_at timestamptz NOT NULL,
    complete boolean NOT NULL,
    "rows" integer NOT NULL,
    withdrawn_at timestamptz
);
CREATE INDEX feed_delivery_last ON feed_delivery (feed_id, term, delivered_at);

CREATE TABLE unlinked_record (
    id uuid PRIMARY KEY,
    area integer NOT NULL,
    import_id uuid NOT NULL,
    "row" integer NOT NULL,
    feed_id uuid NOT NULL,
    kind text NOT NULL,
    term text COLLATE "C",
    organisation text,
    organisation_position integer,
    grade text,
    given_name text NOT NULL,
    family_name text NOT NULL,
    given_key text NOT NULL,
    family_key text NOT NULL,
    given_lk82 text NOT NULL,
    family_lk82 text NOT NULL,
    given_udom83 text NOT NULL,
    family_udom83 text NOT NULL,
    birth_date date,
    birth_precision text NOT NULL,
    sex text NOT NULL,
    id_problem text NOT NULL,
    citizen_id_index text,
    citizen_id_encrypted text,
    details jsonb,
    state text NOT NULL,
    child_id uuid,
    weight double precision,
    decided_by text,
    decided_at timestamptz,
    created_at timestamptz NOT NULL,
    CONSTRAINT unlinked_record_birth_precision CHECK (birth_precision IN ('day', 'month', 'year')),
    CONSTRAINT unlinked_record_state CHECK (state IN ('waiting', 'review', 'linked', 'registered', 'withdrawn',
        'refused')),
    CONSTRAINT unlinked_record_once UNIQUE (import_id, "row")
);
CREATE INDEX unlinked_record_queue ON unlinked_record (state, area, id);
CREATE INDEX unlinked_record_school ON unlinked_record (organisation_position, state, id);
CREATE INDEX unlinked_record_child ON unlinked_record (child_id)
"""

# Whoever may read a child through its organisation's lists reads its status and its other identifiers too.
OF_ORGANISATION = """
CREATE POLICY {table}_of_organisation ON {table} FOR SELECT USING (EXISTS (
    SELECT FROM enrolment e WHERE e.child_id = {table}.child_id AND {within}))
"""
# Feeds and deliveries name no person: every caller with a claim may see who owes what.
ANY_CLAIM = "coalesce(nullif(current_setting('zd.areas', true), ''), nullif(current_setting('zd.orgs', true), ''))"


def upgrade() -> None:
    for statement in f"{CHILD};\n{FEEDS}".split(";\n"):
        if statement.strip():
            op.execute(statement)
    for table in ("learning_state", "learning_change", "child_identifier"):
        for statement in scope_policy(table):
            op.execute(statement)
        op.execute(OF_ORGANISATION.format(table=table, within=within("e.organisation_position", "org")))
    for statement in scope_policy("unlinked_record", organisation="organisation_position"):
        op.execute(statement)
    for table in ("feed", "feed_delivery"):
        for statement in secured(table):
            op.execute(statement)
        op.execute(f"CREATE POLICY {table}_scope ON {table} USING ({ANY_CLAIM} IS NOT NULL)")
    for table in ("learning_state", "learning_change", "child_identifier", "feed", "feed_delivery", "unlinked_record"):
        op.execute(grant_app(table))


def downgrade() -> None:
    op.execute("DROP TABLE unlinked_record, feed_delivery, feed, child_identifier, learning_change")
    op.execute("DROP INDEX erased_child_person")
    op.execute("ALTER TABLE erased_child DROP COLUMN person_index")
    op.execute("ALTER TABLE enrolment DROP COLUMN feed_id, DROP COLUMN ended_date, DROP COLUMN ended_import_id")
    op.execute("""
        ALTER TABLE child ADD COLUMN learning_status text NOT NULL DEFAULT 'unconfirmed', ADD COLUMN missing_kind text,
            ADD COLUMN announced_kind text, ADD COLUMN status_term text COLLATE "C", DROP COLUMN nickname,
            DROP COLUMN birth_precision, DROP COLUMN nationality, DROP COLUMN home_language, DROP COLUMN given_key,
            DROP COLUMN family_key, DROP COLUMN given_lk82, DROP COLUMN family_lk82, DROP COLUMN given_udom83,
            DROP COLUMN family_udom83, DROP COLUMN household_id, DROP COLUMN registered_import_id,
            DROP COLUMN created_import_id, DROP COLUMN gone_kind, DROP COLUMN gone_date
    """)
    op.execute("""
        UPDATE child c SET learning_status = s.status, missing_kind = s.missing_kind,
            announced_kind = s.announced_kind, status_term = s.term
        FROM learning_state s WHERE s.child_id = c.id
    """)
    op.execute("CREATE INDEX child_list_status ON child (learning_status, area, id)")
    op.execute("DROP TABLE learning_state")
