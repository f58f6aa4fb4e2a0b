"""Whom only lists know: who keeps the areas of the schools that name them reads who they are."""

from alembic import op

from zd_kernel.data.policy import within

revision = "registry_0037"
down_revision = "registry_0036"
branch_labels = None
depends_on = None


def claimed(kind: str) -> str:
    return f"(SELECT coalesce(nullif(current_setting('zd.{kind}', true), '')::int4multirange, '{{}}'))"


# A school in the caller's areas names the child, or a file brought them that was handed in for these areas alone. A
# function, so that no query pays for planning what nearly no row is asked.
KNOWN = f"""
CREATE FUNCTION known_to_areas(child uuid) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
SELECT EXISTS (SELECT FROM enrolment e JOIN organisation o ON o.code = e.organisation
        WHERE e.child_id = $1 AND e.area = 0 AND {within("o.area", "area")})
    OR EXISTS (SELECT FROM child c JOIN file_import i ON i.id = c.created_import_id
        WHERE c.id = $1 AND NOT isempty(i.scope_areas::int4multirange)
            AND i.scope_areas::int4multirange <@ {claimed("areas")}
            AND i.scope_organisations::int4multirange <@ {claimed("orgs")})
$$
"""
# What may be written follows the residence alone: a transaction that may write sees whom it saw before.
UNKNOWN = "CREATE POLICY {0}_of_unknown_residence ON {0} FOR SELECT USING (area = 0 AND {read} AND {known})"
READ = "current_setting('transaction_read_only') = 'on'"
# An array that is worked out once, and a policy that indexes can answer.
IN_AREAS = f"""organisation = ANY (ARRAY (
    SELECT o.code COLLATE "default" FROM organisation o WHERE {within("o.area", "area")}))"""
TABLES = {
    "child": "known_to_areas(id)",
    "enrolment": IN_AREAS,
    **dict.fromkeys(
        ("learning_state", "learning_change", "child_identifier", "child_name", "placement", "reconciliation_finding"),
        "known_to_areas(child_id)",
    ),
}
INDEXES = (
    "CREATE INDEX enrolment_unknown_residence ON enrolment (organisation, child_id) WHERE area = 0",
    "CREATE INDEX child_unknown_residence ON child (created_import_id) WHERE area = 0",
)


def upgrade() -> None:
    for statement in (*INDEXES, KNOWN):
        op.execute(statement)
    for table, known in TABLES.items():
        op.execute(UNKNOWN.format(table, read=READ, known=known))


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"DROP POLICY {table}_of_unknown_residence ON {table}")
    op.execute("DROP FUNCTION known_to_areas(uuid)")
    op.execute("DROP INDEX child_unknown_residence")
    op.execute("DROP INDEX enrolment_unknown_residence")
