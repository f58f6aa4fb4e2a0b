"""What the service does with facts of others."""

from functools import partial

from zd_contracts.events.grants import AwardApproved
from zd_contracts.events.registry import ChildErased, ChildMerged, ChildMissing, ChildRegistered, ChildReturned
from zd_kernel.events.handlers import HandlerTable, handle, handle_batch
from zd_notify.children.handlers import (
    on_child_erased,
    on_child_missing,
    on_child_returned,
    on_children_registered,
)
from zd_notify.guardians.handlers import on_child_merged
from zd_notify.messages.handlers import on_award_approved
from zd_notify.settings import NotifySettings


def handlers(settings: NotifySettings) -> HandlerTable:
    return HandlerTable(
        [
            handle_batch(ChildRegistered, on_children_registered),
            handle(ChildMissing, on_child_missing),
            handle(ChildReturned, on_child_returned),
            handle(ChildMerged, on_child_merged),
            handle(ChildErased, on_child_erased, erases=True),
            handle(AwardApproved, partial(on_award_approved, serves=settings.serves)),
        ]
    )
