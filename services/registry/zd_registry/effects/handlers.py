from zd_contracts.envelope import Event
from zd_contracts.events.cases import VisitRecorded
from zd_kernel.data.session import WriteSession
from zd_registry.effects.actions import keep_visit
from zd_registry.reconciliation.actions import verify_by_visit


async def on_visit_recorded(session: WriteSession, event: Event[VisitRecorded]) -> None:
    """A visit verifies that a missing child is missing, and is kept: what came after it is compared with before."""
    await verify_by_visit(session, event.data)
    await keep_visit(session, event.data)
