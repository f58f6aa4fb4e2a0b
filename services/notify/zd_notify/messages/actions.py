from collections.abc import Awaitable, Callable
from datetime import date
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from zd_contracts.events.notify import MessageDelivered
from zd_kernel.data.session import WriteSession
from zd_kernel.events.outbox import emit
from zd_kernel.jobs.queue import enqueue
from zd_kernel.jobs.table import DONE, JobRow, StepResult, again
from zd_kernel.keyring import KeyRing
from zd_kernel.scope import tambon_of
from zd_notify.guardians.models import Guardian
from zd_notify.guardians.queries import active_guardians, line_user_id
from zd_notify.line.rules import Outcome
from zd_notify.messages.models import Message
from zd_notify.messages.rules import AWARD_APPROVED, award_text, may_send, next_attempt

SEND_MESSAGE = "send_message"


# LINE user id, text, retry key.
Push = Callable[[str, str, UUID], Awaitable[Outcome]]


async def announce_award(
    session: WriteSession,
    *,
    child_id: UUID,
    award_id: UUID,
    amount_satang: int,
    approved_date: date,
    serves: Callable[[int], bool],
) -> None:
    """One message to each guardian who can be reached now; one linked later hears of the next award."""
    for guardian in await active_guardians(session, child_id):
        if not serves(guardian.area):
            continue
        session.audit_subjects(child_id)
        message = Message(
            guardian_id=guardian.id,
            child_id=child_id,
            area=guardian.area,
            award_id=award_id,
            template=AWARD_APPROVED,
            text=award_text(amount_satang, approved_date),
        )
        stmt = insert(Message).values(message.model_dump())
        stmt = stmt.on_conflict_do_nothing(index_elements=[col(Message.guardian_id), col(Message.award_id)])
        if (await session.exec(stmt.returning(col(Message.id)))).first():
            await enqueue(session, SEND_MESSAGE, {"message_id": str(message.id)}, area=guardian.area)


async def begin_sending(session: WriteSession, job: JobRow) -> StepResult:
    """Commits the instant of the first attempt before it is made: LINE's 24 hours run from there, whatever happens."""
    message = await _message_of(session, job)
    if message:
        message.first_attempt_at = session.clock.now()
    return DONE


async def send(session: WriteSession, job: JobRow, *, push: Push, keyring: KeyRing) -> StepResult:
    """One attempt. A crash before it is written down repeats it with the same key, which LINE answers with 409.

    No row is locked while LINE is asked: the job's own row keeps a second worker out, and an erasure need not wait.
    """
    message = await _message_of(session, job)
    guardian = await session.get(Guardian, message.guardian_id) if message else None
    if message is None or guardian is None:  # erased meanwhile
        return DONE
    if not guardian.active:
        return _failed(message, "guardian_unlinked")
    if not may_send(session.clock.now(), message.first_attempt_at or session.clock.now()):
        return _failed(message, "retry_window_over")
    session.audit_subjects(message.child_id)
    outcome = await push(line_user_id(keyring, guardian), message.text, message.retry_key)
    message.attempts += 1
    return _settle(session, message, outcome)


def _settle(session: WriteSession, message: Message, outcome: Outcome) -> StepResult:
    now = session.clock.now()
    retry_at = next_attempt(now, message.first_attempt_at or now, message.attempts)
    if outcome.kind == "again" and retry_at:
        return again(after=retry_at - now)
    if outcome.kind != "accepted":
        return _failed(message, outcome.code)
    message.status, message.delivered_at = "sent", now
    emit(
        session,
        MessageDelivered(
            message_id=message.id,
            guardian_id=message.guardian_id,
            child_id=message.child_id,
            tambon=tambon_of(message.area),
            template=message.template,
            delivered_at=now,
        ),
    )
    return DONE


def _failed(message: Message, code: str) -> StepResult:
    message.status, message.error_code = "failed", code
    return DONE


async def _message_of(session: WriteSession, job: JobRow) -> Message | None:
    return await session.get(Message, UUID(job.args["message_id"]))
