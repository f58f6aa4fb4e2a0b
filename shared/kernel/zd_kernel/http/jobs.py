"""`GET /v1/jobs/{job_id}`: how far a job is, for whoever started it and for officers of its area."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from zd_kernel.http.deps import Caller, HotReads
from zd_kernel.http.routing import problems, requires, router
from zd_kernel.problems import NotFound

_FIND = """
SELECT id, kind, state, step, progress_done, progress_total, error_code, created_at, updated_at, created_by, area
FROM job WHERE id = $1
"""


class JobStatus(BaseModel):
    id: UUID = Field(description="The job")
    kind: str = Field(description="What is being done", examples=["import"])
    state: Literal["queued", "running", "done", "failed"] = Field(description="`done` and `failed` are final")
    step: str = Field(description="The step at work or the last one; empty before the first", examples=["apply"])
    progress_done: int = Field(description="Units done, in the job's own unit (rows, children)", examples=[1200])
    progress_total: int | None = Field(description="Units in all, once that is known", examples=[5000])
    error_code: str | None = Field(description="Stable code of the last failure", examples=["header_unknown"])
    created_at: datetime = Field(description="When it was asked for (UTC)")
    updated_at: datetime = Field(description="When it last moved (UTC)")


def job_routes() -> APIRouter:
    """For a service whose API starts jobs."""
    routes = router("jobs")
    job_id_in_path = Path(description="The job, as the request that started it said")

    @routes.get("/jobs/{job_id}", dependencies=[requires()], responses=problems(404))
    async def read_job(job_id: Annotated[UUID, job_id_in_path], session: HotReads, caller: Caller) -> JobStatus:
        """Poll this every second or two until `state` is `done` or `failed`."""
        row = await session.fetchrow(_FIND, job_id)
        if row is None or not (row["created_by"] == caller.subject or caller.scope.covers_area(row["area"])):
            raise NotFound.of("job", "งาน")
        return JobStatus.model_validate(dict(row))

    return routes
