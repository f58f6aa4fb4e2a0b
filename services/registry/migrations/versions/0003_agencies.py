"""Villages, communities and sets of areas; the tree of organisations with its calendars; agencies."""

from alembic import op

from zd_kernel.data.policy import grant_app

revision = "registry_0003"
down_revision = "registry_0002"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE village (
    area integer PRIMARY KEY,
    name_th text NOT NULL,
    name_en text,
    name_key text COLLATE "C" NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT village_area CHECK (area BETWEEN 10000000 AND 99999999 AND area % 100 > 0)
);
CREATE INDEX village_name ON village (name_key, area);

CREATE TABLE community (
    id uuid PRIMARY KEY,
    area integer NOT NULL,
    kind text NOT NULL,
    name_th text NOT NULL,
    name_en text,
    members jsonb NOT NULL,
    version integer NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT community_kind CHECK (kind IN ('community', 'hamlet_cluster'))
);
CREATE INDEX community_of_area ON community (area, id);

CREATE TABLE area_set (
    id uuid PRIMARY KEY,
    kind text NOT NULL,
    name_th text NOT NULL,
    name_en text,
    from_date date,
    until_date date,
    source text NOT NULL,
    version integer NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT area_set_kind CHECK (kind IN ('municipality', 'learning_city', 'education_service_area', 'other')),
    CONSTRAINT area_set_dates CHECK (from_date <= until_date)
);
CREATE INDEX area_set_list ON area_set (kind, id);

CREATE TABLE area_set_member (
    set_id uuid NOT NULL REFERENCES area_set (id) ON DELETE CASCADE,
    ordinal integer NOT NULL,
    code text,
    community_id uuid REFERENCES community (id),
    PRIMARY KEY (set_id, ordinal),
    CONSTRAINT area_set_member_one CHECK (num_nulls(code, community_id) = 1)
);
CREATE INDEX area_set_member_community ON area_set_member (community_id);

CREATE TABLE organisation (
    code text COLLATE "C" PRIMARY KEY,
    kind text NOT NULL,
    name_th text NOT NULL,
    name_en text,
    affiliation text,
    parent text COLLATE "C" REFERENCES organisation (code),
    area integer NOT NULL,
    position_from integer NOT NULL,
    position_to integer NOT NULL,
    next_position integer NOT NULL,
    opened_date date,
    closed_date date,
    version integer NOT NULL,
    changed_by text NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT organisation_kind CHECK (kind IN ('affiliation', 'education_service_area', 'local_government', 'school',
        'vocational_college', 'learning_centre', 'child_development_centre', 'special_education_centre',
        'training_institute', 'other')),
    CONSTRAINT organisation_positions CHECK (position_from <= position_to AND next_position <= position_to + 1),
    CONSTRAINT organisation_dates CHECK (opened_date <= closed_date)
);
CREATE UNIQUE INDEX organisation_position ON organisation (position_from, position_to);
CREATE INDEX organisation_children ON organisation (parent, code);
CREATE INDEX organisation_of_area ON organisation (area, code);
CREATE INDEX organisation_of_affiliation ON organisation (affiliation, kind, code);

CREATE TABLE organisation_code (
    system text NOT NULL,
    code text NOT NULL,
    organisation text COLLATE "C" NOT NULL REFERENCES organisation (code) ON DELETE CASCADE,
    PRIMARY KEY (system, code)
);
CREATE INDEX organisation_code_of ON organisation_code (organisation);

CREATE TABLE organisation_tree (
    id integer PRIMARY KEY,
    revision integer NOT NULL,
    next_position integer NOT NULL,
    CONSTRAINT organisation_tree_one CHECK (id = 1)
);
INSERT INTO organisation_tree VALUES (1, 0, 1);

CREATE TABLE calendar_pattern (
    from_year integer NOT NULL,
    number integer NOT NULL,
    start_month integer NOT NULL,
    start_day integer NOT NULL,
    end_month integer NOT NULL,
    end_day integer NOT NULL,
    weekdays text NOT NULL,
    source text NOT NULL,
    PRIMARY KEY (from_year, number),
    CONSTRAINT calendar_pattern_number CHECK (number BETWEEN 0 AND 3)
);
INSERT INTO calendar_pattern VALUES
    (2549, 0, 5, 16, 5, 15, '12345', 'ระเบียบกระทรวงศึกษาธิการว่าด้วยปีการศึกษา การเปิดและปิดสถานศึกษา พ.ศ. 2549'),
    (2549, 1, 5, 16, 10, 11, '12345', 'ระเบียบกระทรวงศึกษาธิการว่าด้วยปีการศึกษา การเปิดและปิดสถานศึกษา พ.ศ. 2549'),
    (2549, 2, 11, 1, 4, 1, '12345', 'ระเบียบกระทรวงศึกษาธิการว่าด้วยปีการศึกษา การเปิดและปิดสถานศึกษา พ.ศ. 2549');

CREATE TABLE calendar_term (
    id uuid PRIMARY KEY,
    calendar text COLLATE "C" NOT NULL,
    term text COLLATE "C" NOT NULL,
    start_date date NOT NULL,
    end_date date NOT NULL,
    weekdays text NOT NULL,
    source text NOT NULL,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL,
    replaced_by text,
    replaced_at timestamptz,
    CONSTRAINT calendar_term_dates CHECK (start_date <= end_date),
    CONSTRAINT calendar_term_replaced CHECK (num_nulls(replaced_by, replaced_at) IN (0, 2))
);
CREATE UNIQUE INDEX calendar_term_one ON calendar_term (calendar, term) WHERE replaced_at IS NULL;

