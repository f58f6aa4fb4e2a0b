import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent / "bus_chaos.py"


@pytest.mark.timeout(420)
def test_every_event_takes_effect_exactly_once_and_in_order_while_everything_is_killed(log_dir: Path) -> None:
    command = [sys.executable, str(SCRIPT), "--events", "10000", "--kills", "10"]
    with (log_dir / "bus_chaos.log").open("wb") as log:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=log, check=False)
    assert done.returncode == 0, (log_dir / "bus_chaos.log").read_text()
    verdict = json.loads(done.stdout.splitlines()[-1])
    assert verdict.pop("events") >= 10_000
    assert verdict == {"kills": 10, "lost": 0, "duplicated": 0, "reordered": 0}
