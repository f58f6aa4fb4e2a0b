"""What a job is: a row that remembers how far it got, and a table of steps that carry it on."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from zd_kernel.data.session import WriteSession


@dataclass(frozen=True, slots=True)
class JobRow:
    """`args` is what the job was enqueued with. `progress_done` counts in the job's own unit (rows, children)."""

    id: UUID
    kind: str
    args: Mapping[str, Any]
    state: str
    step: str
    version: int
    attempts: int
    progress_done: int
    progress_total: int | None
    error_code: str | None
    area: int
    created_by: str
    created_at: datetime
    updated_at: datetime
    pause: timedelta | None = None
    """How long the step just applied asked to be left alone; not stored."""

    @property
    def live(self) -> bool:
        return self.state in {"queued", "running"}


@dataclass(frozen=True, slots=True)
class StepResult:
    """None leaves the job's progress as it is."""

    again: bool
    progress_done: int | None = None
    progress_total: int | None = None
    after: timedelta | None = None


DONE = StepResult(again=False)


def again(
    progress_done: int | None = None, progress_total: int | None = None, *, after: timedelta | None = None
) -> StepResult:
    """Commit what this call did and call the step again, in a new transaction: at once, or `after` a while.

    The wait is a courtesy to others, not a promise: a worker that dies in it makes the step run sooner.
    """
    return StepResult(True, progress_done, progress_total, after)


def done(progress_done: int | None = None, progress_total: int | None = None) -> StepResult:
    return StepResult(False, progress_done, progress_total)


StepFunction = Callable[[WriteSession, JobRow], Awaitable[StepResult]]


@dataclass(frozen=True, slots=True)
class Step:
    """`run` works in one transaction, under a second or so, and leaves through `DONE` or `again(…)`.

    It is applied exactly once per (step, version), so it needs no idempotence of its own inside the database. A
    `Problem` that it raises ends the job with the problem's code; any other error is tried again with back-off.
    """

    name: str
    run: StepFunction


@dataclass(frozen=True, slots=True)
class Job:
    """`failed` is called once when the job has failed for good, in the transaction that says so: for what has to follow
    from what its steps did until then."""

    kind: str
    steps: Sequence[Step]
    failed: Callable[[WriteSession, JobRow], Awaitable[None]] | None = None

    def step(self, name: str) -> Step | None:
        """The step called `name`; the first where the job has not begun (`""`); None if this code does not know it."""
        return next((step for step in self.steps if name in {"", step.name}), None)

    def after(self, step: Step) -> Step | None:
        following = self.steps.index(step) + 1
        return self.steps[following] if following < len(self.steps) else None


class JobTable:
    """`closing` is run once when the process ends: for what the jobs hold open, such as connections to a partner.

    `nightly` are kinds of jobs that housekeeping enqueues without arguments once a night. `warm_up` is run in the
    subprocesses when the process starts: it loads what the first job would wait for.
    """

    def __init__(
        self,
        jobs: Iterable[Job] = (),
        closing: Callable[[], Awaitable[None]] | None = None,
        nightly: Sequence[str] = (),
        warm_up: Callable[[], None] | None = None,
    ) -> None:
        self.jobs = {job.kind: job for job in jobs}
        self.closing = closing
        self.nightly = tuple(nightly)
        self.warm_up = warm_up
