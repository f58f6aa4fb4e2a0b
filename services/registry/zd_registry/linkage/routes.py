import json
from typing import Annotated, Literal
from uuid import UUID

import asyncpg
from fastapi import Depends, Path, Query

from zd_contracts.api.common import Page
from zd_kernel.http.deps import HotReads, Writes
from zd_kernel.http.paging import Paging
from zd_kernel.http.routing import Idempotent, problems, requires, router
from zd_kernel.problems import NotFound
from zd_kernel.scope import EVERYWHERE, area_range
from zd_registry.children.queries import stored_area
from zd_registry.linkage import actions, queries
from zd_registry.linkage.schemas import (
    LinkCandidate,
    LinkDecision,
    LinkFigures,
    LinkReview,
    LinkReviewDetail,
    WeightBand,
    Written,
)

routes = router("linkage")
ReviewId = Annotated[UUID, Path(description="The record in review")]
Within = Annotated[str | None, Query(description="DOPA code of 2, 4, 6 or 8 digits; without it, all that you may see")]
FIRST = (-1, UUID(int=0))


@routes.get(
    "/link-reviews",
    response_model=Page[LinkReview],
    summary="แถวที่ต้องให้เจ้าหน้าที่ตัดสิน · Records that a person has to decide",
    dependencies=[requires("registry:reconcile")],
)
async def list_link_reviews(
    session: HotReads,
    paging: Annotated[Paging, Depends()],
    area: Within = None,
    organisation: Annotated[str | None, Query(description="Only rows of this school or centre")] = None,
    state: Annotated[
        Literal["review", "waiting", "linked", "registered"],
        Query(description="`review`: for a person; `linked` and `registered`: decided, by itself or by a person"),
    ] = "review",
) -> Page[LinkReview]:
    """Needs the scope `registry:reconcile`. Rows of files that are neither surely a child of the register nor surely
    somebody new; or what was decided, by whom and with which weight, to be looked over and undone."""
    within = EVERYWHERE if area is None else area_range(area)
    after = paging.after(stored_area, UUID) or FIRST
    rows = await session.fetch(queries.QUEUE, within.lo, within.hi, organisation, *after, paging.limit + 1, state)
    shown, cursor = paging.page(rows, lambda row: (row["area"], row["id"]))
    session.audit_subjects(*(row["child_id"] or row["id"] for row in shown))
    return Page(items=[LinkReview.model_validate(dict(row)) for row in shown], next_cursor=cursor)


@routes.get(
    "/link-reviews/figures",
    response_model=LinkFigures,
    summary="คำตัดสินตรงกับน้ำหนักเพียงใด · How decisions agree with weights",
    dependencies=[requires("registry:reconcile")],
)
async def read_link_figures(session: HotReads, area: Within = None) -> LinkFigures:
    """Needs the scope `registry:reconcile`. Where people refuse pairs of a high weight, or accept those of a low one,
    the limits of automatic links want looking at."""
    within = EVERYWHERE if area is None else area_range(area)
    waiting = (await session.fetch(queries.WAITING, within.lo, within.hi))[0]["count"]
    counted = (await session.fetch(queries.FIGURES, within.lo, within.hi))[0]
    bands = await session.fetch(queries.BANDS, within.lo, within.hi)
    return LinkFigures(waiting=waiting, bands=[WeightBand.model_validate(dict(band)) for band in bands], **counted)


@routes.get(
    "/link-reviews/{review_id}",
    response_model=LinkReviewDetail,
    summary="แถวหนึ่งเทียบกับเด็กที่อาจเป็นคนเดียวกัน · A record beside the children that it may be",
    dependencies=[requires("registry:reconcile")],
    responses=problems(404),
)
async def read_link_review(session: HotReads, review_id: ReviewId) -> LinkReviewDetail:
    """Needs the scope `registry:reconcile`. With what each field says for and against. Every reading is recorded."""
    record = await session.fetchrow(queries.RECORD, review_id)
    if record is None:
        raise NotFound.of("link review", "รายการรอตรวจ")
    found = await session.fetch(queries.CANDIDATES, review_id)
    session.audit_subjects(review_id, *(row["candidate_id"] for row in found))
    return LinkReviewDetail.model_validate({**record, "candidates": [_candidate(row) for row in found]})


@routes.post(
    "/link-reviews/{review_id}/decision",
    status_code=202,
    response_model=LinkReview,
    summary="ตัดสินว่าแถวนี้คือใคร · Say who a record is",
    dependencies=[requires("registry:reconcile"), Idempotent],
    responses=problems(404),
)
async def decide_link_review(session: Writes, review_id: ReviewId, said: LinkDecision) -> LinkReview:
    """Needs the scope `registry:reconcile`. It takes effect in a moment (`state` is waiting until then) and holds for
    later files, as long as neither side says something else."""
    return LinkReview.model_validate((await actions.decide(session, review_id, **said.model_dump())).model_dump())


@routes.post(
    "/link-reviews/{review_id}/undo",
    status_code=201,
    response_model=LinkReview,
    summary="ยกเลิกคำตัดสิน · Take a decision back",
    dependencies=[requires("registry:reconcile"), Idempotent],
    responses=problems(404),
)
async def undo_link_review(session: Writes, review_id: ReviewId) -> LinkReview:
    """Needs the scope `registry:reconcile`. Automatic links can be undone too. The record waits in the queue again."""
    return LinkReview.model_validate((await actions.undo(session, review_id)).model_dump())


def _candidate(row: asyncpg.Record) -> LinkCandidate:
    child = Written.model_validate(dict(row)) if row["visible"] else None
    return LinkCandidate(
        child_id=row["candidate_id"], weight=row["weight"], fields=json.loads(row["fields"]), child=child
    )
