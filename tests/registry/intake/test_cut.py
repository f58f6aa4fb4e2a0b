"""The connection of an import is cut in every stage: nothing is lost, and nothing taken in twice."""

from uuid import UUID

from tests.registry.builders import KO_KHA_SCHOOL, a_child, a_file, a_pupil, people
from tests.registry.conftest import Caller, Everything, Registry
from tests.registry.cuts import Cuts

PEOPLE, PUPILS, STAY = 30, 20, 12


async def figures(office: Caller, path: str) -> tuple[object, ...]:
    found = (await office.get(path)).json()
    return tuple(found[name] for name in ("phase", "rows", "accepted", "unchanged", "rejected", "unlinked"))


async def test_an_import_and_its_withdrawal_cut_in_every_step_end_as_if_they_had_not_been(
    registry: Registry, everything: Everything
) -> None:
    office, cuts = registry.caller(areas=["52"], organisations=[KO_KHA_SCHOOL]), Cuts(registry, everything)

    # Straight from the upload: a register with a row twice, and one that cannot be taken.
    rows = [*people(PEOPLE), a_child(1), a_child(PEOPLE + 1, sex="ผิด")]
    register = await office.upload("population", a_file("population", rows))
    await cuts.carry(UUID(register.json()["job_id"]))
    assert await figures(office, register.headers["Location"]) == ("committed", PEOPLE + 2, PEOPLE, 0, 2, 0)

    await office.take_in("enrolment", [a_pupil(n) for n in range(1, PUPILS + 1)], complete=True)
    before = await registry.census()

    # Looked at between its check and its commit: a list that no longer names everybody, nor somebody surely.
    rows = [*(a_pupil(n) for n in range(1, STAY + 1)), a_pupil(PUPILS + 1), a_pupil(PUPILS + 2, citizen_id="")]
    rows += [a_pupil(PUPILS + 3, grade="ชั้นไหน")]
    checked = await office.upload("enrolment", a_file("enrolment", rows), "2567/1", complete=True, commit=False)
    path = checked.headers["Location"]
    await cuts.carry(UUID(checked.json()["job_id"]))
    assert (await office.get(path)).json()["report"]["effect"]["vanishing"] == PUPILS - STAY
    taken = await office.post(f"{path}/commit", {})
    await cuts.carry(UUID(taken.json()["job_id"]))
    assert await figures(office, path) == ("committed", STAY + 3, 2, STAY, 1, 1)
    told = {"registered.v1": PEOPLE, "enrolled.v1": PUPILS + 1, "left_school.v1": PUPILS - STAY}
    assert await registry.event_counts() == told
    refused = await registry.rows("SELECT import_id, row FROM import_row WHERE reason IS NOT NULL AND cells <> ''")
    assert len(refused) == 3
    kept = "SELECT (SELECT count(*) FROM unlinked_record) AS u, (SELECT count(*) FROM feed_delivery) AS d"
    assert tuple((await registry.rows(kept))[0].values()) == (1, 3)
    assert await registry.rows("SELECT 1 FROM import_piece") == []

    ended = await office.delete(path)
    await cuts.carry(UUID(ended.json()["job_id"]))
    assert await registry.census() == before
