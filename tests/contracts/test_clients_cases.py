"""The client of cases against its real app."""

from datetime import date
from uuid import UUID, uuid4

import pytest

from tests.contracts.conftest import Start
from zd_cases.__main__ import SPEC
from zd_contracts.api.cases import NewPlacement, NewVisit
from zd_contracts.clients.base import ApiError
from zd_contracts.clients.cases import CasesClient
from zd_contracts.envelope import parse_sequence
from zd_contracts.events.base import ChildEvent
from zd_contracts.events.cases import CaseClosed, CaseOpened, PlacementStarted, VisitRecorded
from zd_contracts.events.registry import ChildMissing

SCOPES = ("cases:read", "cases:write", "cases:events")
DAY = date(2024, 6, 17)


def missing(child_id: UUID) -> ChildMissing:
    return ChildMissing(
        child_id=child_id, tambon="520301", kind="dropped_out", reference_date=date(2024, 6, 10), run_id=uuid4()
    )


async def test_a_case_goes_from_found_to_closed_through_the_client(start: Start) -> None:
    cases = await start(SPEC, *SCOPES)
    client, child_id = CasesClient(cases.http), uuid4()
    await cases.door.hear(missing(child_id))

    [case] = [case async for case in client.cases(child_id=child_id, status="open", area="520301")]
    assert (case.child_id, case.kind, case.area) == (child_id, "dropped_out", "520301")
    assert await client.case(case.id) == case

    visit = await client.record_visit(case.id, NewVisit(visited_date=DAY, outcome="met"))
    assert [visit] == [known async for known in client.visits(case.id)]
    placement = await client.start_placement(case.id, NewPlacement(kind="training", started_date=DAY))
    assert [placement] == [known async for known in client.placements(case.id)]

    case = await client.case(case.id)
    with pytest.raises(ApiError, match="412 version_changed"):
        await client.close_case(case.model_copy(update={"version": case.version + 1}), "moved")
    closed = await client.close_case(case, "moved")
    assert (closed.status, closed.reason) == ("closed", "moved")
    assert closed.version > case.version
    with pytest.raises(ApiError, match="409 case_closed"):
        await client.record_visit(case.id, NewVisit(visited_date=DAY, outcome="met"))


async def test_the_feed_is_followed_page_by_page_to_its_end_and_on_from_any_position(start: Start) -> None:
    cases = await start(SPEC, *SCOPES)
    client, child_id = CasesClient(cases.http), uuid4()
    await cases.door.hear(missing(child_id))
    [case] = [case async for case in client.cases(child_id=child_id)]
    await client.record_visit(case.id, NewVisit(visited_date=DAY, outcome="not_home"))
    await client.start_placement(case.id, NewPlacement(kind="training", started_date=DAY))
    await client.close_case(await client.case(case.id), "moved")

    events = [event async for event in client.events(wait=1, limit=1)]
    models: tuple[type[ChildEvent], ...] = (CaseOpened, VisitRecorded, PlacementStarted, CaseClosed)
    facts = [event.decode(model).data for event, model in zip(events, models, strict=True)]
    assert {fact.child_id for fact in facts} == {child_id}
    second = parse_sequence(events[1].sequence)[1]
    assert [event async for event in client.events(second)] == events[2:]


async def test_a_list_longer_than_a_page_comes_whole_and_once(start: Start) -> None:
    cases = await start(SPEC, *SCOPES)
    children = {uuid4() for _ in range(5)}
    await cases.door.hear(*map(missing, children))
    listed = [case.child_id async for case in CasesClient(cases.http).cases(limit=2)]
    assert len(listed) == 5
    assert set(listed) == children


async def test_the_same_key_records_one_visit(start: Start) -> None:
    cases = await start(SPEC, *SCOPES)
    client, child_id = CasesClient(cases.http), uuid4()
    await cases.door.hear(missing(child_id))
    [case] = [case async for case in client.cases(child_id=child_id)]
    visit = NewVisit(visited_date=DAY, outcome="met")
    assert await client.record_visit(case.id, visit, key="once") == await client.record_visit(
        case.id, visit, key="once"
    )
    assert len([known async for known in client.visits(case.id)]) == 1
    with pytest.raises(ApiError, match="422 idempotency_key_reused"):
        await client.record_visit(case.id, NewVisit(visited_date=DAY, outcome="moved"), key="once")


async def test_a_stranger_to_the_service_is_refused_with_a_code(start: Start) -> None:
    cases = await start(SPEC, "registry:read")
    client = CasesClient(cases.http)
    with pytest.raises(ApiError, match="403"):
        await client.case(uuid4())
    cases.http.headers["Authorization"] = "Bearer nothing"
    with pytest.raises(ApiError, match="401"):
        await client.case(uuid4())


async def test_a_case_that_is_not_there_is_said_in_the_language_asked_for(start: Start) -> None:
    cases = await start(SPEC, *SCOPES)
    details = []
    for language in ("th", "en"):
        cases.http.headers["Accept-Language"] = language
        with pytest.raises(ApiError, match="404 case_not_found") as caught:
            await CasesClient(cases.http).case(uuid4())
        details.append(caught.value.detail)
    assert "ไม่พบ" in details[0]
    assert "Check the id" in details[1]
