"""A run judges every child of its ages and areas, and tells only what changed."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from tests.registry.conftest import Registry
from tests.registry.reconciliation.builders import LAST_YEAR, OTHER_SCHOOL, TERM, World
from zd_contracts.events.registry import ChildCompleted, ChildMissing, ChildReturned
from zd_kernel.data.session import WriteSession
from zd_kernel.scope import Scope
from zd_registry.reconciliation import judging
from zd_registry.reconciliation.judging import Page
from zd_registry.reconciliation.models import ReconciliationRun


async def state_of_everything(world: World) -> list[tuple[Any, ...]]:
    rows = await world.connection.fetch("SELECT xmin::text, * FROM learning_state ORDER BY child_id")
    changes = await world.connection.fetch("SELECT id FROM learning_change ORDER BY id")
    return [tuple(row) for row in [*rows, *changes]]


async def test_never_enrolled_dropped_out_not_continuing_and_completed_are_told_apart(
    registry: Registry, world: World
) -> None:
    never, left, finished, completed, pupil = await world.children(5)
    await world.enrol([left], LAST_YEAR, grade="P4")
    await world.enrol([finished], LAST_YEAR, grade="M3")
    await world.enrol([completed], LAST_YEAR, grade="M6")
    await world.enrol([pupil], LAST_YEAR)
    await world.enrol([pupil])
    run = await registry.office.reconcile()
    found = {child: verdict[:2] for child, verdict in (await world.verdicts()).items()}
    assert found == {
        never: ("not_learning", "never_enrolled"),
        left: ("not_learning", "dropped_out"),
        finished: ("not_learning", "not_continuing"),
        completed: ("completed", None),
        pupil: ("in_school", None),
    }
    assert (run["examined"], run["in_school"], run["missing"], run["newly_missing"]) == (5, 1, 3, 3)
    assert run["by_missing_kind"] == {"never_enrolled": 1, "dropped_out": 1, "not_continuing": 1}
    assert sorted(fact.kind for fact in await registry.told(ChildMissing)) == sorted(run["by_missing_kind"])
    (fact,) = await registry.told(ChildCompleted)
    assert (fact.child_id, fact.term, fact.grade) == (completed, LAST_YEAR, "M6")


BIRTHS = [
    (date(2021, 6, 10), "day", True),  # three on the day itself
    (date(2021, 6, 11), "day", False),
    (date(2005, 6, 11), "day", True),  # nineteen tomorrow
    (date(2005, 6, 10), "day", False),
    (date(2021, 6, 1), "month", True),
    (date(2021, 7, 1), "month", False),
    (date(2005, 6, 1), "month", True),  # born on the 30th, still eighteen
    (date(2005, 5, 1), "month", False),
    (date(2021, 1, 1), "year", True),
    (date(2022, 1, 1), "year", False),
    (date(2005, 1, 1), "year", True),
    (date(2004, 1, 1), "year", False),
    (None, "year", True),
]


async def test_completed_ages_count_both_ends_and_a_partial_birth_date_if_any_day_fits(
    registry: Registry, world: World
) -> None:
    children = [await world.child(birth_date=born, birth_precision=precision) for born, precision, _ in BIRTHS]
    run = await registry.office.reconcile(reference_date="2024-06-10", age_from=3, age_to=18)
    inside = {child for child, (_, _, fits) in zip(children, BIRTHS, strict=True) if fits}
    assert set(await world.verdicts()) == inside
    assert run["examined"] == sum(run["by_status"].values()) == len(inside)


async def test_without_ages_the_policy_of_the_area_holds(registry: Registry, world: World) -> None:
    for area in (26010100, 52030100):
        await world.child(area=area, birth_date=date(2022, 1, 1))
        await world.child(area=area, birth_date=date(2004, 1, 1))
    office = await registry.office.reconcile()
    assert (office["age_from"], office["age_to"], office["examined"]) == (3, 18, 0)
    assert office["parameters"]["reconciliation_ages"]["valid_from"] == "2024-05-28"
    nayok = await registry.caller(areas=["26"]).reconcile()
    assert (nayok["age_from"], nayok["age_to"], nayok["examined"]) == (2, 21, 2)
    assert "นครนายก" in nayok["parameters"]["reconciliation_ages"]["source"]


async def test_the_same_run_again_changes_no_row_and_tells_nothing(registry: Registry, world: World) -> None:
    children = await world.children(20)
    await world.enrol(children[:10], feed_id=await world.feed())
    await world.enrol(children[10:15], LAST_YEAR)
    await world.place(children[15])
    first = await registry.office.reconcile()
    before, told = await state_of_everything(world), await registry.event_counts()
    again = await registry.office.reconcile()
    assert (await state_of_everything(world), await registry.event_counts()) == (before, told)
    assert (again["missing"], again["newly_missing"], again["changes"]) == (first["missing"], 0, {})
    assert again["by_status"] == first["by_status"]
    assert again["previous_run_id"] == first["id"]
    assert first["missing"] == first["newly_missing"] == 9


async def test_a_child_found_missing_under_another_kind_is_told_again(registry: Registry, world: World) -> None:
    child = await world.child()
    await registry.office.reconcile()
    await world.enrol([child], LAST_YEAR, grade="P4")
    run = await registry.office.reconcile()
    assert [fact.kind for fact in await registry.told(ChildMissing)] == ["never_enrolled", "dropped_out"]
    assert run["changes"] == {"kind_changed": 1}


async def test_a_missing_child_whom_a_list_names_has_returned_once(registry: Registry, world: World) -> None:
    child, _ = await world.children(2)
    await registry.office.reconcile()
    await world.enrol([child])
    run = await registry.office.reconcile()
    assert (run["in_school"], run["missing"], run["newly_missing"], run["returned"]) == (1, 1, 0, 1)
    (back,) = await registry.told(ChildReturned)
    assert (back.child_id, back.evidence, back.learning_status) == (child, "enrolment", "in_school")
    assert (await registry.office.reconcile())["returned"] == 0


async def test_a_nonformal_list_is_flexible_learning_and_ends_being_missing(registry: Registry, world: World) -> None:
    child = await world.child()
    await registry.office.reconcile()
    await world.enrol([child], organisation="5203-1", feed_id=await world.feed("สกร.", "nonformal"))
    await registry.office.reconcile()
    (back,) = await registry.told(ChildReturned)
    assert (back.evidence, back.learning_status) == ("enrolment", "flexible_learning")


async def test_a_run_over_an_older_term_overturns_nothing(registry: Registry, world: World) -> None:
    child = await world.child()
    await world.enrol([child], "2566/1")
    await registry.office.reconcile("2567/1")
    before, told = await state_of_everything(world), await registry.event_counts()
    older = await registry.office.reconcile("2566/1", reference_date="2023-06-10")
    assert (await state_of_everything(world), await registry.event_counts()) == (before, told)
    assert older["examined"] == 0


async def test_a_placement_after_the_reference_date_neither_counts_nor_is_overturned(
    registry: Registry, world: World
) -> None:
    child = await world.child()
    await world.place(child, started=date(2024, 6, 20))
    await registry.office.reconcile(reference_date="2024-06-10")
    assert (await world.verdict(child))[0] == "not_learning"
    await registry.office.reconcile(reference_date="2024-06-20")
    assert (await world.verdict(child))[0] == "training_or_work"
    await registry.office.reconcile(reference_date="2024-06-10")
    assert (await world.verdict(child))[0] == "training_or_work"


async def test_younger_children_are_not_yet_of_age_only_when_the_run_says_so(registry: Registry, world: World) -> None:
    small, pupil = await world.children(2, birth_date=date(2022, 1, 1))
    await world.enrol([pupil], grade="K1")
    assert (await registry.office.reconcile())["examined"] == 0
    assert await world.verdicts() == {}
    run = await registry.office.reconcile(mark_younger=True)
    assert run["by_status"] == {"not_yet_of_age": 1, "in_school": 1}
    assert (await world.verdict(small))[0] == "not_yet_of_age"


async def test_the_missing_of_compulsory_age_are_counted_by_law(registry: Registry, world: World) -> None:
    await world.child(birth_date=date(2018, 12, 31))  # enters the seventh year of life in 2024
    await world.child(birth_date=date(2019, 1, 1))
    finished = await world.child(birth_date=date(2010, 1, 1))
    await world.enrol([finished], LAST_YEAR, grade="M3")
    run = await registry.office.reconcile()
    assert (run["missing"], run["compulsory_missing"]) == (3, 1)


@pytest.mark.parametrize("steps", [1, 2, 3, 4, 5])
async def test_a_run_interrupted_between_steps_ends_with_the_same_figures(
    registry: Registry, world: World, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    monkeypatch.setitem(vars(registry.settings), "reconciliation_page", 10)
    children = await world.children(35)
    await world.enrol(children[::2])
    body = {"term": TERM, "reference_date": "2024-06-10"}
    headers = registry.office.headers | {"Idempotency-Key": "once"}
    started = await registry.office.http.post("/v1/reconciliations", json=body, headers=headers)
    await registry.work(most_steps=steps)
    await registry.work()
    run = (await registry.office.get(started.headers["Location"])).json()
    assert (run["status"], run["progress"], run["in_school"], run["missing"]) == ("done", 100, 18, 17)
    assert run["by_status"] == {"in_school": 18, "not_learning": 17}
    assert run["newly_missing"] == (await registry.event_counts())["missing.v1"] == 17


async def test_a_status_changed_after_the_page_was_read_is_left_as_it_is(
    registry: Registry, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    children = await world.children(3)
    await registry.office.reconcile(TERM)
    # What a placement's transaction does between the reading of a page and the change of its children.
    first = (
        "INSERT INTO learning_state (child_id, area, status, reason, evidence_kind, judged_at, version)"
        " SELECT id, area, 'training_or_work', 'placed', 'placement', now(), 1 FROM child WHERE id = $1"
    )
    later = (
        "UPDATE learning_state SET status = 'training_or_work', missing_kind = NULL, version = 2 WHERE child_id = $1"
    )
    new = await world.child()
    await world.enrol([children[2]])
    write = judging._write

    async def write_late(session: WriteSession, run: ReconciliationRun, page: Page) -> None:
        async with registry.database.transaction(Scope.system("placement")) as other:
            await (await other.driver()).execute(first, new)
            await (await other.driver()).execute(later, children[0])
        await write(session, run, page)

    monkeypatch.setattr(judging, "_write", write_late)
    await registry.office.reconcile("2567/2")
    found = {child: verdict[0] for child, verdict in (await world.verdicts()).items()}
    assert found == dict(zip(children, ["training_or_work", "not_learning", "not_learning"], strict=True)) | {
        new: "training_or_work"
    }
    assert len(await registry.told(ChildMissing)) == 4


async def test_a_list_in_two_schools_or_in_no_register_is_found_and_counted(registry: Registry, world: World) -> None:
    twice, stranger, _ = [await world.child(), await world.child(registered_import_id=None), await world.child()]
    await world.enrol([twice, stranger])
    await world.enrol([twice], organisation=OTHER_SCHOOL)
    run = await registry.office.reconcile()
    assert (run["enrolled_twice"], run["not_in_register"]) == (1, 1)
    found = (await registry.office.get(f"/v1/reconciliations/{run['id']}/findings")).json()["items"]
    assert [(item["kind"], UUID(item["child_id"]), len(item["organisations"])) for item in found] == [
        ("enrolled_twice", twice, 2),
        ("not_in_register", stranger, 1),
    ]


async def test_a_run_says_which_rows_linkage_had_not_looked_at(registry: Registry, world: World) -> None:
    await world.review(await world.child(), state="waiting")
    assert (await registry.office.reconcile())["unlinked_waiting"] == 1


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"term": "2567/1", "reference_date": "2024-06-10", "age_from": 10, "age_to": 9}, 422, "ages_reversed"),
        ({"term": "2567", "reference_date": "2024-06-10"}, 422, "invalid_input"),
        ({"term": "2567/1", "reference_date": "0010-01-01", "age_to": 18}, 422, "date_impossible"),
        ({"term": "2567/1", "reference_date": "2024-06-10", "age_to": 26}, 422, "invalid_input"),
        ({"term": "2544/1", "reference_date": "2001-06-10"}, 422, "no_policy"),
    ],
)
async def test_a_run_that_makes_no_sense_is_refused(
    registry: Registry, body: dict[str, object], status: int, code: str
) -> None:
    headers = registry.office.headers | {"Idempotency-Key": "once"}
    answer = await registry.office.http.post("/v1/reconciliations", json=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_run_needs_an_area_and_the_scope(registry: Registry) -> None:
    body = {"term": "2567/1", "reference_date": "2024-06-10"}
    for caller, code in (
        (registry.caller(organisations=["5203"]), "no_area"),
        (registry.caller(areas=["52"], scopes=["registry:read"]), "scope_missing"),
    ):
        answer = await caller.http.post(
            "/v1/reconciliations", json=body, headers=caller.headers | {"Idempotency-Key": "once"}
        )
        assert (answer.status_code, answer.json()["code"]) == (403, code)
