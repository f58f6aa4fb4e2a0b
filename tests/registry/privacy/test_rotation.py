"""The identifiers pass to another key while imports go on, and a kill in the middle loses nothing."""

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pydantic import SecretStr

from tests.registry.builders import a_child, a_citizen_id, a_file, a_pupil, people
from tests.registry.conftest import Everything, Registry
from tests.registry.duplicates.conftest import Reviewer, Rows, two_records, without_versions
from tests.registry.privacy.builders import G_CODE, MOTHER, a_full_child
from zd_engines.harness import AppClient, ControlledClock, Lifespan
from zd_engines.tokens import TokenFactory
from zd_kernel.keyring import KeyRing
from zd_registry.children.rules import CITIZEN_ID
from zd_registry.households.actions import NAME
from zd_registry.households.rules import guardian_key
from zd_registry.main import create_app
from zd_registry.privacy import rotating
from zd_registry.settings import RegistrySettings

NEW = base64.b64encode(b"\x07" * 32).decode()
COUNT = 300


def with_new_keys(settings: RegistrySettings, forgotten: str | None) -> RegistrySettings:
    """The ring of an operator who begins a rotation: the former keys are kept, but for a `forgotten` field key."""
    ring: dict[str, Any] = json.loads(settings.keyring.get_secret_value())
    for purpose in ("field", "index"):
        ring[purpose] = {"current": "k2", "keys": ring[purpose]["keys"] | {"k2": NEW}}
    ring["field"]["keys"].pop(forgotten, None)
    return settings.model_copy(update={"keyring": SecretStr(json.dumps(ring))})


@asynccontextmanager
async def restarted(
    settings: RegistrySettings, clock: ControlledClock, tokens: TokenFactory, forgotten: str | None = None
) -> AsyncIterator[Registry]:
    """Every process of the instance with the new ring, on the same database."""
    changed = with_new_keys(settings, forgotten)
    app = create_app(changed, clock)
    lifespan = Lifespan(app)
    await lifespan.startup()
    async with AppClient(app, changed) as http, Registry(changed, clock, http, tokens) as registry:
        yield registry
    await lifespan.shutdown()


async def begin(registry: Registry) -> str:
    answer = await registry.office.post("/v1/key-rotations", {})
    assert answer.status_code == 202, answer.text
    assert (await registry.office.post("/v1/key-rotations", {})).status_code == 409
    return str(answer.json()["id"])


OLD_ROWS = """
SELECT count(*) AS n FROM (
    SELECT citizen_id_index AS v FROM child UNION ALL SELECT citizen_id_encrypted FROM child
    UNION ALL SELECT value_index FROM child_identifier UNION ALL SELECT value_encrypted FROM child_identifier
    UNION ALL SELECT name_index FROM guardian UNION ALL SELECT name_encrypted FROM guardian
    UNION ALL SELECT citizen_id_index FROM guardian UNION ALL SELECT phone_encrypted FROM guardian
    UNION ALL SELECT house_code_index FROM household UNION ALL SELECT address_encrypted FROM household
    UNION ALL SELECT detail_encrypted FROM child_need UNION ALL SELECT old_encrypted FROM correction
    UNION ALL SELECT source_index FROM roster_pupil UNION ALL SELECT source_encrypted FROM roster_pupil
    UNION ALL SELECT citizen_id_index FROM unlinked_record) x WHERE v LIKE 'k1.%'
"""


async def test_after_a_rotation_everything_is_under_the_new_keys_and_reads_as_before(
    registry: Registry, everything: Everything, clock: ControlledClock, token_factory: TokenFactory
) -> None:
    child_id = await a_full_child(registry, everything)
    before = (await registry.office.post(f"/v1/children/{child_id}/data-export", {})).json()["held"]
    async with restarted(registry.settings, clock, token_factory) as new:
        rotation = await begin(new)
        await new.work()
        told = (await new.office.get(f"/v1/key-rotations/{rotation}")).json()
        assert told["finished_at"] is not None
        assert told["renewed"] > 5
        assert await new.rows(OLD_ROWS) == [{"n": 0}]
        keyring = KeyRing.from_settings(new.settings)
        assert await new.rows("SELECT name_index FROM guardian") == [
            {"name_index": keyring.blind(NAME, guardian_key(MOTHER))}
        ]
        held = (await new.office.post(f"/v1/children/{child_id}/data-export", {})).json()["held"]
        assert held == before
        for number in (a_citizen_id(11), a_citizen_id(1), G_CODE):
            found = (await new.office.post("/v1/children/search", {"query": number})).json()["items"]
            assert [one["child"]["id"] for one in found] == [str(child_id)]


