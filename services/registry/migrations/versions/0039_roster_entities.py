"""Under which ids each feed's rosters tell of schools, courses, classes and teachers; the first and the last file that
said so, so that one of them may be withdrawn."""

from alembic import op

from zd_kernel.data.policy import grant_app, secured, within

revision = "registry_0039"
down_revision = "registry_0038"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE roster_entity (
    feed_id uuid NOT NULL REFERENCES feed (id) ON DELETE CASCADE,
    kind text NOT NULL,
    place text NOT NULL,
    source_id text NOT NULL,
    organisation text NOT NULL REFERENCES organisation (code) ON DELETE CASCADE,
    entity_id uuid,
    first_import_id uuid NOT NULL,
    import_id uuid NOT NULL,
    PRIMARY KEY (feed_id, kind, place, source_id),
    CONSTRAINT roster_entity_kind CHECK (kind IN ('school', 'course', 'class', 'teacher')),
    CONSTRAINT roster_entity_named CHECK ((kind = 'school') = (entity_id IS NULL))
)
"""
POLICY = f"""
CREATE POLICY roster_entity_scope ON roster_entity USING (EXISTS (
    SELECT FROM organisation o WHERE o.code = roster_entity.organisation
        AND ({within("o.area", "area")} OR {within("o.position_from", "org")})))
"""
# Until now an id was kept with what it named, and not whose it was: it is that of the feed that spoke last.
KNOWN = """
INSERT INTO roster_entity
SELECT f.feed_id, '{kind}', {place}, t.source_id, t.organisation, t.id, f.id, f.id
FROM {table} t JOIN file_import f ON t.changed_by = 'import:' || f.id
WHERE t.source_id IS NOT NULL AND f.feed_id IS NOT NULL
ON CONFLICT DO NOTHING
"""
KINDS = (("course", "course", "''"), ("class", "school_class", "t.term"), ("teacher", "teacher", "t.organisation"))
PUPILS = (
    "ALTER TABLE roster_pupil ADD COLUMN first_import_id uuid",
    "UPDATE roster_pupil SET first_import_id = import_id",
    "ALTER TABLE roster_pupil ALTER COLUMN first_import_id SET NOT NULL",
    "CREATE INDEX roster_pupil_of_first_import ON roster_pupil (first_import_id)",
)


def upgrade() -> None:
    op.execute(TABLE)
    for kind, table, place in KINDS:
        op.execute(KNOWN.format(kind=kind, table=table, place=place))
    for statement in (*secured("roster_entity"), POLICY, grant_app("roster_entity"), *PUPILS):
        op.execute(statement)


def downgrade() -> None:
    op.execute("ALTER TABLE roster_pupil DROP COLUMN first_import_id")
    op.execute("DROP TABLE roster_entity")
