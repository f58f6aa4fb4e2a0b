"""The demo, through HTTP only, as the agencies' own people would do it: files, reconciliation, one child's way back,
and the present term of its schools."""

import asyncio
import json
from datetime import datetime
from functools import partial
from pathlib import Path
from uuid import UUID

from zd_contracts.api.cases import Case, CaseStatus, NewPlacement, NewVisit
from zd_contracts.api.grants import PaymentInstruction
from zd_contracts.api.notify import Message, NewGuardianLink
from zd_contracts.api.reconciliation import NewReconciliation
from zd_contracts.api.registry import Child, ImportJob, ImportKind
from zd_contracts.clients.base import ApiError
from zd_kernel.clock import BANGKOK
from zd_local.demo import files
from zd_local.demo.desk import Desk, desk, until
from zd_local.demo.people import REFERENCE_DATE, SEED, TAMBON, Person, generate, line_user_id
from zd_local.demo.school import load_school
from zd_local.layout import STATE
from zd_local.summary import say

LOADED = STATE / "demo.json"
_GUARDIANS = 10


async def load_demo(loaded: Path = LOADED) -> None:
    """Loads nothing twice: every request has a key made from the seed, and is left out once it has its effect."""
    async with desk("officer") as officer, desk("volunteer") as volunteer:
        if await _is_loaded(officer, loaded):
            return
        say("กำลังโหลดข้อมูลสาธิต", "Loading the demo")
        people = generate()
        await _find_missing(officer, people)
        missing = {(c.given_name, c.family_name): c async for c in officer.registry.children(area=TAMBON, limit=200)}
        dropped_out = [person for person in people if person.story == "dropped_out"]
        children = [(person, missing[person.given_name, person.family_name]) for person in dropped_out[:_GUARDIANS]]
        for person, child in children:
            await _link_guardian(volunteer, person, child)
        back = children[0][1].id
        today = datetime.now(BANGKOK).date()
        _, term = await asyncio.gather(
            _bring_back(officer, volunteer, back), load_school(officer.http, people, today, _key("school"))
        )
        loaded.write_text(json.dumps({"seed": SEED, "child_id": str(back), "term": term}))


async def _is_loaded(officer: Desk, loaded: Path) -> bool:
    """What the file says is believed only if the registry knows the child: the databases may be new."""
    said = json.loads(loaded.read_text()) if loaded.exists() else {}
    if "term" not in said:  # nothing yet, or before the demo had a present term
        return False
    try:
        await officer.registry.child(UUID(said["child_id"]))
    except ApiError as exc:
        if exc.status == 404:
            return False
        raise
    return True


async def _find_missing(officer: Desk, people: list[Person]) -> None:
    await _import(officer, "population", files.population(people))
    for term in (files.TERM_BEFORE, files.TERM):
        await _import(officer, "enrolment", files.enrolment(people, term), term)
    asked = NewReconciliation(term=files.TERM, reference_date=REFERENCE_DATE)
    run = await officer.registry.reconcile(asked, key=_key("reconciliation"))
    await until("reconciliation", lambda: officer.registry.reconciliation(run.id), lambda r: r.status == "done")


async def _import(officer: Desk, kind: ImportKind, csv: bytes, term: str | None = None) -> ImportJob:
    what = f"import-{kind}-{(term or '').replace('/', '-')}"
    whole = kind == "enrolment"  # all schools of the tambon in one list
    job = await officer.registry.upload(kind, csv, term=term, complete=whole, commit=True, key=_key(what))
    return await until(what, lambda: officer.registry.import_job(job.id), lambda j: j.status == "done")


async def _link_guardian(volunteer: Desk, person: Person, child: Child) -> None:
    if not [link async for link in volunteer.notify.guardian_links(child_id=child.id)]:
        link = NewGuardianLink(child_id=child.id, line_user_id=line_user_id(person))
        await volunteer.notify.link_guardian(link, key=_key(f"guardian-{child.id}"))


async def _bring_back(officer: Desk, volunteer: Desk, child_id: UUID) -> None:
    """A visit and a placement by the volunteer; award, payment, LINE and return follow; the officer closes the case."""
    case = await _case(volunteer, child_id, "open", "returned", "closed")
    today = datetime.now(BANGKOK).date()
    if not [visit async for visit in volunteer.cases.visits(case.id)]:
        visit = NewVisit(visited_date=today, outcome="met")
        await volunteer.cases.record_visit(case.id, visit, key=_key(f"visit-{case.id}"))
    if not [placement async for placement in volunteer.cases.placements(case.id)]:
        placement = NewPlacement(kind="flexible_learning", started_date=today)
        await volunteer.cases.start_placement(case.id, placement, key=_key(f"placement-{case.id}"))
    await until("payment", partial(_payments, officer, child_id), bool)
    await until("message", partial(_sent_messages, officer, child_id), bool)
    case = await _case(officer, child_id, "returned", "closed")
    if case.status == "returned":
        await officer.cases.close_case(case, "returned")


async def _case(at: Desk, child_id: UUID, *statuses: CaseStatus) -> Case:
    async def ask() -> list[Case]:
        return [case async for case in at.cases.cases(child_id=child_id) if case.status in statuses]

    return (await until(f"case {' or '.join(statuses)}", ask, bool))[0]


async def _payments(at: Desk, child_id: UUID) -> list[PaymentInstruction]:
    return [payment async for payment in at.grants.payments(child_id=child_id)]


async def _sent_messages(at: Desk, child_id: UUID) -> list[Message]:
    return [message async for message in at.notify.messages(child_id=child_id) if message.status == "sent"]


def _key(what: str) -> str:
    return f"demo-{SEED}-{what}"
