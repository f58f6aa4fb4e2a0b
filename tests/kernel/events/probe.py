"""A service that only speaks and listens: facts of its own, and handlers that write down every effect."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar
from uuid import UUID

from fastapi import FastAPI
from pydantic_settings import SettingsConfigDict
from sqlalchemy import MetaData

from zd_contracts.envelope import Event, EventData
from zd_kernel.cli import main
from zd_kernel.data.session import WriteSession
from zd_kernel.events.handlers import HandlerTable, handle, handle_batch
from zd_kernel.http.app import build_app
from zd_kernel.observe.trace import current_trace_id
from zd_kernel.service import ServiceSpec
from zd_kernel.settings import ServiceSettings

MIGRATIONS = Path(__file__).parent / "migrations"


class ProbeSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="ZD_PROBE_", frozen=True, extra="ignore")
    service: ClassVar[str] = "probe"


class Fact(EventData):
    child_id: UUID
    tambon: str | None = "520301"
    number: int


class Counted(Fact):
    event_type: ClassVar[str] = "zd.probe.child.counted.v1"


class Measured(Fact):
    """The type with a batch handler."""

    event_type: ClassVar[str] = "zd.probe.child.measured.v1"


class Erased(EventData):
    event_type: ClassVar[str] = "zd.probe.child.erased.v1"
    child_id: UUID
    tambon: str | None = None


class Unheard(Fact):
    event_type: ClassVar[str] = "zd.probe.child.unheard.v1"


EFFECT = "INSERT INTO effect (key, number, how, trace) VALUES ($1, $2, $3, $4)"
CHILD = """
INSERT INTO child (key, last, heard) VALUES ($1, $2, 1)
ON CONFLICT (key) DO UPDATE SET last = excluded.last, heard = child.heard + 1
"""


async def on_counted(session: WriteSession, event: Event[Counted]) -> None:
    connection = await session.driver()
    await connection.execute(EFFECT, event.key, event.data.number, "single", current_trace_id())
    await connection.execute(CHILD, event.key, event.data.number)


async def on_measured(session: WriteSession, events: Sequence[Event[Measured]]) -> None:
    connection = await session.driver()
    how = f"batch of {len(events)}"
    await connection.executemany(EFFECT, [(e.key, e.data.number, how, current_trace_id()) for e in events])
    await connection.executemany(CHILD, [(e.key, e.data.number) for e in events])


async def on_erased(session: WriteSession, event: Event[Erased]) -> None:
    connection = await session.driver()
    await connection.execute("DELETE FROM effect WHERE key = $1", event.key)
    await connection.execute("DELETE FROM child WHERE key = $1", event.key)


def handlers(_: ServiceSettings) -> HandlerTable:
    return HandlerTable(
        [handle(Counted, on_counted), handle_batch(Measured, on_measured), handle(Erased, on_erased, erases=True)]
    )


def create_app(settings: ServiceSettings) -> FastAPI:
    return build_app(settings, [], migrations=MIGRATIONS, title="probe")


SPEC = ServiceSpec(
    name="probe",
    settings_class=ProbeSettings,
    create_app=create_app,
    handlers=handlers,
    jobs=lambda _: None,
    metadata=MetaData(),
    migrations=MIGRATIONS,
)

if __name__ == "__main__":
    sys.exit(main(SPEC))
