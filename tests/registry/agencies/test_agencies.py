"""The directory of partner agencies, and the feeds that they owe."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from tests.registry.builders import FAR_SCHOOL
from tests.registry.conftest import Caller, Registry
from tests.registry.organisations.builders import LAMPANG_1, OBEC, keeper, plant, send, span
from zd_contracts.events.registry import AgencyJoined
from zd_kernel.clock import bangkok_date
from zd_kernel.scope import Scope, areas
from zd_registry.agencies.actions import find_feed, record_delivery, withdraw_delivery

SCOPES = ("registry:read", "registry:agencies")
SERVICE_AREA = {
    "token_agency": "สพป.ลำปาง เขต 1",
    "name_th": "สำนักงานเขตพื้นที่การศึกษาประถมศึกษาลำปาง เขต 1",
    "kind": "education_service_area",
    "tambon": "520101",
    "areas": ["5201", "5203"],
    "contact": {"phone": "054 000 000", "email": "office@example.go.th"},
    "services": [{"kind": "school_transfer", "name_th": "ย้ายโรงเรียนข้ามอำเภอ"}],
    "joined_date": "2024-05-28",
}
FEED = {"agency": "สพป.ลำปาง เขต 1", "kind": "enrolment", "owed": "term", "areas": ["52"]}
JULY = datetime(2024, 7, 1, 3, tzinfo=UTC)


@pytest.fixture
def office(registry: Registry) -> Caller:
    return registry.caller(areas=["52"], scopes=SCOPES)


async def join(caller: Caller, **overrides: Any) -> httpx.Response:
    return await send(caller, "POST", "/v1/agencies", SERVICE_AREA | overrides)


async def put_feed(caller: Caller, feed_id: UUID | None = None, **overrides: Any) -> httpx.Response:
    return await send(caller, "PUT", f"/v1/feeds/{feed_id or uuid4()}", FEED | overrides)


async def deliver(registry: Registry, feed_id: str, term: str | None, *, complete: bool = True) -> UUID:
    import_id = uuid4()
    async with registry.database.transaction(Scope.system("test")) as session:
        await record_delivery(session, UUID(feed_id), import_id, term=term, complete=complete, rows=7)
    return import_id


async def feeds(caller: Caller, **params: Any) -> list[dict[str, Any]]:
    answer = await caller.get("/v1/feeds", **params)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_an_agency_joins_once_and_everyone_is_told(registry: Registry, office: Caller) -> None:
    made = await join(office)
    assert made.status_code == 201, made.text
    found = await office.get(made.headers["Location"])
    assert (found.json(), found.headers["ETag"]) == (made.json(), '"1"')
    assert (found.json()["areas"], found.json()["left_date"]) == (["5201", "5203"], None)
    (fact,) = await registry.told(AgencyJoined)
    assert (str(fact.agency_id), fact.kind, fact.tambon) == (made.json()["id"], "education_service_area", "520101")
    assert (await join(office)).json()["code"] == "agency_known"
    assert len(await registry.told(AgencyJoined)) == 1


async def test_agencies_are_found_by_kind_by_area_served_and_by_day(office: Caller) -> None:
    await join(office)
    await join(office, token_agency="สสจ.ลำปาง", kind="public_health", areas=["52"], joined_date="2025-01-01")

    async def kinds(**params: Any) -> list[str]:
        return [agency["kind"] for agency in (await office.get("/v1/agencies", **params)).json()["items"]]

    both = ["education_service_area", "public_health"]
    assert await kinds() == both
    assert await kinds(kind="public_health") == both[1:]
    assert await kinds(area="520301") == both
    assert await kinds(area="52") == both
    assert await kinds(area="5202") == both[1:]
    assert await kinds(area="50") == []
    assert await kinds(on="2024-06-01") == both[:1]
    page = (await office.get("/v1/agencies", limit=1)).json()
    assert await kinds(limit=1, cursor=page["next_cursor"]) == both[1:]


async def test_an_agency_is_changed_with_its_version_and_leaves_on_a_day(registry: Registry, office: Caller) -> None:
    path = (await join(office)).headers["Location"]
    assert (await send(office, "PATCH", path, {"role": "ก"})).status_code == 428
    moved = await send(office, "PATCH", path, {"areas": ["5202"]}, **{"If-Match": '"1"'})
    assert (moved.json()["areas"], moved.json()["contact"]["phone"]) == (["5202"], "054 000 000")
    assert (await office.get("/v1/agencies", area="5203")).json()["items"] == []
    assert (await send(office, "PATCH", path, {"role": "ก"}, **{"If-Match": '"1"'})).status_code == 412
    early = await send(office, "PATCH", path, {"left_date": "2024-05-27"}, **{"If-Match": "*"})
    assert early.json()["code"] == "left_before_joined"
    left = await send(office, "PATCH", path, {"left_date": "2024-12-31"}, **{"If-Match": "*"})
    assert (left.json()["left_date"], left.json()["version"]) == ("2024-12-31", 3)
    assert (await office.get("/v1/agencies", on="2025-01-01")).json()["items"] == []
    stranger = registry.caller(areas=["50"], scopes=SCOPES)
    assert (await send(stranger, "PATCH", path, {"role": "ข"}, **{"If-Match": "*"})).status_code == 403
    assert (await office.get(f"/v1/agencies/{uuid4()}")).json()["code"] == "agency_not_found"


IMPOSSIBLE: list[tuple[dict[str, Any], int]] = [
    ({"areas": ["50"]}, 403),
    ({"areas": []}, 422),
    ({"areas": ["5299"]}, 422),
    ({"tambon": "529999"}, 422),
    ({"kind": "castle"}, 422),
    ({"contact": {"person": "somebody"}}, 422),
    ({"services": [{"kind": "Bad Kind", "name_th": "ก"}]}, 422),
]


async def test_an_agency_that_cannot_be_is_refused_and_not_told_of(registry: Registry, office: Caller) -> None:
    for change, status in IMPOSSIBLE:
        answer = await join(office, **change)
        assert answer.status_code == status, (change, answer.text)
    reader = registry.caller(areas=["52"], scopes=["registry:read"])
    assert (await join(reader)).status_code == 403
    assert await registry.told(AgencyJoined) == []


async def test_a_feed_says_what_is_owed_for_whom_and_keeps_the_mapping(registry: Registry, office: Caller) -> None:
    all_areas = keeper(registry)
    await plant(all_areas, OBEC, LAMPANG_1)
    feed_id = uuid4()
    mapping = {"เลขประจำตัว": "citizen_id"}
    made = await put_feed(office, feed_id, organisation="lampang-1", mapping=mapping)
    assert made.status_code == 200, made.text
    body = made.json()
    assert (body["organisation"], body["areas"], body["mapping"]) == ("lampang-1", ["52"], mapping)
    assert await feeds(office) == [body]
    rows = await registry.rows("SELECT organisation_from AS lo, organisation_to AS hi FROM feed")
    assert (rows[0]["lo"], rows[0]["hi"]) == await span(all_areas, "lampang-1")
    changed = (await put_feed(office, feed_id, owed=None)).json()
    assert (changed["due"], changed["organisation"], changed["mapping"]) == (None, None, None)
    assert (await put_feed(office)).json()["code"] == "feed_known"
    assert (await put_feed(office, organisation="nobody", name="2")).json()["code"] == "organisation_unknown"
    assert (await put_feed(office, organisation=FAR_SCHOOL, name="2")).status_code == 200
    assert (await put_feed(office, areas=["50"], name="3")).status_code == 403
    assert len(await feeds(office, agency=FEED["agency"], kind="enrolment")) == 2
    assert await feeds(office, kind="health") == []


async def begin_term(registry: Registry, calendar: str, label: str, days_ago: int) -> None:
    today = bangkok_date(registry.clock.now())
    begun, ends = today - timedelta(days=days_ago), today + timedelta(days=100)
    dates = {"start_date": begun.isoformat(), "end_date": ends.isoformat(), "source": "ประกาศ"}
    answer = await send(keeper(registry), "PUT", f"/v1/calendars/{calendar}/terms/{label}", dates)
    assert answer.status_code == 204, answer.text


async def test_a_feed_is_late_from_the_day_after_its_deadline_until_a_complete_file_comes(
    registry: Registry, office: Caller
) -> None:
    async with registry.database.transaction(Scope.system("test")) as session:
        feed_id = (await find_feed(session, "สพฐ.", "enrolment", "", areas=areas(["52"]), now=JULY)).id
    term = (await put_feed(office, feed_id, agency="สพฐ.")).json()["due"]["period"]
    await begin_term(registry, "national", term, 30)
    assert await feeds(office, late=True) == []
    await begin_term(registry, "national", term, 31)
    (found,) = await feeds(office, late=True)
    assert (found["due"]["period"], found["last_delivery"]) == (term, None)
    assert await feeds(office, late=False) == []
    await deliver(registry, found["id"], term, complete=False)
    joined = await join(office, token_agency="สพฐ.")
    today = bangkok_date(registry.clock.now())
    for left, late in ((today - timedelta(days=1), 0), (today, 1)):
        path, change = f"/v1/agencies/{joined.json()['id']}", {"left_date": left.isoformat()}
        assert (await send(office, "PATCH", path, change, **{"If-Match": "*"})).status_code == 200
        assert len(await feeds(office, late=True)) == late, "who takes part no longer owes nothing"
    import_id = await deliver(registry, found["id"], term)
    (found,) = await feeds(office, late=False)
    assert found["due"]["period"] > term
    assert (found["last_delivery"]["import_id"], found["last_delivery"]["rows"]) == (str(import_id), 7)
    async with registry.database.transaction(Scope.system("test")) as session:
        await withdraw_delivery(session, import_id)
    (found,) = await feeds(office, late=True)
    assert (found["due"]["period"], found["last_delivery"]["complete"]) == (term, False)


async def test_a_feed_is_late_by_the_calendar_of_the_organisation_that_it_speaks_for(
    registry: Registry, office: Caller
) -> None:
    await plant(keeper(registry), OBEC, LAMPANG_1)
    label = (await put_feed(office)).json()["due"]["period"]
    await put_feed(office, organisation="lampang-1", name="2")
    await begin_term(registry, "national", label, 3)
    await begin_term(registry, "lampang-1", label, 0)
    today = bangkok_date(registry.clock.now())
    due = [(today + timedelta(days=days)).isoformat() for days in (27, 30)]
    told = sorted(await feeds(office), key=lambda feed: str(feed["name"]))
    assert [feed["due"]["due_date"] for feed in told] == due


async def test_the_first_file_of_an_agency_makes_its_feed_and_the_next_finds_it(registry: Registry) -> None:
    async with registry.database.transaction(Scope.system("test")) as session:
        wanted = areas(["52", "5203", "50"])
        made = await find_feed(session, "สสจ.", "health", "โภชนาการ", areas=wanted, now=JULY)
        again = await find_feed(session, "สสจ.", "health", "โภชนาการ", areas=(), now=JULY)
        other = await find_feed(session, "สสจ.", "health", "", areas=wanted, now=JULY)
    assert (made.id == again.id, made.id == other.id) == (True, False)
    assert (made.owed, made.scope_areas) == (None, "{[50000000,51000000),[52000000,53000000)}")


async def test_deadlines_are_dated_and_the_later_one_holds(registry: Registry, office: Caller) -> None:
    all_areas = registry.caller(areas=registry.settings.areas, scopes=SCOPES)
    await put_feed(office, owed="month", kind="health")
    terms = {"days": 20, "source": "บันทึกข้อตกลง"}
    assert (await send(office, "PUT", "/v1/feed-deadlines/month/2024-01-01", terms)).status_code == 403
    assert (await send(all_areas, "PUT", "/v1/feed-deadlines/month/2024-01-01", terms)).status_code == 204
    listed = (await office.get("/v1/feed-deadlines")).json()
    assert [(each["owed"], each["days"]) for each in listed] == [
        ("month", 10),
        ("month", 20),
        ("term", 30),
        ("year", 60),
    ]
    (found,) = await feeds(office)
    assert found["due"]["due_date"].endswith("-21")
