import io
import json
import logging
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from zd_kernel.observe import logs

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """Logging as a process has it, into memory; the test run's own logging comes back afterwards."""
    stream = io.StringIO()
    root = logging.getLogger()
    before = (list(root.handlers), root.level, structlog.get_config(), sys.excepthook, logs._Output.sink)
    logs.configure(service="sample", instance="nan-1", process="api", level="INFO", stream=stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers[:], level, config, sys.excepthook, logs._Output.sink = before
    root.setLevel(level)
    structlog.configure(**config)
