from uuid import UUID

from zd_kernel.data.session import ReadSession
from zd_kernel.problems import NotFound
from zd_registry.evidence import queries
from zd_registry.evidence.schemas import Evidence, reason_from, register_from, said_from

_IN_DOUBT = ("not_learning", "unconfirmed")


async def read_evidence(session: ReadSession, child_id: UUID) -> Evidence:
    """Everything that the child's learning status follows from; raises NotFound."""
    state = await session.fetchrow(queries.STATE, child_id)
    if state is None:
        raise NotFound.of("child", "เด็ก")
    session.audit_subjects(child_id)
    run = None
    if state["judged_term"] is not None:
        run = await session.fetchrow(queries.LAST_RUN, state["judged_term"], state["area"], state["run_id"])
    undelivered = []
    if run is not None and state["learning_status"] in _IN_DOUBT:
        undelivered = await session.fetch(queries.UNDELIVERED, run["id"])
    ended = None if run is None else run["finished_at"]
    gone = {"kind": state["gone_kind"], "since": state["gone_date"]} if state["gone_kind"] else None
    return Evidence.model_validate(
        {
            **state,
            "child_id": child_id,
            "reason": reason_from(state),
            "stands_on": {**state, "kind": state["evidence_kind"]},
            "last_run_id": None if run is None else run["id"],
            "register_said": register_from(state, ended),
            "gone": gone,
            "lists": [said_from(row, ended) for row in await session.fetch(queries.LISTS, child_id)],
            "placements": [dict(row) for row in await session.fetch(queries.PLACEMENTS, child_id)],
            "undelivered": [dict(row) for row in undelivered],
        }
    )
