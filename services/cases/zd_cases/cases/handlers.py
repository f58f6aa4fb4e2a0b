from collections.abc import Callable

from zd_cases.cases.actions import open_case, return_case
from zd_cases.children.actions import remember_child
from zd_contracts.envelope import Event
from zd_contracts.events.registry import ChildMissing, ChildReturned
from zd_kernel.data.session import WriteSession
from zd_kernel.scope import area_code


async def on_child_missing(session: WriteSession, event: Event[ChildMissing], *, serves: Callable[[int], bool]) -> None:
    child = event.data
    area = area_code(child.tambon)
    await remember_child(session, child.child_id, area=area, status="missing")
    if serves(area):
        await open_case(session, child_id=child.child_id, area=area, kind=child.kind, run_id=child.run_id)


async def on_child_returned(session: WriteSession, event: Event[ChildReturned]) -> None:
    child = event.data
    await remember_child(session, child.child_id, area=area_code(child.tambon), status="returned")
    await return_case(
        session,
        child_id=child.child_id,
        day=child.returned_date,
        learning_status=child.learning_status,
        evidence=child.evidence,
    )
