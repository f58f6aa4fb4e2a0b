"""The API processes that `http_read.py` compares: `python http_apps.py kernel | bare`, set up by the environment."""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import uvicorn
from fastapi import FastAPI, Response
from sqlmodel import col, select

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from zd_contracts.api.registry import Child as ChildOut
from zd_kernel import cli
from zd_kernel.clock import Clock
from zd_kernel.http.deps import Reads
from zd_kernel.http.routing import requires, router
from zd_kernel.problems import NotFound
from zd_registry.__main__ import SPEC
from zd_registry.children.models import Child, LearningState
from zd_registry.children.queries import CHILD
from zd_registry.children.schemas import area_text, child_from
from zd_registry.main import create_app
from zd_registry.settings import RegistrySettings

plain = router("plain")
JUDGED = select(Child, LearningState).join(LearningState, col(LearningState.child_id) == col(Child.id))


@plain.get("/plain-children/{child_id}", dependencies=[requires("registry:read")])
async def read_child_plainly(child_id: UUID, session: Reads) -> ChildOut:
    """As most routes are written: the ORM, and an answer that FastAPI validates."""
    found = (await session.exec(JUDGED.where(col(Child.id) == child_id))).first()
    if found is None:
        raise NotFound.of("child", "เด็ก")
    child, state = found
    session.audit_subjects(child_id)
    judged = {"learning_status": state.status, "version": child.version + state.version, "updated_at": state.judged_at}
    return ChildOut.model_validate(child.model_dump() | {"area": area_text(child.area)} | judged)


def kernel_app(settings: RegistrySettings, clock: Clock | None = None) -> FastAPI:
    app = create_app(settings, clock)
    app.router.routes += plain.routes
    return app


def bare_app(url: str) -> FastAPI:
    """Nothing but the framework and the driver: no token, scope, policy, audit, metrics or log."""
    pools: list[asyncpg.Pool[Any]] = []

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with asyncpg.create_pool(url, min_size=8, max_size=8) as pool:
            pools.append(pool)
            yield

    quiet = {"tracing": False, "metrics": False, "logs": False, "operation_spans": False}
    app = FastAPI(lifespan=lifespan, telemetry=quiet)  # type: ignore[arg-type]  # as in the kernel

    @app.get("/v1/children/{child_id}", response_model=ChildOut)
    async def read_child(child_id: UUID) -> Response:
        row = await pools[0].fetchrow(CHILD, child_id)
        assert row is not None
        return Response(child_from(row).model_dump_json(), media_type="application/json")

    return app


if __name__ == "__main__":
    if sys.argv[1] == "kernel":
        sys.exit(cli.main(replace(SPEC, create_app=kernel_app), ["api"]))
    uvicorn.run(bare_app(os.environ["BARE_URL"]), port=int(os.environ["BARE_PORT"]), access_log=False, log_config=None)
