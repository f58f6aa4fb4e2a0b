from zd_contracts.envelope import Event
from zd_contracts.events.cases import VisitRecorded
from zd_kernel.data.session import WriteSession
from zd_registry.reconciliation.actions import verify_by_visit


async def on_visit_recorded(session: WriteSession, event: Event[VisitRecorded]) -> None:
    await verify_by_visit(session, event.data)
