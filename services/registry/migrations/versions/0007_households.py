"""Households, guardians, residences, needs; names to search by."""

from alembic import op

from zd_kernel.data.policy import grant_app, scope_policy

revision = "registry_0007"
down_revision = "registry_0006"
branch_labels = None
depends_on = None

# No person stands in these tables, only the names that occur; children are reached through their own policies.
NAMES = """
CREATE TABLE name_entry (
    kind text NOT NULL,
    key text COLLATE "C" NOT NULL,
    indexed boolean NOT NULL,
    PRIMARY KEY (kind, key),
    CONSTRAINT name_entry_kind CHECK (kind IN ('given', 'family'))
);
CREATE INDEX name_entry_waiting ON name_entry (kind, key) WHERE NOT indexed;

CREATE TABLE name_form (
    form text COLLATE "C" NOT NULL,
    kind text NOT NULL,
    key text COLLATE "C" NOT NULL,
    PRIMARY KEY (form, kind, key)
);
CREATE INDEX child_given_name ON child (given_key, area);
CREATE INDEX child_family_name ON child (family_key, area)
"""
PEOPLE = """
CREATE TABLE household (
    id uuid PRIMARY KEY,
    area integer NOT NULL,
    house_code_index text,
    house_code_encrypted text,
    address_encrypted text,
    created_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX household_house_code ON household (house_code_index);
CREATE INDEX child_household ON child (household_id) WHERE household_id IS NOT NULL;

CREATE TABLE guardian (
    id uuid PRIMARY KEY,
    area integer NOT NULL,
    name_encrypted text NOT NULL,
    name_index text NOT NULL,
    citizen_id_index text,
    citizen_id_encrypted text,
    phone_encrypted text,
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX guardian_citizen_id ON guardian (citizen_id_index);
CREATE INDEX guardian_area ON guardian (area, id);

CREATE TABLE child_guardian (
    id uuid PRIMARY KEY,
    child_id uuid NOT NULL REFERENCES child (id) ON DELETE CASCADE,
    guardian_id uuid NOT NULL REFERENCES guardian (id) ON DELETE CASCADE,
    area integer NOT NULL,
    relation text NOT NULL,
    main boolean NOT NULL,
    from_date date,
    until_date date,
    import_id uuid,
    created_at timestamptz NOT NULL,
    CONSTRAINT child_guardian_relation CHECK (
        relation IN ('mother', 'father', 'grandparent', 'relative', 'foster', 'other')),
    CONSTRAINT child_guardian_once UNIQUE (child_id, guardian_id)
);
CREATE INDEX child_guardian_of_guardian ON child_guardian (guardian_id);

CREATE TABLE residence (
    id uuid PRIMARY KEY,
    child_id uuid NOT NULL REFERENCES child (id) ON DELETE CASCADE,
    area integer NOT NULL,
    lived_in integer NOT NULL,
    from_date date NOT NULL,
    until_date date,
    import_id uuid
);
CREATE INDEX residence_of_child ON residence (child_id, from_date);

CREATE TABLE child_need (
    id uuid PRIMARY KEY,
    child_id uuid NOT NULL REFERENCES child (id) ON DELETE CASCADE,
    area integer NOT NULL,
    kind text NOT NULL,
    code text NOT NULL,
    detail_encrypted text,
    source text NOT NULL,
    from_date date,
    until_date date,
    import_id uuid,
    created_at timestamptz NOT NULL,
    CONSTRAINT child_need_kind CHECK (
        kind IN ('disability', 'health', 'nutrition', 'poverty', 'learning', 'protection', 'other')),
    CONSTRAINT child_need_once UNIQUE (child_id, kind, code)
);
CREATE INDEX child_need_area ON child_need (area, kind)
"""
# A guardian of children in several areas is seen from each of them.
GUARDIAN_OF_CHILD = """
CREATE POLICY guardian_of_child ON guardian USING (EXISTS (
    SELECT FROM child_guardian g WHERE g.guardian_id = guardian.id))
"""
# Whether somebody or a house is known is asked of the whole register, and nothing is told but the id: who it is shows
# only to those who see a child of theirs.
KNOWN = """
CREATE FUNCTION known_{table}(indexes text[]) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
SELECT id FROM {table} WHERE {column} = ANY (indexes) ORDER BY id LIMIT 1
$$
"""
KNOWN_BY = {"guardian": "citizen_id_index", "household": "house_code_index"}
SECURED = ("household", "guardian", "child_guardian", "residence", "child_need")


def upgrade() -> None:
    for statement in f"{NAMES};\n{PEOPLE}".split(";\n"):
        if statement.strip():
            op.execute(statement)
    for table in SECURED:
        for statement in scope_policy(table):
            op.execute(statement)
    op.execute(GUARDIAN_OF_CHILD)
    for table in ("name_entry", "name_form", *SECURED):
        op.execute(grant_app(table))
    for table, column in KNOWN_BY.items():
        op.execute(KNOWN.format(table=table, column=column))
        op.execute(f"REVOKE ALL ON FUNCTION known_{table}(text[]) FROM PUBLIC")
        op.execute(
            f"DO $$ BEGIN EXECUTE format('GRANT EXECUTE ON FUNCTION known_{table}(text[]) TO %I',"
            " current_database() || '_app'); END $$"
        )


def downgrade() -> None:
    for table in KNOWN_BY:
        op.execute(f"DROP FUNCTION known_{table}(text[])")
    op.execute("DROP TABLE child_need, residence, child_guardian, guardian, household, name_form, name_entry")
    op.execute("DROP INDEX child_household")
    op.execute("DROP INDEX child_given_name")
    op.execute("DROP INDEX child_family_name")
