"""An erased child leaves an id and a keyed hash, and nothing that tells who it was."""

import asyncio
from datetime import date
from uuid import UUID

from tests.registry.builders import KO_KHA_SCHOOL, Row, a_child, a_citizen_id, a_file, a_pupil
from tests.registry.conftest import Everything, Registry
from tests.registry.privacy.builders import G_CODE, a_full_child, tables_of_children
from zd_contracts.events.cases import PlacementStarted
from zd_contracts.events.registry import ChildErased
from zd_kernel.clock import bangkok_date
from zd_kernel.ids import uuid7
from zd_kernel.keyring import KeyRing
from zd_kernel.scope import Scope
from zd_registry.children.actions import take_turns
from zd_registry.erasure.actions import erase_child
from zd_registry.intake.pieces import unpack
from zd_registry.privacy.holdings import ELSEWHERE
from zd_registry.settings import RegistrySettings


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
    assert with_the_id == {"erased_child", "roster_deletion", "outbox_staged", "audit_entry", "audit_subject", "job"}
    assert await registry.rows("SELECT 1 FROM import_row WHERE cells IS NOT NULL") == []
    assert (await office.get(f"/v1/children/{child_id}")).status_code == 404
    assert [child["given_name"] for child in await office.children()] == ["สมมุติ2"]
    assert await registry.told(ChildErased) == [
        ChildErased(child_id=child_id, tambon="520301", erased_date=bangkok_date(registry.clock.now()))
    ]


async def test_the_figures_of_the_next_run_are_without_the_child_and_what_was_counted_is_without_the_id(
    registry: Registry, everything: Everything
) -> None:
    await registry.office.take_in("population", [a_child(number) for number in range(1, 6)])
    first = await registry.office.reconcile()
    child_id = await erase(registry, 1)
    assert not await everything.tables_with([str(child_id)]) & {"indicator_member", "reconciliation_mark"}
    counted = await registry.rows("SELECT sum(cardinality(members)) AS n FROM indicator_member")
    run = await registry.office.reconcile()
    assert (counted[0]["n"], run["base_run_id"], run["examined"]) == (5, first["id"], 4)
    kept = await registry.rows("SELECT DISTINCT run_id, members FROM indicator_member")
    assert [(str(row["run_id"]), len(row["members"])) for row in kept] == [(first["id"], 4)]


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
        (job,) = await registry.rows("SELECT id FROM job WHERE state = 'queued' AND kind = 'import'")
        await registry.carry(job["id"], most_steps=3 if staged else 0)
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
    rows = a_file("population", [a_child(1), a_child(2)])
    path = (await registry.office.upload("population", rows, commit=False)).headers["Location"]
    (job,) = await registry.rows("SELECT id FROM job WHERE state = 'queued' AND kind = 'import_check'")
    await registry.carry(job["id"], most_steps=3)
    assert "import_row" in await everything.tables_with(["สมมุติ1"])
    child_id = await registry.office.child_id(1)
    await registry.office.delete(f"/v1/children/{child_id}")
    (erasure,) = await registry.rows("SELECT id FROM job WHERE kind = 'erasure'")
    # Its upload is emptied when it has been read, for which the erasure waits.
    await registry.carry(erasure["id"], most_steps=5)
    assert await everything.tables_with(["สมมุติ1"]) == set()
    await registry.work()
    await registry.office.post(f"{path}/commit", {})
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
        await erase_child(session, KeyRing.from_settings(registry.settings), child_id)
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


KEPT = {"erased_child", "erased_identifier", "roster_deletion", "outbox_staged", "audit_entry", "audit_subject", "job"}


async def test_no_table_holds_anything_of_an_erased_child(registry: Registry, everything: Everything) -> None:
    child_id = await a_full_child(registry, everything)
    empty = [
        table
        for table in await tables_of_children(everything)
        if table not in {*ELSEWHERE, "merged_child"}
        and not await everything.connection.fetchval(
            f"SELECT EXISTS (SELECT FROM {table} WHERE child_id = $1)", child_id
        )
    ]
    assert empty == [], "the builder fills every table that has a child_id, so that this test looks at it"
    assert (await registry.office.delete(f"/v1/children/{child_id}")).status_code == 204
    await registry.work()
    # How far a run got among the ids is a number, and says nothing of anybody.
    assert await everything.tables_with([str(child_id)]) - {"reconciliation_run"} == KEPT
    # Whom the child was told as before is erased too.
    assert [str(told.child_id)[-1] for told in await registry.told(ChildErased)] == [str(child_id)[-1], "1"]
    assert await registry.rows("SELECT 1 FROM child_merge UNION ALL SELECT 1 FROM merged_child") == []
    # What is secret rests in idempotency records, encrypted, until they expire; names and numbers rest nowhere.
    told = ["สมมุติ1,", 'สมมุติ1"', "หอบหืด", "มารดา", a_citizen_id(1), a_citizen_id(11), G_CODE]
    assert await everything.tables_with(told) == set()
    assert [row["given_name"] for row in await registry.rows("SELECT given_name FROM child")] == ["สมมุติ2"]
    for table in ("guardian", "household", "forgotten_name"):
        assert await registry.rows(f"SELECT 1 FROM {table}") == []


