"""Courses, classes, their pupils and teachers."""

from alembic import op

from zd_kernel.data.policy import grant_app, scope_policy, secured, within

revision = "registry_0011"
down_revision = "registry_0010"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE course (
    id uuid PRIMARY KEY,
    organisation text NOT NULL REFERENCES organisation (code),
    code text NOT NULL,
    title text NOT NULL,
    grades text[] NOT NULL,
    subjects text[] NOT NULL,
    changed_by text NOT NULL,
    updated_at timestamptz NOT NULL,
    removed_at timestamptz,
    CONSTRAINT course_once UNIQUE (organisation, code)
);

CREATE TABLE school_class (
    id uuid PRIMARY KEY,
    organisation text NOT NULL REFERENCES organisation (code),
    term text COLLATE "C" NOT NULL,
    code text NOT NULL,
    title text NOT NULL,
    kind text NOT NULL,
    grade text,
    course_id uuid REFERENCES course (id),
    location text,
    changed_by text NOT NULL,
    updated_at timestamptz NOT NULL,
    removed_at timestamptz,
    CONSTRAINT school_class_kind CHECK (kind IN ('homeroom', 'scheduled')),
    CONSTRAINT school_class_once UNIQUE (organisation, term, code)
);
CREATE INDEX school_class_course ON school_class (course_id);

CREATE TABLE class_member (
    id uuid PRIMARY KEY,
    class_id uuid NOT NULL REFERENCES school_class (id),
    child_id uuid NOT NULL REFERENCES child (id) ON DELETE CASCADE,
    area integer NOT NULL,
    organisation_position integer NOT NULL,
    begin_date date NOT NULL,
    end_date date,
    changed_by text NOT NULL,
    updated_at timestamptz NOT NULL,
    removed_at timestamptz,
    CONSTRAINT class_member_dates CHECK (begin_date <= end_date),
    CONSTRAINT class_member_once UNIQUE (class_id, child_id, begin_date)
);
CREATE INDEX class_member_of_child ON class_member (child_id);
CREATE INDEX class_member_organisation ON class_member (organisation_position, id);

CREATE TABLE teacher (
    id uuid PRIMARY KEY,
    organisation text NOT NULL REFERENCES organisation (code),
    code text NOT NULL,
    given_name text NOT NULL,
    family_name text NOT NULL,
    email text,
    subject text,
    enabled boolean NOT NULL,
    changed_by text NOT NULL,
    updated_at timestamptz NOT NULL,
    removed_at timestamptz,
    CONSTRAINT teacher_once UNIQUE (organisation, code)
);
CREATE INDEX teacher_subject ON teacher (subject);

CREATE TABLE class_teacher (
    id uuid PRIMARY KEY,
    class_id uuid NOT NULL REFERENCES school_class (id),
    teacher_id uuid NOT NULL REFERENCES teacher (id),
    main boolean NOT NULL,
    begin_date date,
    end_date date,
    changed_by text NOT NULL,
    updated_at timestamptz NOT NULL,
    removed_at timestamptz,
    CONSTRAINT class_teacher_dates CHECK (begin_date <= end_date),
    CONSTRAINT class_teacher_once UNIQUE (class_id, teacher_id)
);
CREATE INDEX class_teacher_of_teacher ON class_teacher (teacher_id)
"""
# What belongs to an organisation is seen by who holds its area or its position. A course of what is above schools is
# seen by the schools below it too.
OF_ORGANISATION = "EXISTS (SELECT FROM organisation o WHERE o.code = {table}.organisation AND ({scope}))"
HELD = f"{within('o.area', 'area')} OR {within('o.position_from', 'org')}"
HELD_OR_ABOVE = f"""{within("o.area", "area")} OR int4multirange(int4range(o.position_from, o.position_to + 1))
    && (SELECT nullif(current_setting('zd.orgs', true), '')::int4multirange)"""
POLICIES = {
    "course": OF_ORGANISATION.format(table="course", scope=HELD_OR_ABOVE),
    "school_class": OF_ORGANISATION.format(table="school_class", scope=HELD),
    "teacher": OF_ORGANISATION.format(table="teacher", scope=HELD),
    "class_teacher": "EXISTS (SELECT FROM school_class c WHERE c.id = class_id)",
}


def upgrade() -> None:
    for statement in TABLES.split(";\n"):
        op.execute(statement)
    for table, seen in POLICIES.items():
        for statement in secured(table):
            op.execute(statement)
        op.execute(f"CREATE POLICY {table}_scope ON {table} USING ({seen})")
    for statement in scope_policy("class_member", organisation="organisation_position"):
        op.execute(statement)
    for table in (*POLICIES, "class_member"):
        op.execute(grant_app(table))


def downgrade() -> None:
    op.execute("DROP TABLE class_teacher, teacher, class_member, school_class, course")
