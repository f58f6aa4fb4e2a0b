from uuid import UUID

from sqlmodel import col, delete

from zd_contracts.events.cases import PlacementEnded, PlacementStarted
from zd_contracts.events.registry import ChildReturned
from zd_kernel.data.session import WriteSession
from zd_kernel.events.outbox import emit
from zd_kernel.scope import area_code, tambon_of
from zd_registry.children.merged import named_child
from zd_registry.children.models import Child, LearningChange, LearningState
from zd_registry.placements.models import Placement
from zd_registry.placements.rules import LEARNING, status_after


async def record_placement(session: WriteSession, started: PlacementStarted) -> None:
    """Keep the placement as evidence; a child who was missing and now learns has returned.

    A child unknown here gets no row: the placement waits for the file that names them. A placement told twice (by a
    producer that was restored) counts once.
    """
    if await session.get(Placement, started.placement_id) is not None:
        return
    named = await named_child(session, started.child_id)
    if named is None:
        return
    child_id, child = named
    session.audit_subjects(child_id)
    session.add(
        Placement(
            placement_id=started.placement_id,
            case_id=started.case_id,
            child_id=child_id,
            area=child.area if child else area_code(started.tambon),
            kind=started.kind,
            started_date=started.started_date,
        )
    )
    if child is not None:
        await _change_status(session, child, started)


async def end_placement(session: WriteSession, ended: PlacementEnded) -> None:
    """From its last day on it is no evidence of learning to a later run. One that nobody told of stays unknown."""
    placement = await session.get(Placement, ended.placement_id, with_for_update=True)
    if placement is not None:
        session.audit_subjects(placement.child_id)
        placement.ended_date = ended.ended_date


async def _change_status(session: WriteSession, child: Child, started: PlacementStarted) -> None:
    state = await session.get(LearningState, child.id, with_for_update=True)
    status = status_after(started.kind, state.status if state else "unconfirmed")
    if status is None or (state is not None and _outweighs(state, started)):
        return
    now = session.clock.now()
    was, announced = (state.status, state.announced_kind) if state else (None, None)
    if state is None:
        state = LearningState(
            child_id=child.id, area=child.area, status=status, reason="placed", evidence_kind="placement",
            judged_at=now, version=0,
        )  # fmt: skip
        session.add(state)
    state.status, state.missing_kind, state.reason, state.evidence_kind = status, None, "placed", "placement"
    state.evidence_organisation = state.evidence_term = state.evidence_grade = None
    state.evidence_feed_id = state.evidence_import_id = None
    state.evidence_date = started.started_date
    state.judged_at = now
    state.verified_at = state.verified_by = None
    state.version += 1
    session.add(
        LearningChange(
            child_id=child.id,
            area=child.area,
            at=now,
            from_status=was,
            to_status=status,
            reason="placed",
            evidence={
                "kind": "placement",
                "placement_id": str(started.placement_id),
                "date": started.started_date.isoformat(),
                "was_missing": announced,
            },
        )
    )
    if announced is None or status not in LEARNING:
        return
    state.announced_kind = None
    emit(
        session,
        ChildReturned.model_validate(
            {
                "child_id": child.id,
                "tambon": tambon_of(child.area),
                "learning_status": status,
                "evidence": "placement",
                "returned_date": started.started_date,
            }
        ),
    )


def _outweighs(state: LearningState, started: PlacementStarted) -> bool:
    """A list that names the child outweighs a placement, and a placement an earlier one that is told later."""
    if state.evidence_kind == "enrolment":
        return state.status in LEARNING
    return state.evidence_kind == "placement" and (state.evidence_date or started.started_date) > started.started_date


async def forget_placements(session: WriteSession, child_id: UUID) -> None:
    await session.exec(delete(Placement).where(col(Placement.child_id) == child_id))
