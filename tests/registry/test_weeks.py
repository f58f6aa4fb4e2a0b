"""A teacher's and a director's week are walked as the service's README writes them, command after command."""

import re
import shlex
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import httpx

from tests.registry.builders import a_child, a_pupil
from tests.registry.conftest import Caller, Registry
from zd_kernel.clock import bangkok_date

README: Final = Path(__file__).parents[2] / "services" / "registry" / "README.md"
SCHOOL, AFFILIATION, CLASS = "520301-1", "5203", "ป.6/1"
SUBJECT: Final = "teacher"
PUPILS: Final = 7
TEACHER: Final = ("registry:attendance", "registry:read")
DIRECTOR: Final = (*TEACHER, "registry:organisations")
_PICKED: Final[dict[str, Callable[[Any], str]]] = {
    ".term": lambda told: told["term"],
    ".id": lambda told: told["id"],
    f'.items[] | select(.code == "{CLASS}").id': lambda told: next(
        each["id"] for each in told["items"] if each["code"] == CLASS
    ),
    ".pupils[5].child_id": lambda told: told["pupils"][5]["child_id"],
}
"""What the README's filters pick out of an answer for a later command."""


def commands(title: str) -> Iterator[list[str]]:
    """Of a section, each cut as a shell would: an assignment's command without the name comes after `NAME=`."""
    (block,) = re.findall(
        rf"^## {title}\n(?:(?!^## ).)*?```sh\n(.*?)```", README.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    waiting = ""
    for line in block.splitlines():
        if line.startswith("#"):
            continue
        waiting += line.removesuffix("\\") + ("\n" if line.count("'") else "")
        if line.endswith("\\") or waiting.count("'") % 2:
            continue
        assigned = re.fullmatch(r"(\w+)=\$\((ask|tell)\b(.*)\)\s*", waiting, re.DOTALL)
        text = f"{assigned[1]}= {assigned[2]}{assigned[3]}" if assigned else waiting
        waiting = ""
        if words := shlex.split(text, comments=True):
            yield words


class Walk:
    def __init__(self, registry: Registry, known: dict[str, str]) -> None:
        self.registry, self.known = registry, known
        self.files: dict[str, str] = {}
        self.walked = 0

    def meant(self, word: str) -> str:
        """With the values of the variables in it."""
        word = re.sub(r"\$\{(\w+)%-\*\}", lambda found: self.known[found[1]].rpartition("-")[0], word)
        return re.sub(r"\$(\w+)", lambda found: self.known[found[1]], word)

    async def through(self, caller: Caller, title: str) -> None:
        for words in commands(title):
            if words[0] == "printf":
                form, *values = (self.meant(word) for word in words[1 : words.index(">")])
                self.files[words[-1]] = form.replace("\\n", "\n") % tuple(values)
                continue
            asked = next((place for place, word in enumerate(words) if word in {"ask", "tell"}), None)
            if asked is None:
                assert all("=" in word or word in {"token", "-s", "+%F)", "date"} for word in words), words
                continue
            ends = [place for place, word in enumerate(words) if word in {"|", ">"}] or [len(words)]
            answer = await self._send(caller, [self.meant(word) for word in words[asked + 1 : ends[0]]])
            assert answer.status_code < 400, (words, answer.text)
            self.walked += 1
            await self.registry.work()
            if "jq" in words:
                self._look(words[words.index("jq") + 1 :][-1], answer.json(), words[0] if asked else None)

    def _look(self, wanted: str, told: Any, assigned: str | None) -> None:
        if assigned is not None:
            self.known[assigned.removesuffix("=")] = _PICKED[wanted](told)
            return
        rows = told.get("items", told.get("pupils", [told]))
        for names in re.findall(r"\{([\w, ]+)\}", wanted) if rows else ():
            assert set(names.split(", ")) <= rows[0].keys(), (wanted, rows[0])

    async def _send(self, caller: Caller, words: list[str]) -> httpx.Response:
        path, method, content, headers = "", "GET", None, dict(caller.headers)
        rest = iter(words)
        for word in rest:
            match word:
                case "-X":
                    method = next(rest)
                case "--json":
                    content, headers["Content-Type"] = next(rest), "application/json"
                case "--data-binary":
                    content = self.files[next(rest).removeprefix("@")]
                case "-H":
                    name, _, value = next(rest).partition(": ")
                    headers[name] = value
                case _:
                    path = word
        method = "POST" if content is not None and method == "GET" else method
        headers |= {"Idempotency-Key": str(uuid4())} if method == "POST" else {}
        body = None if content is None else content.encode()
        return await caller.http.request(method, path, content=body, headers=headers)


async def school(registry: Registry, term: str) -> None:
    """With a class that a teacher has, and school on every day."""
    office = registry.caller(areas=["*"], scopes=(*DIRECTOR, "registry:import", "registry:rosters"))
    today = bangkok_date(registry.clock.now())
    area = {"area": "520301"}
    nodes = [
        {"code": AFFILIATION, "kind": "education_service_area", "name_th": "เขตพื้นที่ตัวอย่าง", **area},
        {"code": SCHOOL, "kind": "school", "name_th": "โรงเรียนตัวอย่าง", "parent": AFFILIATION, **area},
    ]
    dates = {"start_date": str(today - timedelta(days=14)), "end_date": str(today + timedelta(days=120)),
             "weekdays": "1234567", "source": "ทดสอบ"}  # fmt: skip
    of_school = f"/v1/organisations/{SCHOOL}"
    (await office.put("/v1/organisations", {"organisations": nodes})).raise_for_status()
    (await office.put(f"/v1/calendars/{AFFILIATION}/terms/{term}", dates)).raise_for_status()
    numbers = range(1, PUPILS + 1)
    await office.take_in("population", [a_child(n) for n in numbers])
    await office.take_in("enrolment", [a_pupil(n, organisation=SCHOOL) for n in numbers], term, complete=True)
    told = {"classes": [{"term": term, "code": CLASS, "title": CLASS, "grade": "P6"}]}
    (made,) = (await office.put(f"{of_school}/classes", told)).raise_for_status().json()["items"]
    begin = str(today - timedelta(days=14))
    sitting = [{"child_id": str(await office.child_id(n)), "begin_date": begin} for n in numbers]
    (await office.put(f"/v1/classes/{made['id']}/members", {"members": sitting})).raise_for_status()
    known = {"code": "T1", "given_name": "ครู", "family_name": "ตัวอย่าง", "subject": SUBJECT}
    (await office.put(f"{of_school}/teachers", {"teachers": [known]})).raise_for_status()
    taught = {"teachers": [{"teacher": "T1", "main": True}]}
    (await office.put(f"/v1/classes/{made['id']}/teachers", taught)).raise_for_status()
    registry.clock.advance(seconds=31)  # until claims to the school work


async def test_a_teachers_and_a_directors_week_go_as_the_readme_writes_them(registry: Registry) -> None:
    today = bangkok_date(registry.clock.now())
    year, number = (today.year, 1 if today.month < 11 else 2) if today.month >= 5 else (today.year - 1, 2)
    await school(registry, f"{year + 543}/{number}")
    walk = Walk(registry, {"API": "/v1", "SCHOOL": SCHOOL, "DAY": str(today)})
    await walk.through(registry.caller(organisations=[SCHOOL], scopes=TEACHER), "A teacher's week")
    await walk.through(registry.caller(organisations=[SCHOOL], scopes=DIRECTOR), "A school director's week")
    assert walk.walked == 16, "as many commands as the two weeks have"
    corrected = await registry.rows("SELECT DISTINCT child_id FROM attendance_correction")
    assert [str(row["child_id"]) for row in corrected] == [walk.known["PUPIL"]]
    (closed,) = await registry.rows("SELECT sum(due) AS due FROM attendance_term")
    assert closed["due"] == 0, "the flood hurts nobody"
