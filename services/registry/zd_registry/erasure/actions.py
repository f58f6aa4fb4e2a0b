from uuid import UUID

from zd_contracts.events.registry import ChildErased
from zd_kernel.data.session import WriteSession
from zd_kernel.events.outbox import emit
from zd_kernel.jobs.queue import enqueue
from zd_kernel.jobs.table import DONE, JobRow, StepResult
from zd_kernel.problems import NotFound
from zd_kernel.scope import tambon_of
from zd_registry.children.actions import take_turns, today
from zd_registry.children.models import Child, ErasedChild
from zd_registry.imports.actions import forget_rows
from zd_registry.placements.actions import forget_placements


async def erase_child(session: WriteSession, child_id: UUID) -> None:
    """Delete all that identifies the child, and tell everyone who holds rows about the id.

    What stays is the id and the keyed hash of the citizen ID, so that a later file does not bring the person back.
    A school sees its pupils but cannot lock their rows, so it is told that there is no such child.
    """
    # In turn with the steps of imports: one that has looked for erased people must not register this one afterwards.
    await take_turns(session)
    child = await session.get(Child, child_id, with_for_update=True)
    if child is None:
        raise NotFound.of("child", "เด็ก")
    session.audit_subjects(child_id)
    await forget_placements(session, child_id)
    session.add(
        ErasedChild(
            child_id=child_id, area=child.area, citizen_id_index=child.citizen_id_index, erased_date=today(session)
        )
    )
    await session.delete(child)
    await enqueue(session, "erasure", {"child_id": str(child_id)}, area=child.area)
    emit(session, ChildErased(child_id=child_id, tambon=tambon_of(child.area), erased_date=today(session)))


async def empty_rows(session: WriteSession, job: JobRow) -> StepResult:
    """A job, since whoever erases may not see the import that a row belongs to: jobs have the system's scope."""
    erased = await session.get_one(ErasedChild, UUID(job.args["child_id"]))
    session.audit_subjects(erased.child_id)
    await forget_rows(session, erased.citizen_id_index)
    return DONE
