"""A page is read along an index, whoever asks and however far the walk is, as the app role."""

import json

import pytest

from tests.registry.conftest import Everything, Registry
from tests.registry.plans import rows_read, scans
from zd_kernel.scope import Range, Scope, areas
from zd_registry.oneroster.queries import Asked, page
from zd_registry.oneroster.resources import STUDENTS, USERS
from zd_registry.oneroster.rules import Place

LIMIT = 100
FILL = (
    """INSERT INTO child (id, area, given_name, family_name, given_key, family_key, birth_date, sex, version,
        created_at, updated_at)
    SELECT uuidv7(), 52030000 + n % 900, 'n', 'n', 'n', 'n', '2013-02-13', 'unknown', 1, now(), now()
    FROM generate_series(1, 6000) n""",
    """INSERT INTO enrolment (id, child_id, area, organisation, organisation_position, term, grade, import_id,
        created_at)
    SELECT uuidv7(), id, area, 's', 1000 + row_number() OVER (ORDER BY id) / 100, '2569/1', 'P6', uuidv7(), now()
    FROM child""",
    "ANALYZE child",
    "ANALYZE enrolment",
)
SCOPES = {
    "province": Scope("office", areas(["52"])),
    "school": Scope("school", (), (Range(1010, 1010),)),
    "both": Scope("both", areas(["52"]), (Range(1010, 1010),)),
}


@pytest.mark.parametrize("name", SCOPES)
async def test_a_page_looks_at_little_more_than_it_shows(registry: Registry, everything: Everything, name: str) -> None:
    for statement in FILL:
        await everything.connection.execute(statement)
    middle = await everything.connection.fetchval("SELECT id FROM child ORDER BY id OFFSET 1050 LIMIT 1")
    for resource in (STUDENTS, USERS):
        for place in (None, Place(6_000, None, str(middle))):
            asked = Asked(
                resource, {"base": "x", "oldest_term": "2569/1"}, limit=LIMIT, place=place, scope=SCOPES[name]
            )
            statement, args = page(asked)
            async with registry.database.read(SCOPES[name]) as session:
                # As after a few requests, when the plan is made without knowing the values.
                await session.fetch("SELECT set_config('plan_cache_mode', 'force_generic_plan', true)")
                row = await session.fetchrow(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", *args)
            assert row is not None
            read = [rows_read(scan) for scan in scans(json.loads(row[0])[0]["Plan"])]
            assert max(read) <= 2 * (LIMIT + 1), (resource.branches[0].rows, place)
