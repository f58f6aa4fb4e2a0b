"""The client of the registry against its real app: two files, a reconciliation, a child."""

import asyncio
import csv
import io
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import TypeVar

import pytest

from tests.contracts.conftest import Running, Start
from zd_contracts.api.reconciliation import NewReconciliation, Reconciliation
from zd_contracts.api.registry import ImportJob
from zd_contracts.clients.base import ApiError
from zd_contracts.clients.registry import RegistryClient
from zd_contracts.events import EVENTS
from zd_contracts.events.base import ChildEvent
from zd_contracts.events.registry import ChildEnrolled, ChildErased, ChildMissing, ChildRegistered, ChildReturned
from zd_registry.__main__ import SPEC

SCOPES = (
    "registry:read", "registry:write", "registry:import", "registry:reconcile", "registry:erase", "registry:events",
)  # fmt: skip
R = TypeVar("R", ImportJob, Reconciliation)


def citizen_id(number: int) -> str:
    """Of the registration office 0099, which exists nowhere."""
    digits = f"10099{number:07}"
    total = sum((13 - place) * int(digit) for place, digit in enumerate(digits))
    return f"{digits}{(11 - total % 11) % 10}"


POPULATION = f"""citizen_id,given_name,family_name,birth_date,sex,area
{citizen_id(1)},กานดา,ทดสอบ,2556-02-13,female,52030103
{citizen_id(2)},ก้อง,ทดสอบ,2556-02-31,male,520301
"""


ENROLMENT = f"""citizen_id,given_name,family_name,birth_date,organisation,grade
{citizen_id(1)},กานดา,ทดสอบ,2556-02-13,520301-1,ป.6
"""


async def done(ask: Callable[[], Awaitable[R]]) -> R:
    async with asyncio.timeout(20):
        while (work := await ask()).status not in {"done", "failed"}:
            await asyncio.sleep(0.05)
    assert work.status == "done", work.error_code
    assert work.progress == 100
    return work


async def start_registry(start: Start) -> tuple[Running, RegistryClient]:
    registry = await start(SPEC, *SCOPES)
    return registry, RegistryClient(registry.http)


async def test_a_child_is_imported_found_missing_and_erased_through_the_client(start: Start) -> None:
    _, client = await start_registry(start)
    uploaded = await client.upload("population", POPULATION.encode())
    checked = await done(lambda: client.import_job(uploaded.id))
    assert (checked.phase, checked.accepted, checked.rejected) == ("checked", 0, 1)
    assert checked.report is not None
    assert checked.report.effect is not None
    assert (checked.report.effect.new, [row.row for row in checked.report.sample]) == (1, [3])
    assert [child async for child in client.children(area="520301")] == []
    committed = await client.commit_import(uploaded.id)
    report = await done(lambda: client.import_job(uploaded.id))
    assert report.job_id == committed.job_id
    job = await client.job(committed.job_id)
    assert (job.kind, job.state, job.error_code) == ("import_apply", "done", None)
    assert [job.id async for job in client.imports(phase="committed")] == [uploaded.id]
    assert (report.kind, report.term) == ("population", None)
    assert (report.rows, report.accepted, report.unchanged, report.rejected) == (2, 1, 0, 1)
    [refused] = csv.DictReader(io.StringIO((await client.import_errors(uploaded.id)).decode("utf-8-sig")))
    assert refused["given_name"] == "ก้อง"
    assert refused["reason_th"]
    assert refused["reason_en"]

    [child] = [child async for child in client.children(area="520301")]
    assert (child.given_name, child.birth_date, child.sex, child.area) == (
        "กานดา",
        date(2013, 2, 13),
        "female",
        "52030103",
    )
    assert await client.child(child.id) == child

    run = await client.reconcile(NewReconciliation(term="2567/1", reference_date=date(2024, 6, 10)))
    figures = await done(lambda: client.reconciliation(run.id))
    assert (figures.examined, figures.missing, figures.newly_missing) == (1, 1, 1)
    [missing] = [known async for known in client.children(status="not_learning")]
    assert (missing.id, missing.missing_kind) == (child.id, "never_enrolled")

    await client.erase_child(child.id)
    with pytest.raises(ApiError, match="404 child_not_found"):
        await client.child(child.id)
    events = [event async for event in client.events(wait=1)]
    models: tuple[type[ChildEvent], ...] = (ChildRegistered, ChildMissing, ChildErased)
    assert [e.decode(m).data.child_id for e, m in zip(events, models, strict=True)] == [child.id] * 3


async def test_a_child_found_missing_returns_when_an_enrolment_list_names_them(start: Start, tmp_path: Path) -> None:
    organisations = tmp_path / "organisations.json"
    organisations.write_text('{"520301-1": [1, 1]}', "utf-8")
    registry = await start(SPEC, *SCOPES, organisations_file=organisations)
    client = RegistryClient(registry.http)
    uploaded = await client.upload("population", POPULATION.encode(), commit=True)
    await done(lambda: client.import_job(uploaded.id))
    wanted = NewReconciliation(term="2567/1", reference_date=date(2024, 6, 10))
    run = await client.reconcile(wanted)
    await done(lambda: client.reconciliation(run.id))

    listed = await client.upload("enrolment", ENROLMENT.encode(), term="2567/1", commit=True)
    assert (await done(lambda: client.import_job(listed.id))).accepted == 1
    again = await client.reconcile(wanted)
    figures = await done(lambda: client.reconciliation(again.id))
    assert (figures.examined, figures.in_school, figures.missing) == (1, 1, 0)

    facts = [event.decode(EVENTS[event.type]).data for event in [e async for e in client.events(wait=1)]]
    registered, missing, enrolled, returned = facts
    assert isinstance(registered, ChildRegistered)
    assert isinstance(missing, ChildMissing)
    assert isinstance(enrolled, ChildEnrolled)
    assert isinstance(returned, ChildReturned)
    assert (enrolled.organisation, enrolled.term, enrolled.grade) == ("520301-1", "2567/1", "P6")
    assert (returned.learning_status, returned.evidence) == ("in_school", "enrolment")
    assert registered.birth_year == 2013
    assert {fact.tambon for fact in (registered, missing, enrolled, returned)} == {"520301"}


async def test_an_enrolment_file_without_its_term_is_refused_with_a_code(start: Start) -> None:
    _, client = await start_registry(start)
    with pytest.raises(ApiError) as caught:
        await client.upload("enrolment", b"citizen_id,given_name,family_name,birth_date,organisation,grade\n")
    assert caught.value.status in {400, 422}
    assert caught.value.code not in {"http_error", "internal_error"}
