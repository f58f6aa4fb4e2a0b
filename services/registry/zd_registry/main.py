from fastapi import FastAPI

from zd_kernel.clock import Clock
from zd_kernel.http.app import build_app
from zd_kernel.http.jobs import job_routes
from zd_kernel.service import migrations_folder
from zd_registry.children.routes import routes as children
from zd_registry.erasure.routes import routes as erasure
from zd_registry.imports.routes import routes as imports
from zd_registry.reconciliation.routes import routes as reconciliation
from zd_registry.settings import RegistrySettings


def create_app(settings: RegistrySettings, clock: Clock | None = None) -> FastAPI:
    return build_app(
        settings,
        [children, imports, reconciliation, erasure, job_routes()],
        migrations=migrations_folder(__file__),
        title="Zero Dropout: registry",
        description="Who the children are, where they live, where they learn, and who is missing.",
        clock=clock,
    )
