"""The service has no jobs yet; the process runs the kernel's housekeeping."""

from zd_cases.settings import CasesSettings
from zd_kernel.jobs.table import JobTable


def jobs(_: CasesSettings) -> JobTable:
    return JobTable()
