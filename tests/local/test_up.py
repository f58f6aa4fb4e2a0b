"""`make up` itself, in a folder and on ports of its own: demo, a second run, everything killed, down."""

import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import httpx
import psutil
import pytest

from zd_engines.process import ProcessRecord
from zd_kernel.clock import BANGKOK
from zd_local.demo.people import generate, line_user_id
from zd_local.layout import PROCESSES, ROOT, SERVICES

# Ports 15,000 above those of `make up`, which may be running in this very tree.
OFFSET = 15_000
README = ROOT / "README.md"
REGISTRY = f"http://127.0.0.1:{8101 + OFFSET}"
pytestmark = [pytest.mark.last, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    state = tmp_path_factory.mktemp("up")
    # Kafka's jars of this tree: the test needs no network.
    (state / "jars").symlink_to(ROOT / ".zerodropout" / "jars")
    yield state
    run("reset", state)


def run(command: str, state: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "zd_local", command, *options],
        env=os.environ | {"ZD_STATE_DIR": str(state), "ZD_PORT_OFFSET": str(OFFSET)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def processes(state: Path) -> dict[str, psutil.Process]:
    records = {path.stem: ProcessRecord.load(path) for path in (state / "run").iterdir()}
    return {name: p for name, record in records.items() if record and (p := record.process())}


def registry(state: Path, path: str, who: str = "officer", **parameters: str | int) -> httpx.Response:
    token = run("token", state, who).stdout.strip()
    headers = {"Authorization": f"Bearer {token}"}
    answer = httpx.get(f"{REGISTRY}{path}", params=parameters or None, headers=headers, trust_env=False)
    return answer.raise_for_status()


def last_event(state: Path) -> str:
    """The sequence of the newest fact in the registry's feed."""
    sequence, after = "", "0"
    while True:
        page = registry(state, "/v1/events", after=after, limit=500).json()
        if not page["items"]:
            return sequence
        sequence, after = page["items"][-1]["sequence"], page["next_cursor"]


def test_up_starts_everything_and_carries_one_child_through_the_journey(state: Path) -> None:
    started = run("up", state, "--detach")
    assert started.returncode == 0, started.stdout + started.stderr
    assert f"{REGISTRY}/docs" in started.stdout
    assert {f"{s}-{p}" for s in SERVICES for p in PROCESSES} | {"issuer", "line", "supervisor"} == set(processes(state))
    child = json.loads((state / "demo.json").read_text())["child_id"]
    assert registry(state, f"/v1/children/{child}").json()["learning_status"] == "flexible_learning"


def test_the_tambon_has_the_children_that_the_readme_tells_of(state: Path) -> None:
    told = re.search(r"([\d,]+) children of whom nobody is real, some (\d+) of\s+them not learning", README.read_text())
    assert told
    statuses: Counter[str] = Counter()
    more = ""
    while True:
        page = registry(state, f"/v1/children?area=520301&limit=200{more}").json()
        statuses.update(child["learning_status"] for child in page["items"])
        if page["next_cursor"] is None:
            break
        more = f"&cursor={page['next_cursor']}"
    assert statuses.total() == int(told[1].replace(",", "")), statuses
    assert abs(statuses["not_learning"] - int(told[2])) <= 5, statuses


def test_the_teacher_has_a_class_to_mark_today_and_the_director_somebody_to_worry_about(state: Path) -> None:
    school, term = {"organisation": "520301-1"}, json.loads((state / "demo.json").read_text())["term"]
    today = datetime.now(BANGKOK).date()
    day = registry(state, "/v1/attendance/day", "teacher", **school, day=str(today)).json()
    assert (day["term"], day["school_day"]) == (term, True)
    pupils = {pupil["child_id"] for pupil in day["pupils"]}
    rates = registry(state, "/v1/attendance/rates", "director", **school, term=term).json()["items"]
    absent = {rate["child_id"]: rate["streak"] for rate in rates if rate["streak"] >= 3}
    assert sorted(absent.values()) == [3, 5, 7]
    assert absent.keys() < pupils
    (worst,) = (child_id for child_id, streak in absent.items() if streak == 7)
    until = time.monotonic() + 60
    while registry(state, f"/v1/children/{worst}/risk", "director").json()["level"] != "orange":
        assert time.monotonic() < until
        time.sleep(0.5)


def test_a_second_up_says_so_and_starts_nothing(state: Path) -> None:
    before = processes(state)
    second = run("up", state, "--detach")
    assert second.returncode == 0
    assert "It is running already" in second.stdout
    assert processes(state) == before


def test_after_everything_was_killed_up_recovers_and_loads_nothing_twice(state: Path) -> None:
    before = last_event(state)
    killed = processes(state)
    for process in (killed["supervisor"], *killed.values()):
        process.kill()
    for line in run("status", state).stdout.splitlines():
        name, _, pid = line.strip().partition("pid ")
        if name.strip() in ("postgres", "kafka") and pid:
            psutil.Process(int(pid)).kill()
    again = run("up", state, "--detach")
    assert again.returncode == 0, again.stdout + again.stderr
    assert last_event(state) == before


def test_an_orphan_of_a_killed_supervisor_is_stopped_and_started_anew(state: Path) -> None:
    before = processes(state)
    before["supervisor"].kill()
    again = run("up", state, "--detach")
    assert again.returncode == 0, again.stdout + again.stderr
    assert "Stopped what an earlier run left behind: cases-api, cases-bus" in again.stdout
    after = processes(state)
    assert set(after) == set(before)
    assert not {process.pid for process in after.values()} & {process.pid for process in before.values()}


def test_down_stops_everything_and_status_says_so(state: Path) -> None:
    was = processes(state)
    assert run("down", state).returncode == 0
    assert not any(process.is_running() for process in was.values())
    stopped = run("status", state)
    assert stopped.returncode == 3
    assert "pid" not in stopped.stdout


def test_no_log_of_it_all_names_anybody_of_the_demo(state: Path) -> None:
    logs = {path.name: path.read_text() for path in (state / "logs").glob("*.log*")}
    assert {f"{s}-{p}.log" for s in SERVICES for p in PROCESSES} | {"up.log", "postgres.log", "kafka.log"} <= set(logs)
    people = generate()
    personal = {p.citizen_id for p in people} | {line_user_id(p) for p in people}
    # Each word of a log by itself: a name may be a part of another word.
    names = {f"{p.given_name} {p.family_name}" for p in people} | {p.given_name for p in people}
    for name, text in logs.items():
        assert not [one for one in personal if one in text], name
        assert names.isdisjoint(re.findall(r"[\u0e00-\u0e7f]+", text)), name
