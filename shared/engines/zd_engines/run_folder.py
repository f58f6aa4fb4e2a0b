"""The folder of one test run, and what it collects: engines' data, and everything that anything logged."""

import logging
import os
import secrets
import shutil
from pathlib import Path

from zd_engines.kafka import Kafka
from zd_engines.postgres import Postgres
from zd_engines.process import ProcessRecord


class RunFolder:
    """Under `<state>/tests`. Its logs stay to be read until the next run starts; its data go when it ends."""

    def __init__(self, state_dir: Path) -> None:
        self.state_dir = state_dir
        runs = state_dir / "tests"
        runs.mkdir(parents=True, exist_ok=True)
        _sweep(runs)
        self.path = runs / f"run-{os.getpid()}-{secrets.token_hex(3)}"
        # Before the folder, so that no other run takes it for a dead one.
        ProcessRecord.of(os.getpid()).save(self.path.with_suffix(".json"))
        self.logs = self.path / "logs"
        self.logs.mkdir(parents=True)
        self._sink = (self.logs / "suite.log").open("a", encoding="utf-8")
        self._handler = logging.StreamHandler(self._sink)
        logging.getLogger().addHandler(self._handler)

    def note(self, text: str) -> None:
        """Add what a test printed or logged to the collection."""
        self._sink.write(f"{text}\n")
        self._sink.flush()

    def close(self) -> None:
        logging.getLogger().removeHandler(self._handler)
        self._sink.close()


def _sweep(runs: Path) -> None:
    """End the engines of runs that died, and delete what they and finished runs left."""
    for record_file in runs.glob("run-*.json"):
        record = ProcessRecord.load(record_file)
        if record is not None and record.process() is None:
            folder = record_file.with_suffix("")
            Postgres(folder, 0).remove()
            Kafka(folder, 0).remove()
            shutil.rmtree(folder, ignore_errors=True)
            record_file.unlink(missing_ok=True)
