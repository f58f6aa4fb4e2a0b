from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from zd_kernel.data.session import WriteSession
from zd_kernel.jobs.queue import enqueue
from zd_kernel.keyring import KeyRing
from zd_kernel.problems import Conflict, Invalid, NotFound
from zd_registry.linkage import queries, settling
from zd_registry.linkage.models import LinkCandidate, LinkDecision, LinkVerdict, UnlinkedRecord

SETTLING = "linkage_settle"
"""The job that closes reviews and carries decisions out: linkage without the step that looks for candidates."""


async def link_waiting(session: WriteSession, import_id: UUID | None) -> None:
    """Let the rows of an import that name nobody surely be linked; None for those of every import, as a new register
    may hold whom they mean. An import whose rows all are sure may still answer what earlier ones of its feed asked."""
    await session.flush()
    connection = await session.driver()
    to_link = await connection.fetch(queries.TO_LINK, import_id)
    for row in to_link:
        await enqueue(session, "linkage", {"import_id": str(row["import_id"])})
    if not to_link and await connection.fetchval(queries.MAY_CLOSE, import_id):
        await enqueue(session, SETTLING, {"import_id": str(import_id)})


async def decide(
    session: WriteSession, record_id: UUID, *, decision: str, child_id: UUID | None, reason: str
) -> UnlinkedRecord:
    """Keep what a person says of a record. After its last candidate is refused it is a new child.

    A job carries it out: the child may live where the reviewer may not write.
    """
    if (child_id is None) != (decision == "new_child"):
        raise Invalid(
            "candidate_needed",
            "same และ different ต้องระบุ child_id ส่วน new_child ต้องไม่ระบุ",
            "same and different name a child_id, new_child names none.",
        )
    record = await _record(session, record_id)
    if record.state != "review":
        raise Conflict("already_decided", "รายการนี้ตัดสินแล้ว โปรดดูผล", "This record has been decided. Look at it again.")
    open_pairs = await _open_pairs(session, record_id)
    meant = [pair for pair in open_pairs if child_id in {None, pair.candidate_id}]
    if child_id is not None and not meant:
        raise NotFound.of("candidate", "ผู้ที่อาจเป็นคนเดียวกัน")
    said: list[LinkCandidate | None] = [*meant] or [None]
    for pair in said:
        session.add(await _decision(session, record, pair, decision, reason))
    if decision != "different" or len(open_pairs) == 1:
        record.state, record.decided_by = "waiting", session.scope.name
        same = meant[0] if decision == "same" else None
        await _hand_over(session, record, same)
    await session.flush()
    return record


async def undo(session: WriteSession, record_id: UUID) -> UnlinkedRecord:
    """The record waits for a decision again. What it had caused is taken back and told; a new child stays known."""
    await settling.begin(session)
    record = await _record(session, record_id)
    standing = (await session.exec(_standing(record_id))).all()
    if record.state not in {"linked", "registered"} and not (record.state == "review" and standing):
        raise Conflict("not_decided", "รายการนี้ยังไม่ได้ตัดสิน", "This record has not been decided.")
    if record.child_id is not None:
        session.audit_subjects(record.child_id)
    for decision in standing:
        decision.undone_by, decision.undone_at = session.scope.name, session.clock.now()
    await settling.unsettle(session, record_id)
    record.state, record.child_id, record.decided_by, record.decided_at = "review", None, None, None
    await session.flush()
    return record


async def close_reviews_of(session: WriteSession, keyring: KeyRing, children: Sequence[UUID]) -> int:
    """Records in review that an identifier of these children decides by now; returns how many. To be called in the
    transaction that corrected the identifier.
    """
    connection = await settling.begin(session)
    closed = await connection.execute(queries.CLOSED, list(children))
    await settling.settle(session, keyring)
    return int(closed.rpartition(" ")[2])


async def _record(session: WriteSession, record_id: UUID) -> UnlinkedRecord:
    record = await session.get(UnlinkedRecord, record_id, with_for_update=True)
    if record is None:
        raise NotFound.of("link review", "รายการรอตรวจ")
    return record


def _standing(record_id: UUID) -> SelectOfScalar[LinkDecision]:
    return select(LinkDecision).where(col(LinkDecision.record_id) == record_id, col(LinkDecision.undone_at).is_(None))


async def _open_pairs(session: WriteSession, record_id: UUID) -> list[LinkCandidate]:
    """The candidates whom nobody has refused yet, the likeliest first."""
    refused = {decision.candidate_id for decision in await session.exec(_standing(record_id))}
    pairs = select(LinkCandidate).where(col(LinkCandidate.record_id) == record_id).order_by(col(LinkCandidate.rank))
    return [pair for pair in await session.exec(pairs) if pair.candidate_id not in refused]


async def _hand_over(session: WriteSession, record: UnlinkedRecord, same: LinkCandidate | None) -> None:
    verdict = LinkVerdict(record_id=record.id, area=record.area, import_id=record.import_id, decision="none")
    if same is not None:
        verdict.decision, verdict.candidate_id, verdict.weight = "auto", same.candidate_id, same.weight
    session.add(verdict)
    await enqueue(session, SETTLING, {"import_id": str(record.import_id)}, area=record.area)


async def _decision(
    session: WriteSession, record: UnlinkedRecord, pair: LinkCandidate | None, decision: str, reason: str
) -> LinkDecision:
    connection = await session.driver()
    child_id = pair.candidate_id if pair else None
    prints = await connection.fetchrow(queries.PRINTS, record.id, child_id)
    if child_id is not None:
        session.audit_subjects(child_id)
    return LinkDecision(
        record_id=record.id,
        candidate_id=child_id,
        area=record.area,
        decision=decision,
        reason=reason,
        weight=pair.weight if pair else None,
        record_print=prints["record_print"] if prints else await connection.fetchval(queries.RECORD_PRINT, record.id),
        candidate_print=prints["candidate_print"] if prints else None,
        decided_by=session.scope.name,
        decided_at=session.clock.now(),
    )