async def test_a_guardian_and_a_house_of_another_child_stay(registry: Registry) -> None:
    office = registry.caller(areas=["52", "50"])
    await office.take_in("population", [a_child(1), a_child(2, area="500101")])
    mother = {"name": "มารดา ตัวอย่าง", "relation": "mother", "citizen_id": a_citizen_id(900)}
    for number in (1, 2):
        path = f"/v1/children/{await office.child_id(number)}"
        await office.post(f"{path}/guardians", mother)
        await office.put(f"{path}/household", {"house_code": "52030000017"})
    # Whoever erases here does not see the other child.
    await erase(registry, 1)
    assert (
        len(await registry.rows("SELECT 1 FROM guardian")) == len(await registry.rows("SELECT 1 FROM household")) == 1
    )
    assert len(await registry.rows("SELECT 1 FROM child_guardian")) == 1


async def refused(registry: Registry, kind: str, row: Row) -> str | None:
    """The reason why the row is refused, None if it is taken."""
    done = await registry.office.take_in(kind, [row])
    rows = await registry.rows("SELECT reason FROM import_row WHERE import_id = $1", UUID(done["id"]))
    return rows[0]["reason"] if rows else None


async def test_a_replay_of_every_file_brings_nobody_back_who_was_erased(
    registry: Registry, everything: Everything
) -> None:
    """By the present or a former number, by a G-code, or by name and birth date alone."""
    child_id = await a_full_child(registry, everything)
    await registry.office.delete(f"/v1/children/{child_id}")
    await registry.work()
    told = len(await registry.rows("SELECT 1 FROM outbox_staged"))
    for kind, row in (
        ("population", a_child(1)),
        ("population", a_child(1, citizen_id=a_citizen_id(11), given_name="ชื่ออื่น")),
        ("population", a_child(1, citizen_id=G_CODE, given_name="ชื่ออื่น")),
        ("population", a_child(1, citizen_id="")),
        ("enrolment", a_pupil(1)),
        ("enrolment", a_pupil(1, citizen_id="")),
        ("enrolment", a_pupil(1, citizen_id="1.10E+12")),
    ):
        assert await refused(registry, kind, row) == "erased", row
    assert len(await registry.rows("SELECT 1 FROM child")) == 1
    assert await registry.rows("SELECT 1 FROM unlinked_record") == []
    assert len(await registry.rows("SELECT 1 FROM outbox_staged")) == told
    assert await everything.tables_with(["ชื่ออื่น"]) == set()


async def test_somebody_else_of_the_same_name_and_birth_date_but_another_number_is_taken(registry: Registry) -> None:
    await registry.office.take_in("population", [a_child(1)])
    await erase(registry, 1)
    assert await refused(registry, "population", a_child(1, citizen_id=a_citizen_id(50))) is None
    assert len(await registry.rows("SELECT 1 FROM child")) == 1


async def test_who_had_no_number_is_kept_out_by_name_and_birth_date_even_with_a_number(registry: Registry) -> None:
    await registry.office.take_in("population", [a_child(1)])
    path = f"/v1/children/{await registry.office.child_id(1)}"
    await registry.office.patch(path, {"reason": "เลขของผู้อื่น", "citizen_id": None}, if_match="*")
    await erase(registry, 1)
    assert await refused(registry, "population", a_child(1, citizen_id=a_citizen_id(50))) == "erased"
    assert (
        await refused(registry, "population", a_child(1, citizen_id=a_citizen_id(50), birth_date="2556-02-14")) is None
    )


async def test_the_upload_itself_forgets_who_is_erased_while_it_waits_for_a_commit(
    registry: Registry, everything: Everything, settings: RegistrySettings
) -> None:
    await registry.office.take_in("population", [a_child(1)])
    rows = [a_child(1), a_child(1, citizen_id=""), a_child(2)]
    answer = await registry.office.upload("population", a_file("population", rows), commit=False)
    await registry.work()
    await erase(registry, 1)
    import_id = UUID(answer.json()["id"])
    (piece,) = await registry.rows("SELECT ordinal, content FROM import_piece")
    cells = unpack(KeyRing.from_settings(settings), piece["content"], import_id, piece["ordinal"]).cells
    assert [row[1] for row in cells.iter_rows()] == ["", "", "สมมุติ2"]
    waiting = await registry.rows("SELECT row, given_name FROM import_row WHERE reason IS NULL")
    assert waiting == [{"row": 4, "given_name": "สมมุติ2"}]
    assert (await registry.office.post(f"/v1/imports/{import_id}/commit", {})).status_code in {200, 202}
    await registry.work()
    done = (await registry.office.get(f"/v1/imports/{import_id}")).json()
    assert (done["rows"], done["accepted"], done["unchanged"], done["rejected"]) == (3, 1, 0, 2)
    assert await everything.tables_with(["สมมุติ1"]) == set()


async def test_records_that_wait_for_linkage_forget_who_is_erased(registry: Registry) -> None:
    await registry.office.take_in("population", [a_child(1)])
    await registry.office.take_in("enrolment", [a_pupil(1, citizen_id=""), a_pupil(2, citizen_id="")])
    await registry.rows("SELECT 1")
    await erase(registry, 1)
    names = await registry.rows("SELECT given_name FROM unlinked_record UNION SELECT given_name FROM child")
    assert {row["given_name"] for row in names} <= {"สมมุติ2"}
