"""A small past of which every answer is known."""

from datetime import date

import pytest

from tests.registry.backtests.builders import Past, configurer, replayed
from tests.registry.conftest import Everything, Registry
from zd_registry.backtests.rules import Figures, refusal, week_ends

TERM, NEXT = "2566/2", "2567/1"
EARLY, AFTER_FOUR_WEEKS, LATE = date(2023, 11, 5), date(2023, 12, 1), date(2024, 1, 5)


@pytest.fixture
def past(everything: Everything) -> Past:
    return Past(everything.connection)


async def test_alarms_are_counted_by_what_was_known_then_against_who_left_later(registry: Registry, past: Past) -> None:
    soon, later, stayed, unseen, too_late, before, finished, well = await past.children(8)
    await past.enrol([soon, later, stayed, unseen, too_late, before, well], TERM)
    await past.enrol([finished], TERM, grade="M6")
    await past.enrol([stayed, well], NEXT)
    alarming = [soon, later, stayed, too_late, before]
    await past.poor(alarming, EARLY)
    await past.failed([soon, stayed, before], TERM, EARLY)
    await past.failed([later], TERM, AFTER_FOUR_WEEKS)
    await past.failed([too_late], TERM, LATE)
    await past.ended([before], date(2023, 11, 10))
    await past.ended([soon], date(2024, 1, 16))

    found = await replayed(registry, term=TERM, weeks=[8, 4])
    (result,) = found["results"]
    counted = {name: result[name] for name in ("pupils", "left", "flagged", "caught", "false_alarms")}
    assert counted == {"pupils": 7, "left": 4, "flagged": 3, "caught": 2, "false_alarms": 1}
    assert (result["recall"], result["precision"], result["f1"]) == (0.5, 0.6667, 0.5714)
    assert result["weeks_before"] == 10, "7 weeks before the day of leaving, and 13 before the end of the term"
    levels = {(one["week"], one["level"]): (one["pupils"], one["left"]) for one in result["levels"]}
    assert levels == {
        (4, "green"): (5, 3), (4, "yellow"): (0, 0), (4, "orange"): (2, 1), (4, "red"): (0, 0),
        (8, "green"): (4, 2), (8, "yellow"): (0, 0), (8, "orange"): (3, 2), (8, "red"): (0, 0),
    }  # fmt: skip
    listed = (await configurer(registry).get("/v1/risk-backtests")).json()["items"]
    assert listed == [found]


async def test_a_worker_that_dies_between_two_pages_counts_nobody_twice(
    registry: Registry, past: Past, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zd_registry.backtests.replaying.AT_ONCE", 2)
    await past.enrol(pupils := await past.children(5), TERM)
    await past.enrol(pupils[:3], NEXT)
    answer = await configurer(registry).post("/v1/risk-backtests", {"term": TERM, "weeks": [4]})
    await registry.work(most_steps=2)
    await registry.work()
    (result,) = (await configurer(registry).get(answer.headers["Location"])).json()["results"]
    assert (result["pupils"], result["left"]) == (5, 2)


async def test_without_the_lists_of_the_next_term_nobody_knows_who_left(registry: Registry, past: Past) -> None:
    await past.enrol(await past.children(1), TERM)
    office = configurer(registry)
    for wanted, status, code in (
        ({"term": TERM}, 409, "next_term_unlisted"),
        ({"term": "2400/1"}, 409, "next_term_unlisted"),
        ({"term": TERM, "model_versions": [9]}, 404, "risk_model_not_found"),
        ({"term": TERM, "weeks": [10**12]}, 422, None),
    ):
        answer = await office.post("/v1/risk-backtests", wanted)
        assert (answer.status_code, code) in {(status, answer.json()["code"]), (status, None)}, answer.text


async def test_a_back_test_reaches_the_areas_of_the_caller_and_is_read_there(registry: Registry, past: Past) -> None:
    here, there = await past.children(1), await past.children(1, area=50010100)
    await past.enrol(here + there, TERM)
    await past.connection.execute("UPDATE enrolment SET area = 50010100 WHERE child_id = ANY ($1)", there)
    await past.enrol(here, NEXT)
    lampang = registry.caller(areas=["52"], scopes=["registry:configure", "registry:read"])
    answer = await lampang.post("/v1/risk-backtests", {"term": TERM, "weeks": [4]})
    await registry.work()
    assert (await lampang.get(answer.headers["Location"])).json()["results"][0]["pupils"] == 1
    for stranger, status in (
        (registry.caller(areas=["50"], scopes=["registry:read"]), 404),
        (registry.caller(areas=["52"], scopes=["registry:write"]), 403),
    ):
        assert (await stranger.get(answer.headers["Location"])).status_code == status
    reader = registry.caller(areas=["52"], scopes=["registry:read"])
    assert (await reader.post("/v1/risk-backtests", {"term": TERM})).status_code == 403
    nowhere = registry.caller(organisations=["5203"], scopes=["registry:configure"])
    assert (await nowhere.post("/v1/risk-backtests", {"term": TERM})).json()["code"] == "no_area"


def test_weeks_end_on_their_last_day() -> None:
    assert week_ends(date(2023, 11, 1), [1, 4]) == [date(2023, 11, 7), date(2023, 11, 28)]


@pytest.mark.parametrize(
    ("fitted", "term", "reason"),
    [
        (Figures(100, 10, 20, 7, 3), "2566/2", None),
        (Figures(100, 10, 20, 6, 3), "2566/2", "not_better"),
        (Figures(100, 10, 15, 6, 3), "2566/2", None),
        (Figures(100, 10, 6, 5, 3), "2566/2", "catches_fewer"),
        (Figures(100, 10, 90, 10, 3), "2566/2", "not_better"),
        (Figures(100, 10, 20, 7, 3), "2566/1", "not_a_later_term"),
        (Figures(100, 0, 20, 0, None), "2566/2", "nobody_left"),
    ],
)
def test_a_fitted_model_has_to_be_better_on_a_later_term(fitted: Figures, term: str, reason: str | None) -> None:
    rules = Figures(100, 10, 20, 6, 3) if fitted.left else fitted
    assert refusal(rules, fitted, trained_on=["2565/2", "2566/1"], term=term) == reason
