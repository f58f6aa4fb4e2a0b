"""Lists of screening look at little more than they show, whoever asks, as the app role."""

from datetime import date
from uuid import UUID

import pytest

from tests.registry.conftest import Everything, Registry
from tests.registry.plans import explain, rows_read
from zd_kernel.scope import Range, Scope, areas, hull
from zd_registry.screening import queries
from zd_registry.screening.rules import births_of_ages

FILL = (
    """INSERT INTO child (id, area, given_name, family_name, birth_date, sex, version, created_at, updated_at)
    SELECT uuidv7(), 52030000 + n, 'n', 'n', '2013-02-13', 'unknown', 1, now(), now()
    FROM generate_series(1, 6000) n""",
    """INSERT INTO enrolment (id, child_id, area, organisation, organisation_position, term, grade, import_id,
        created_at)
    SELECT uuidv7(), id, area, 's', 1000 + row_number() OVER (ORDER BY id) / 100, '2567/1', 'P6', uuidv7(), now()
    FROM child""",
    """INSERT INTO screening (id, child_id, area, organisation, organisation_position, instrument, version, kind,
        screened_date, answers_encrypted, band, positive, recorded_by, agency, recorded_at)
    SELECT uuidv7(), child_id, area, 's', organisation_position, 'example_growth', 1, 'growth', '2024-06-10', '',
        'needs_help', true, 'x', 'x', now() FROM enrolment""",
    """INSERT INTO screening_follow_up (id, screening_id, child_id, area, organisation, organisation_position, party,
        due_date, version)
    SELECT uuidv7(), id, child_id, area, 's', organisation_position, 'doctor', '2024-07-01', 1 FROM screening""",
    "ANALYZE child",
    "ANALYZE enrolment",
    "ANALYZE screening",
    "ANALYZE screening_follow_up",
)
SCHOOL = Range(1010, 1010)
SCOPES = {"tambon": Scope("health", areas(["520305"])), "school": Scope("school", (), (SCHOOL,))}
REACHED = 100
"""How many children each reaches."""
START, END, NOBODY = date(2024, 5, 16), date(2025, 5, 15), UUID(int=0)


@pytest.mark.parametrize("name", SCOPES)
async def test_lists_and_counts_read_the_rows_of_who_asks(
    registry: Registry, everything: Everything, name: str
) -> None:
    for statement in FILL:
        await everything.connection.execute(statement)
    scope = SCOPES[name]
    within = hull(scope.areas)
    births = births_of_ages(0, 300, START)
    roles = ["health_officer"]
    asked = {
        "follow-ups": queries.follow_ups(
            roles, (date.min, NOBODY), 51, scope, within=within, organisation=None, state="due", party=None, kind=None,
            today=END,
        ),
        "outstanding": queries.outstanding(
            ["2567/1", "2567/3", *births, "example_learning", START, END, NOBODY, 51], scope, within=within,
            organisation=None,
        ),
        "counts": queries.counts("", START, END, roles, scope, kind=None, within=within, organisation=None),
    }  # fmt: skip
    for what, (query, args) in asked.items():
        read = [rows_read(scan) for scan in await explain(registry, scope, query, *args)]
        assert max(read) <= 2 * REACHED, (what, read)
