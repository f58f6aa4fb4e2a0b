"""The service has no jobs yet; the process runs the kernel's housekeeping."""

from zd_grants.settings import GrantsSettings
from zd_kernel.jobs.table import JobTable


def jobs(_: GrantsSettings) -> JobTable:
    return JobTable()
