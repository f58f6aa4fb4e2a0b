from random import Random
from typing import Any

import pytest

from tests.registry.conftest import Everything
from tests.registry.reconciliation.builders import World

AREAS = (52030100, 52030103, 52030200, 52010100, 52010200, 50010100, 50020100, 0)
"""Villages and tambons of three districts of two provinces, and the unknown residence."""
_PEOPLE = """
INSERT INTO child (id, area, given_name, family_name, birth_date, birth_precision, sex, registered_import_id, given_key,
    family_key, version, created_at, updated_at)
SELECT uuidv7(), areas[1 + floor(random() * 8)::int], 'ก' || n, 'ข',
    CASE WHEN n % 40 > 0 THEN '2005-01-01'::date + floor(random() * 6900)::int END, 'day',
    (ARRAY['male', 'female', 'unknown'])[1 + floor(random() * random() * 3)::int],
    CASE WHEN n % 50 > 0 THEN uuidv7() END, 'ก' || n, 'ข' || n, 1, now(), now()
FROM generate_series(1, $1) n, (SELECT $2::int[] AS areas) a
"""
_LISTS = """
INSERT INTO enrolment (id, child_id, area, organisation, organisation_position, term, grade, import_id, created_at)
SELECT uuidv7(), c.id, c.area, s.code, s.place, s.term, 'P4', uuidv7(), now()
FROM child c, (VALUES ('52030001', 100, '2567/1', 6), ('52030002', 101, '2567/1', 3), ('50010001', 900, '2566/2', 2)
    ) s(code, place, term, share)
WHERE abs(hashtext(c.given_name || s.code)) % 10 < s.share
"""


@pytest.fixture
def world(everything: Everything) -> World:
    return World(everything.connection)


async def populate(world: World, count: int, seed: int = 1, *, lists: bool = True) -> None:
    """As many people of 0 to 19 with lists of two schools of the term and one of the term before."""
    await world.connection.execute("SELECT setseed($1)", Random(seed).random())
    await world.connection.execute(_PEOPLE, count, list(AREAS))
    if lists:
        await world.connection.execute(_LISTS)
    await world.connection.execute("ANALYZE")


def total(cells: list[dict[str, Any]], **chosen: object) -> int:
    return sum(c["children"] for c in cells if all(c[name] == value for name, value in chosen.items()))
