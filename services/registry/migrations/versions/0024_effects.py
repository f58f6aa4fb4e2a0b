"""Visits that cases report; what is chronic, small, low and high; the window before and after help."""

from alembic import op

from zd_kernel.data.policy import grant_app, scope_policy

revision = "registry_0024"
down_revision = "registry_0023"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE home_visit (
    visit_id uuid PRIMARY KEY,
    child_id uuid NOT NULL,
    area integer NOT NULL,
    visited_date date NOT NULL,
    outcome text NOT NULL
);
CREATE INDEX home_visit_of_child ON home_visit (child_id, visited_date)
"""
# A placement that has ended is no place for the next school year.
FACTS = """
CREATE OR REPLACE FUNCTION transition_facts(child uuid, entering int, year_ended date)
RETURNS TABLE (organisation text, organisation_position int, term text, grade text, has_left boolean,
    next_organisation text, next_grade text, placed boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp ROWS 1 AS $$
SELECT l.organisation, l.organisation_position, l.term, l.grade, l.ended_date IS NOT NULL, n.organisation, n.grade,
    EXISTS (SELECT FROM placement p WHERE p.child_id = child AND p.started_date > year_ended
        AND p.kind IN ('flexible_learning', 'training', 'work_with_learning') {still})
FROM (
    SELECT * FROM enrolment e
    WHERE e.child_id = child AND e.term >= (entering - 1) || '/1' AND e.term <= (entering - 1) || '/3'
    ORDER BY e.term DESC, e.ended_date IS NOT NULL, e.organisation LIMIT 1
) l LEFT JOIN LATERAL (
    SELECT * FROM enrolment e
    WHERE e.child_id = child AND e.term >= entering || '/1' AND e.term <= entering || '/3' AND e.ended_date IS NULL
    ORDER BY e.term DESC, e.organisation LIMIT 1
) n ON true
$$
"""
BEFORE = (
    "reconciliation_ages",
    "compulsory_education",
    "feed_loss",
    "age_bands",
    "small_cells",
    "export_days",
    "entry_age",
    "attendance",
)
NEW = ("chronic_absence", "small_school", "achievement", "help_window")
VALUES = """
INSERT INTO policy VALUES
    ('chronic_absence', '*', '1900-01-01', '{"share": 0.1}',
        'ขาดเรียนร้อยละ 10 ของวันเรียนขึ้นไป ไม่ว่าด้วยเหตุใด · 10 % of days for any reason, as attendance research counts'),
    ('small_school', '*', '1900-01-01', '{"pupils": 120}',
        'สพฐ. โรงเรียนขนาดเล็กมีนักเรียนไม่เกิน 120 คน · OBEC: a small school has at most 120 pupils'),
    ('achievement', '*', '1900-01-01', '{"low": 2.0, "high": 3.0}', 'ค่าเริ่มต้นของระบบ · product default'),
    ('help_window', '*', '1900-01-01', '{"days": 30, "least_days": 5, "alike": 0.1}',
        'ค่าเริ่มต้นของระบบ · product default')
"""


def _names(names: tuple[str, ...]) -> str:
    allowed = ", ".join(f"'{name}'" for name in names)
    return f"ALTER TABLE policy DROP CONSTRAINT policy_name, ADD CONSTRAINT policy_name CHECK (name IN ({allowed}))"


def upgrade() -> None:
    for statement in TABLE.split(";\n"):
        op.execute(statement)
    for statement in scope_policy("home_visit"):
        op.execute(statement)
    op.execute(grant_app("home_visit"))
    op.execute(_names(BEFORE + NEW))
    op.execute(VALUES)
    op.execute(FACTS.format(still="AND p.ended_date IS NULL"))


def downgrade() -> None:
    op.execute(FACTS.format(still=""))
    op.execute(f"DELETE FROM policy WHERE name IN {NEW!r}")
    op.execute(_names(BEFORE))
    op.execute("DROP TABLE home_visit")
