"""Client of case management."""

from collections.abc import AsyncIterator
from uuid import UUID

from zd_contracts.api.cases import (
    Case,
    CaseChange,
    CaseStatus,
    NewPlacement,
    NewVisit,
    Placement,
    Visit,
)
from zd_contracts.clients.base import Client, read
from zd_contracts.fields import CloseReason


class CasesClient(Client):
    """Cases, visits and placements."""

    def cases(
        self,
        *,
        child_id: UUID | None = None,
        status: CaseStatus | None = None,
        area: str | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[Case]:
        """Every case that fits; `limit` is the size of a page."""
        return self._pages("/v1/cases", Case, child_id=child_id, status=status, area=area, limit=limit)

    async def case(self, case_id: UUID) -> Case:
        return await self._get(f"/v1/cases/{case_id}", Case)

    async def close_case(self, case: Case, reason: CloseReason) -> Case:
        """Closes the case as it was read; ApiError 412 when somebody changed it since."""
        answer = await self._send(
            "PATCH",
            f"/v1/cases/{case.id}",
            headers={"If-Match": f'"{case.version}"', "Content-Type": "application/json"},
            content=CaseChange(status="closed", reason=reason).model_dump_json(),
        )
        return read(answer, Case)

    def visits(self, case_id: UUID) -> AsyncIterator[Visit]:
        return self._pages(f"/v1/cases/{case_id}/visits", Visit)

    async def record_visit(self, case_id: UUID, visit: NewVisit, *, key: str | None = None) -> Visit:
        return await self._create(f"/v1/cases/{case_id}/visits", visit, Visit, key)

    def placements(self, case_id: UUID) -> AsyncIterator[Placement]:
        return self._pages(f"/v1/cases/{case_id}/placements", Placement)

    async def start_placement(self, case_id: UUID, placement: NewPlacement, *, key: str | None = None) -> Placement:
        return await self._create(f"/v1/cases/{case_id}/placements", placement, Placement, key)
