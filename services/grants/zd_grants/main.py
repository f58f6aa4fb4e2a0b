"""The API's composition root."""

from fastapi import FastAPI

from zd_grants.awards.routes import routes as awards
from zd_grants.payments.routes import routes as payments
from zd_grants.settings import GrantsSettings
from zd_kernel.clock import Clock
from zd_kernel.http.app import build_app
from zd_kernel.service import migrations_folder


def create_app(settings: GrantsSettings, clock: Clock | None = None) -> FastAPI:
    return build_app(
        settings,
        [awards, payments],
        migrations=migrations_folder(__file__),
        title="Zero Dropout: grants",
        description="เงินสนับสนุน · Awards to children and the payment instructions that follow from them.",
        clock=clock,
    )
