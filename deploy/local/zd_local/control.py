"""The commands beside `up`."""

import shutil
import subprocess
import sys
import time

import httpx
import psutil

from zd_engines.process import wait_until
from zd_local.environment import ISSUER_KEYS
from zd_local.issuer.keys import rotate as rotate_keys
from zd_local.layout import ISSUER_PORT, LOGS, RUN, STATE, url
from zd_local.orphans import READY, recorded, stop_orphans, supervisor
from zd_local.secret_files import secret
from zd_local.stack import kafka, postgres, up
from zd_local.summary import complain, say

_START_S, _STOP_S = 180.0, 90.0
# Kafka's jars, what the checkers remember, and the folders of test runs: nothing of the services is in them.
_KEPT_BY_RESET = {"jars", "cache", "tests"}


def up_detached() -> int:
    """Start a supervisor of its own session, repeat what it says until it is ready; 1 if it ended before."""
    if supervisor():
        wait_until(lambda: READY.exists() or supervisor() is None, _START_S)
    if supervisor():
        return up()  # says that it is running
    READY.unlink(missing_ok=True)  # of a supervisor that was killed
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / "up.log"
    with log.open("wb") as output:
        child = subprocess.Popen(
            [sys.executable, "-m", "zd_local", "up"],
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
    with log.open("rb") as said:
        while True:
            settled = READY.exists() or child.poll() is not None
            sys.stdout.buffer.write(said.read())
            sys.stdout.flush()
            if settled:
                break
            time.sleep(0.1)
    return child.poll() or 0


def down() -> int:
    running = supervisor()
    if running:
        running.terminate()
        try:
            running.wait(_STOP_S)
        except psutil.TimeoutExpired:
            complain(f"หยุดไม่ได้ใน {_STOP_S:g} วินาที", f"It did not stop within {_STOP_S:g} s: look at make status")
            return 1
    stop_orphans()
    kafka().stop()
    postgres().stop()
    say("หยุดแล้ว", "Stopped")
    return 0


def status() -> int:
    """0 if all that was started still runs, 3 otherwise, as service managers answer."""
    running = {"supervisor": supervisor()} | {path.stem: recorded(path) for path in sorted(RUN.glob("*.json"))}
    pids = {name: process.pid if process else None for name, process in running.items()}
    pids |= {"postgres": postgres().pid, "kafka": kafka().pid}
    for name, pid in pids.items():
        state = f"pid {pid}" if pid else "ไม่ทำงาน / not running"
        print(f"  {name:<14} {state}")
    print(f"  data  {postgres().data_dir}, {STATE / 'kafka'}\n  logs  {LOGS}")
    return 0 if all(pids.values()) else 3


def reset() -> int:
    if code := down():
        return code
    postgres().remove()
    kafka().remove()
    for path in STATE.iterdir():
        if path.name not in _KEPT_BY_RESET:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    say("ลบข้อมูลทั้งหมดแล้ว", "All data removed")
    return 0


def rotate() -> int:
    key_id = rotate_keys(ISSUER_KEYS)
    say(f"จากนี้ผู้ออกโทเค็นลงนามด้วยกุญแจ {key_id}", f"From now on the issuer signs with key {key_id}")
    return 0


def token(client: str) -> int:
    form = {"grant_type": "client_credentials", "client_id": client, "client_secret": secret(client)}
    try:
        answer = httpx.post(f"{url(ISSUER_PORT)}/token", data=form, trust_env=False)
    except httpx.ConnectError:
        complain("ยังไม่ได้เริ่มระบบ โปรดสั่ง make up", "Nothing runs yet: make up first")
        return 1
    if answer.is_error:
        complain(f"ไม่รู้จัก {client}", f"{client} is not known: officer, director, teacher, volunteer or partner")
        return 1
    print(answer.json()["access_token"])
    return 0
