"""The table of jobs. What only jobs need (the areas of Thailand, subprocesses) is imported from here."""

from functools import partial

from zd_kernel.jobs.table import Job, JobTable, Step
from zd_registry.erasure.actions import empty_rows
from zd_registry.intake.actions import apply_rows, stage_piece
from zd_registry.reconciliation.actions import judge_page
from zd_registry.settings import RegistrySettings


def jobs(settings: RegistrySettings) -> JobTable:
    return JobTable(
        [
            Job("import", [Step("stage", partial(stage_piece, settings=settings)), Step("apply", apply_rows)]),
            Job("reconciliation", [Step("judge", judge_page)]),
            Job("erasure", [Step("empty_rows", empty_rows)]),
        ]
    )
