"""The API's composition root."""

from fastapi import FastAPI

from zd_kernel.clock import Clock
from zd_kernel.http.app import build_app
from zd_kernel.service import migrations_folder
from zd_notify.guardians.routes import routes as guardians
from zd_notify.line.routes import line_routes
from zd_notify.messages.routes import routes as messages
from zd_notify.settings import NotifySettings


def create_app(settings: NotifySettings, clock: Clock | None = None) -> FastAPI:
    return build_app(
        settings,
        [guardians, messages, line_routes(settings.line_channel_secret.get_secret_value())],
        migrations=migrations_folder(__file__),
        title="Zero Dropout: notify",
        description="แจ้งผู้ปกครอง · What guardians are told on LINE, and whether it arrived.",
        clock=clock,
    )
