import json
from typing import Annotated, Any
from uuid import UUID

import asyncpg
from fastapi import Depends, Path, Query, Response
from sqlmodel import col, select

from zd_contracts.api.common import Page
from zd_kernel.data.session import ReadSession, WriteSession
from zd_kernel.http.deps import HotReads, Reads, Writes
from zd_kernel.http.etags import IfMatch, etag
from zd_kernel.http.paging import Paging
from zd_kernel.http.routing import Idempotent, problems, requires, router
from zd_kernel.problems import NotFound
from zd_kernel.scope import EVERYWHERE, area_range
from zd_registry.duplicates import actions, queries, rules
from zd_registry.duplicates.models import ChildMerge
from zd_registry.duplicates.schemas import (
    ComparedField,
    DuplicateDecision,
    DuplicatePair,
    DuplicatePairDetail,
    DuplicateSearch,
    DuplicateSide,
    Merge,
    MergeUndo,
    NewDuplicatePair,
)

routes = router("duplicates")
PairId = Annotated[UUID, Path(description="The pair")]
State = Annotated[str, Query(pattern="^(waiting|merging|refused|closed)$", description="Only pairs in this state")]
Within = Annotated[str | None, Query(description="DOPA code of 2, 4, 6 or 8 digits; without it, all that you may see")]
FIRST = (float("inf"), UUID(int=2**128 - 1))
# What the two sides are compared in by having something, apart from the fields.
HELD = ("nickname", "has_household", "guardians", "enrolments", "placements", "identifiers", "in_register")


@routes.get(
    "/duplicates",
    response_model=Page[DuplicatePair],
    summary="คู่ที่อาจเป็นเด็กคนเดียวกัน · Children who may be one",
    dependencies=[requires("registry:review")],
)
async def list_duplicates(
    session: HotReads, paging: Annotated[Paging, Depends()], state: State = "waiting", area: Within = None
) -> Page[DuplicatePair]:
    """Needs the scope `registry:review`. Pairs of which you may see both, the likeliest first, before them what people
    noticed themselves."""
    within = EVERYWHERE if area is None else area_range(area)
    after = paging.after(float, UUID) or FIRST
    rows = await session.fetch(queries.QUEUE, within.lo, within.hi, state, *after, paging.limit + 1)
    shown, cursor = paging.page(rows, lambda row: (row["weight"] if row["weight"] is not None else "inf", row["id"]))
    session.audit_subjects(*(row[side] for row in shown for side in ("first_child_id", "second_child_id")))
    return Page(items=[DuplicatePair.model_validate(_pair(row)) for row in shown], next_cursor=cursor)


@routes.get(
    "/duplicates/{pair_id}",
    response_model=DuplicatePairDetail,
    summary="เทียบสองระเบียนเคียงกัน · Two records side by side",
    dependencies=[requires("registry:review")],
    responses=problems(404),
)
async def read_duplicate(session: HotReads, pair_id: PairId, response: Response) -> DuplicatePairDetail:
    """Needs the scope `registry:review`. Both records, how far each field agrees, and what only one of them has. The
    `ETag` goes into `If-Match` of the decision: it changes when either record does."""
    return await _detail(session, pair_id, response)


@routes.post(
    "/duplicates",
    status_code=201,
    response_model=DuplicatePairDetail,
    summary="แจ้งว่าสองระเบียนเป็นเด็กคนเดียวกัน · Report two records of one child",
    dependencies=[requires("registry:review"), Idempotent],
    responses=problems(404),
)
async def report_duplicate(session: Writes, said: NewDuplicatePair, response: Response) -> DuplicatePairDetail:
    """Needs the scope `registry:review`. A pair that is in the queue already stays there. One that was refused comes
    back only if a field of either record has changed since: otherwise 409."""
    pair_id = await actions.report_pair(session, said.first_child_id, said.second_child_id)
    return await _detail(session, pair_id, response)


@routes.post(
    "/duplicates/{pair_id}/decision",
    response_model=DuplicatePairDetail,
    summary="ตัดสินว่าสองระเบียนเป็นเด็กคนเดียวกันหรือไม่ · Say whether two records are one child",
    dependencies=[requires("registry:review"), Idempotent],
    responses=problems(404, 412, 428),
)
async def decide_duplicate(
    session: Writes, pair_id: PairId, said: DuplicateDecision, if_match: IfMatch, response: Response
) -> DuplicatePairDetail:
    """Needs the scope `registry:review`. `different`: the pair does not come back unless a field changed. `same`: the
    records become one in a moment (see `/v1/merges`); the survivor keeps its id for ever, the other id answers 404 with
    the code `child_merged` and a `Link` to the survivor."""
    await actions.decide(session, pair_id, **said.model_dump(), if_match=if_match)
    await session.flush()
    return await _detail(session, pair_id, response)


