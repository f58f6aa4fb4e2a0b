from collections.abc import Sequence

from zd_cases.children.actions import erase_child, register_children
from zd_contracts.envelope import Event
from zd_contracts.events.registry import ChildErased, ChildRegistered
from zd_kernel.data.session import WriteSession
from zd_kernel.scope import area_code


async def on_children_registered(session: WriteSession, events: Sequence[Event[ChildRegistered]]) -> None:
    await register_children(session, {e.data.child_id: area_code(e.data.tambon) for e in events})


async def on_child_erased(session: WriteSession, event: Event[ChildErased]) -> None:
    await erase_child(session, event.data.child_id)
