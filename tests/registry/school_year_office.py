"""What schools do in a term, through the registry's doors, and how it compares with what it has to come to."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from time import perf_counter
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np

from tests.registry.builders import a_child, a_pupil
from tests.registry.conftest import EVERY_SCOPE, Caller, Registry
from tests.registry.school_year import (
    GONE,
    PRESENT,
    STATUSES,
    Correction,
    Pupil,
    SchoolTerm,
    the_second_term,
)
from tests.registry.school_year_risk import LEVELS, measured, points
from zd_contracts.events.grants import HouseholdScreened
from zd_contracts.events.registry import AttendanceStreakReached
from zd_kernel.clock import BANGKOK
from zd_kernel.ids import uuid7
from zd_registry.risk.rules import OBSERVED

AT_ONCE = 1_000
REGISTERS_AT_ONCE = 400
Tell = Callable[[dict[str, Any]], None]
"""Takes what is known by now of a run that takes long, so that one that is cut off has shown it."""
_SCOPES = (*EVERY_SCOPE, "registry:organisations", "registry:attendance", "registry:achievement", "registry:configure")


class Found(NamedTuple):
    """Pupils whose days, streak or risk are not what they have to be; streaks told that should not have been, and the
    other way round; how many are of each level at the end of the term; the back-test as the service reports it."""

    wrong_days: dict[int, Any]
    wrong_levels: dict[int, Any]
    untold: set[tuple[int, int, date]]
    mistold: set[tuple[int, int, date]]
    levels: dict[str, int]
    backtest: dict[str, Any]


class SchoolOffice:
    """The first `by_file` schools hand in a sheet every day. The system of the others sends one request for all: of a
    school with an odd number only who was away, as long as nobody has left it whom its list still names."""

    def __init__(self, registry: Registry, term: SchoolTerm, by_file: int = 0, tell: Tell | None = None) -> None:
        self.registry = registry
        self.term = term
        self.by_file = by_file
        self.children: dict[int, str] = {}
        self.wrong_levels: dict[int, Any] = {}
        self.levels: Counter[str] = Counter()
        self.reads_attendance = False
        self.models: list[int] = []
        self.seconds: Counter[str] = Counter()
        self._tell = tell

    @contextmanager
    def timed(self, part: str) -> Iterator[None]:
        began = perf_counter()
        yield
        self.seconds[part] += round(perf_counter() - began)
        self.say(part=part, seconds=self.seconds[part])

    def say(self, **known: object) -> None:
        if self._tell is not None:
            self._tell({"term": self.term.term, **known})

    @property
    def office(self) -> Caller:
        return self.registry.caller(areas=["*"], scopes=_SCOPES, agency="office")

    def at(self, day: date, hour: int = 9) -> None:
        self.registry.clock.set(datetime.combine(day, time(hour), BANGKOK))

    @staticmethod
    def code(school: int) -> str:
        return f"5203{school + 1:04}"

    async def prepare(self) -> None:
        """The tree, the register, the lists of the term, and what `grants` tells of households."""
        self.at(self.term.days[0] - timedelta(days=3))
        nodes: list[dict[str, Any]] = [{"code": "obec", "kind": "affiliation", "name_th": "สพฐ."}]
        nodes += [{"code": self.code(school), "kind": "school", "name_th": f"โรงเรียนตัวอย่าง {school + 1}",
                   "parent": "obec", "area": "520301"} for school in range(self.term.schools)]  # fmt: skip
        for start in range(0, len(nodes), AT_ONCE):
            answer = await self.office.put("/v1/organisations", {"organisations": nodes[start : start + AT_ONCE]})
            answer.raise_for_status()
        people = [a_child(p.number, birth_date=p.birth_date.isoformat()) for p in self.term.pupils]
        await self.office.take_in("population", people)
        await self.enrol(self.term.term, self.term.pupils)
        known = await self.registry.rows("SELECT id, given_name FROM child")
        self.children = {int(row["given_name"].removeprefix("สมมุติ")): str(row["id"]) for row in known}
        facts = [
            HouseholdScreened(screening_id=uuid7(), child_id=UUID(self.children[p.number]), tambon="520301",
                              poverty_class=p.poverty, model_version="m1",
                              screened_date=self.term.days[0] - timedelta(days=30))
            for p in self.term.pupils
        ]  # fmt: skip
        for start in range(0, len(facts), AT_ONCE):
            await self.registry.hear(*facts[start : start + AT_ONCE])

    async def enrol(self, term: str, pupils: list[Pupil]) -> None:
        rows = [a_pupil(p.number, organisation=self.code(p.school), grade=p.grade) for p in pupils]
        taken = await self.office.take_in("enrolment", rows, term, complete=True)
        assert taken["accepted"] == len(pupils), taken

    async def go_through(self) -> int:
        """Day by day: registers of all schools, then what is corrected and closed on that day. Marks handed in."""
        corrections, closures = defaultdict(list), defaultdict(list)
        for each in self.term.corrections:
            corrections[each.told].append(each)
        for closure in self.term.closures:
            closures[closure.told].append(closure)
        handed, began = 0, perf_counter()
        last = self.term.days[-1] + timedelta(days=8)
        day = self.term.days[0]
        while day <= last:
            self.at(day)
            if day in self.term.day_number:
                marks = self.term.marks[self.term.day_number[day]]
                handed += int(np.count_nonzero(marks))
                await self._hand_in(
                    [self._register(n, day, marks.tolist()) for n in range(self.by_file, self.term.schools)]
                )
                await self._hand_in_files(day, marks.tolist())
                if (number := self.term.day_number[day] + 1) % 5 == 0:
                    self.say(part="days", day=number, marks=handed, seconds=round(perf_counter() - began))
            await self._hand_in(self._corrections(corrections[day]))
            for closure in closures[day]:
                path = f"/v1/calendars/{self.code(closure.school)}/days/{closure.day.isoformat()}"
                (await self.office.put(path, {"kind": "closure", "reason": "น้ำท่วม"})).raise_for_status()
            if corrections[day] or closures[day]:
                await self.registry.work()
            day += timedelta(days=1)
        return handed

    def _register(self, school: int, day: date, marks: list[int]) -> dict[str, Any]:
        pupils = self.term.by_school[school]
        complete = school % 2 == 1 and all(marks[p.number - 1] != GONE for p in pupils)
        unsaid = (GONE, PRESENT) if complete else (GONE,)
        told = [
            {"child_id": self.children[p.number], "status": STATUSES[mark]}
            for p in pupils if (mark := marks[p.number - 1]) not in unsaid
        ]  # fmt: skip
        return {"organisation": self.code(school), "date": day.isoformat(), "complete": complete, "marks": told}

    async def _hand_in_files(self, day: date, marks: list[int]) -> None:
        for school in range(self.by_file):
            pupils = self.term.by_school[school]
            rows = [
                f"{self.children[p.number]},{day},{STATUSES[marks[p.number - 1]]}"
                for p in pupils
                if marks[p.number - 1]
            ]
            await self._hand_in_sheet("attendance_days", school, "child_id,date,status", rows)
        if self.by_file:
            await self.registry.work()

    def _corrections(self, told: list[Correction]) -> list[dict[str, Any]]:
        """A register for each school and day of them."""
        marks: dict[tuple[int, date], list[dict[str, str]]] = defaultdict(list)
        for each in told:
            school = self.term.pupils[each.pupil - 1].school
            marks[school, each.day].append({"child_id": self.children[each.pupil], "status": each.status})
        return [
            {"organisation": self.code(school), "date": day.isoformat(), "marks": said, "reason": "มีใบลา"}
            for (school, day), said in marks.items()
        ]

    async def _hand_in(self, registers: list[dict[str, Any]]) -> None:
        for start in range(0, len(registers), REGISTERS_AT_ONCE):
            turn = registers[start : start + REGISTERS_AT_ONCE]
            answer = await self.office.post("/v1/attendance", {"registers": turn})
            answer.raise_for_status()
            refused = [each for item in answer.json()["items"] for each in item["refused"]]
            assert refused == [], refused[:3]

    async def close_the_term(self) -> None:
        """Results of the term, then the lists of the next, which no longer name who left."""
        self.at(self.term.last_day)
        for school, pupils in self.term.by_school.items():
            rows = [f"{self.children[pupil.number]},{pupil.gpa / 100:.2f}" for pupil in pupils]
            await self._hand_in_sheet("grades", school, "child_id,gpa", rows)
        await self.registry.work()
        await self.registry.work(background=True)
        await self._look_at_levels()
        # The next list is handed in when the next term begins, which is not before three weeks.
        self.at(self.term.last_day + timedelta(days=20))
        await self.enrol(self.term.next_term, [p for p in self.term.pupils if p.leaves is None])
        await self.registry.work()

    async def _hand_in_sheet(self, kind: str, school: int, header: str, rows: list[str]) -> None:
        office = self.office
        said = {"kind": kind, "organisation": self.code(school), "term": self.term.term}
        headers = office.headers | {"Idempotency-Key": str(uuid7()), "Content-Type": "text/csv"}
        content = "\n".join([header, *rows, ""]).encode()
        answer = await office.http.post("/v1/sheets", params=said, content=content, headers=headers)
        answer.raise_for_status()

    async def _look_at_levels(self) -> None:
        """Of the list of the term, by points counted anew from the truth; a level may be held above them for a while,
        never below. Whom only the list before named is a pupil by it until a run says otherwise."""
        numbers = {child: number for number, child in self.children.items()}
        models = (await self.office.get("/v1/risk-models")).raise_for_status().json()["items"]
        model = next(each["definition"] for each in models if each["valid_from"])
        expected = self.term.expected
        levels = "SELECT child_id, level, score, observed FROM child_risk WHERE term = $1"
        for row in await self.registry.rows(levels, self.term.term):
            pupil = self.term.pupils[numbers[str(row["child_id"])] - 1]
            values = measured(pupil, expected[pupil.number], model["grade_ages"])
            if row["observed"][OBSERVED.index("possible")] is None:
                values = {name: value for name, value in values.items() if name not in ("absent_share", "streak")}
            else:
                self.reads_attendance = True
            score = points(model, values)
            least = sum(score >= model["limits"][level] for level in LEVELS[1:])
            if row["score"] != score or LEVELS.index(row["level"]) < least:
                self.wrong_levels[pupil.number] = (row["score"], score, row["level"])
            self.levels[row["level"]] += 1
        self.say(wrong_levels=len(self.wrong_levels), levels=dict(self.levels))

    async def compare(self) -> Found:
        numbers = {child: number for number, child in self.children.items()}
        expected = dict(self.term.expected)
        wrong: dict[int, Any] = {}
        for school in range(self.term.schools):
            answer = await self.office.get("/v1/attendance/rates", organisation=self.code(school), term=self.term.term)
            for rate in answer.raise_for_status().json()["items"]:
                number = numbers[rate["child_id"]]
                names = ("days_due", "days_late", "days_leave", "days_sick", "days_absent", "streak")
                if (told := tuple(int(rate[name]) for name in names)) != tuple(expected.pop(number)):
                    wrong[number] = told
        wrong |= {number: None for number, counted in expected.items() if counted.due}
        self.say(wrong_days=len(wrong))
        whom = self.term.untouched()
        told_streaks = {
            (numbers[str(fact.child_id)], fact.school_days, fact.until_date)
            for fact in await self.registry.told(AttendanceStreakReached)
            if fact.term == self.term.term and whom[numbers[str(fact.child_id)] - 1]
        }
        due = self.term.expected_streaks()
        self.say(wrong_streaks=len(due ^ told_streaks), streaks=len(due))
        wrong_levels, levels = self.wrong_levels, dict(self.levels)
        return Found(wrong, wrong_levels, due - told_streaks, told_streaks - due, levels, await self._backtest())

    async def fitted_on(self, backtest: str) -> list[int]:
        """Versions of the model in force and of one that learned from the back-test."""
        wanted = {"backtest_ids": [backtest], "source": "ทดสอบ"}
        (await self.office.post("/v1/risk-models/fitted", wanted)).raise_for_status()
        await self.registry.work()
        models = (await self.office.get("/v1/risk-models")).raise_for_status().json()["items"]
        return sorted(each["version"] for each in models)

    async def _backtest(self) -> dict[str, Any]:
        weeks = [week for week in (4, 8, 12, 16) if week * 5 < len(self.term.days)]
        wanted = {"term": self.term.term, "weeks": weeks, "model_versions": self.models}
        answer = await self.office.post("/v1/risk-backtests", wanted)
        answer.raise_for_status()
        await self.registry.work()
        found: dict[str, Any] = (await self.office.get(answer.headers["Location"])).raise_for_status().json()
        return found


async def a_term_through(
    registry: Registry, term: SchoolTerm, by_file: int = 0, tell: Tell | None = None
) -> tuple[SchoolOffice, int, Found]:
    office = SchoolOffice(registry, term, by_file, tell)
    with office.timed("lists"):
        await office.prepare()
    return office, *await _through(office)


async def a_second_term_through(office: SchoolOffice, first: Found) -> tuple[int, Found]:
    """The back-test compares the rules with a model that learned from the first term."""
    with office.timed("model"):
        office.models = await office.fitted_on(first.backtest["id"])
    office.term = the_second_term(office.term)
    office.levels.clear()
    office.wrong_levels.clear()
    return await _through(office)


async def _through(office: SchoolOffice) -> tuple[int, Found]:
    with office.timed("days"):
        handed = await office.go_through()
    with office.timed("results"):
        await office.close_the_term()
    with office.timed("comparison"):
        found = await office.compare()
    return handed, found
