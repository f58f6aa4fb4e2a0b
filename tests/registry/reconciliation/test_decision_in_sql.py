"""The set-based run decides every case as the pure rule does."""

from datetime import UTC, date, datetime, timedelta
from itertools import product
from uuid import UUID

from tests.registry.conftest import Registry
from tests.registry.reconciliation.builders import BEFORE, HOME, IN_TIME, LAST_YEAR, REFERENCE, World
from zd_kernel.ids import uuid7
from zd_registry.placements.rules import PLACEMENT_STATUS
from zd_registry.reconciliation.rules import Evidence, Verdict, decide, standing
from zd_registry.values.grades import GRADES

_CHILDREN = """
INSERT INTO child (id, area, given_name, family_name, birth_date, sex, gone_kind, gone_date, version, created_at,
    updated_at)
SELECT id, $2, 'n', 'n', birth, 'unknown', CASE WHEN gone IS NOT NULL THEN 'moved_abroad' END, gone, 1, now(), now()
FROM unnest($1::uuid[], $3::date[], $4::date[]) AS c(id, birth, gone)
"""
TERM, SAME_YEAR = "2567/2", "2567/1"
GONE = {
    None: (False, False),
    date(2024, 5, 1): (True, True),
    date(2024, 6, 9): (True, False),
    date(2024, 6, 11): (False, False),
}
LISTED = {None: "", "enrolment": "school", "nonformal": "nonformal"}
LASTS: list[tuple[str | None, str, bool]] = [
    (None, "", True),
    *product((LAST_YEAR, SAME_YEAR), ("P6", "M3", "M6"), (True, False)),
]


_ENROLMENTS = """
INSERT INTO enrolment
    (id, child_id, area, organisation, organisation_position, term, grade, import_id, feed_id, created_at)
SELECT uuidv7(), child, $2, '52030001', 100, term, grade, uuidv7(), feed, $6
FROM unnest($1::uuid[], $3::text[], $4::text[], $5::uuid[]) AS e(child, term, grade, feed)
"""
_PLACEMENT = """
INSERT INTO placement (placement_id, case_id, child_id, area, kind, started_date)
VALUES (uuidv7(), uuidv7(), $1, 52030100, $2, $3)
"""
People = list[tuple[UUID, date, date | None]]
Enrolments = list[tuple[UUID, str, str, UUID | None]]
Placements = list[tuple[UUID, str, date]]


async def store(world: World, people: People, enrolments: Enrolments, placements: Placements) -> None:
    ids, births, gone = zip(*people, strict=True)
    await world.connection.execute(_CHILDREN, ids, HOME, births, gone)
    children, terms, grades, feeds = zip(*enrolments, strict=True)
    begun = datetime(2024, 6, 1, tzinfo=UTC)
    await world.connection.execute(_ENROLMENTS, children, HOME, terms, grades, feeds, begun)
    await world.connection.executemany(_PLACEMENT, placements)


async def feeds_of(world: World) -> dict[tuple[str, bool], UUID]:
    """By kind, and whether it has handed in the list of the term."""
    feeds = {}
    for feed in product(("enrolment", "nonformal"), (True, False)):
        feeds[feed] = await world.feed(f"{feed}", feed[0])
        await world.delivery(feeds[feed], "2566/2", BEFORE)
        if feed[1]:
            await world.delivery(feeds[feed], TERM, IN_TIME)
    return feeds


async def test_every_combination_of_evidence_ends_with_the_verdict_of_the_rule(
    registry: Registry, world: World
) -> None:
    feeds = await feeds_of(world)
    expected: dict[UUID, Verdict] = {}
    people: People = []
    enrolments: Enrolments = []
    placements: Placements = []
    for gone, listed, (term, grade, spoke), kind, reviewed, young in product(
        GONE, LISTED, LASTS, (None, *PLACEMENT_STATUS), (False, True), (False, True)
    ):
        child_id = uuid7()
        is_gone, after = GONE[gone]
        placed = bool(kind) and gone is not None and gone < date(2024, 6, 2)
        evidence = Evidence(
            gone=is_gone,
            seen_since=(after and listed is not None) or placed,
            listed=LISTED[listed],
            standing="" if listed else standing(grade, same_year=term == SAME_YEAR),
            placement=PLACEMENT_STATUS.get(kind or "") or "",
            waiting="review" if reviewed else "",
            undelivered=not spoke and not listed,
            too_young=young,
        )
        expected[child_id] = decide(evidence)
        people.append((child_id, REFERENCE - timedelta(days=365 if young else 3650), gone))
        if term:
            enrolments.append((child_id, term, grade, feeds["enrolment", spoke]))
            # Neither an older list nor one of a later term may be taken for the last.
            enrolments += [(child_id, "2564/1", "M6", feeds["enrolment", True]), (child_id, "2568/1", "M6", None)]
        if listed:
            enrolments.append((child_id, TERM, "P6", feeds[listed, True]))
        if kind:
            placements += [(child_id, "school", date(2024, 5, 31)), (child_id, kind, date(2024, 6, 2))]
            placements.append((child_id, "training", date(2024, 6, 11)))
        if reviewed:
            await world.review(child_id, TERM)
    await store(world, people, enrolments, placements)

    run = await registry.office.reconcile(TERM, mark_younger=True)
    judged = await world.connection.fetch(
        "SELECT child_id, status, missing_kind, reason, evidence_kind FROM learning_state"
    )
    found = {row["child_id"]: Verdict(*tuple(row)[1:]) for row in judged}
    wrong = {child: (found.get(child), verdict) for child, verdict in expected.items() if found.get(child) != verdict}
    assert wrong == {}
    statuses = [verdict.status for verdict in expected.values()]
    assert run["by_status"] == {status: statuses.count(status) for status in set(statuses)}
    assert (run["examined"], run["missing"]) == (len(expected), statuses.count("not_learning"))
    told = await registry.event_counts()
    assert told == {"missing.v1": run["missing"], "completed.v1": statuses.count("completed")}
    assert set(GRADES) >= {"P6", "M3", "M6"}
