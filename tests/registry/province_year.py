"""What the office of a province does with a year's files, through the registry's doors, and how right it comes out.

The oracle stands for clerks: it knows who is behind a row, but looks at no more rows than it is allowed.
"""

import csv
import io
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from tests.registry.conftest import EVERY_SCOPE, Caller, Registry
from tests.registry.province import REFERENCE, TERM, Province
from tests.registry.province_files import File
from zd_contracts.events.cases import PlacementStarted
from zd_kernel.ids import uuid7
from zd_kernel.keyring import KeyRing
from zd_registry.children.rules import CITIZEN_ID

AT_ONCE = 1_000


class Found(NamedTuple):
    """Shares of one. `why`: of those called missing, who has a reason, a sentence and the right kind of evidence."""

    recall: float
    precision: float
    review_share: float
    right_status: float
    right_kind: float
    why: float
    figures: dict[str, Any]


@dataclass
class Office:
    """`imports`: those of each file, by its place in the province; `looked_at`: rows that a clerk decided."""

    registry: Registry
    province: Province
    imports: list[dict[str, Any]] = field(default_factory=list)
    looked_at: int = 0
    run: dict[str, Any] = field(default_factory=dict)

    def as_agency(self, agency: str, *areas: str) -> Caller:
        self.registry.clock.set(datetime.now(UTC))  # a year takes longer than a token lives
        scopes = (*EVERY_SCOPE, "registry:organisations", "registry:agencies", "registry:review")
        return self.registry.caller(areas=areas or ["*"], scopes=scopes, agency=agency)

    @property
    def provinces(self) -> list[str]:
        return sorted({node["area"][:2] for node in self.province.organisations if "area" in node})

    async def prepare(self) -> None:
        """Schools, and which agency owes a list every term."""
        office = self.as_agency("office")
        nodes = self.province.organisations
        for start in range(0, len(nodes), AT_ONCE):
            body = {"organisations": nodes[start : start + AT_ONCE]}
            answer = (await office.put("/v1/organisations", body)).raise_for_status()
            assert {item["outcome"] for item in answer.json()["items"]} == {"created"}
        for agency, kind in sorted({(file.agency, file.kind) for file in self.province.files if file.term}):
            feed = {"agency": agency, "kind": kind, "owed": "term", "areas": self.provinces}
            (await office.put(f"/v1/feeds/{uuid7()}", feed)).raise_for_status()

    async def take_in(self, file: File) -> None:
        """Upload, look at the check, commit."""
        caller = self.as_agency(file.agency)
        answer = await caller.upload(file.kind, file.content, file.term, complete=True, commit=False)
        answer.raise_for_status()
        await self.registry.work()
        address = answer.headers["Location"]
        checked = (await caller.get(address)).json()
        assert checked["phase"] == "checked", checked
        assert checked["rows"] == len(file.people)
        (await caller.post(f"{address}/commit", {})).raise_for_status()
        await self.registry.work()
        done = (await self.as_agency(file.agency).get(address)).json()
        assert done["phase"] == "committed", done
        assert done["accepted"] + done["unchanged"] + done["rejected"] == done["rows"], done
        self.imports.append(done)

    async def link(self) -> None:
        await self.registry.work(background=True)

    async def report_placements(self) -> None:
        children = await self.children_of()
        facts = [
            PlacementStarted(placement_id=uuid7(), case_id=uuid7(), child_id=child, tambon=None, kind="training",
                             started_date=date(2024, 6, 1))
            for child, person in children.items() if person in set(self.province.placed)
        ]  # fmt: skip
        await self.registry.hear(*facts)

    async def review(self, most: int) -> None:
        """The lists of the term first, then the register, then what is older."""
        waiting = await self._queue("/v1/link-reviews")
        terms = {done["id"]: (file.term != TERM, file.term is not None) for done, file in self._taken()}
        waiting.sort(key=lambda row: (*terms[row["import_id"]], row["id"]))
        persons = self.persons()
        children = await self.children_of()
        for row in waiting[:most]:
            caller = self.as_agency("office")
            shown = (await caller.get(f"/v1/link-reviews/{row['id']}")).raise_for_status().json()
            if shown["state"] != "review":
                continue
            person = persons[row["import_id"], row["row"]]
            same = next((found["child_id"] for found in shown["candidates"]
                         if children.get(UUID(found["child_id"])) == person), None)  # fmt: skip
            said = {"decision": "same" if same else "new_child", "child_id": same, "reason": "เห็นเอกสารแล้ว"}
            answer = await caller.post(f"/v1/link-reviews/{row['id']}/decision", said)
            answer.raise_for_status()
            self.looked_at += 1
        await self.registry.work(background=True)

    async def merge(self, most: int) -> None:
        """Two records of one child, the likeliest first; of each pair one is in no register."""
        office = self.as_agency("office")
        (await office.post("/v1/duplicate-searches", {})).raise_for_status()
        await self.registry.work(background=True)
        children = await self.children_of()
        for pair in await self._queue("/v1/duplicates"):
            office = self.as_agency("office")
            shown = (await office.get(f"/v1/duplicates/{pair['id']}")).raise_for_status()
            sides = shown.json()["first"], shown.json()["second"]
            if all(side["in_register"] for side in sides) or self.looked_at >= most:
                continue
            first, second = (children.get(UUID(side["id"])) for side in sides)
            said = {"decision": "same" if first == second is not None else "different", "reason": "เห็นเอกสารแล้ว"}
            headers = office.headers | {"If-Match": shown.headers["ETag"], "Idempotency-Key": str(uuid7())}
            decided = await office.http.post(f"/v1/duplicates/{pair['id']}/decision", json=said, headers=headers)
            if decided.status_code != 409:  # an earlier decision has taken one of the two already
                decided.raise_for_status()
            self.looked_at += 1
            if said["decision"] == "same":
                await self.registry.work()

    async def _queue(self, path: str) -> list[dict[str, Any]]:
        waiting: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        while True:
            page = (await self.as_agency("office").get(path, limit=200, **cursor)).raise_for_status()
            waiting += page.json()["items"]
            if not (after := page.json()["next_cursor"]):
                return waiting
            cursor = {"cursor": after}

    async def reconcile(self) -> None:
        self.run = await self.as_agency("office", *self.provinces).reconcile(TERM, reference_date=REFERENCE.isoformat())
        assert self.run["status"] == "done", self.run

    def _taken(self) -> list[tuple[dict[str, Any], File]]:
        return list(zip(self.imports, self.province.files, strict=True))

    def persons(self) -> dict[tuple[str, int], int]:
        return {(done["id"], row): person for done, file in self._taken() for row, person in file.people.items()}

    async def children_of(self) -> dict[UUID, int]:
        """Child → person. By the ID that the register gave; of those without, by the row that made them."""
        keyring, persons = KeyRing.from_settings(self.registry.settings), self.persons()
        by_index = {keyring.blind(CITIZEN_ID, number): n for number, n in self.province.citizen_ids.items()}
        known = await self.registry.rows("SELECT id, citizen_id_index FROM child")
        found = {row["id"]: by_index[row["citizen_id_index"]] for row in known if row["citizen_id_index"] in by_index}
        made = await self.registry.rows("SELECT id, import_id, row FROM unlinked_record WHERE state = 'registered'")
        born = {row["id"]: persons[str(row["import_id"]), row["row"]] for row in made}
        return born | found

    async def judge(self, *, explained: int) -> Found:
        """Compare every child's status with the truth; the evidence of so many of the missing is read."""
        children = await self.children_of()
        states = {row["child_id"]: row for row in await self.registry.rows(
            "SELECT c.id AS child_id, s.status, s.missing_kind, s.reason FROM child c"
            " LEFT JOIN learning_state s ON s.child_id = c.id")}  # fmt: skip
        truth = self.province.truth
        found = await self.missing()
        told = {child: children.get(child) for child in found}
        true = {n for n, (status, _) in enumerate(truth) if status == "not_learning"}
        right = {person for person in told.values() if person in true}
        same = sum(truth[person][0] == states[child]["status"] for child, person in children.items() if child in states)
        kinds = [states[child]["missing_kind"] == truth[person][1] for child, person in told.items()
                 if person in true and person is not None]  # fmt: skip
        rows = sum(len(file.people) for file in self.province.files)
        why = [await self._explained(child) for child in found[:explained]]
        return Found(
            recall=len(right) / len(true), precision=len(right) / len(found), review_share=self.looked_at / rows,
            right_status=same / len(states), right_kind=sum(kinds) / len(kinds), why=sum(why) / len(why),
            figures={"rows": rows, "missing": len(found), "truly_missing": len(true), "reviewed": self.looked_at},
        )  # fmt: skip

    async def missing(self) -> list[UUID]:
        """Of the list that an officer downloads, tambon by tambon or all at once."""
        found: list[UUID] = []
        office = self.as_agency("office")
        for province in self.provinces:
            answer = await office.get(f"/v1/reconciliations/{self.run['id']}/missing.csv", area=province)
            rows = list(csv.reader(io.StringIO(answer.raise_for_status().text.removeprefix("\ufeff"))))
            found += [UUID(row[-1]) for row in rows[1:]]
        return found

    async def _explained(self, child: UUID) -> bool:
        answer = await self.as_agency("office").get(f"/v1/children/{child}/evidence")
        said = answer.raise_for_status().json()
        kind, listed = said["missing_kind"], said["stands_on"]["kind"] == "enrolment"
        return bool(said["reason"]["th"] and said["reason"]["en"]) and listed == (kind != "never_enrolled")


async def a_year(registry: Registry, province: Province, *, explained: int) -> tuple[Office, Found]:
    """Import, link, review, reconcile; the register first."""
    office = Office(registry, province)
    await office.prepare()
    for file in province.files:
        await office.take_in(file)
        await office.link()
    await office.report_placements()
    rows = sum(len(file.people) for file in province.files)
    await office.review(rows // 100)
    await office.merge(rows // 100)
    await office.reconcile()
    return office, await office.judge(explained=explained)
