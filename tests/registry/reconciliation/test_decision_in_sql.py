"""The set-based run decides every case as the pure rule does."""

from datetime import date
from itertools import product
from uuid import UUID

from tests.registry.conftest import Everything, Registry
from zd_kernel.ids import uuid7
from zd_registry.placements.rules import PLACEMENT_STATUS
from zd_registry.reconciliation.rules import GRADES, Evidence, Verdict, decide

TERM = "2567/2"
CHILD = """
INSERT INTO child (id, area, given_name, family_name, birth_date, sex, version, created_at, updated_at)
VALUES ($1::uuid, 52030100, 'n', 'n', '2013-02-13', 'unknown', 1, now(), now())
"""
ENROLMENT = """
INSERT INTO enrolment
    (id, child_id, area, organisation, organisation_position, term, grade, import_id, created_at)
VALUES (uuidv7(), $1, 52030100, '52030001', 100, $2, $3, uuidv7(), now())
"""
PLACEMENT = "INSERT INTO placement VALUES (uuidv7(), uuidv7(), $1, 52030100, $2, $3)"
LAST_TERMS = {None: (False, False), "2565/2": (False, False), "2567/1": (False, True), TERM: (True, True)}


async def test_every_combination_of_evidence_ends_with_the_verdict_of_the_rule(
    registry: Registry, everything: Everything
) -> None:
    expected: dict[UUID, Verdict] = {}
    enrolments: list[tuple[UUID, str, str]] = []
    placements: list[tuple[UUID, str, date]] = []
    for term, grade, kind in product(LAST_TERMS, GRADES, (None, *PLACEMENT_STATUS)):
        child_id = uuid7()
        enrolled, same_year = LAST_TERMS[term]
        verdict = decide(Evidence(enrolled, grade if term else "", same_year, kind or ""))
        expected[child_id] = verdict
        if term:
            enrolments.append((child_id, term, grade))
            # Neither an older list nor one of a later term may be taken for the last.
            enrolments.append((child_id, "2564/1", "M6"))
            enrolments.append((child_id, "2568/1", "M6"))
        if kind:
            placements.append((child_id, kind, date(2024, 11, 1)))
            placements.append((child_id, "school", date(2024, 10, 31)))
            placements.append((child_id, "training", date(2024, 11, 2)))
    await everything.connection.executemany(CHILD, [(child_id,) for child_id in expected])
    await everything.connection.executemany(ENROLMENT, enrolments)
    await everything.connection.executemany(PLACEMENT, placements)

    run = await registry.office.reconcile(TERM, reference_date="2024-11-01")
    judged = await registry.rows("SELECT child_id, status, missing_kind FROM learning_state")
    assert {row["child_id"]: (row["status"], row["missing_kind"]) for row in judged} == expected
    statuses = [status for status, _ in expected.values()]
    assert run["examined"] == len(expected)
    assert (run["in_school"], run["missing"]) == (statuses.count("in_school"), statuses.count("not_learning"))
    assert (await registry.event_counts()) == {"missing.v1": run["missing"]}
