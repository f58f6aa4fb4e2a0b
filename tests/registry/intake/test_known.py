"""A row that an earlier file of the feed said word for word is not read again, unless what it names was touched."""

from typing import Any

import asyncpg
import pytest

from tests.registry.conftest import Registry
from tests.registry.intake.test_apply import all_of, learns, lives, one, take_in
from tests.registry.intake.test_apply_withdrawal import state, withdraw
from zd_registry.imports.models import FileImport
from zd_registry.intake import known, lanes, reading
from zd_registry.intake.reading import Read


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many rows of each piece were read and matched."""
    counts: list[int] = []
    lay_out = reading.lay_out

    async def counting(
        connection: "asyncpg.Connection[asyncpg.Record]", file: FileImport, piece: Read, repeated: Any
    ) -> None:
        counts.append(piece.staged.rows)
        await lay_out(connection, file, piece, repeated)

    monkeypatch.setattr(lanes, "lay_out", counting)
    return counts


def counts(taken: dict[str, Any]) -> tuple[int, int, int]:
    return taken["accepted"], taken["unchanged"], taken["rejected"]


async def test_of_the_same_file_again_no_row_is_read_and_of_a_changed_one_the_changed_rows(
    registry: Registry, read: list[int]
) -> None:
    people, pupils = [lives(n) for n in range(1, 6)], [learns(n) for n in range(1, 5)]
    await take_in(registry, "population", *people)
    await take_in(registry, "enrolment", *pupils, complete=True)
    before, told = await state(registry), await registry.event_counts()
    read.clear()
    assert counts(await take_in(registry, "population", *people)) == (0, 5, 0)
    assert counts(await take_in(registry, "enrolment", *pupils, complete=True)) == (0, 4, 0)
    assert (read, await state(registry), await registry.event_counts()) == ([], before, told)
    people[1] |= {"family_name": "อื่น"}
    pupils[3] |= {"grade": "P5"}
    assert counts(await take_in(registry, "population", lives(6), *people, lives(7, sex="ผิด"))) == (2, 4, 1)
    # Whose name is another one now is looked at again; who left the list is found among those who are known.
    assert counts(await take_in(registry, "enrolment", *pupils[1:], complete=True)) == (1, 2, 0)
    assert read == [3, 2]
    assert await all_of(registry, "SELECT grade, ended_date IS NULL FROM enrolment ORDER BY 1, 2") == [
        ("P5", True), ("P6", False), ("P6", True), ("P6", True),
    ]  # fmt: skip


async def test_what_another_file_changed_meanwhile_is_said_again(registry: Registry, read: list[int]) -> None:
    await take_in(registry, "population", lives(1), lives(2))
    await take_in(registry, "population", lives(1, family_name="อื่น"), feed="another")
    read.clear()
    assert counts(await take_in(registry, "population", lives(1), lives(2))) == (1, 1, 0)
    assert read == [1]
    assert await all_of(registry, "SELECT DISTINCT family_name FROM child") == [("ตัวอย่าง",)]


async def test_what_a_withdrawal_took_away_is_brought_again(registry: Registry) -> None:
    await take_in(registry, "population", lives(1), lives(2))
    first = await take_in(registry, "enrolment", learns(1), learns(2))
    listed = await state(registry)
    second = await take_in(registry, "enrolment", learns(1), learns(2))
    await withdraw(registry, first)
    assert await state(registry) == listed  # the second file says it too
    await withdraw(registry, second)
    assert (await state(registry))[1] == []
    assert counts(await take_in(registry, "enrolment", learns(1), learns(2))) == (2, 0, 0)
    assert await state(registry) == listed


async def test_a_register_withdrawn_after_it_was_brought_again_still_names_its_children(registry: Registry) -> None:
    first = await take_in(registry, "population", lives(1), lives(2))
    before = await state(registry)
    second = await take_in(registry, "population", lives(1), lives(2))
    await withdraw(registry, first)
    assert await state(registry) == before
    await withdraw(registry, second)
    assert await all_of(registry, "SELECT registered_import_id FROM child") == [(None,), (None,)]
    assert counts(await take_in(registry, "population", lives(1), lives(2))) == (2, 0, 0)


async def test_whoever_is_erased_is_refused_when_the_same_file_comes_again(registry: Registry) -> None:
    await take_in(registry, "population", lives(1), lives(2))
    answer = await registry.office.delete(f"/v1/children/{await registry.office.child_id(1)}")
    assert answer.status_code == 204, answer.text
    await registry.work()
    assert await one(registry, "SELECT count(*) FROM import_known") == (0,)
    assert counts(await take_in(registry, "population", lives(1), lives(2))) == (0, 1, 1)
    assert await all_of(registry, "SELECT reason FROM import_row") == [("erased",)]


async def test_a_known_row_and_another_of_the_same_person_count_once_whichever_stands_first(registry: Registry) -> None:
    for kind, row in (("population", lives), ("enrolment", learns)):
        await take_in(registry, kind, row(1), row(2))
        other = row(1, family_name="อื่น")
        assert counts(await take_in(registry, kind, other, row(1), row(2)))[2] == 1
        assert counts(await take_in(registry, kind, row(1), row(2), row(2), row(1, birth_date="2556-02-14")))[2] == 2
    kept = "citizen_id_index IS NOT NULL AND cells <> '' AS kept"
    refused = await all_of(registry, f"SELECT row, reason, {kept} FROM import_row ORDER BY import_id, row")
    assert refused == [(row, "duplicate_in_file", True) for row in (3, 4, 5)] * 2


@pytest.mark.parametrize("steps", range(1, 8))
async def test_a_file_brought_again_and_interrupted_after_any_step_ends_as_without(
    registry: Registry, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    people = [lives(n) for n in range(1, 8)]
    await take_in(registry, "population", *people)
    people[2] |= {"family_name": "อื่น"}
    rows = [*people, lives(8), lives(1)]
    take = registry.work
    monkeypatch.setattr(registry, "work", lambda: take(steps), raising=False)
    await take_in(registry, "population", *rows, commit=True)
    known._known.clear()
    await take()
    found = await one(
        registry, "SELECT phase, rows, accepted, unchanged, rejected FROM file_import ORDER BY id DESC LIMIT 1"
    )
    assert found == ("committed", 9, 2, 6, 1)
