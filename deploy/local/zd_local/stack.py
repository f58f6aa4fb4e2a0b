"""`up`: engines, databases, topics, every process, the demo, the list; then stays until it is asked to stop."""

import asyncio
import signal

import httpx

from zd_engines.errors import EngineError
from zd_engines.kafka import Kafka
from zd_engines.postgres import Postgres
from zd_engines.roles import provision
from zd_engines.topics import create_topics
from zd_kernel.data.migrate import upgrade
from zd_kernel.problems import LoudStop
from zd_local import environment
from zd_local.demo.load import load_demo
from zd_local.layout import (
    ISSUER_PORT,
    KAFKA_PORT,
    LINE_PORT,
    POSTGRES_PORT,
    PROCESSES,
    ROOT,
    SERVICES,
    STATE,
    port,
)
from zd_local.orphans import READY, sole_supervisor, stop_orphans
from zd_local.parts import EnginePart, Part, Program, ProgramPart
from zd_local.summary import print_summary, say
from zd_local.supervisor import Supervisor


def postgres() -> Postgres:
    return Postgres(STATE, POSTGRES_PORT)


def kafka() -> Kafka:
    return Kafka(STATE, KAFKA_PORT)


def up() -> int:
    """The exit code: 0 once it was stopped on request, 1 if something would not start."""
    with sole_supervisor() as alone:
        if not alone:
            say("ระบบทำงานอยู่แล้ว", "It is running already")
            print_summary()
            return 0
        return asyncio.run(_until_stopped())


async def _until_stopped() -> int:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    supervisor = Supervisor(say)
    starting, stopping = asyncio.create_task(_start(supervisor)), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait((starting, stopping), return_when=asyncio.FIRST_COMPLETED)
        if stop.is_set():
            starting.cancel()
            await asyncio.wait((starting,))
            return 1
        await starting
        print_summary()
        READY.touch()
        await stopping
    except EngineError as exc:
        say(exc.th, exc.en)
        return 1
    finally:
        say("กำลังหยุดตามลำดับ", "Stopping everything in order")
        await supervisor.stop()
    return 0


async def _start(supervisor: Supervisor) -> None:
    if left := await asyncio.to_thread(stop_orphans):
        names = ", ".join(left)
        say(f"หยุดโปรแกรมที่ค้างจากครั้งก่อนแล้ว: {names}", f"Stopped what an earlier run left behind: {names}")
    say("กำลังเริ่ม PostgreSQL และ Kafka", "Starting PostgreSQL and Kafka")
    database, broker = postgres(), kafka()
    async with httpx.AsyncClient(trust_env=False) as http:
        engines: list[Part] = [EnginePart("PostgreSQL", database), EnginePart("Kafka", broker)]
        await supervisor.bring_up([*engines, *(ProgramPart(program, http) for program in _outside())])
        await asyncio.gather(_databases(database.admin_url), _topics())
        say("กำลังเริ่มบริการทั้งสี่", "Starting the four services")
        await supervisor.bring_up([ProgramPart(program, http) for program in _services(database.admin_url)])
    await load_demo()


async def _databases(admin_url: str) -> None:
    for service in SERVICES:  # one by one: Alembic keeps its context in globals
        made = await provision(admin_url, f"zd_{service}", environment.passwords(service))
        try:
            await upgrade(made.migrator_url, made.owner_role, ROOT / "services" / service / "migrations")
        except LoudStop as stop:
            raise EngineError(
                f"ฐานข้อมูลของ {service} มาจากโปรแกรมรุ่นใหม่กว่าโฟลเดอร์นี้ โปรดใช้รุ่นนั้น หรือสั่ง make reset เพื่อเริ่มใหม่ (ข้อมูลหาย)",
                f"{service}: {stop} Or run `make reset`, which removes the data, to start anew.",
            ) from stop


async def _topics() -> None:
    await create_topics(environment.KAFKA, dict.fromkeys(environment.TOPICS, environment.TOPIC_PARTITIONS))


def _outside() -> list[Program]:
    """What stands for the world outside the services: the issuer of tokens, and LINE."""
    line = environment.line_environment()
    return [
        Program("issuer", ("zd_local.issuer",), environment.issuer_environment(), ISSUER_PORT, "/healthz"),
        Program("line", ("zd_engines.line",), line, LINE_PORT, "/healthz"),
    ]


def _services(admin_url: str) -> list[Program]:
    return [
        Program(
            f"{service}-{process}",
            (f"zd_{service}", process),
            environment.service_environment(admin_url, service, process),
            port(service, process),
            "/readyz",
        )
        for service in SERVICES
        for process in PROCESSES
    ]
