from datetime import date, timedelta
from types import TracebackType
from typing import Any, Self
from uuid import UUID

from zd_contracts.events.grants import AwardApproved
from zd_engines.event_door import EventDoor
from zd_kernel.ids import uuid7
from zd_kernel.jobs.steps import apply_step, load
from zd_notify.jobs import jobs
from zd_notify.settings import NotifySettings

LIVE = "SELECT id FROM job WHERE state IN ('queued', 'running') ORDER BY id"


def approved(child_id: UUID, **overrides: Any) -> AwardApproved:
    values = {
        "award_id": uuid7(),
        "child_id": child_id,
        "tambon": "520301",
        "programme": "learning_fund",
        "amount_satang": 300_000,
        "approved_date": date(2024, 8, 2),
    }
    return AwardApproved(**(values | overrides))


class Sender:
    """Carries every job on until it ends or asks to be left alone, as the worker does, without its waits."""

    def __init__(self, door: EventDoor, settings: NotifySettings) -> None:
        self._door = door
        self.table = jobs(settings)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self.table.closing is not None
        await self.table.closing()

    async def work(self) -> list[timedelta | None]:
        """One round over the live jobs. Returns how long each asked to wait; None for one that ended."""
        return [await self._carry(row["id"]) for row in await self._door.rows(LIVE)]

    async def step(self) -> None:
        """One step of the only live job."""
        ((row),) = await self._door.rows(LIVE)
        await self._advance(row["id"])

    async def _carry(self, job_id: UUID) -> timedelta | None:
        while True:
            live, pause = await self._advance(job_id)
            if pause or not live:
                return pause

    async def _advance(self, job_id: UUID) -> tuple[bool, timedelta | None]:
        row = await load(self._door.database, job_id)
        assert row is not None
        job = self.table.jobs[row.kind]
        step = job.step(row.step)
        assert step is not None
        moved = await apply_step(self._door.database, job, step, row)
        return moved.live, moved.pause