@routes.post(
    "/duplicates/{pair_id}/undo",
    response_model=DuplicatePairDetail,
    summary="ยกเลิกคำตัดสินว่าเป็นคนละคน · Take back that two records are two people",
    dependencies=[requires("registry:review"), Idempotent],
    responses=problems(404, 412, 428),
)
async def undo_duplicate(
    session: Writes, pair_id: PairId, if_match: IfMatch, response: Response
) -> DuplicatePairDetail:
    """Needs the scope `registry:review`. A refused pair (`/v1/duplicates?state=refused`) waits in the queue again. A
    merge is taken back by `/v1/merges/{merge_id}/undo`."""
    await actions.take_back(session, pair_id, if_match=if_match)
    await session.flush()
    return await _detail(session, pair_id, response)


@routes.post(
    "/duplicate-searches",
    status_code=202,
    response_model=DuplicateSearch,
    summary="ค้นหาระเบียนซ้ำ · Look for duplicates",
    dependencies=[requires("registry:review"), Idempotent],
)
async def search_duplicates(session: Writes, response: Response) -> DuplicateSearch:
    """Needs the scope `registry:review`. Compares the children changed since the last search with all others."""
    job_id = await actions.ask_search(session)
    response.headers["Location"] = f"/v1/jobs/{job_id}"
    return DuplicateSearch(job_id=job_id)


@routes.get(
    "/merges", response_model=Page[Merge], summary="การรวมระเบียน · Merges", dependencies=[requires("registry:review")]
)
async def list_merges(
    session: Reads,
    paging: Annotated[Paging, Depends()],
    child_id: Annotated[UUID | None, Query(description="Only merges of this child, by either id")] = None,
) -> Page[Merge]:
    """Needs the scope `registry:review`. Of children whom you may see, the last one first."""
    query = select(ChildMerge).order_by(col(ChildMerge.id).desc()).limit(paging.limit + 1)
    if after := paging.after(UUID):
        query = query.where(col(ChildMerge.id) < after[0])
    if child_id:
        query = query.where((col(ChildMerge.survivor_id) == child_id) | (col(ChildMerge.merged_id) == child_id))
    shown, cursor = paging.page((await session.exec(query)).all(), lambda merge: (merge.id,))
    session.audit_subjects(*(side for merge in shown for side in (merge.survivor_id, merge.merged_id)))
    return Page(items=[_merge(merge) for merge in shown], next_cursor=cursor)


@routes.post(
    "/merges/{merge_id}/undo",
    status_code=202,
    response_model=Merge,
    summary="ยกเลิกการรวมระเบียน · Take a merge back",
    dependencies=[requires("registry:review"), Idempotent],
    responses=problems(404),
)
async def undo_merge(
    session: Writes, merge_id: Annotated[UUID, Path(description="The merge")], said: MergeUndo
) -> Merge:
    """Needs the scope `registry:review`. Both records are in a moment as they were before; what others changed since
    is left and counted in `kept`, rows that came since stay with the survivor. Merges of one child are undone in
    reverse order."""
    return _merge(await actions.ask_undo(session, merge_id, said.reason))


async def _detail(session: ReadSession | WriteSession, pair_id: UUID, response: Response) -> DuplicatePairDetail:
    connection = session.connection if isinstance(session, ReadSession) else await session.driver()
    row = await connection.fetchrow(queries.PAIR, pair_id)
    if row is None:
        raise NotFound.of("duplicate pair", "คู่ที่อาจซ้ำ")
    first, second = await actions.sides(session, row["first_child_id"], row["second_child_id"])
    pair = _pair(row)
    etag(response, row["version"])
    weights: dict[str, float] = pair.pop("fields")
    names = dict.fromkeys((*rules.COMPARED, *rules.held_fields(weights)))
    return DuplicatePairDetail.model_validate({
        **pair,
        "first": _side(first),
        "second": _side(second),
        "fields": [_compared(name, first, second, weights) for name in names],
        "only_first": _only(first, second),
        "only_second": _only(second, first),
        "suggested_survivor": rules.suggested_survivor(first, second),
    })  # fmt: skip


def _compared(name: str, first: rules.Row, second: rules.Row, weights: dict[str, float]) -> ComparedField:
    agreed = rules.agreement(name, first, second) if name in rules.COMPARED else "same"
    return ComparedField(name=name, agreement=agreed, weight=weights.get(rules.WEIGHED_AS.get(name, name)))


def _only(one: rules.Row, other: rules.Row) -> list[str]:
    lacking = [name for name in rules.COMPARED if one[name] not in rules.EMPTY and other[name] in rules.EMPTY]
    return lacking + [name for name in HELD if one[name] and not other[name]]


def _side(row: rules.Row) -> DuplicateSide:
    names = DuplicateSide.model_fields.keys()
    return DuplicateSide.model_validate({n: row[n] for n in names} | {"identifiers": row["identifiers"] or []})


def _pair(row: asyncpg.Record) -> dict[str, Any]:
    return {**row, "fields": json.loads(row["fields"])}


def _merge(merge: ChildMerge) -> Merge:
    return Merge.model_validate(merge.model_dump(exclude={"snapshot", "area"}))
