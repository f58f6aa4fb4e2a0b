"""A run judges every child of its ages and areas, and tells only what changed."""

from datetime import date
from uuid import UUID

import pytest

from tests.registry.builders import a_child, a_pupil, people
from tests.registry.conftest import Registry
from zd_contracts.events.registry import ChildMissing, ChildReturned
from zd_kernel.data.session import WriteSession
from zd_kernel.scope import Scope
from zd_registry.reconciliation import actions, queries
from zd_registry.reconciliation.models import ReconciliationRun


async def missing_kinds(registry: Registry) -> dict[str, str]:
    rows = await registry.rows(
        "SELECT given_name, missing_kind FROM child JOIN learning_state ON child_id = id WHERE status = 'not_learning'"
    )
    return {row["given_name"]: row["missing_kind"] for row in rows}


async def test_never_enrolled_dropped_out_not_continuing_and_completed_are_told_apart(registry: Registry) -> None:
    await registry.office.take_in("population", [a_child(n) for n in range(1, 7)])
    await registry.office.take_in(
        "enrolment", [a_pupil(2, grade="P4"), a_pupil(3, grade="M3"), a_pupil(4, grade="M6"), a_pupil(5)], "2566/2"
    )
    await registry.office.take_in("enrolment", [a_pupil(5), a_pupil(6)], "2567/1")
    run = await registry.office.reconcile("2567/1")
    assert await missing_kinds(registry) == {
        "สมมุติ1": "never_enrolled",
        "สมมุติ2": "dropped_out",
        "สมมุติ3": "not_continuing",
    }
    assert (run["examined"], run["in_school"], run["missing"]) == (6, 2, 3)
    (completed,) = await registry.office.children(status="completed")
    assert completed["given_name"] == "สมมุติ4"
    assert sorted(fact.kind for fact in await registry.told(ChildMissing)) == [
        "dropped_out",
        "never_enrolled",
        "not_continuing",
    ]


async def test_whoever_left_in_mid_year_has_finished_no_grade(registry: Registry) -> None:
    await registry.office.take_in("population", [a_child(1)])
    await registry.office.take_in("enrolment", [a_pupil(1, grade="M3")], "2567/1")
    await registry.office.reconcile("2567/2")
    assert await missing_kinds(registry) == {"สมมุติ1": "dropped_out"}


async def test_the_ages_are_completed_years_on_the_reference_date_both_ends_included(registry: Registry) -> None:
    births = ["2021-06-10", "2021-06-11", "2005-06-11", "2005-06-10"]
    await registry.office.take_in("population", [a_child(n, birth_date=born) for n, born in enumerate(births, 1)])
    run = await registry.office.reconcile(reference_date="2024-06-10", age_from=3, age_to=18)
    assert run["examined"] == 2
    assert set(await missing_kinds(registry)) == {"สมมุติ1", "สมมุติ3"}
    wider = await registry.office.reconcile(reference_date="2024-06-10", age_from=2, age_to=21)
    assert (wider["examined"], wider["newly_missing"]) == (4, 2)


async def test_the_same_run_again_changes_nothing_and_tells_nothing(registry: Registry) -> None:
    await registry.office.take_in("population", people(40))
    await registry.office.take_in("enrolment", [a_pupil(n) for n in range(1, 21)])
    first = await registry.office.reconcile()
    census, told = await registry.census(), await registry.event_counts()
    again = await registry.office.reconcile()
    assert (await registry.census(), await registry.event_counts()) == (census, told)
    assert (again["missing"], again["newly_missing"]) == (first["missing"], 0)
    assert first["missing"] == first["newly_missing"] > 0


async def test_a_child_found_missing_under_another_kind_is_told_again(registry: Registry) -> None:
    await registry.office.take_in("population", [a_child(1)])
    await registry.office.reconcile()
    await registry.office.take_in("enrolment", [a_pupil(1, grade="P4")], "2566/1")
    await registry.office.reconcile()
    assert [fact.kind for fact in await registry.told(ChildMissing)] == ["never_enrolled", "dropped_out"]


async def test_a_child_missing_in_one_term_and_listed_in_the_next_returned_by_that_list(registry: Registry) -> None:
    await registry.office.take_in("population", [a_child(1), a_child(2)])
    await registry.office.reconcile("2567/1")
    await registry.office.take_in("enrolment", [a_pupil(1)], "2567/2")
    run = await registry.office.reconcile("2567/2", reference_date="2024-11-10")
    assert (run["in_school"], run["missing"], run["newly_missing"], run["returned"]) == (1, 1, 0, 0)
    (back,) = await registry.told(ChildReturned)
    assert (back.child_id, back.evidence) == (await registry.office.child_id(1), "enrolment")


