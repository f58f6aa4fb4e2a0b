"""The jobs process of a service."""

from zd_kernel.audit import write_audit
from zd_kernel.data.database import Database
from zd_kernel.events.outbox import flush_events
from zd_kernel.jobs.cpu import stop_subprocesses, warm_subprocesses
from zd_kernel.jobs.table import JobTable
from zd_kernel.jobs.worker import Worker
from zd_kernel.observe.metrics import Metrics
from zd_kernel.process import serve
from zd_kernel.service import ServiceSpec
from zd_kernel.settings import ServiceSettings


async def run_jobs(spec: ServiceSpec, settings: ServiceSettings) -> None:
    """Work off jobs until told to stop."""
    metrics = Metrics()
    database = Database(settings, before_commit=(flush_events, write_audit(settings.agency)))
    table: JobTable = spec.jobs(settings)
    worker = Worker(database, table, metrics, lease_s=settings.job_lease_s)
    if table.warm_up is not None:
        warm_subprocesses(table.warm_up)
    try:
        await serve(settings, spec.migrations, database, metrics, worker.run)
    finally:
        stop_subprocesses()
        if table.closing is not None:
            await table.closing()
