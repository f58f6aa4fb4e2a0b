"""What a country writes at once is bound to its child by one trigger instead of by a look-up for every row."""

from alembic import op

from zd_kernel.data.policy import grant_app, secured

revision = "registry_0023"
down_revision = "registry_0022"
branch_labels = None
depends_on = None

OF_CHILD = ("enrolment", "learning_state")
OF_RUN = ("indicator_cell", "published_figure", "reconciliation_result")

# Of a child that goes, by whomever it is deleted: past row-level security, as a foreign key would.
FORGET = """
CREATE FUNCTION child_gone() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    DELETE FROM enrolment WHERE child_id = OLD.id;
    DELETE FROM learning_state WHERE child_id = OLD.id;
    RETURN NULL;
END $$
"""

MARKS = """
CREATE TABLE import_mark (
    import_id uuid NOT NULL, ordinal integer NOT NULL, marks bytea STORAGE EXTERNAL NOT NULL,
    PRIMARY KEY (import_id, ordinal)
)
"""
MISSED = "CREATE INDEX learning_state_missed ON learning_state (child_id) WHERE announced_kind IS NOT NULL"
# The ranges themselves, of which the bounds in a policy are only for an index: nothing is looked up for a row written.
AREAS = "area <@ (SELECT nullif(current_setting('zd.areas', true), '')::int4multirange)"
POSITIONS = "organisation_position <@ (SELECT nullif(current_setting('zd.orgs', true), '')::int4multirange)"
CHECKED = {
    **dict.fromkeys(("child", "learning_state", "learning_change", "reconciliation_result"), AREAS),
    **dict.fromkeys(("enrolment", "indicator_cell"), f"{AREAS} OR {POSITIONS}"),
}
PAGES = """
CREATE TABLE reconciliation_page (
    run_id uuid NOT NULL, until uuid NOT NULL, figures jsonb NOT NULL, PRIMARY KEY (run_id, until)
)
"""
PAGES_OF_RUN = """
CREATE POLICY reconciliation_page_of_run ON reconciliation_page
    USING (run_id IN (SELECT id FROM reconciliation_run))
"""


def upgrade() -> None:
    op.execute(PAGES)
    for statement in secured("reconciliation_page"):
        op.execute(statement)
    op.execute(PAGES_OF_RUN)
    op.execute(grant_app("reconciliation_page"))
    for table, check in CHECKED.items():
        op.execute(f"ALTER POLICY {table}_scope ON {table} WITH CHECK ({check})")
    op.execute(MISSED)
    op.execute("ALTER TABLE import_piece ADD COLUMN figures jsonb")
    op.execute(MARKS)
    for statement in secured("import_mark"):
        op.execute(statement)
    op.execute("CREATE POLICY import_mark_scope ON import_mark USING (import_id IN (SELECT id FROM file_import))")
    op.execute(grant_app("import_mark"))
    for table in OF_CHILD:
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {table}_child_id_fkey")
    for table in OF_RUN:
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {table}_run_id_fkey")
    op.execute(FORGET)
    op.execute("CREATE TRIGGER child_gone AFTER DELETE ON child FOR EACH ROW EXECUTE FUNCTION child_gone()")
    op.execute(
        "ALTER TABLE indicator_cell DROP CONSTRAINT indicator_cell_pkey,"
        " ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
    )
    op.execute("CREATE INDEX indicator_cell_of_area ON indicator_cell (run_id, area)")
    # A run is finished before its figures are published, no longer after.
    op.execute(
        "UPDATE job SET step = 'tally' WHERE kind = 'reconciliation' AND step IN ('publish', 'targets')"
        " AND state IN ('queued', 'running')"
    )


def downgrade() -> None:
    op.execute("DROP TABLE reconciliation_page")
    op.execute("DROP TABLE import_mark")
    op.execute("ALTER TABLE import_piece DROP COLUMN figures")
    op.execute("DROP INDEX learning_state_missed")
    for table in CHECKED:
        op.execute(f"""DO $$ BEGIN EXECUTE (SELECT 'ALTER POLICY {table}_scope ON {table} WITH CHECK (' || qual || ')'
            FROM pg_policies WHERE policyname = '{table}_scope'); END $$""")
    op.execute("DROP INDEX indicator_cell_of_area")
    op.execute(
        "ALTER TABLE indicator_cell DROP COLUMN id, ADD PRIMARY KEY"
        " (run_id, area, organisation, age, sex, compulsory, status, missing_kind, feed_id)"
    )
    op.execute("DROP TRIGGER child_gone ON child")
    op.execute("DROP FUNCTION child_gone()")
    for table in OF_RUN:
        op.execute(f"ALTER TABLE {table} ADD FOREIGN KEY (run_id) REFERENCES reconciliation_run (id) ON DELETE CASCADE")
    for table in OF_CHILD:
        op.execute(f"ALTER TABLE {table} ADD FOREIGN KEY (child_id) REFERENCES child (id) ON DELETE CASCADE")
