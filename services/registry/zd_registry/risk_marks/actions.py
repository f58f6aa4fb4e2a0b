"""Asking for an assessment of whom a fact marked; what is assessed, and how, is the business of `risk`."""

from typing import Final

from zd_kernel.data.session import WriteSession
from zd_kernel.jobs.queue import enqueue
from zd_kernel.jobs.table import DONE, JobRow, StepResult

ASSESSING: Final = "risk"
"""The job. Its argument `lists` says that lists of pupils may have changed, which mark nobody by themselves."""
_WAITING: Final = "SELECT EXISTS (SELECT FROM job WHERE kind = $1 AND state = 'queued' AND args @> $2::jsonb)"


async def ask_for_assessment(session: WriteSession, *, lists: bool = False) -> None:
    """Once the transaction has committed, unless a job that has not begun will see the marks anyway."""
    connection = await session.driver()
    if not await connection.fetchval(_WAITING, ASSESSING, '{"lists": true}' if lists else "{}"):
        await enqueue(session, ASSESSING, {"lists": lists})


async def mark(session: WriteSession, select: str, *args: object) -> None:
    """Mark whom `select` names, by columns `child_id` and `area`: for facts in such numbers that a trigger would cost
    too much. Whoever writes facts may mark, also of children who live elsewhere."""
    connection = await session.driver()
    done = await connection.execute(f"INSERT INTO risk_mark (child_id, area) {select}", *args)
    if not done.endswith(" 0"):
        await ask_for_assessment(session)


async def follow_up(session: WriteSession, job: JobRow) -> StepResult:  # noqa: ARG001  the shape of every step
    """The last step of jobs that change lists of pupils, or facts about them."""
    await ask_for_assessment(session, lists=True)
    return DONE
