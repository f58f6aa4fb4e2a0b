"""Lists find families that said no in the database, as the rule does for one child."""

from datetime import date
from itertools import product
from uuid import UUID

from tests.registry.conftest import Everything, Registry
from zd_registry.consents.queries import REFUSED
from zd_registry.consents.rules import Given, completed_age, lacking, latest_birth, parties_needed, refusing

DAY = date(2025, 3, 31)
BIRTHS = [
    (None, "day"), (date(1990, 1, 1), "day"), (date(2005, 3, 31), "day"), (date(2005, 4, 1), "day"),
    (date(2014, 3, 31), "day"), (date(2014, 4, 1), "day"), (date(2014, 3, 1), "month"), (date(2014, 4, 1), "month"),
    (date(2013, 1, 1), "year"), (date(2014, 1, 1), "year"),
]  # fmt: skip
SELF, GUARDIAN = Given("consent", "self", withdrawn=False), Given("consent", "guardian", withdrawn=False)
NO_SELF, NO_GUARDIAN = SELF._replace(refused=True), GUARDIAN._replace(refused=True)
SAID = [
    [], [NO_SELF], [NO_GUARDIAN], [SELF, NO_SELF], [NO_SELF, SELF], [SELF, NO_GUARDIAN],
    [NO_GUARDIAN._replace(withdrawn=True), GUARDIAN], [NO_SELF, Given("vital_interest", None, withdrawn=False)],
]  # fmt: skip
"""Of a child the latest first."""
_CHILD = """
INSERT INTO child (id, area, given_name, family_name, birth_date, birth_precision, sex, version, created_at, updated_at)
VALUES (uuidv7(), 52030100, 'สมมุติ', 'ตัวอย่าง', $1, $2, 'unknown', 1, now(), now()) RETURNING id
"""
_CONSENT = """
INSERT INTO consent (id, child_id, area, purpose, basis, given_by, refused, withdrawn_at, given_at, wording_version,
    recorded_by) VALUES (uuidv7(), $1, 52030100, 'health_support', $2, $3, $4, $5, $6, '1', 'test')
"""


async def test_every_answer_at_every_age_is_a_refusal_where_the_rule_says_so(
    registry: Registry, everything: Everything
) -> None:
    now = registry.clock.now()
    expected: dict[bool, set[UUID]] = {True: set(), False: set()}
    for (birth, precision), said in product(BIRTHS, SAID):
        child_id = await everything.connection.fetchval(_CHILD, birth, precision)
        for days, one in enumerate(reversed(said)):
            given_at = now.replace(year=2020, month=1, day=1 + days)
            values = one.basis, one.party, one.refused, now if one.withdrawn else None, given_at
            await everything.connection.execute(_CONSENT, child_id, *values)
        age = completed_age(latest_birth(birth, precision), DAY)
        for alone, refused in expected.items():
            needed = parties_needed(age, alone=alone)
            if lacking(said, needed) != frozenset() and refusing(said, needed):
                refused.add(child_id)
    for alone, refused in expected.items():
        query = REFUSED.format(purpose="$1::text", day="$2::date", alone="$3::boolean")
        rows = await registry.rows(f"SELECT c.id FROM child c WHERE {query}", "health_support", DAY, alone)
        assert {row["id"] for row in rows} == refused
        assert refused
