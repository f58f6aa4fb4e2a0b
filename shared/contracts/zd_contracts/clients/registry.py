"""Client of the child registry."""

from collections.abc import AsyncIterator
from uuid import UUID

from zd_contracts.api.common import Job
from zd_contracts.api.registry import Child, ImportJob, ImportKind, NewReconciliation, Reconciliation
from zd_contracts.clients.base import Client, idempotency_key, read
from zd_contracts.fields import LearningStatus


class RegistryClient(Client):
    """Files in, children and reconciliations out."""

    async def upload(
        self, kind: ImportKind, csv: bytes, *, term: str | None = None, key: str | None = None
    ) -> ImportJob:
        """Hands in a UTF-8 CSV file; an enrolment file needs its `term`. The work goes on after the answer."""
        answer = await self._send(
            "POST",
            "/v1/imports",
            params={"kind": kind, "term": term},
            headers={"Idempotency-Key": idempotency_key(key), "Content-Type": "text/csv"},
            content=csv,
        )
        return read(answer, ImportJob)

    async def import_job(self, import_id: UUID) -> ImportJob:
        return await self._get(f"/v1/imports/{import_id}", ImportJob)

    async def import_errors(self, import_id: UUID) -> bytes:
        """The rejected rows as CSV: the uploader's own columns, then reason_th and reason_en."""
        return (await self._send("GET", f"/v1/imports/{import_id}/errors")).content

    async def reconcile(self, run: NewReconciliation, *, key: str | None = None) -> Reconciliation:
        return await self._create("/v1/reconciliations", run, Reconciliation, key)

    async def reconciliation(self, run_id: UUID) -> Reconciliation:
        return await self._get(f"/v1/reconciliations/{run_id}", Reconciliation)

    def children(
        self, *, area: str | None = None, status: LearningStatus | None = None, limit: int | None = None
    ) -> AsyncIterator[Child]:
        """Every child of the area and status; `limit` is the size of a page."""
        return self._pages("/v1/children", Child, area=area, status=status, limit=limit)

    async def child(self, child_id: UUID) -> Child:
        return await self._get(f"/v1/children/{child_id}", Child)

    async def erase_child(self, child_id: UUID) -> None:
        await self._send("DELETE", f"/v1/children/{child_id}")

    async def job(self, job_id: UUID) -> Job:
        return await self._get(f"/v1/jobs/{job_id}", Job)
