from collections.abc import Sequence

from zd_contracts.envelope import Event
from zd_contracts.events.registry import ChildErased, ChildMissing, ChildRegistered, ChildReturned
from zd_kernel.data.session import WriteSession
from zd_kernel.scope import area_code
from zd_notify.children.actions import erase_child, locate_children


async def on_children_registered(session: WriteSession, events: Sequence[Event[ChildRegistered]]) -> None:
    await locate_children(session, {e.data.child_id: area_code(e.data.tambon) for e in events})


async def on_child_missing(session: WriteSession, event: Event[ChildMissing]) -> None:
    await locate_children(session, {event.data.child_id: area_code(event.data.tambon)})


async def on_child_returned(session: WriteSession, event: Event[ChildReturned]) -> None:
    await locate_children(session, {event.data.child_id: area_code(event.data.tambon)})


async def on_child_erased(session: WriteSession, event: Event[ChildErased]) -> None:
    await erase_child(session, event.data.child_id)