async def test_a_run_over_an_older_term_overturns_nothing(registry: Registry) -> None:
    await registry.office.take_in("population", [a_child(1)])
    await registry.office.take_in("enrolment", [a_pupil(1)], "2566/1")
    await registry.office.reconcile("2567/1")
    told = await registry.event_counts()
    await registry.office.reconcile("2566/1", reference_date="2023-06-10")
    assert await missing_kinds(registry) == {"สมมุติ1": "dropped_out"}
    assert await registry.event_counts() == told


async def test_a_run_judges_the_children_of_its_callers_areas_alone(registry: Registry) -> None:
    await registry.office.take_in("population", [a_child(1), a_child(2, area="520501")])
    run = await registry.caller(areas=["5205"]).reconcile()
    assert run["examined"] == 1
    assert set(await missing_kinds(registry)) == {"สมมุติ2"}
    assert (await registry.caller(areas=["5203"]).get(f"/v1/reconciliations/{run['id']}")).status_code == 404
    assert (await registry.office.get(f"/v1/reconciliations/{run['id']}")).status_code == 200


@pytest.mark.parametrize("steps", [1, 2, 3, 4])
async def test_a_run_interrupted_between_pages_ends_with_the_same_figures(
    registry: Registry, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    monkeypatch.setattr(actions, "CHILDREN_OF_A_STEP", 10)
    await registry.office.take_in("population", people(35))
    await registry.office.take_in("enrolment", [a_pupil(n) for n in range(1, 21)])
    body = {"term": "2567/1", "reference_date": "2024-06-10"}
    headers = registry.office.headers | {"Idempotency-Key": "once"}
    started = await registry.office.http.post("/v1/reconciliations", json=body, headers=headers)
    await registry.work(most_steps=steps)
    await registry.work()
    run = (await registry.office.get(started.headers["Location"])).json()
    assert (run["status"], run["progress"], run["in_school"]) == ("done", 100, 20)
    assert run["examined"] == run["in_school"] + run["missing"]
    assert run["newly_missing"] == run["missing"] == (await registry.event_counts())["missing.v1"]


async def test_a_status_changed_after_the_page_was_read_is_left_as_it_is(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    await registry.office.take_in("population", [a_child(1), a_child(2)])
    # What a placement's transaction does between the reading of a page and the change of its children.
    placed = (
        "INSERT INTO learning_state (child_id, area, status, reason, evidence_kind, judged_at, version)"
        " SELECT id, area, 'training_or_work', 'placed', 'placement', now(), 1 FROM child WHERE given_name = 'สมมุติ1'"
    )
    original = queries.APPLY

    async def judge_late(session: WriteSession, run: ReconciliationRun, until: UUID) -> None:
        monkeypatch.setattr(queries, "APPLY", "SELECT $1::text, $2::timestamptz, $3::uuid")
        await judge(session, run, until)
        async with registry.database.transaction(Scope.system("placement")) as other:
            await (await other.driver()).execute(placed)
        await (await session.driver()).execute(original, run.term, session.clock.now(), run.id)

    judge = actions._judge
    monkeypatch.setattr(actions, "_judge", judge_late)
    await registry.office.reconcile()
    assert await missing_kinds(registry) == {"สมมุติ2": "never_enrolled"}
    assert [fact.child_id for fact in await registry.told(ChildMissing)] == [await registry.office.child_id(2)]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"term": "2567/1", "reference_date": "2024-06-10", "age_from": 10, "age_to": 9}, 422, "ages_reversed"),
        ({"term": "2567", "reference_date": "2024-06-10"}, 422, "invalid_input"),
        ({"term": "2567/1", "reference_date": "0010-01-01", "age_to": 18}, 422, "date_impossible"),
        ({"term": "2567/1", "reference_date": "2024-06-10", "age_to": 26}, 422, "invalid_input"),
    ],
)
async def test_a_run_that_makes_no_sense_is_refused(
    registry: Registry, body: dict[str, object], status: int, code: str
) -> None:
    headers = registry.office.headers | {"Idempotency-Key": "once"}
    answer = await registry.office.http.post("/v1/reconciliations", json=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_run_needs_an_area_and_the_scope(registry: Registry) -> None:
    body = {"term": "2567/1", "reference_date": date(2024, 6, 10).isoformat()}
    for caller, code in (
        (registry.caller(organisations=["5203"]), "no_area"),
        (registry.caller(areas=["52"], scopes=["registry:read"]), "scope_missing"),
    ):
        answer = await caller.http.post(
            "/v1/reconciliations", json=body, headers=caller.headers | {"Idempotency-Key": "once"}
        )
        assert (answer.status_code, answer.json()["code"]) == (403, code)
