"""A service of nothing but the kernel: the engines know no real one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, ClassVar

import pytest
from fastapi import FastAPI
from pydantic_settings import SettingsConfigDict
from sqlalchemy import MetaData

from zd_kernel.clock import SystemClock
from zd_kernel.service import ServiceSpec
from zd_kernel.settings import ServiceSettings


class ProbeSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="ZD_PROBE_")
    service: ClassVar[str] = "blank"


def create_app(settings: ProbeSettings) -> FastAPI:
    """Answers with its instance, but only while its lifespan runs."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.instance = settings.instance
        app.state.opened_at = app.state.clock.now()
        yield

    app = FastAPI(lifespan=lifespan)
    app.state.clock = SystemClock()

    @app.get("/instance")
    async def instance() -> str:
        return str(app.state.instance)

    @app.get("/broken")
    async def broken() -> None:
        raise RuntimeError("broken on purpose")

    return app


def nothing(_: Any) -> None:
    """No handlers, no jobs."""


@pytest.fixture(scope="session")
def service_spec(tmp_path_factory: pytest.TempPathFactory) -> ServiceSpec:
    migrations: Path = tmp_path_factory.mktemp("migrations")
    (migrations / "versions").mkdir()
    return ServiceSpec("blank", ProbeSettings, create_app, nothing, nothing, MetaData(), migrations)
