from dataclasses import dataclass

from zd_contracts.clients.cases import CasesClient
from zd_contracts.clients.grants import GrantsClient
from zd_contracts.clients.notify import NotifyClient
from zd_contracts.clients.registry import RegistryClient


@dataclass(frozen=True, slots=True)
class Clients:
    """As the officer of the province, whose token may do everything the journey needs."""

    registry: RegistryClient
    cases: CasesClient
    cases_ngao: CasesClient
    grants: GrantsClient
    notify: NotifyClient
