from uuid import UUID

import asyncpg
import pytest

from tests.cases.cases.builders import create_case
from tests.cases.children.builders import HERE, THERE, missing, registered
from zd_cases.children.handlers import on_children_registered
from zd_engines.event_door import EventDoor, event_of
from zd_kernel.ids import uuid7
from zd_kernel.scope import Scope, areas

CHILDREN = "SELECT child_id, area, status FROM child ORDER BY child_id"


async def test_every_child_heard_of_is_remembered_wherever_they_live(door: EventDoor) -> None:
    await door.hear(registered(uuid7(), HERE), registered(uuid7(), THERE), registered(uuid7(), None))

    heard = await door.rows("SELECT area, status FROM child ORDER BY area")
    assert [(child["area"], child["status"]) for child in heard] == [
        (0, "registered"),
        (50010100, "registered"),
        (52030100, "registered"),
    ]


async def test_children_registered_by_the_thousand_are_remembered_in_one_batch(door: EventDoor) -> None:
    twice = uuid7()
    facts = [registered(uuid7()) for _ in range(10_000)] + [registered(twice), registered(twice, THERE)]
    async with door.database.transaction(Scope.system("test")) as session:
        await on_children_registered(session, [event_of(fact) for fact in facts])

    (counted,) = await door.rows("SELECT count(*) AS n, count(*) FILTER (WHERE area = 50010100) AS there FROM child")
    assert counted == {"n": 10_001, "there": 1}


async def test_a_registration_heard_late_does_not_hide_that_the_child_is_missing(
    door: EventDoor, child_id: UUID
) -> None:
    await door.hear(missing(child_id), registered(child_id))

    assert await door.rows(CHILDREN) == [{"child_id": child_id, "area": 52030100, "status": "missing"}]


async def test_of_children_already_known_only_those_who_moved_are_written(door: EventDoor) -> None:
    stays, moves = uuid7(), uuid7()
    await door.hear(missing(stays), missing(moves))
    before = await door.rows("SELECT xmin::text, * FROM child WHERE child_id = $1", stays)
    async with door.database.transaction(Scope.system("test")) as session:
        await on_children_registered(session, [event_of(registered(stays)), event_of(registered(moves, THERE))])

    assert await door.rows("SELECT xmin::text, * FROM child WHERE child_id = $1", stays) == before
    assert await door.rows("SELECT area, status FROM child WHERE child_id = $1", moves) == [
        {"area": 50010100, "status": "missing"}
    ]


@pytest.mark.parametrize("table", ["child", "child_case", "visit", "placement"])
async def test_no_row_about_a_person_can_be_read_from_another_area(door: EventDoor, child_id: UUID, table: str) -> None:
    case_id = await create_case(door, child_id)
    async with door.database.transaction(Scope.system("test")) as session:
        connection = await session.driver()
        day = "CURRENT_DATE"
        await connection.execute(
            f"INSERT INTO visit VALUES ($1, $2, $3, 52030100, {day}, 'met')", uuid7(), case_id, child_id
        )
        await connection.execute(
            f"INSERT INTO placement VALUES ($1, $2, $3, 52030100, 'school', {day})", uuid7(), case_id, child_id
        )

    async def count(*codes: str) -> int:
        async with door.database.read(Scope("officer", areas(codes))) as session:
            return len(await session.fetch(f"SELECT 1 FROM {table}"))

    assert await count("5203") == await count("500101", HERE) == 1
    assert await count("520302") == await count("5204", "50") == await count() == 0


async def test_no_row_can_be_written_or_moved_into_another_area(door: EventDoor, child_id: UUID) -> None:
    await door.hear(registered(child_id))
    for statement in (
        "INSERT INTO child VALUES (gen_random_uuid(), 52030200, 'registered', now())",
        "UPDATE child SET area = 52030200",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with door.database.transaction(Scope("officer", areas([HERE]))) as session:
                await (await session.driver()).execute(statement)
