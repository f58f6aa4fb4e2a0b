"""A model that learns from past terms, and is used only if it proves better."""

from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from tests.registry.backtests.builders import SCOPES, Past, configurer, replayed, replayed_by
from tests.registry.conftest import Everything, Registry
from tests.registry.risk.builders import a_pupil, assess, risk, screen
from zd_registry.backtests.fitting import fit

TERMS = ("2565/2", "2566/1", "2566/2", "2567/1")
STARTS = (date(2022, 11, 2), date(2023, 5, 17), date(2023, 11, 2))
CELLS = {"0,0": (1000, 10), "1,0": (100, 30), "2,0": (50, 30), "0,2": (100, 1), "2,2": (20, 12)}


def test_weights_follow_who_left_and_a_factor_that_would_protect_is_left_out() -> None:
    found = fit(CELLS, [100.0, 100.0], [100, 200, 300])
    assert found.weights[0] > 200, "more than two doublings of the odds for a point"
    assert (found.weights[1], found.means[1]) == (0, 0)
    assert found.limits == sorted(found.limits)


def test_no_more_pupils_reach_a_level_than_by_the_rules() -> None:
    found = fit(CELLS, [100.0, 100.0], [100, 200, 300])
    for limit, by_rules in zip(found.limits, (270, 170, 20), strict=True):
        scores = {cell: round(found.weights[0] * (int(cell[0]) - found.means[0])) for cell in CELLS}
        assert sum(CELLS[cell][0] for cell, score in scores.items() if score >= limit) <= by_rules


async def a_past(past: Past) -> None:
    """In the first and third term the poor leave, of whom the rules never alarm; in the second those who fail and are
    old for their grade, of whom they do."""
    stayers: list[UUID] = []
    for number, start in enumerate(STARTS):
        poor, failing = await past.children(12), await past.children(12, birth_date=date(2008, 1, 1))
        well = await past.children(30)
        await past.enrol([*poor, *failing, *well, *stayers], TERMS[number])
        await past.poor(poor, start)
        await past.failed(failing, TERMS[number], start)
        leave = failing[:6] if number == 1 else poor[:10]
        stayers += [pupil for pupil in (*poor, *failing, *well) if pupil not in leave]
    await past.enrol(stayers, TERMS[3])


async def activate(registry: Registry, version: int, test: dict[str, Any]) -> tuple[int, str | None]:
    body = {"valid_from": "2024-08-01", "backtest_id": test["id"]}
    answer = await configurer(registry).post(f"/v1/risk-models/{version}/activation", body)
    return answer.status_code, answer.json().get("code")


async def test_a_model_learns_is_refused_where_it_is_worse_and_used_where_it_is_better(
    registry: Registry, everything: Everything
) -> None:
    past = Past(everything.connection)
    await a_past(past)
    learned_from = await replayed(registry, term=TERMS[0], weeks=[4])
    assert learned_from["results"][0]["caught"] == 0
    body = {"backtest_ids": [learned_from["id"]], "source": "ทดสอบ"}
    answer = await configurer(registry).post("/v1/risk-models/fitted", body)
    assert answer.status_code == 202, answer.text
    await registry.work()
    model = (await configurer(registry).get("/v1/risk-models")).json()["items"][0]
    assert (model["version"], model["kind"], model["valid_from"]) == (2, "fitted", None)
    assert model["fitted_from"] == {"backtests": [learned_from["id"]], "terms": ["2565/2"], "rules": 1}

    versions = {"model_versions": [1, 2], "weeks": [4]}
    same = await replayed(registry, term=TERMS[0], **versions)
    worse = await replayed(registry, term=TERMS[1], **versions)
    alone = await replayed(registry, term=TERMS[2], model_versions=[2], weeks=[4])
    better = await replayed(registry, term=TERMS[2], **versions)
    assert await activate(registry, 2, same) == (409, "not_a_later_term")
    assert await activate(registry, 2, worse) == (409, "catches_fewer")
    assert await activate(registry, 2, alone) == (409, "not_compared")
    assert await activate(registry, 1, better) == (409, "model_in_use")
    part = await replayed_by(registry.caller(areas=["5203"], scopes=SCOPES), term=TERMS[2], **versions)
    assert await activate(registry, 2, part) == (409, "not_of_all_areas")
    with pytest.raises(asyncpg.CheckViolationError, match="risk_model_earned"):
        await everything.connection.execute("UPDATE risk_model SET valid_from = '2024-08-01' WHERE version = 2")
    assert await activate(registry, 2, better) == (200, None)
    used = (await configurer(registry).get("/v1/risk-models")).json()["items"][0]
    assert (used["valid_from"], used["earned_by"]) == ("2024-08-01", better["id"])
    assert await activate(registry, 2, better) == (409, "model_in_use")
    by_rules, fitted = better["results"]
    assert (by_rules["caught"], fitted["caught"], fitted["left"]) == (0, 10, 10)

    child_id = await a_pupil(past)
    await screen(everything.connection, child_id)
    await assess(registry)
    found = await risk(registry.office, child_id)
    assert (found["model_version"], found["factors"][0]["code"]) == (2, "poverty")
    assert found["factors"][0]["text_en"] == "the household is extremely poor"
    assert round(sum(one["points"] for one in found["factors"]), 2) == found["score"]


async def test_where_nobody_left_nothing_can_be_learned(registry: Registry, everything: Everything) -> None:
    past = Past(everything.connection)
    pupils = await past.children(3)
    await past.enrol(pupils, TERMS[2])
    await past.enrol(pupils, TERMS[3])
    test = await replayed(registry, term=TERMS[2], weeks=[4])
    body = {"backtest_ids": [test["id"]], "source": "ทดสอบ"}
    answer = await configurer(registry).post("/v1/risk-models/fitted", body)
    with pytest.raises(Exception, match="nobody_left"):
        await registry.work()
    assert len((await configurer(registry).get("/v1/risk-models")).json()["items"]) == 1
    only_read = registry.caller(areas=registry.settings.areas, scopes=["registry:read"])
    assert (await only_read.post("/v1/risk-models/fitted", body)).status_code == 403
    part = registry.caller(areas=["5203"], scopes=["registry:configure"])
    assert (await part.post("/v1/risk-models/fitted", body)).json()["code"] == "outside_scope"
    assert answer.status_code == 202
