"""`python -m zd_<service> …`: the one entry point of every process and operator's command of a service."""

import argparse
import asyncio
import json
import re
import signal
import sys
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

import structlog
import uvicorn
import uvloop
from pydantic import SecretStr, ValidationError
from pydantic_settings import SettingsError

from zd_kernel.data.migrate import upgrade
from zd_kernel.events.bus import run_bus
from zd_kernel.events.commands import run_events
from zd_kernel.jobs.run import run_jobs
from zd_kernel.observe import logs
from zd_kernel.problems import LoudStop
from zd_kernel.process import listen, uvicorn_config
from zd_kernel.service import ServiceSpec
from zd_kernel.settings import ServiceSettings

T = TypeVar("T")
WRONG_SETTINGS = 2
log = structlog.get_logger()


def main(spec: ServiceSpec, argv: Sequence[str] | None = None) -> int:
    """Run one command and return the exit status: 0 done or drained, 1 stopped loudly, 2 wrong usage or settings."""
    options = _parser(spec.name).parse_args(argv)
    if options.command == "openapi":
        sys.stdout.write(openapi(spec))
        return 0
    try:
        settings = spec.settings_class()
    except (ValidationError, SettingsError) as exc:
        print(explain(spec.settings_class, exc), file=sys.stderr)
        return WRONG_SETTINGS
    logs.configure(
        service=spec.name,
        instance=settings.instance,
        process=options.command,
        level=settings.log_level,
        stream=sys.stderr if options.command == "events" else None,  # whose standard output is its answer
    )
    try:
        options.run(spec, settings, options)
    except LoudStop as stop:
        log.critical("stopped", exc_info=stop)
        print(stop, file=sys.stderr)
        return 1
    except Exception:
        log.critical("crashed", exc_info=True)
        return 1
    return 0


def openapi(spec: ServiceSpec) -> str:
    """The service's OpenAPI document, made without any setting: nothing that it says depends on one."""
    app = spec.create_app(_placeholder(spec.settings_class))
    return json.dumps(app.openapi(), ensure_ascii=False, indent=2) + "\n"


def explain(settings_class: type[ServiceSettings], error: ValidationError | SettingsError) -> str:
    """One sentence that names the variables to set or to mend, and shows no value."""
    prefix = settings_class.model_config.get("env_prefix", "")
    if isinstance(error, SettingsError):
        named = re.search(r'field "(\w+)"', str(error))
        return f"Mend {_variable(prefix, named.groups() if named else ())}: it must hold JSON."
    faults = error.errors(include_url=False, include_input=False, include_context=False)
    missing = [_variable(prefix, fault["loc"]) for fault in faults if fault["type"] == "missing"]
    wrong = [f"{_variable(prefix, f['loc'])} ({f['msg']})" for f in faults if f["type"] != "missing"]
    sentences = [f"Set {', '.join(missing)}."] if missing else []
    return " ".join(sentences + ([f"Mend {', '.join(wrong)}."] if wrong else []))


def _variable(prefix: str, location: Sequence[int | str]) -> str:
    return f"{prefix}{location[0]}".upper() if location else prefix


def _placeholder(settings_class: type[ServiceSettings]) -> ServiceSettings:
    """Settings for a process that neither connects nor serves."""
    required = {name: f.annotation for name, f in settings_class.model_fields.items() if f.is_required()}
    empty: dict[Any, Any] = {str: "unset", SecretStr: SecretStr("{}")}
    values: dict[str, Any] = {name: empty.get(kind, []) for name, kind in required.items()}
    return settings_class.model_construct(**values)


def _parser(service: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m zd_{service}", description=f"Zero Dropout: {service}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("api", help="serve HTTP").set_defaults(run=_api)
    bus = commands.add_parser("bus", help="send and receive events")
    bus.add_argument("--only", choices=("relay", "consumer"), help="run one half, to scale them apart")
    bus.set_defaults(run=_bus)
    commands.add_parser("jobs", help="work off jobs").set_defaults(run=_jobs)
    commands.add_parser("migrate", help="bring the database to this release").set_defaults(run=_migrate)
    commands.add_parser("openapi", help="print the OpenAPI document; needs no settings")
    _add_events(commands.add_parser("events", help="look after events that could not take effect"))
    return parser


def _add_events(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=_events, which="")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("parked", help="list what is set aside")
    actions.add_parser("retry", help="try it again, and what waits behind it").add_argument("which", help="id or key")
    actions.add_parser("skip", help="give it up for good").add_argument("which", help="id")
    actions.add_parser("timelines", help="list the sources that were restored from a backup")
    actions.add_parser("raise-epoch", help="after restoring this database from a backup")


def _api(spec: ServiceSpec, settings: ServiceSettings, _: argparse.Namespace) -> None:
    config = uvicorn_config(spec.create_app(settings), lifespan=True, graceful_s=settings.shutdown_s)
    listening = listen(settings.host, settings.port)
    # uvicorn drains on these signals and then raises them again; a drained process has ended well.
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: None)
    log.info("started", port=listening.getsockname()[1])
    uvicorn.Server(config).run(sockets=[listening])
    log.info("stopped")


def _bus(spec: ServiceSpec, settings: ServiceSettings, options: argparse.Namespace) -> None:
    _run(run_bus(spec, settings, options.only))


def _events(spec: ServiceSpec, settings: ServiceSettings, options: argparse.Namespace) -> None:
    print(_run(run_events(spec, settings, options.action, options.which)))


def _jobs(spec: ServiceSpec, settings: ServiceSettings, _: argparse.Namespace) -> None:
    _run(run_jobs(spec, settings))


def _migrate(spec: ServiceSpec, settings: ServiceSettings, _: argparse.Namespace) -> None:
    if settings.migrator_url is None:
        prefix = settings.model_config.get("env_prefix", "")
        raise LoudStop(f"Set {prefix}MIGRATOR_URL: migrations run as the migrator role.")
    _run(upgrade(settings.migrator_url.get_secret_value(), owner_role(settings), spec.migrations))


def _run(work: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


def owner_role(settings: ServiceSettings) -> str:
    database = settings.database_url.get_secret_value().rpartition("/")[2].partition("?")[0]
    return settings.owner_role or f"{database}_owner"
