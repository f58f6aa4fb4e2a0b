import asyncio
import logging
import sys
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import structlog
from pydantic import BaseModel, Field, ValidationError
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import create_async_engine

from tests.kernel.observe.conftest import Lines
from zd_engines.postgres import Postgres
from zd_kernel.ids import uuid7
from zd_kernel.observe.trace import bind
from zd_kernel.problems import Conflict, LoudStop

CITIZEN_ID = "1101700230708"
NAME = "สมชาย ใจดี"


class Child(BaseModel):
    citizen_id: str = Field(max_length=5)
    given_name: str = Field(max_length=2)


def told(lines: Lines) -> dict[str, Any]:
    (line,) = lines()
    return line


@pytest.mark.parametrize("logger", [structlog.get_logger(), logging.getLogger("anyone")])
def test_every_line_says_when_where_and_in_which_trace(lines: Lines, logger: Any) -> None:
    with bind("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"):
        logger.warning("import_finished")
    line = told(lines)
    assert datetime.fromisoformat(line.pop("time")).tzinfo is not None
    line.pop("logger", None)
    assert line == {
        "level": "warning",
        "event": "import_finished",
        "service": "sample",
        "instance": "nan-1",
        "process": "api",
        "trace_id": "0af7651916cd43dd8448eb211c80319c",
    }


def test_fields_keep_their_values_and_their_types(lines: Lines) -> None:
    child_id = uuid7()
    structlog.get_logger().info("seen", child=child_id, day=date(2026, 5, 16), rows=3, area="น่าน")
    line = told(lines)
    assert (UUID(line["child"]), line["day"], line["rows"], line["area"]) == (child_id, "2026-05-16", 3, "น่าน")


def test_an_object_says_its_class_and_not_what_it_holds(lines: Lines) -> None:
    structlog.get_logger().info("seen", child=Child.model_construct(citizen_id="x", given_name=NAME), rows=[Child])
    assert told(lines)["child"] == "Child"


def test_a_constraint_violation_is_told_by_its_codes_and_never_by_the_row(lines: Lines) -> None:
    error = asyncpg.UniqueViolationError(f"duplicate key\nDETAIL: Key (name)=({NAME}) already exists.")
    error.constraint_name = "child_name"
    try:
        raise error
    except asyncpg.UniqueViolationError:
        structlog.get_logger().exception("failed")
    line = told(lines)["error"]
    assert (line["type"], line["sqlstate"], line["constraint_name"]) == ("UniqueViolationError", "23505", "child_name")
    assert line["frames"][-1].startswith("kernel/observe/test_logs.py:")
    assert NAME not in str(line)


async def test_no_value_of_a_failed_statement_reaches_the_log(lines: Lines, postgres: Postgres) -> None:
    engine = create_async_engine(postgres.admin_url.replace("postgresql://", "postgresql+asyncpg://"))
    statement = text("INSERT INTO child VALUES (:name)")
    async with engine.connect() as connection:
        await connection.execute(text("CREATE TEMPORARY TABLE child (name text CONSTRAINT one UNIQUE)"))
        await connection.execute(statement, {"name": NAME})
        with pytest.raises(IntegrityError, match=NAME) as failed:
            await connection.execute(statement, {"name": NAME})
    await engine.dispose()
    logging.getLogger("sqlalchemy").error("it failed: %s", failed.value, exc_info=failed.value)
    structlog.get_logger().error("it failed", error=failed.value)
    assert len(lines()) == 2
    assert NAME not in str(lines())
    assert "23505" in str(lines()[0])
    assert "'constraint_name': 'one'" in str(lines()[0])


def test_no_rejected_input_reaches_the_log(lines: Lines) -> None:
    with pytest.raises(ValidationError, match=NAME) as rejected:
        Child.model_validate({"citizen_id": CITIZEN_ID, "given_name": NAME})
    error = rejected.value
    structlog.get_logger().error("rejected", exc_info=error)
    logging.getLogger("anyone").error("rejected %s", error, exc_info=error)
    logging.getLogger("anyone").error(error)
    assert len(lines()) == 3
    assert not any(secret in str(lines()) for secret in (NAME, CITIZEN_ID))


async def test_no_forgotten_task_tells_the_text_of_its_error(lines: Lines) -> None:
    async def fails() -> None:
        raise ValueError(NAME)

    asyncio.get_running_loop().call_exception_handler(
        {"message": "Task exception was never retrieved", "exception": ValueError(NAME), "value": NAME}
    )
    task = asyncio.create_task(fails())
    await asyncio.wait((task,))
    task.exception()
    assert NAME not in str(lines())
    assert told(lines)["event"] == "Task exception was never retrieved"


def test_a_crash_is_told_without_its_text(lines: Lines) -> None:
    sys.excepthook(ValueError, ValueError(NAME), None)
    assert (told(lines)["event"], told(lines)["error"]["type"]) == ("process_crashed", "ValueError")
    assert NAME not in str(lines())


def test_codes_and_orders_to_the_operator_are_told(lines: Lines) -> None:
    try:
        raise LoudStop("Raise the epoch.") from Conflict("already_open", "เปิดแล้ว", "It is open already.")
    except LoudStop as exc:
        structlog.get_logger().critical("stopped", exc_info=exc)
    error = told(lines)["error"]
    assert (error["message"], error["cause"]["code"]) == ("Raise the epoch.", "already_open")


@pytest.mark.parametrize("secret", [CITIZEN_ID, "081-234-5678", "U4af4980629fd1b4cf0a2f6c3d1e5b7a9"])
def test_an_identifier_that_slipped_through_is_taken_out_at_the_end(lines: Lines, secret: str) -> None:
    structlog.get_logger().info(f"linked {secret}", anything={"deep": [secret]})
    logging.getLogger("library").warning("push to %s failed", secret)
    assert secret not in str(lines())
    assert str(lines()).count("[redacted]") == 3


def test_libraries_that_repeat_addresses_are_quiet(lines: Lines) -> None:
    logging.getLogger("httpx").info("HTTP Request: GET https://registry/v1/children?name=%s", NAME)
    structlog.get_logger().debug("detail")
    assert lines() == []
