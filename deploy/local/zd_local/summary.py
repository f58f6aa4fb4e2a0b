"""What the person at the terminal reads. Thai first, English beside it."""

import sys
from pathlib import Path

from zd_local.issuer.clients import load_clients
from zd_local.layout import ISSUER_PORT, KAFKA_PORT, LINE_PORT, LOGS, POSTGRES_PORT, ROOT, SECRETS, SERVICES, port, url

_TITLES = {
    "registry": ("ทะเบียนเด็ก", "child registry"),
    "cases": ("จัดการรายกรณี", "case management"),
    "grants": ("ทุนการศึกษา", "grants"),
    "notify": ("แจ้งผู้ปกครองทาง LINE", "messages to guardians on LINE"),
}
PERSONAS = ("officer", "director", "teacher", "volunteer", "partner")


def say(th: str, en: str) -> None:
    print(f"{th} / {en}", flush=True)


def complain(th: str, en: str) -> None:
    print(f"{th} / {en}", file=sys.stderr, flush=True)


def print_summary() -> None:
    print("\n".join(_lines()), flush=True)


def _lines() -> list[str]:
    lines = ["", "พร้อมใช้งาน / Ready", ""]
    for service in SERVICES:
        th, en = _TITLES[service]
        lines.append(f"  {url(port(service, 'api'))}/docs  {service:<9} {th} / {en}")
    lines += [
        f"  {url(ISSUER_PORT)}       issuer    ผู้ออกโทเค็น / issuer of tokens",
        f"  {url(LINE_PORT)}       line      LINE จำลอง / stand-in for LINE",
        f"  127.0.0.1:{POSTGRES_PORT} PostgreSQL · 127.0.0.1:{KAFKA_PORT} Kafka",
        "",
        f"บันทึก / Logs: {_shown(LOGS)}/*.log",
        "",
        "ขอโทเค็น (อายุ 15 นาที) / Get a token (15 minutes): make token WHO=officer",
        "หรือในหน้า /docs กด Authorize / or press Authorize in /docs:",
    ]
    clients = load_clients()
    lines += [f"  {name:<10} {clients[name].title_th} / {clients[name].title_en}" for name in PERSONAS]
    lines += [
        f"  client_secret: cat {_shown(SECRETS)}/officer",
        "",
        "ลองต่อ / Try next:",
        "  TOKEN=$(make -s token WHO=officer)",
        f'  curl -s -H "Authorization: Bearer $TOKEN" "{url(port("registry", "api"))}/v1/children?area=520301&limit=5"',
        f'  curl -s -H "Authorization: Bearer $TOKEN" "{url(port("cases", "api"))}/v1/cases?area=520301&limit=5"',
        f'  curl -s -H "Authorization: Bearer $TOKEN" "{url(port("registry", "api"))}/v1/events?after=0&limit=5"',
        "",
        "หยุด / Stop: Ctrl-C, make down · สถานะ / Status: make status · ล้างข้อมูล / Remove all data: make reset",
        "",
    ]
    return lines


def _shown(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
