"""What the service does with facts of others."""

from functools import partial

from zd_contracts.events.cases import PlacementStarted
from zd_contracts.events.registry import ChildErased, ChildMerged
from zd_grants.awards.handlers import on_child_erased, on_child_merged, on_placement_started
from zd_grants.payments.actions import instruct_payment
from zd_grants.settings import GrantsSettings
from zd_kernel.events.handlers import HandlerTable, handle


def handlers(settings: GrantsSettings) -> HandlerTable:
    award = partial(
        on_placement_started,
        serves=settings.serves,
        rates=settings.rates,
        approved=partial(instruct_payment, payer=settings.instance),
    )
    return HandlerTable(
        [
            handle(PlacementStarted, award),
            handle(ChildMerged, on_child_merged),
            handle(ChildErased, on_child_erased, erases=True),
        ]
    )
