"""What the service does with facts of others."""

from functools import partial

from zd_cases.cases.handlers import on_child_merged, on_child_missing, on_child_returned
from zd_cases.children.handlers import on_child_erased, on_children_registered
from zd_cases.settings import CasesSettings
from zd_contracts.events.registry import ChildErased, ChildMerged, ChildMissing, ChildRegistered, ChildReturned
from zd_kernel.events.handlers import HandlerTable, handle, handle_batch


def handlers(settings: CasesSettings) -> HandlerTable:
    return HandlerTable(
        [
            handle_batch(ChildRegistered, on_children_registered),
            handle(ChildMissing, partial(on_child_missing, serves=settings.serves)),
            handle(ChildReturned, on_child_returned),
            handle(ChildMerged, on_child_merged),
            handle(ChildErased, on_child_erased, erases=True),
        ]
    )
