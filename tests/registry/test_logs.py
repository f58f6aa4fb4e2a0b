"""The last test of a run: nothing that was logged anywhere in it names one of the people of these tests."""

import re
from pathlib import Path

import pytest

from tests.registry.builders import PHONE, a_citizen_id

PERSONAL = re.compile(rf"\d9999\d{{8}}|สมมุติ|ตัวอย่าง|{PHONE}|{PHONE.replace('-', '')}".encode())


@pytest.mark.last
def test_no_log_of_the_run_holds_a_citizen_id_a_name_or_a_phone_number(log_dir: Path) -> None:
    assert PERSONAL.search(a_citizen_id(1).encode())
    logs = {path.name: path.read_bytes() for path in log_dir.rglob("*.log")}
    assert logs["suite.log"]
    assert {name: found[0] for name, content in logs.items() if (found := PERSONAL.search(content))} == {}
