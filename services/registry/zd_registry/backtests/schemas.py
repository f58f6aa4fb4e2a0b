"""HTTP types of back-tests and fitted models."""

import json
from typing import Annotated, Any
from uuid import UUID

from asyncpg import Record
from pydantic import Field

from zd_contracts.api.common import Request, Resource, example
from zd_contracts.fields import Instant, RiskLevel, Term
from zd_registry.backtests.rules import Figures
from zd_registry.risk.schemas import Source, ValidFrom, Version

Week = Annotated[int, Field(ge=1, le=30)]
Count = Annotated[int, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]
BacktestId = Annotated[UUID, Field(description="The back-test")]


class NewBacktest(Request):
    """A past term, the weeks at whose end levels are given, and the models that give them."""

    model_config = example(term="2568/1", weeks=[4, 8, 12], model_versions=[1, 2])

    term: Annotated[Term, Field(examples=["2566/1"])]
    weeks: Annotated[
        tuple[Week, ...], Field(min_length=1, max_length=10, description="Weeks of the term, 1 the first")
    ] = (4, 8, 12, 16)
    model_versions: Annotated[
        tuple[Version, ...], Field(max_length=4, description="Models; without any, the one that is in force")
    ] = ()


class LevelResult(Resource):
    """Pupils who were of a level at the end of a week."""

    week: Week
    level: RiskLevel
    pupils: Annotated[Count, Field(description="How many")]
    left: Annotated[Count, Field(description="Of them, how many left later")]
    precision: Annotated[Share, Field(description="Their share")]


class ModelResult(Resource):
    """How one model would have done. An alarm is a level of orange or red in any of the weeks."""

    model_version: Version
    pupils: Annotated[Count, Field(description="Pupils in any of the weeks")]
    left: Annotated[Count, Field(description="Pupils who left later: no list of the term after names them")]
    flagged: Annotated[Count, Field(description="Pupils of whom it would have alarmed")]
    caught: Annotated[Count, Field(description="Of those who left, how many it would have alarmed of")]
    false_alarms: Annotated[Count, Field(description="Alarms about pupils who stayed")]
    recall: Annotated[Share, Field(description="caught by left")]
    precision: Annotated[Share, Field(description="caught by flagged")]
    f1: Annotated[Share, Field(description="Harmonic mean of the two")]
    weeks_before: Annotated[
        float | None, Field(description="Median of the weeks from the first alarm to the leaving; null without any")
    ]
    levels: Annotated[list[LevelResult], Field(description="By week and level")]


class Backtest(Resource):
    id: BacktestId
    job_id: Annotated[UUID, Field(description="Follow it at /v1/jobs/{job_id}")]
    term: Term
    next_term: Annotated[Term, Field(description="The term whose lists say who stayed")]
    weeks: Annotated[list[Week], Field(description="Weeks of the term")]
    results: Annotated[list[ModelResult], Field(description="One for each model; empty until it has finished")]
    created_at: Instant
    finished_at: Annotated[Instant | None, Field(description="Null until it has finished")]


class NewFit(Request):
    """Back-tests of past terms, from whose pupils a model is to learn."""

    model_config = example(backtest_ids=["019700a1-0000-7000-8000-000000000001"], source="มติคณะกรรมการจังหวัด")

    backtest_ids: Annotated[list[BacktestId], Field(min_length=1, max_length=12)]
    source: Source


class Fitting(Resource):
    job_id: Annotated[UUID, Field(description="Follow it at /v1/jobs/{job_id}; the model is listed once it is done")]


class NewActivation(Request):
    """The back-test that shows that the model beats the one in force, on a later term than it learned from."""

    model_config = example(valid_from="2026-11-01", backtest_id="019700a1-0000-7000-8000-000000000002")

    valid_from: ValidFrom
    backtest_id: BacktestId


def backtest_from(row: Record) -> Backtest:
    figures: dict[str, Any] = json.loads(row["figures"])
    return Backtest.model_validate(
        {**row, "results": [_result(version, figures[version]) for version in sorted(figures, key=int)]}
    )


def _result(version: str, stored: dict[str, Any]) -> dict[str, Any]:
    found = Figures(*stored["all"])
    return {
        **found._asdict(),
        "model_version": int(version),
        "false_alarms": found.flagged - found.caught,
        "recall": round(found.recall, 4),
        "precision": round(found.precision, 4),
        "f1": round(found.f1, 4),
        "levels": [
            {"week": week, "level": level, "pupils": pupils, "left": left,
             "precision": round(left / pupils, 4) if pupils else 0.0}
            for week, level, pupils, left in stored["levels"]
        ],
    }  # fmt: skip
