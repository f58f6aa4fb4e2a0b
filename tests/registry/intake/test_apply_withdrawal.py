"""A withdrawn file has done nothing, as far as nobody else says what it said."""

from typing import Any

import pytest

from tests.registry.builders import a_citizen_id
from tests.registry.conftest import Registry
from tests.registry.intake.test_apply import all_of, learns, lives, office, one, take_in
from zd_contracts.events.registry import ChildEnrolled, ChildLeftSchool, ChildMoved
from zd_registry.intake import applying_undo

CHILDREN = """
SELECT given_name, family_name, birth_date::text, sex, area, citizen_id_index,
    registered_import_id IS NOT NULL AS listed
FROM child ORDER BY 1
"""
LISTS = """
SELECT c.given_name, e.organisation, e.term, e.grade, e.ended_date IS NULL AS live, e.area
FROM enrolment e JOIN child c ON c.id = e.child_id ORDER BY 1, 2
"""
STATES = "SELECT c.given_name, s.status FROM learning_state s JOIN child c ON c.id = s.child_id ORDER BY 1"


async def state(registry: Registry) -> list[list[tuple[Any, ...]]]:
    return [await all_of(registry, query) for query in (CHILDREN, LISTS)]


async def withdraw(registry: Registry, taken: dict[str, Any], most_steps: int = 10_000) -> None:
    answer = await office(registry).delete(f"/v1/imports/{taken['id']}")
    assert answer.status_code == 202, answer.text
    await registry.work(most_steps)


async def phase(registry: Registry, taken: dict[str, Any]) -> str:
    (found,) = await one(registry, f"SELECT phase FROM file_import WHERE id = '{taken['id']}'")
    return str(found)


async def test_a_withdrawn_list_is_taken_back_and_brought_again_gives_the_same(registry: Registry) -> None:
    await take_in(registry, "population", lives(1), lives(2))
    before = await state(registry)
    pupils = [learns(1), learns(2), learns(3), learns(4, citizen_id="")]
    taken = await take_in(registry, "enrolment", *pupils, complete=True)
    with_list = await state(registry)
    await withdraw(registry, taken)
    assert await phase(registry, taken) == "withdrawn"
    children, lists = await state(registry)
    assert (children[:2], lists) == (before[0], before[1])
    assert len(await registry.told(ChildLeftSchool)) == 3
    assert await all_of(registry, "SELECT state FROM unlinked_record") == [("withdrawn",)]
    assert await one(registry, "SELECT withdrawn_at IS NOT NULL AS gone FROM feed_delivery WHERE complete") == (True,)
    again = await take_in(registry, "enrolment", *pupils, complete=True)
    assert (again["accepted"], await state(registry)) == (4, with_list)
    assert await one(registry, "SELECT count(*) FROM child") == (3,)


async def test_what_another_file_says_too_stays(registry: Registry) -> None:
    first = await take_in(registry, "population", lives(1), lives(2))
    await take_in(registry, "population", lives(1))
    listed = await take_in(registry, "enrolment", learns(1), learns(2), learns(3))
    await take_in(registry, "enrolment", learns(1), learns(2, grade="P5"), feed="another")
    await withdraw(registry, first)
    await withdraw(registry, listed)
    children, lists = await state(registry)
    assert [(name, is_listed) for name, *_, is_listed in children] == [
        ("สมมุติ1", True), ("สมมุติ2", False), ("สมมุติ3", False),
    ]  # fmt: skip
    assert [(name, grade) for name, _, _, grade, *_ in lists] == [("สมมุติ1", "P6"), ("สมมุติ2", "P5")]


async def test_corrections_moves_and_identifiers_get_the_values_of_before(registry: Registry) -> None:
    await take_in(registry, "population", lives(1, g_code="G650000000123"), lives(2))
    await take_in(registry, "enrolment", learns(1))
    before = await state(registry)
    wrong = await take_in(
        registry, "population",
        lives(1, citizen_id=a_citizen_id(77), g_code="G650000000123", family_name="อื่น", area="520501"),
        lives(2, sex="ชาย"),
    )  # fmt: skip
    assert await state(registry) != before
    await withdraw(registry, wrong)
    assert await state(registry) == before
    assert [fact.tambon for fact in await registry.told(ChildMoved)] == ["520501", "520301"]
    assert await all_of(registry, "SELECT kind FROM child_identifier") == [("g_code",)]
    shown = await registry.office.get(f"/v1/children/{await registry.office.child_id(1)}/citizen-id")
    assert shown.json() == {"citizen_id": a_citizen_id(1)}


