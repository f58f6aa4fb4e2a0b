"""Client of grants."""

from collections.abc import AsyncIterator
from uuid import UUID

from zd_contracts.api.grants import Award, PaymentInstruction
from zd_contracts.clients.base import Client


class GrantsClient(Client):
    """Awards and payment instructions."""

    def awards(self, *, child_id: UUID | None = None) -> AsyncIterator[Award]:
        return self._pages("/v1/awards", Award, child_id=child_id)

    async def award(self, award_id: UUID) -> Award:
        return await self._get(f"/v1/awards/{award_id}", Award)

    def payments(self, *, child_id: UUID | None = None) -> AsyncIterator[PaymentInstruction]:
        return self._pages("/v1/payments", PaymentInstruction, child_id=child_id)