async def test_a_merge_is_undone_and_refused_cells_are_read_without_the_former_field_key(
    registry: Registry, everything: Everything, clock: ControlledClock, token_factory: TokenFactory
) -> None:
    survivor, merged = await two_records(Reviewer(registry, everything))
    refused = await registry.office.take_in("population", [a_child(5, sex="?", given_name="")])
    errors = (await registry.office.get(f"/v1/imports/{refused['id']}/errors")).content
    before = await Reviewer(registry, everything).everything_about_children()
    merge = await Reviewer(registry, everything).merge(survivor, merged)
    async with restarted(registry.settings, clock, token_factory) as new:
        await begin(new)
        await new.work()
    async with restarted(registry.settings, clock, token_factory, forgotten="k1") as left:
        assert (await left.office.get(f"/v1/imports/{refused['id']}/errors")).content == errors
        reviewer = Reviewer(left, everything)
        undone = await reviewer.unmerge(merge)
        assert undone["kept"] == {}
        after = await reviewer.everything_about_children()
        unsealed = [without_seals(without_versions(rows)) for rows in (before, after)]
        assert unsealed[0] == unsealed[1]
        keyring = KeyRing.from_settings(left.settings)
        numbers = {
            row["id"]: row["citizen_id_index"] for row in await left.rows("SELECT id, citizen_id_index FROM child")
        }
        for number, child_id in ((1, survivor), (3, merged)):
            assert numbers[child_id] == keyring.blind(CITIZEN_ID, a_citizen_id(number))


def without_seals(rows: Rows) -> Rows:
    kept = {t: [{n: v for n, v in row.items() if not str(v).startswith(("k1.", "k2."))} for row in held]
            for t, held in rows.items()}  # fmt: skip
    return {table: sorted(held, key=str) for table, held in kept.items()}


@pytest.mark.parametrize("steps", [0, 1, 2])
async def test_an_import_finds_its_people_before_in_the_middle_of_and_after_a_rotation(
    registry: Registry, clock: ControlledClock, token_factory: TokenFactory, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    """Killed after `steps` pages and resumed; one file was staged under the old key, one comes under the new."""
    monkeypatch.setattr(rotating, "ROWS_AT_ONCE", COUNT // 2)
    await registry.office.take_in("population", people(COUNT))
    ids = {row["id"] for row in await registry.rows("SELECT id FROM child")}
    waiting = await registry.office.upload("population", a_file("population", people(COUNT + 5)), commit=False)
    await registry.work()
    async with restarted(registry.settings, clock, token_factory) as new:
        await begin(new)
        (job,) = await new.rows("SELECT id FROM job WHERE kind = 'key_rotation'")
        await new.carry(job["id"], most_steps=steps)
        await new.office.post(f"/v1/imports/{waiting.json()['id']}/commit", {})
        (apply,) = await new.rows("SELECT id FROM job WHERE kind = 'import_apply'")
        await new.carry(apply["id"])
        staged = (await new.office.get(f"/v1/imports/{waiting.json()['id']}")).json()
        assert (staged["accepted"], staged["unchanged"], staged["rejected"]) == (5, COUNT, 0)
        await new.work()
        later = await new.office.take_in("population", people(COUNT + 5))
        assert (later["accepted"], later["unchanged"]) == (0, COUNT + 5)
        assert {row["id"] for row in await new.rows("SELECT id FROM child ORDER BY id LIMIT 300")} == ids
        assert await new.rows(OLD_ROWS) == [{"n": 0}]


async def test_who_was_erased_under_the_former_key_stays_out(
    registry: Registry, clock: ControlledClock, token_factory: TokenFactory
) -> None:
    await registry.office.take_in("population", [a_child(1), a_child(2)])
    await registry.office.delete(f"/v1/children/{await registry.office.child_id(1)}")
    await registry.work()
    async with restarted(registry.settings, clock, token_factory) as new:
        await begin(new)
        await new.work()
        for kind, row in (
            ("population", a_child(1)),
            ("enrolment", a_pupil(1)),
            ("enrolment", a_pupil(1, citizen_id="")),
        ):
            done = await new.office.take_in(kind, [row])
            assert (done["accepted"], done["rejected"]) == (0, 1), row
        assert len(await new.rows("SELECT 1 FROM child")) == 1


async def test_a_rotation_asks_for_a_scope_of_its_own(registry: Registry) -> None:
    officer = registry.caller(areas=["52"], scopes=["registry:privacy", "registry:write"])
    assert (await officer.post("/v1/key-rotations", {})).status_code == 403
    assert KeyRing.from_settings(registry.settings).rotating is False
