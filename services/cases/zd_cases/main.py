"""The API's composition root."""

from fastapi import FastAPI

from zd_cases.cases.routes import routes as cases
from zd_cases.placements.routes import routes as placements
from zd_cases.settings import CasesSettings
from zd_cases.visits.routes import routes as visits
from zd_kernel.clock import Clock
from zd_kernel.http.app import build_app
from zd_kernel.service import migrations_folder


def create_app(settings: CasesSettings, clock: Clock | None = None) -> FastAPI:
    return build_app(
        settings,
        [cases, visits, placements],
        migrations=migrations_folder(__file__),
        title="Zero Dropout: cases",
        description="งานรายกรณี · Case management of children out of school: visits, placements, return.",
        clock=clock,
    )
