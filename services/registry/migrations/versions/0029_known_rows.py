"""What files said word for word, and who was touched since: the same row again is told by its digest."""

from alembic import op

from zd_kernel.data.policy import grant_app, secured

revision = "registry_0029"
down_revision = "registry_0028"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE import_known (
    import_id uuid NOT NULL,
    ordinal integer NOT NULL,
    feed_id uuid NOT NULL,
    term text COLLATE "C",
    since bigint NOT NULL,
    digests bytea STORAGE EXTERNAL NOT NULL,
    marks bytea STORAGE EXTERNAL NOT NULL,
    named bytea STORAGE EXTERNAL NOT NULL,
    PRIMARY KEY (import_id, ordinal)
);
CREATE INDEX import_known_of_feed ON import_known (feed_id, term);
CREATE TABLE touched_record (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    record bigint NOT NULL
)
"""
# Whoever changes or deletes children or enrolments, in whatever way: the tables note it themselves. A child's change
# may change what its rows in lists mean. An enrolment that only moves along with the child says what it said. The half
# of an id that is random tells them apart, and is no trace of who was erased.
HALF = """
CREATE FUNCTION half_of(id uuid) RETURNS bigint LANGUAGE sql IMMUTABLE
AS 'SELECT substring(uuid_send(id) FROM 9)::bigint'
"""
CHILDREN = """
WITH touched AS (
    SELECT n.id FROM before b JOIN after n USING (id)
    WHERE (b.version, b.registered_import_id, b.corrected)
        IS DISTINCT FROM (n.version, n.registered_import_id, n.corrected)
)
SELECT half_of(id) FROM touched UNION ALL SELECT half_of(e.id) FROM enrolment e JOIN touched t ON t.id = e.child_id
"""
ENROLMENTS = """
SELECT half_of(n.id) FROM before b JOIN after n USING (id)
WHERE (b.child_id, b.organisation, b.term, b.grade, b.ended_date, b.feed_id, b.import_id)
    IS DISTINCT FROM (n.child_id, n.organisation, n.term, n.grade, n.ended_date, n.feed_id, n.import_id)
"""
NOTING = """
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO touched_record (record) {touched};
    RETURN NULL;
END $$
"""
FUNCTIONS = {
    "child_touched": CHILDREN, "enrolment_touched": ENROLMENTS, "record_gone": "SELECT half_of(id) FROM before",
}  # fmt: skip


def _trigger(name: str, event: str, table: str, function: str) -> str:
    after = " NEW TABLE AS after" if event == "UPDATE" else ""
    return (
        f"CREATE TRIGGER {name} AFTER {event} ON {table} REFERENCING OLD TABLE AS before{after}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION {function}()"
    )


# It names nobody: whoever has a claim at all sees it.
ANY_CLAIM = "coalesce(nullif(current_setting('zd.areas', true), ''), nullif(current_setting('zd.orgs', true), ''))"


def upgrade() -> None:
    for statement in TABLES.split(";\n"):
        op.execute(statement)
    for statement in (*secured("import_known"), *secured("touched_record")):
        op.execute(statement)
    op.execute("CREATE POLICY import_known_scope ON import_known USING (import_id IN (SELECT id FROM file_import))")
    op.execute(f"CREATE POLICY touched_record_scope ON touched_record USING ({ANY_CLAIM} IS NOT NULL)")
    op.execute(grant_app("import_known"))
    op.execute(grant_app("touched_record", "SELECT, DELETE"))
    op.execute(HALF)
    for name, touched in FUNCTIONS.items():
        op.execute(NOTING.format(name=name, touched=touched))
    for table in ("child", "enrolment"):
        op.execute(_trigger(f"{table}_touched", "UPDATE", table, f"{table}_touched"))
        op.execute(_trigger(f"{table}_record_gone", "DELETE", table, "record_gone"))


def downgrade() -> None:
    for table in ("child", "enrolment"):
        op.execute(f"DROP TRIGGER {table}_touched ON {table}")
        op.execute(f"DROP TRIGGER {table}_record_gone ON {table}")
    op.execute("DROP FUNCTION child_touched, enrolment_touched, record_gone, half_of")
    op.execute("DROP TABLE touched_record, import_known")
