"""Structured logs: one JSON object per line on standard output, from structlog and from every library's logger."""

import json
import logging
import sys
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from types import TracebackType
from typing import Any, TextIO
from uuid import UUID

import structlog

from zd_kernel.observe.errors import describe
from zd_kernel.observe.redaction import redact
from zd_kernel.observe.trace import current_trace_id

# What these say below a warning is about their own workings; httpx repeats whole addresses.
_QUIET = ("uvicorn", "httpx", "httpcore", "aiokafka", "kafka", "pgqueuer", "asyncio", "sqlalchemy", "asyncpg")
_PLAIN = (UUID, date, Decimal, Enum, PurePath)


@dataclass(frozen=True, slots=True)
class Sink:
    """Where lines go, and what every one of them says about the process."""

    stream: TextIO | None  # None: standard output, whatever it is at that moment
    service: str
    instance: str
    process: str

    def write(self, line: str) -> None:
        stream = self.stream or sys.stdout
        stream.write(line + "\n")
        stream.flush()


class _Output:
    sink: Sink | None = None


def configure(*, service: str, instance: str, process: str, level: str = "INFO", stream: TextIO | None = None) -> None:
    """Route everything that this process logs through one renderer. Called once, by the entry point of a process."""
    _Output.sink = Sink(stream, service, instance, process)
    structlog.configure(
        processors=[structlog.stdlib.add_log_level, _render],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=_Writer,
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers[:] = [_StandardHandler()]
    root.setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    sys.excepthook = _crashed


def access_line(method: str, route: str, status: int, seconds: float, trace_id: str) -> None:
    """One line per request, without structlog's cost. Its arguments are the code's own: none is escaped."""
    sink = _Output.sink
    if sink is not None:
        sink.write(
            f'{{"time":"{_now()}","level":"info","event":"request","service":"{sink.service}",'
            f'"instance":"{sink.instance}","process":"{sink.process}","trace_id":"{trace_id}",'
            f'"method":"{method}","route":"{route}","status":{status},"ms":{seconds * 1000:.2f}}}'
        )


class _Writer:
    """What structlog calls with the finished line, whatever the level."""

    def __init__(self, *_: object) -> None: ...

    def msg(self, line: str) -> None:
        if _Output.sink is not None:
            _Output.sink.write(line)

    debug = info = warning = error = critical = log = msg


class _StandardHandler(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        fields: dict[str, Any] = {"level": record.levelname.lower(), "event": _message(record), "logger": record.name}
        if record.exc_info and record.exc_info[1] is not None:
            fields["error"] = describe(record.exc_info[1])
        if _Output.sink is not None:
            _Output.sink.write(_line(_Output.sink, fields))


def _render(_: Any, __: str, event: MutableMapping[str, Any]) -> str:
    caught = event.pop("exc_info", None)
    error = sys.exc_info()[1] if caught is True else caught[1] if isinstance(caught, tuple) else caught
    if isinstance(error, BaseException):
        event["error"] = describe(error)
    return _line(_Output.sink, event) if _Output.sink is not None else ""


def _line(sink: Sink, fields: Mapping[str, Any]) -> str:
    head = {
        "time": _now(),
        "level": fields["level"],
        "event": fields["event"],
        "service": sink.service,
        "instance": sink.instance,
        "process": sink.process,
        "trace_id": current_trace_id(),
    }
    return redact(json.dumps(head | dict(fields), ensure_ascii=False, default=_plain, separators=(",", ":")))


def _plain(value: object) -> object:
    """Objects say who they are and not what they hold: the text of a row or of an error may be personal."""
    if isinstance(value, _PLAIN):
        return str(value)
    return describe(value) if isinstance(value, BaseException) else type(value).__qualname__


def _message(record: logging.LogRecord) -> str:
    # Only the first line: asyncio and uvicorn append the text of the exception after it.
    if isinstance(record.args, tuple):
        record.args = tuple(type(a).__qualname__ if isinstance(a, BaseException) else a for a in record.args)
    if isinstance(record.msg, BaseException):
        return type(record.msg).__qualname__
    return record.getMessage().partition("\n")[0]


def _crashed(kind: type[BaseException], error: BaseException, _: TracebackType | None) -> None:
    structlog.get_logger().critical("process_crashed", exc_info=(kind, error, None))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
