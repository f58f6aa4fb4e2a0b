"""The last test of a run: nothing that was logged anywhere in it holds anybody's personal data."""

from pathlib import Path

import pytest

from tests.suite.people import personal_data
from tests.suite.stack import Stack


@pytest.mark.last
def test_no_log_of_the_whole_run_holds_a_citizen_id_a_name_or_a_phone_number(stack: Stack, log_dir: Path) -> None:
    stack.stop()
    logs = {path.name: path.read_bytes() for path in log_dir.rglob("*.log")}
    assert {f"suite-{i.name}-{p}.log" for i in stack.instances for p in ("api", "bus", "jobs")} <= logs.keys()
    assert all(logs[f"suite-{i.name}-api.log"] for i in stack.instances)
    for name, content in logs.items():
        found = [text for text in personal_data() if text.encode() in content]
        assert not found, name
