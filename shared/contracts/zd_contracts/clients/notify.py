"""Client of the messages to guardians."""

from collections.abc import AsyncIterator
from uuid import UUID

from zd_contracts.api.notify import GuardianLink, Message, NewGuardianLink
from zd_contracts.clients.base import Client


class NotifyClient(Client):
    """Links to guardians and what was sent to them."""

    async def link_guardian(self, link: NewGuardianLink, *, key: str | None = None) -> GuardianLink:
        return await self._create("/v1/guardian-links", link, GuardianLink, key)

    def guardian_links(self, *, child_id: UUID | None = None) -> AsyncIterator[GuardianLink]:
        return self._pages("/v1/guardian-links", GuardianLink, child_id=child_id)

    def messages(self, *, child_id: UUID | None = None) -> AsyncIterator[Message]:
        return self._pages("/v1/messages", Message, child_id=child_id)
