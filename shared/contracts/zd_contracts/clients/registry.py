"""Client of the child registry."""

from collections.abc import AsyncIterable, AsyncIterator
from uuid import UUID

from zd_contracts.api.common import Job
from zd_contracts.api.reconciliation import (
    AreaResult,
    NewReconciliation,
    Reconciliation,
    ReconciliationAnswer,
    StatusChange,
    StatusChangeKind,
)
from zd_contracts.api.registry import Child, ImportJob, ImportKind, ImportMapping, ImportPhase
from zd_contracts.clients.base import Client, idempotency_key, read
from zd_contracts.fields import LearningStatus


class RegistryClient(Client):
    """Files in, children and reconciliations out."""

    async def upload(
        self,
        kind: ImportKind,
        content: bytes | AsyncIterable[bytes],
        *,
        term: str | None = None,
        feed: str | None = None,
        complete: bool = False,
        commit: bool = False,
        content_type: str = "application/octet-stream",
        key: str | None = None,
    ) -> ImportJob:
        """Hands in a file of any format; a list of pupils needs its `term`. The work goes on after the answer.

        Without `commit` the file is only checked: `commit_import` takes it in. `complete` says that whoever is not
        named is no longer on the list.
        """
        answer = await self._send(
            "POST",
            "/v1/imports",
            params={"kind": kind, "term": term, "feed": feed, "complete": complete, "commit": commit},
            headers={"Idempotency-Key": idempotency_key(key), "Content-Type": content_type},
            content=content,
        )
        return read(answer, ImportJob)

    async def commit_import(self, import_id: UUID, *, key: str | None = None) -> ImportJob:
        """Take in a file that was checked."""
        headers = {"Idempotency-Key": idempotency_key(key)}
        return read(await self._send("POST", f"/v1/imports/{import_id}/commit", headers=headers), ImportJob)

    async def map_import(self, import_id: UUID, mapping: ImportMapping) -> ImportJob:
        """Say what the columns are; the file is checked again."""
        headers = {"Content-Type": "application/json"}
        body = mapping.model_dump_json()
        return read(
            await self._send("PUT", f"/v1/imports/{import_id}/mapping", headers=headers, content=body), ImportJob
        )

    async def withdraw_import(self, import_id: UUID) -> ImportJob:
        """Undo what the file did, or give it up before it did anything."""
        return read(await self._send("DELETE", f"/v1/imports/{import_id}"), ImportJob)

    def imports(
        self, *, kind: ImportKind | None = None, phase: ImportPhase | None = None, limit: int | None = None
    ) -> AsyncIterator[ImportJob]:
        """The agency's files, the newest first."""
        return self._pages("/v1/imports", ImportJob, kind=kind, phase=phase, limit=limit)

    async def import_job(self, import_id: UUID) -> ImportJob:
        return await self._get(f"/v1/imports/{import_id}", ImportJob)

    async def import_errors(self, import_id: UUID) -> bytes:
        """The rejected rows as CSV: the uploader's own columns, then reason_th and reason_en."""
        return (await self._send("GET", f"/v1/imports/{import_id}/errors")).content

    async def reconcile(self, run: NewReconciliation, *, key: str | None = None) -> Reconciliation:
        return await self._create("/v1/reconciliations", run, Reconciliation, key)

    async def reconciliation(self, run_id: UUID) -> Reconciliation:
        return await self._get(f"/v1/reconciliations/{run_id}", Reconciliation)

    def reconciliations(self, *, limit: int | None = None) -> AsyncIterator[Reconciliation]:
        """The runs that reached the caller's areas, the newest first."""
        return self._pages("/v1/reconciliations", Reconciliation, limit=limit)

    async def answer_reconciliation(
        self, run_id: UUID, answer: ReconciliationAnswer, *, key: str | None = None
    ) -> Reconciliation:
        """A stopped run goes on once every question is answered."""
        return await self._create(f"/v1/reconciliations/{run_id}/answers", answer, Reconciliation, key)

    def reconciliation_results(self, run_id: UUID, *, area: str | None = None) -> AsyncIterator[AreaResult]:
        return self._pages(f"/v1/reconciliations/{run_id}/results", AreaResult, area=area, limit=500)

    def reconciliation_changes(
        self, run_id: UUID, *, kind: StatusChangeKind | None = None, area: str | None = None
    ) -> AsyncIterator[StatusChange]:
        return self._pages(f"/v1/reconciliations/{run_id}/changes", StatusChange, kind=kind, area=area)

    async def missing_csv(self, run_id: UUID, area: str) -> bytes:
        """The missing of one area as a spreadsheet opens it: UTF-8 with a byte-order mark, Thai headers."""
        path = f"/v1/reconciliations/{run_id}/missing.csv"
        return (await self._send("GET", path, params={"area": area})).content

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
