"""The jobs `risk_backtest` and `risk_fit`."""

import importlib
from collections import Counter
from collections.abc import Sequence
from copy import deepcopy
from datetime import date
from typing import Any, Final
from uuid import UUID

import numpy as np

from zd_kernel.data.session import WriteSession
from zd_kernel.jobs.cpu import in_subprocess
from zd_kernel.jobs.table import DONE, JobRow, StepResult, again
from zd_kernel.problems import Conflict
from zd_registry.backtests import queries
from zd_registry.backtests.calendar import dates_of
from zd_registry.backtests.models import RiskBacktest
from zd_registry.backtests.rules import ALARMS, FINAL_GRADES, figures_from, week_ends
from zd_registry.risk import vectors
from zd_registry.risk.actions import next_version
from zd_registry.risk.models import RiskModel
from zd_registry.risk.queries import READ_IN_ORDER
from zd_registry.risk.reading import Pupils, Terms, limits_by_area, pupils_on
from zd_registry.risk.rules import LEVELS, Model, model_from

AT_ONCE: Final = 3_000
_NOBODY: Final[dict[str, Any]] = {"pupils": 0, "left": 0, "flagged": 0, "caught": 0, "lead": {}, "levels": {}}


async def replay(session: WriteSession, job: JobRow) -> StepResult:
    """Some pupils of the term, in all its weeks; the figures once there are no more."""
    test = await session.get_one(RiskBacktest, UUID(job.args["backtest_id"]))
    connection = await session.driver()
    rows = await connection.fetch(queries.PUPILS, test.after_child, test.term, test.scope_areas, AT_ONCE)
    if not rows:
        test.figures = {version: _figures(tally) for version, tally in test.tally.items()}
        test.finished_at = session.clock.now()
        return DONE
    ids = [row["child_id"] for row in rows]
    models = [await _model(session, version) for version in test.model_versions]
    await _count(session, test, ids, models)
    test.after_child = ids[-1]
    return again(job.progress_done + len(ids))


async def _model(session: WriteSession, version: int) -> Model:
    return model_from(version, (await session.get_one(RiskModel, version)).definition)


async def _count(session: WriteSession, test: RiskBacktest, ids: list[UUID], models: list[Model]) -> None:
    term = await dates_of(session, test.term)
    connection = await session.driver()
    await connection.execute(READ_IN_ORDER)
    left = {
        row["child_id"]: row["left_date"]
        for row in await connection.fetch(queries.LEFT, ids, test.term, test.next_term, list(FINAL_GRADES), term.end)
    }
    tally, sample = deepcopy(test.tally), deepcopy(test.sample)
    for model in models:
        counted = tally.setdefault(str(model.version), deepcopy(_NOBODY))
        first: dict[UUID, date] = {}
        seen: set[UUID] = set()
        for week, day in zip(test.weeks, week_ends(term.start, test.weeks), strict=True):
            pupils = await pupils_on(connection, ids, day, Terms(test.term, test.term), model)
            points = vectors.points_matrix(model, vectors.observed_matrix(pupils.observed))
            levels = await _levels(session, model, pupils, points, day)
            gone = [left.get(row["child_id"]) is not None for row in pupils.rows]
            _count_levels(counted["levels"].setdefault(str(week), {}), levels, gone)
            if model is models[0]:
                _count_cells(sample, points, gone)
            seen |= {row["child_id"] for row in pupils.rows}
            for row, level in zip(pupils.rows, levels, strict=True):
                if level in ALARMS:
                    first.setdefault(row["child_id"], day)
        _count_alarms(counted, seen, first, left)
    test.tally, test.sample = tally, sample


async def _levels(session: WriteSession, model: Model, pupils: Pupils, points: vectors.Ints, day: date) -> list[str]:
    """What the score alone said that day."""
    areas = np.array([row["area"] for row in pupils.rows], dtype=np.int64)
    limits = vectors.limits_of(areas, model.limits, await limits_by_area(session, model.version, day))
    scores = vectors.contributions(model, points).sum(axis=1)
    return [LEVELS[level] for level in vectors.levels_at(scores, limits).tolist()]


def _count_levels(counted: dict[str, list[int]], levels: Sequence[str], gone: Sequence[bool]) -> None:
    for level, left in zip(levels, gone, strict=True):
        of_level = counted.setdefault(level, [0, 0])
        of_level[0] += 1
        of_level[1] += left


def _count_cells(sample: dict[str, Any], points: vectors.Ints, gone: Sequence[bool]) -> None:
    """How many pupils had which points, and left: all that a fit needs, and nobody in it."""
    for row, left in zip(points.tolist(), gone, strict=True):
        cell = sample.setdefault(",".join(map(str, row)), [0, 0])
        cell[0] += 1
        cell[1] += left


def _count_alarms(
    counted: dict[str, Any], seen: set[UUID], first: dict[UUID, date], left: dict[UUID, date | None]
) -> None:
    leads = Counter[str]()
    for child_id, alarm in first.items():
        leaving = left.get(child_id)
        if leaving is not None:
            leads[str(max(0, (leaving - alarm).days // 7))] += 1
    counted["pupils"] += len(seen)
    counted["left"] += sum(left.get(child_id) is not None for child_id in seen)
    counted["flagged"] += len(first)
    counted["caught"] += leads.total()
    counted["lead"] = dict(Counter(counted["lead"]) + leads)


def _figures(tally: dict[str, Any]) -> dict[str, Any]:
    by_week = tally["levels"]
    levels = [
        [int(week), level, *by_week[week].get(level, (0, 0))] for week in sorted(by_week, key=int) for level in LEVELS
    ]
    return {"all": list(figures_from(tally)), "levels": levels}


async def learn(session: WriteSession, job: JobRow) -> StepResult:
    """A new version of kind `fitted`, not in use. The job fails with `nobody_left` where there is nothing to learn."""
    tests = [await session.get_one(RiskBacktest, UUID(one)) for one in job.args["backtest_ids"]]
    rules = await session.get_one(RiskModel, tests[0].model_versions[0])
    cells: dict[str, tuple[int, int]] = {}
    for test in tests:
        for cell, (pupils, left) in test.sample.items():
            before = cells.get(cell, (0, 0))
            cells[cell] = (before[0] + pupils, before[1] + left)
    if not 0 < sum(left for _, left in cells.values()) < sum(pupils for pupils, _ in cells.values()):
        raise Conflict("nobody_left", "ไม่มีนักเรียนที่หลุดให้เรียนรู้", "There is nothing to learn: nobody left.")
    model = model_from(rules.version, rules.definition)
    found = await in_subprocess(fit_apart, cells, [factor.weight for factor in model.factors], list(model.limits))
    definition = deepcopy(rules.definition)
    for factor, weight, mean in zip(model.factors, *found[:2], strict=True):
        definition["factors"][factor.code] |= {"weight": weight, "mean": mean}
    definition["limits"] = dict(zip(("yellow", "orange", "red"), found[2], strict=True))
    await next_version(
        session,
        kind="fitted",
        definition=definition,
        fitted_from={
            "backtests": job.args["backtest_ids"], "terms": sorted({test.term for test in tests}),
            "rules": rules.version,
        },
        source=job.args["source"],
    )  # fmt: skip
    return DONE


def fit_apart(*given: Any) -> Any:
    """In the subprocess: scikit-learn takes two seconds and 100 MB that no other process should pay for."""
    return importlib.import_module("zd_registry.backtests.fitting").fit(*given)
