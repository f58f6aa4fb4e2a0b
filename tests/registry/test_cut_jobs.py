"""Linkage, merges, undoing them, retention, erasure, key rotation: each is cut in every step and ends all the same."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from tests.registry.builders import a_child, a_citizen_id, a_file, a_pupil, people
from tests.registry.conftest import Everything, Registry
from tests.registry.cuts import Cuts
from tests.registry.duplicates.conftest import Reviewer, two_records, without_versions
from tests.registry.linkage.test_reviews import CHILD, PUPIL
from tests.registry.privacy.test_rotation import OLD_ROWS, begin, restarted
from zd_contracts.events.registry import ChildErased
from zd_engines.harness import ControlledClock
from zd_engines.tokens import TokenFactory
from zd_kernel.jobs.cpu import in_subprocess
from zd_kernel.jobs.queue import enqueue
from zd_kernel.scope import Scope
from zd_registry.linkage import linking

KNOWN, LEAVER = 40, 2000


async def queued(registry: Registry, kind: str) -> UUID:
    (job,) = await registry.rows("SELECT id FROM job WHERE kind = $1 AND state = 'queued'", kind)
    return UUID(str(job["id"]))


async def start(registry: Registry, kind: str, args: dict[str, Any]) -> UUID:
    async with registry.database.transaction(Scope.system("test")) as session:
        return UUID(str(await enqueue(session, kind, args)))


async def test_a_merge_its_undoing_retention_erasure_and_a_rotation_cut_in_every_step_end_as_if_they_had_not_been(
    registry: Registry, everything: Everything, clock: ControlledClock, token_factory: TokenFactory
) -> None:
    reviewer, cuts = Reviewer(registry, everything), Cuts(registry, everything)
    survivor, merged = await two_records(reviewer)
    before = without_versions(await reviewer.everything_about_children())
    await reviewer.ask_merge(survivor, merged)
    await cuts.carry(await queued(registry, "merge"))
    (made,) = (await reviewer.caller.get("/v1/merges")).json()["items"]
    assert (made["state"], (await registry.event_counts())["merged.v1"]) == ("merged", 2), "once under each key"
    undone = await reviewer.caller.post(f"/v1/merges/{made['id']}/undo", {"reason": "คนละคน"})
    assert undone.status_code == 202, undone.text
    await cuts.carry(await queued(registry, "unmerge"))
    assert without_versions(await reviewer.everything_about_children()) == before

    await retained(registry, everything, cuts)

    async with restarted(registry.settings, clock, token_factory) as new:
        rotation = await begin(new)
        await Cuts(new, everything).carry(await queued(new, "key_rotation"))
        assert (await new.office.get(f"/v1/key-rotations/{rotation}")).json()["finished_at"] is not None
        assert await new.rows(OLD_ROWS) == [{"n": 0}]
        found = (await new.office.post("/v1/children/search", {"query": a_citizen_id(1)})).json()["items"]
        assert [one["child"]["id"] for one in found] == [str(survivor)]


async def retained(registry: Registry, everything: Everything, cuts: Cuts) -> None:
    """Somebody long out of age, whom a file that waits names too, is erased by the nightly job."""
    today = registry.clock.now().date()
    old = a_child(LEAVER, birth_date=today.replace(year=today.year - 36, day=1).isoformat())
    await registry.office.take_in("population", [old])
    waiting = await registry.office.upload("population", a_file("population", [old, a_child(1)]), commit=False)
    await registry.work()
    await cuts.carry(await start(registry, "retention", {}))
    assert await registry.rows("SELECT name, removed FROM retention_run") == [{"name": "children", "removed": 1}]
    await cuts.carry(await queued(registry, "erasure"))
    assert len(await registry.told(ChildErased)) == 1
    assert await everything.tables_with([f"สมมุติ{LEAVER}"]) == set()
    taken = await registry.office.post(f"{waiting.headers['Location']}/commit", {})
    await registry.carry(UUID(taken.json()["job_id"]))
    assert (await registry.office.get(waiting.headers["Location"])).json()["rejected"] == 1


async def test_linkage_cut_in_every_step_links_and_registers_each_record_once(
    registry: Registry, everything: Everything, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: dict[tuple[Any, ...], Any] = {}

    async def once(function: Callable[..., Any], *args: Any) -> Any:
        """The engine works for seconds and says the same of the same."""
        _, *exported = args
        if tuple(exported) not in found:
            found[tuple(exported)] = await in_subprocess(function, *args)
        return found[tuple(exported)]

    monkeypatch.setattr(linking, "in_subprocess", once)
    office = registry.caller(areas=["52"], organisations=["5203"])
    await office.take_in("population", [*people(KNOWN), a_child(900, **CHILD)])
    nobody = {"given_name": "ฮาซัน", "family_name": "สาและ", "birth_date": "2553-12-01"}
    rows = [a_pupil(1, **PUPIL | {"given_name": "พิมชนก"}), a_pupil(1, **PUPIL | nobody)]
    listed = await office.take_in("enrolment", rows)
    await Cuts(registry, everything).carry(await start(registry, "linkage", {"import_id": listed["id"]}))
    assert len(found) == 1
    records = await registry.rows("SELECT state, child_id FROM unlinked_record ORDER BY row")
    assert [record["state"] for record in records] == ["linked", "registered"]
    enrolled = await registry.rows("SELECT child_id FROM enrolment ORDER BY id")
    assert sorted(row["child_id"] for row in enrolled) == sorted(record["child_id"] for record in records)
    assert await registry.event_counts() == {"registered.v1": KNOWN + 2, "enrolled.v1": 2}
