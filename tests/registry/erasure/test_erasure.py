"""An erased child leaves an id and a keyed hash, and nothing that tells who it was."""

import asyncio
from datetime import date
from uuid import UUID

from tests.registry.builders import KO_KHA_SCHOOL, a_child, a_citizen_id, a_file, a_pupil
from tests.registry.conftest import Everything, Registry
from zd_contracts.events.cases import PlacementStarted
from zd_contracts.events.registry import ChildErased
from zd_kernel.clock import bangkok_date
from zd_kernel.ids import uuid7
from zd_kernel.scope import Scope
from zd_registry.children.actions import take_turns
from zd_registry.erasure.actions import erase_child


def placement(child_id: UUID) -> PlacementStarted:
    return PlacementStarted(
        placement_id=uuid7(), case_id=uuid7(), child_id=child_id, tambon="520301", kind="training",
        started_date=date(2024, 6, 1),
    )  # fmt: skip


async def erase(registry: Registry, number: int) -> UUID:
    child_id = await registry.office.child_id(number)
    assert (await registry.office.delete(f"/v1/children/{child_id}")).status_code == 204
    await registry.work()
    return child_id


async def test_nothing_of_the_child_is_left_but_the_mark_that_keeps_a_file_from_bringing_it_back(
    registry: Registry, everything: Everything
) -> None:
    office = registry.office
    await office.take_in("population", [a_child(1), a_child(2)])
    await office.take_in("enrolment", [a_pupil(1)])
    await office.take_in("population", [a_child(1, sex="?")])
    await registry.hear(placement(await office.child_id(1)))
    child_id = await erase(registry, 1)

    assert await everything.tables_with(["สมมุติ1"]) == set()
    with_the_id = await everything.tables_with([str(child_id)])
    assert with_the_id == {"erased_child", "outbox_staged", "audit_entry", "job"}
    assert await registry.rows("SELECT 1 FROM import_row WHERE cells IS NOT NULL") == []
    assert (await office.get(f"/v1/children/{child_id}")).status_code == 404
    assert [child["given_name"] for child in await office.children()] == ["สมมุติ2"]
    assert await registry.told(ChildErased) == [
        ChildErased(child_id=child_id, tambon="520301", erased_date=bangkok_date(registry.clock.now()))
    ]


async def test_a_later_file_does_not_bring_the_child_back_and_keeps_nothing_of_the_row(
    registry: Registry, everything: Everything
) -> None:
    await registry.office.take_in("population", [a_child(1), a_child(2)])
    await erase(registry, 1)
    for kind, row in (("population", a_child(1)), ("enrolment", a_pupil(1))):
        done = await registry.office.take_in(kind, [row])
        assert (done["accepted"], done["rejected"]) == (0, 1)
        errors = (await registry.office.get(f"/v1/imports/{done['id']}/errors")).content.decode("utf-8-sig")
        assert "erased" in errors
        assert a_citizen_id(1) not in errors
    assert await everything.tables_with(["สมมุติ1"]) == set()


async def test_a_child_erased_while_a_file_waits_is_refused_when_its_turn_comes(
    registry: Registry, everything: Everything
) -> None:
    await registry.office.take_in("population", [a_child(1)])
    for staged in (False, True):
        await registry.office.upload("population", a_file("population", [a_child(1), a_child(2)]))
        (job,) = await registry.rows("SELECT id FROM job WHERE state = 'queued'")
        await registry.carry(job["id"], most_steps=2 if staged else 0)
        if not staged:
            child_id = await registry.office.child_id(1)
            assert (await registry.office.delete(f"/v1/children/{child_id}")).status_code == 204
        await registry.work()
    figures = await registry.rows("SELECT accepted, unchanged, rejected FROM file_import ORDER BY id")
    assert [tuple(row.values()) for row in figures] == [(1, 0, 0), (1, 0, 1), (0, 1, 1)]
    assert await everything.tables_with(["สมมุติ1"]) == set()


async def test_rows_that_wait_when_the_child_is_erased_are_emptied_at_once(
    registry: Registry, everything: Everything
) -> None:
    await registry.office.take_in("population", [a_child(1)])
    await registry.office.upload("population", a_file("population", [a_child(1), a_child(2)]))
    (job,) = await registry.rows("SELECT id FROM job WHERE state = 'queued'")
    await registry.carry(job["id"], most_steps=1)
    assert "import_row" in await everything.tables_with(["สมมุติ1"])
    child_id = await registry.office.child_id(1)
    await registry.office.delete(f"/v1/children/{child_id}")
    (erasure,) = await registry.rows("SELECT id FROM job WHERE kind = 'erasure'")
    await registry.carry(erasure["id"])
    assert await everything.tables_with(["สมมุติ1"]) == set()
    await registry.work()
    figures = await registry.rows("SELECT rows, accepted, rejected FROM file_import ORDER BY id DESC LIMIT 1")
    assert tuple(figures[0].values()) == (2, 1, 1)


async def test_an_erasure_and_a_step_of_an_import_follow_one_another(
    registry: Registry, everything: Everything
) -> None:
    """A step that has looked for erased people holds the turn; the erasure waits until the step has ended."""
    await registry.office.take_in("population", [a_child(1)])
    path = f"/v1/children/{await registry.office.child_id(1)}"
    async with registry.database.transaction(Scope.system("step")) as session:
        await take_turns(session)
        erasing = asyncio.create_task(registry.office.delete(path))
        waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        while not await everything.connection.fetchval(waiting):
            await asyncio.sleep(0.01)
        assert not erasing.done()
    assert (await erasing).status_code == 204


async def test_a_placement_that_waited_for_the_erasure_of_its_child_is_not_kept(
    registry: Registry, everything: Everything
) -> None:
    await registry.office.take_in("population", [a_child(1)])
    child_id = await registry.office.child_id(1)
    async with registry.database.transaction(Scope.system("erasure")) as session:
        await erase_child(session, child_id)
        await session.flush()
        hearing = asyncio.create_task(registry.hear(placement(child_id)))
        while not await everything.connection.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
            await asyncio.sleep(0.01)
    await hearing
    assert await registry.rows("SELECT 1 FROM placement") == []


async def test_a_placement_of_an_erased_child_is_not_kept(registry: Registry) -> None:
    await registry.office.take_in("population", [a_child(1)])
    await registry.hear(placement(await erase(registry, 1)))
    assert await registry.rows("SELECT 1 FROM placement") == []


async def test_only_an_office_of_the_area_with_the_scope_erases(registry: Registry) -> None:
    await registry.office.take_in("population", [a_child(1)])
    await registry.office.take_in("enrolment", [a_pupil(1)])
    path = f"/v1/children/{await registry.office.child_id(1)}"
    school = registry.caller(organisations=[KO_KHA_SCHOOL])
    assert (await school.get(path)).status_code == 200
    assert (await school.delete(path)).status_code == 404
    assert (await registry.caller(areas=["50"]).delete(path)).status_code == 404
    assert (await registry.caller(areas=["52"], scopes=["registry:read"]).delete(path)).status_code == 403
    assert (await registry.office.delete(path)).status_code == 204
    assert (await registry.office.delete(path)).status_code == 404
    seen = await registry.rows("SELECT outcome FROM audit_entry WHERE action = 'erase_child' ORDER BY id")
    assert [row["outcome"] for row in seen] == ["ok"]
