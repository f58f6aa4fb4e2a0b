from collections.abc import Callable
from uuid import UUID

import pytest

from tests.notify.children.builders import HERE, erased, missing, registered, returned
from tests.notify.guardians.builders import create_guardian
from tests.notify.messages.builders import approved
from zd_contracts.envelope import EventData
from zd_engines.event_door import EventDoor
from zd_kernel.ids import uuid7
from zd_kernel.keyring import KeyRing
from zd_kernel.scope import Scope, areas

CHILDREN = "SELECT child_id, area FROM child ORDER BY area"


@pytest.mark.parametrize("tell", [registered, missing, returned])
async def test_where_a_child_lives_is_kept_from_whichever_fact_comes_first(
    door: EventDoor, child_id: UUID, tell: Callable[[UUID, str], EventData]
) -> None:
    await door.hear(tell(child_id, "520304"), tell(child_id, "520305"), tell(child_id, "520305"))

    assert await door.rows(CHILDREN) == [{"child_id": child_id, "area": 52030500}]


async def test_a_child_of_unknown_residence_is_kept_apart(door: EventDoor, child_id: UUID) -> None:
    await door.hear(registered(child_id, None))

    assert await door.rows(CHILDREN) == [{"child_id": child_id, "area": 0}]


async def test_an_erased_child_is_forgotten_and_an_erasure_heard_twice_changes_nothing(
    door: EventDoor, child_id: UUID
) -> None:
    stays = uuid7()
    await door.hear(registered(child_id), registered(stays), erased(child_id), erased(child_id))

    assert await door.rows(CHILDREN) == [{"child_id": stays, "area": 52030100}]
    assert await door.rows("SELECT key FROM forgotten_key") == [{"key": str(child_id)}]


@pytest.mark.parametrize("table", ["child", "guardian", "message"])
async def test_no_row_about_a_person_can_be_read_from_another_area(
    door: EventDoor, keyring: KeyRing, child_id: UUID, table: str
) -> None:
    await create_guardian(door, keyring, child_id)
    await door.hear(approved(child_id))

    async def count(*codes: str) -> int:
        async with door.database.read(Scope("officer", areas(codes))) as session:
            return len(await session.fetch(f"SELECT 1 FROM {table}"))

    assert await count("52") == await count("50", HERE) == 1
    assert await count("520302") == await count("5204") == await count("0") == await count() == 0
