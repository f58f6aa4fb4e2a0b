"""Keyed hashes are kept by their first 22 characters of base64url, where they had 64 hexadecimal digits."""

from alembic import op

revision = "registry_0040"
down_revision = "registry_0039"
branch_labels = None
depends_on = None

COLUMNS = {
    "child": ("citizen_id_index",),
    "child_identifier": ("value_index",),
    "erased_child": ("citizen_id_index", "person_index"),
    "erased_identifier": ("value_index",),
    "guardian": ("citizen_id_index", "name_index"),
    "household": ("house_code_index",),
    "import_row": ("citizen_id_index", "other_id_index"),
    "roster_pupil": ("source_index",),
    "sheet_refusal": ("citizen_id_index",),
    "unlinked_record": ("citizen_id_index",),
}
LONG = r"{0} ~ '^[a-z0-9-]{{1,40}}\.[0-9a-f]{{64}}$'"
SHORT = f"""CASE WHEN {LONG} THEN split_part({{0}}, '.', 1) || '.'
    || left(translate(encode(decode(split_part({{0}}, '.', 2), 'hex'), 'base64'), '+/', '-_'), 22) ELSE {{0}} END"""
# Identifiers of rows that nobody was found for stand among their details.
OTHER = "details #>> '{other_id,index}'"
RECORDS = f"""
UPDATE unlinked_record SET details = jsonb_set(details, '{{other_id,index}}', to_jsonb({SHORT.format(OTHER)}))
WHERE {LONG.format(OTHER)}
"""
# What two people said when they were refused to be one is kept as a hash of it: if it is still so, it stays so.
SAID = """encode(sha256(convert_to(jsonb_build_array(f.given_name, f.family_name, f.given_key, f.family_key,
    f.birth_date, f.birth_precision, f.sex, f.area, f.nationality, {0}, s.given_name, s.family_name, s.given_key,
    s.family_key, s.birth_date, s.birth_precision, s.sex, s.area, s.nationality, {1})::text, 'UTF8')), 'hex')"""
INDEXES = ("f.citizen_id_index", "s.citizen_id_index")
PAIRS = f"""
UPDATE duplicate_pair p SET fingerprint = {SAID.format(*(SHORT.format(index) for index in INDEXES))}
FROM child f, child s
WHERE f.id = p.first_child_id AND s.id = p.second_child_id AND p.fingerprint = {SAID.format(*INDEXES)}
"""


def upgrade() -> None:
    op.execute(f"LOCK TABLE {', '.join(COLUMNS)} IN SHARE ROW EXCLUSIVE MODE")
    op.execute(PAIRS)
    # Nobody is said anything else of: no row of a file has to be read again for it.
    op.execute("ALTER TABLE child DISABLE TRIGGER child_touched")
    for table, columns in COLUMNS.items():
        new = ", ".join(f"{column} = {SHORT.format(column)}" for column in columns)
        op.execute(f"UPDATE {table} SET {new} WHERE {' OR '.join(LONG.format(column) for column in columns)}")
    op.execute("ALTER TABLE child ENABLE TRIGGER child_touched")
    op.execute(RECORDS)
    # During a release the former code runs on, and would keep the same people a second time under hashes of its own.
    for table, columns in COLUMNS.items():
        for column in columns:
            check = f"ADD CONSTRAINT {table}_{column}_short CHECK (octet_length({column}) < 64)"
            op.execute(f"ALTER TABLE {table} {check}")


def downgrade() -> None:
    """The hashes stay short, as nobody knows their rest: the former code finds them after a rotation to a new key."""
    for table, columns in COLUMNS.items():
        for column in columns:
            op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {table}_{column}_short")
