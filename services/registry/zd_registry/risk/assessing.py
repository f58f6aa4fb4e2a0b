"""The jobs `risk` and `risk_nightly`: whom facts marked is assessed anew, many at a time.

The arithmetic is numpy's over columns, a few milliseconds for thousands, so it needs no process of its own.
"""

from datetime import date
from typing import Any, Final, NamedTuple
from uuid import UUID

import asyncpg
import numpy as np

from zd_contracts.events.registry import ChildRiskChanged
from zd_kernel.data.session import WriteSession
from zd_kernel.events.outbox import emit
from zd_kernel.jobs.table import DONE, JobRow, StepResult, again, done
from zd_kernel.scope import tambon_of
from zd_registry.children.actions import take_turns, today
from zd_registry.risk import queries, vectors
from zd_registry.risk.reading import Pupils, limits_by_area, model_in_force, present_terms, pupils_on
from zd_registry.risk.rules import AT_SCHOOL, LEVELS, Model, heaviest, told_factors

AT_ONCE: Final = 6_000


class Assessed(NamedTuple):
    """Columns of one page of pupils: `before` holds their stored rows, by child."""

    pupils: Pupils
    before: dict[UUID, asyncpg.Record]
    parts: vectors.Ints
    scores: vectors.Ints
    after: vectors.Standings


class Change(NamedTuple):
    """`level_change`: child, area, level of before and of now, score. `told` is what an event may say of factors."""

    level_change: tuple[UUID, int, str | None, str, int]
    heaviest: list[str]
    told: list[str]


async def mark_listed(session: WriteSession, job: JobRow) -> StepResult:
    """Lists mark nobody by themselves; see the migration. Whom many facts marked is assessed once."""
    await (await session.driver()).execute(queries.MERGE_MARKS)
    if job.args.get("lists", True):
        await _mark_listed(session)
    return DONE


async def mark_everybody(session: WriteSession, job: JobRow) -> StepResult:  # noqa: ARG001  the shape of every step
    """Every night: what counts for some time ends with it, and limits and models begin on a day."""
    connection = await session.driver()
    await _mark_listed(session)
    await connection.execute(queries.MARK_ASSESSED)
    return DONE


async def _mark_listed(session: WriteSession) -> None:
    connection = await session.driver()
    await connection.execute(queries.MARK_LISTED, *await present_terms(session, today(session)))


async def assess_marked(session: WriteSession, job: JobRow) -> StepResult:
    """One page of marks. In turn with imports and erasures, which move and delete what it writes."""
    await take_turns(session)
    connection = await session.driver()
    marked = [row["child_id"] for row in await connection.fetch(queries.TAKE_MARKS, AT_ONCE)]
    if not marked:
        return done(job.progress_done, job.progress_done)
    await assess(session, marked)
    return again(job.progress_done + len(marked))


async def assess(session: WriteSession, ids: list[UUID]) -> None:
    """Store the level of those of the children who are pupils, forget that of the others, and tell what changed."""
    connection, day = await session.driver(), today(session)
    model = await model_in_force(session, day)
    pupils = await pupils_on(connection, ids, day, await present_terms(session, day), model, present=True)
    before = {row["child_id"]: row for row in await connection.fetch(queries.BEFORE, ids)}
    found = _judged(model, pupils, before, await limits_by_area(session, model.version, day), day)
    if rows := _rows(found, model, day):
        await connection.execute(queries.STORE, *_columns(rows), model.version, session.clock.now())
    changed = _changed(found, model)
    gone = list(before.keys() - {row["child_id"] for row in pupils.rows})
    dropped = await connection.fetch(queries.DROP, gone) if gone else []
    remembered: list[tuple[Any, ...]] = [(*one.level_change, ",".join(one.heaviest)) for one in changed]
    remembered += [(row["child_id"], row["area"], row["level"], None, None, "") for row in dropped]
    if remembered:
        session.audit_subjects(*(row[0] for row in remembered))
        await connection.execute(queries.REMEMBER, *_columns(remembered), session.clock.now(), model.version)
    _tell(session, model, changed, day)


def _judged(model: Model, pupils: Pupils, before: dict[UUID, asyncpg.Record], limits: Any, day: date) -> Assessed:
    was = [before.get(row["child_id"]) for row in pupils.rows]
    parts = vectors.contributions(model, vectors.points_matrix(model, vectors.observed_matrix(pupils.observed)))
    scores = parts.sum(axis=1)
    areas = np.array([row["area"] for row in pupils.rows], dtype=np.int64)
    standing = vectors.Standings(
        np.array([vectors.level_index(row["level"] if row else None) for row in was], dtype=np.int64),
        np.array(
            [row["below_since"].toordinal() if row and row["below_since"] else vectors.NOBODY for row in was],
            dtype=np.int64,
        ),
    )
    own = vectors.limits_of(areas, model.limits, limits)
    return Assessed(pupils, before, parts, scores, vectors.standings_after(standing, scores, own, model, day))


def _rows(found: Assessed, model: Model, day: date) -> list[tuple[Any, ...]]:
    """Of pupils of whom something is different from what is stored."""
    rows: list[tuple[Any, ...]] = []
    levels, since, scores = found.after.levels.tolist(), found.after.below_since.tolist(), found.scores.tolist()
    for n, (pupil, observed) in enumerate(zip(*found.pupils, strict=True)):
        was = found.before.get(pupil["child_id"])
        level, below = LEVELS[levels[n]], None if since[n] == vectors.NOBODY else date.fromordinal(since[n])
        began = was["since_date"] if was and was["level"] == level else day
        kept = (level, below, scores[n], observed, model.version, pupil["area"], pupil["enrolment_id"], pupil["grade"])
        if was is None or kept != tuple(was[name] for name in _KEPT):
            rows.append((
                *(pupil[name] for name in _OF_PUPIL), level, began, below, scores[n],
                "{" + ",".join("NULL" if value is None else str(value) for value in observed) + "}",
            ))  # fmt: skip
    return rows


_OF_PUPIL: Final = ("child_id", "area", "enrolment_id", "organisation", "organisation_position", "term", "grade")
_KEPT: Final = ("level", "below_since", "score", "observed", "model_version", "area", "enrolment_id", "grade")


def _changed(found: Assessed, model: Model) -> list[Change]:
    """Whose level is another one."""
    changed: list[Change] = []
    for n, pupil in enumerate(found.pupils.rows):
        was, level = found.before.get(pupil["child_id"]), LEVELS[int(found.after.levels[n])]
        if was is None or was["level"] != level:
            parts = found.parts[n].tolist()
            known = was["level"] if was else None
            level_change = pupil["child_id"], pupil["area"], known, level, int(found.scores[n])
            changed.append(Change(level_change, heaviest(model, parts), told_factors(model, parts)))
    return changed


def _columns(rows: list[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


def _tell(session: WriteSession, model: Model, changed: list[Change], day: date) -> None:
    """A first level of green is no news: nearly everybody has it."""
    for (child_id, area, was, level, _), _, told in changed:
        if was is None and level == LEVELS[0]:
            continue
        main = told[0] if told and told[0] in AT_SCHOOL else None
        fact = {
            "child_id": child_id, "tambon": tambon_of(area), "level": level, "previous_level": was,
            "model_version": model.version, "main_factor": main, "factors": told, "changed_date": day,
        }  # fmt: skip
        emit(session, ChildRiskChanged.model_validate(fact))