CREATE TABLE calendar_day (
    id uuid PRIMARY KEY,
    calendar text COLLATE "C" NOT NULL,
    day date NOT NULL,
    kind text NOT NULL,
    reason text,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL,
    replaced_by text,
    replaced_at timestamptz,
    CONSTRAINT calendar_day_kind CHECK (kind IN ('holiday', 'closure', 'remote', 'school_day')),
    CONSTRAINT calendar_day_replaced CHECK (num_nulls(replaced_by, replaced_at) IN (0, 2))
);
CREATE UNIQUE INDEX calendar_day_one ON calendar_day (calendar, day) WHERE replaced_at IS NULL;

CREATE TABLE agency (
    id uuid PRIMARY KEY,
    token_agency text NOT NULL,
    name_th text NOT NULL,
    name_en text,
    kind text NOT NULL,
    role text,
    area integer NOT NULL,
    areas jsonb NOT NULL,
    contact jsonb NOT NULL,
    services jsonb NOT NULL,
    joined_date date NOT NULL,
    left_date date,
    version integer NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT agency_dates CHECK (joined_date <= left_date)
);
CREATE UNIQUE INDEX agency_token ON agency (token_agency);
CREATE INDEX agency_list ON agency (kind, id);

CREATE TABLE agency_area (
    agency_id uuid NOT NULL REFERENCES agency (id) ON DELETE CASCADE,
    area_from integer NOT NULL,
    area_to integer NOT NULL,
    PRIMARY KEY (agency_id, area_from, area_to)
);

CREATE TABLE feed_deadline (
    owed text NOT NULL,
    from_date date NOT NULL,
    days integer NOT NULL,
    source text NOT NULL,
    PRIMARY KEY (owed, from_date),
    CONSTRAINT feed_deadline_owed CHECK (owed IN ('term', 'month', 'year')),
    CONSTRAINT feed_deadline_days CHECK (days BETWEEN 0 AND 366)
);
INSERT INTO feed_deadline VALUES
    ('term', '2000-01-01', 30, 'ค่าเริ่มต้นของระบบ · product default: days after a term begins'),
    ('month', '2000-01-01', 10, 'ค่าเริ่มต้นของระบบ · product default: days after a month ends'),
    ('year', '2000-01-01', 60, 'ค่าเริ่มต้นของระบบ · product default: days after a school year begins')
"""

# A subtree that moves takes along every row that keeps a position, whoever may see it: found by the names of columns,
# and moved with the owner's rights because row-level security would hide rows of areas that are not the caller's.
# What spoke for just the top of the subtree speaks for all of its new room, which ends at `new_last`.
MOVE = """
CREATE FUNCTION move_positions(first integer, last integer, distance integer, new_last integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE kept record;
BEGIN
    FOR kept IN
        SELECT a.attrelid::regclass AS held_in, a.attname = 'organisation_from' AS is_range
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
            AND a.attname IN ('organisation_position', 'organisation_from')
    LOOP
        IF kept.is_range THEN
            EXECUTE format('UPDATE %s SET organisation_from = organisation_from + $3, organisation_to =
                CASE WHEN organisation_from = $1 AND organisation_to = $2 THEN $4 ELSE organisation_to + $3 END
                WHERE organisation_from >= $1 AND organisation_to <= $2', kept.held_in)
            USING first, last, distance, new_last;
        ELSE
            EXECUTE format('UPDATE %s SET organisation_position = organisation_position + $3
                WHERE organisation_position BETWEEN $1 AND $2', kept.held_in)
            USING first, last, distance;
        END IF;
    END LOOP;
END $$
"""


def upgrade() -> None:
    for statement in TABLES.split(";\n"):
        if statement.strip():
            op.execute(statement)
    op.execute(MOVE)
    op.execute("REVOKE EXECUTE ON FUNCTION move_positions FROM PUBLIC")
    op.execute("""DO $$ BEGIN
        EXECUTE format('GRANT EXECUTE ON FUNCTION move_positions TO %I', current_database() || '_app'); END $$""")
    changed = "SELECT, INSERT, UPDATE, DELETE"
    for table in (
        "village", "community", "area_set", "area_set_member", "organisation_code", "calendar_pattern", "agency",
        "agency_area", "feed_deadline",
    ):  # fmt: skip
        op.execute(grant_app(table, changed))
    for table in ("organisation", "calendar_term", "calendar_day"):  # closed or replaced, never deleted
        op.execute(grant_app(table, "SELECT, INSERT, UPDATE"))
    op.execute(grant_app("organisation_tree", "SELECT, UPDATE"))


def downgrade() -> None:
    op.execute("DROP FUNCTION move_positions")
    op.execute("DROP TABLE feed_deadline, agency_area, agency, calendar_day, calendar_term, calendar_pattern")
    op.execute("DROP TABLE organisation_tree, organisation_code, organisation, area_set_member, area_set, community")
    op.execute("DROP TABLE village")
