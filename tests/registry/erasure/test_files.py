"""Finished exports and unread uploads do not keep what the registry has erased."""

from uuid import UUID

from tests.registry.builders import a_child, a_file
from tests.registry.conftest import Everything, Registry
from zd_kernel.keyring import KeyRing
from zd_kernel.scope import Scope
from zd_registry.intake.pieces import unpack
from zd_registry.settings import RegistrySettings


async def test_files_that_the_erased_may_be_in_are_destroyed_and_others_stay(
    registry: Registry, everything: Everything
) -> None:
    await registry.office.take_in("population", [a_child(1), a_child(2)])
    scopes = ("registry:export", "registry:read")
    here, elsewhere = (registry.caller(areas=[code], scopes=scopes) for code in ("52", "50"))
    places = []
    for caller, wanted in ((here, {}), (here, {"areas": ["5203"]}), (here, {"areas": ["5204"]}), (elsewhere, {})):
        answer = await caller.post("/v1/exports", {"what": "children"} | wanted)
        places.append((caller, answer.headers["Location"]))
    await registry.work()
    unfinished = (await here.post("/v1/exports", {"what": "children"})).headers["Location"]
    (job,) = await registry.rows("SELECT id FROM job WHERE state = 'queued' AND kind = 'export'")
    await registry.carry(job["id"], most_steps=2)

    child_id = await registry.office.child_id(1)
    assert (await registry.office.delete(f"/v1/children/{child_id}")).status_code == 204
    await registry.work()
    stati = [(await caller.get(place)).json()["status"] for caller, place in places]
    assert stati == ["expired", "expired", "done", "done"]
    assert (await here.get(unfinished)).json()["status"] == "expired"
    assert [(await caller.get(f"{place}/file")).status_code for caller, place in places] == [409, 409, 200, 200]
    assert len(await everything.connection.fetch("SELECT DISTINCT export_id FROM export_chunk")) == 2


async def test_an_erasure_waits_for_the_file_that_a_job_is_writing(registry: Registry) -> None:
    await registry.office.take_in("population", [a_child(1)])
    caller = registry.caller(areas=["52"], scopes=("registry:export", "registry:read"))
    place = (await caller.post("/v1/exports", {"what": "children"})).headers["Location"]
    await registry.work()
    child_id = await registry.office.child_id(1)
    assert (await registry.office.delete(f"/v1/children/{child_id}")).status_code == 204
    (job,) = await registry.rows("SELECT id FROM job WHERE state = 'queued' AND kind = 'erasure'")
    async with registry.database.transaction(Scope.system("writer")) as session:
        await (await session.driver()).execute("SELECT FROM export FOR UPDATE")
        await registry.carry(job["id"], most_steps=3)
        assert (await caller.get(place)).json()["status"] == "done"
    await registry.work()
    assert (await caller.get(place)).json()["status"] == "expired"


async def test_an_upload_that_nobody_has_read_forgets_the_erased_as_soon_as_it_is_read(
    registry: Registry, everything: Everything, settings: RegistrySettings
) -> None:
    await registry.office.take_in("population", [a_child(1)])
    child_id = await registry.office.child_id(1)
    rows = [a_child(1), a_child(2)]
    answer = await registry.office.upload("population", a_file("population", rows), commit=False)
    assert (await registry.office.delete(f"/v1/children/{child_id}")).status_code == 204
    (job,) = await registry.rows("SELECT id FROM job WHERE kind = 'erasure'")
    await registry.carry(job["id"], most_steps=5)
    assert (await registry.rows("SELECT state FROM job WHERE kind = 'erasure'")) == [{"state": "running"}]
    await registry.work()
    (piece,) = await registry.rows("SELECT ordinal, content FROM import_piece")
    cells = unpack(KeyRing.from_settings(settings), piece["content"], UUID(answer.json()["id"]), piece["ordinal"]).cells
    assert [row[1] for row in cells.iter_rows()] == ["", "สมมุติ2"]
    assert await everything.tables_with(["สมมุติ1"]) == set()