async def test_what_was_changed_since_is_left_and_counted(registry: Registry) -> None:
    await take_in(registry, "population", lives(1), lives(2))
    wrong = await take_in(registry, "population", lives(1, family_name="อื่น"), lives(2, family_name="อื่น"))
    await take_in(registry, "population", lives(1, family_name="ใหม่"))
    await withdraw(registry, wrong)
    families = await all_of(registry, "SELECT family_name FROM child ORDER BY given_name")
    assert families == [("ใหม่",), ("ตัวอย่าง",)]
    left = await one(registry, f"SELECT report ->> 'left' AS n FROM file_import WHERE id = '{wrong['id']}'")
    assert left == ("1",)


async def test_ended_and_regraded_enrolments_are_as_before(registry: Registry) -> None:
    await take_in(registry, "enrolment", learns(1), learns(2), complete=True)
    before = await state(registry)
    shorter = await take_in(registry, "enrolment", learns(1, grade="P5"), complete=True)
    assert len(await registry.told(ChildLeftSchool)) == 1
    await withdraw(registry, shorter)
    assert await state(registry) == before
    assert sorted(fact.grade for fact in await registry.told(ChildEnrolled)) == ["P5", "P6", "P6", "P6", "P6"]


async def test_children_whom_nothing_names_any_more_are_unconfirmed_and_keep_their_ids(registry: Registry) -> None:
    rows = [lives(1), lives(2)]
    taken = await take_in(registry, "population", *rows)
    listed = await take_in(registry, "enrolment", learns(1))
    await registry.office.reconcile()
    judged, ids = await all_of(registry, STATES), await all_of(registry, "SELECT id FROM child ORDER BY id")
    await withdraw(registry, taken)
    assert dict(await all_of(registry, STATES))["สมมุติ2"] == "unconfirmed"
    await withdraw(registry, listed)
    assert dict(await all_of(registry, STATES)) == {"สมมุติ1": "unconfirmed", "สมมุติ2": "unconfirmed"}
    await take_in(registry, "population", *rows)
    await take_in(registry, "enrolment", learns(1))
    await registry.office.reconcile()
    assert await all_of(registry, STATES) == judged
    assert await all_of(registry, "SELECT id FROM child ORDER BY id") == ids


async def test_a_file_withdrawn_before_it_was_taken_in_leaves_nothing(registry: Registry) -> None:
    taken = await take_in(registry, "population", lives(1), commit=False)
    await withdraw(registry, taken)
    assert await phase(registry, taken) == "withdrawn"
    for table in ("child", "import_row", "import_chunk", "import_piece"):
        assert await registry.rows(f"SELECT 1 FROM {table}") == [], table


@pytest.mark.parametrize("steps", range(1, 9))
async def test_a_withdrawal_interrupted_after_any_step_ends_as_without(
    registry: Registry, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    monkeypatch.setattr(applying_undo, "MOST", 2)
    await take_in(registry, "enrolment", *[learns(n) for n in range(1, 5)], complete=True)
    before = await state(registry)
    shorter = await take_in(registry, "enrolment", learns(1, grade="P5"), learns(9), learns(10), complete=True)
    await withdraw(registry, shorter, most_steps=steps)
    await registry.work()
    children, lists = await state(registry)
    assert ([child for child in children if child[0] not in {"สมมุติ10", "สมมุติ9"}], lists) == tuple(before)
    assert await phase(registry, shorter) == "withdrawn"


async def test_who_moves_twice_on_a_day_lives_in_one_place_whichever_file_is_withdrawn(registry: Registry) -> None:
    await take_in(registry, "population", lives(1))
    lived = "SELECT lived_in FROM residence WHERE until_date IS NULL"
    files = [await take_in(registry, "population", lives(1, area=area)) for area in ("520302", "520303", "520304")]
    assert await all_of(registry, lived) == [(52030400,)]
    await withdraw(registry, files[0])
    assert await all_of(registry, lived) == [(52030400,)]
    await withdraw(registry, files[2])
    assert await all_of(registry, lived) == await all_of(registry, "SELECT area FROM child") == [(52030300,)]
