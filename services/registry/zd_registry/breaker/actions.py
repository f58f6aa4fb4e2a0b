from uuid import UUID

from sqlmodel import col, select

from zd_kernel.data.session import WriteSession
from zd_kernel.jobs.queue import enqueue
from zd_kernel.jobs.table import DONE, JobRow, StepResult
from zd_kernel.problems import Conflict, NotFound
from zd_registry.breaker import queries
from zd_registry.breaker.models import ReconciliationFeed
from zd_registry.breaker.rules import loses_too_many
from zd_registry.reconciliation.models import ReconciliationRun

TREAT_AS_UNDELIVERED = "treat_as_undelivered"


async def weigh_feeds(session: WriteSession, job: JobRow) -> StepResult:
    """Keep what every feed had said, and stop the run if one of them lost more pupils than is believable."""
    run = await session.get_one(ReconciliationRun, UUID(job.args["run_id"]))
    connection = await session.driver()
    if not run.watermarks:
        await connection.execute(queries.SNAPSHOT, run.id, run.term)
        await connection.execute(queries.COUNT_LISTED, run.id, run.term)
        await connection.execute(queries.RECALL, run.id, run.term)
        marks = (await connection.fetch(queries.WATERMARKS, run.term))[0]
        known = {name: value if isinstance(value, int) else str(value) for name, value in marks.items() if value}
        run.watermarks = {"at": session.clock.now().isoformat()} | known
        run.previous_run_id = await connection.fetchval(queries.RUN_BEFORE, run.id, run.scope_areas)
    limit = run.parameters["feed_loss"]["value"]
    for feed in await session.exec(select(ReconciliationFeed).where(col(ReconciliationFeed.run_id) == run.id)):
        if feed.decision == TREAT_AS_UNDELIVERED:
            feed.delivered = False
        elif feed.delivered and not feed.decision and feed.listed is not None and feed.listed_before is not None:
            feed.asked = loses_too_many(feed.listed, feed.listed_before, **limit)
            if feed.asked:
                run.stopped_at = session.clock.now()
    return DONE


async def answer_question(
    session: WriteSession, run_id: UUID, *, feed_id: UUID, decision: str, reason: str
) -> ReconciliationRun:
    """Keep what a person decided of a feed; with the last answer the run goes on."""
    run = await session.get(ReconciliationRun, run_id, with_for_update=True)
    feed = await session.get(ReconciliationFeed, (run_id, feed_id))
    if run is None or feed is None or not feed.asked:
        raise NotFound.of("question", "คำถามของการกระทบยอด")
    if feed.decision is not None:
        raise Conflict(
            "already_answered",
            "มีผู้ตอบคำถามนี้แล้ว โปรดดูผลที่การกระทบยอด",
            "Somebody has answered this question already. Look at the run.",
        )
    feed.decision, feed.reason = decision, reason
    feed.decided_by, feed.decided_at = session.scope.name, session.clock.now()
    await session.flush()
    open_questions = select(ReconciliationFeed).where(
        col(ReconciliationFeed.run_id) == run_id,
        col(ReconciliationFeed.asked),
        col(ReconciliationFeed.decision).is_(None),
    )
    if (await session.exec(open_questions.limit(1))).first() is None:
        run.stopped_at = None
        area = session.scope.areas[0].lo
        run.job_id = await enqueue(session, "reconciliation", {"run_id": str(run_id)}, area=area)
    await session.flush()
    return run
