"""Public figures of what is over: made once, for everybody, and never anew."""

from datetime import UTC, date, datetime
from typing import Any

from tests.registry.conftest import Caller, Everything, Registry
from tests.registry.reconciliation.builders import HOME, World
from tests.registry.transitions.builders import a_pupil_of, confirm, enrol
from zd_kernel.jobs.queue import enqueue
from zd_kernel.scope import Scope, area_range
from zd_registry.editions.publishing import provinces_served

JULY = datetime(2025, 7, 1, 5, tzinfo=UTC)
_SCREENED = """
INSERT INTO screening (id, child_id, area, instrument, version, kind, screened_date, answers_encrypted, band, positive,
    recorded_by, agency, recorded_at)
SELECT uuidv7(), id, $2, 'example_growth', 1, 'growth', $3, '', 'x', $4, 'x', 'x', now() FROM unnest($1::uuid[]) id
"""


async def night(registry: Registry) -> None:
    async with registry.database.transaction(Scope.system("test")) as session:
        await enqueue(session, "editions", {})
    await registry.work()


def reader(registry: Registry, *areas: str) -> Caller:
    return registry.caller(areas=areas or ["50"], scopes=["registry:figures"])


async def told(caller: Caller, subject: str, period: str, **params: Any) -> dict[tuple[str, str, str], int | None]:
    answer = await caller.get("/v1/edition-figures", subject=subject, period=period, **({"area": "52"} | params))
    assert answer.status_code == 200, answer.text
    return {(each["kind"], each["area"], each["state"]): each["children"] for each in answer.json()["items"]}


async def test_next_places_of_a_year_that_is_over_are_published_once_without_the_small_figures(
    registry: Registry, everything: Everything
) -> None:
    world = World(everything.connection)
    for place in range(14):
        child = await a_pupil_of(world, area=HOME)
        if place < 12:
            await enrol(world, child, "2568/1", grade="M1", organisation="52030002")
    await confirm(world, await a_pupil_of(world, area=52030200))
    registry.clock.set(datetime(2025, 6, 1, 5, tzinfo=UTC))
    await night(registry)
    assert await registry.rows("SELECT 1 FROM edition") == [], "not before the days that late lists have"
    registry.clock.set(JULY)
    await night(registry)
    found = await told(reader(registry), "transitions", "2567")
    assert (found["P6", "52", ""], found["P6", "52", "secured"], found["P6", "52", "open"]) == (15, None, None)
    # 14 of 15 live in one tambon: told, they would tell of the one elsewhere.
    assert found["P6", "520301", ""] is found["P6", "520302", ""] is None
    assert set(await told(reader(registry), "transitions", "2567", area="5203", by="district")) <= set(found)
    await a_pupil_of(world, area=HOME)
    await night(registry)
    assert await told(reader(registry), "transitions", "2567") == found, "whoever comes later is in no difference"


async def test_screenings_are_published_by_term_and_a_term_under_way_is_not(
    registry: Registry, everything: Everything
) -> None:
    world = World(everything.connection)
    children = await world.children(20)
    await everything.connection.execute(_SCREENED, children, HOME, date(2024, 6, 10), False)
    await everything.connection.execute(_SCREENED, children[:12], HOME, date(2025, 1, 10), True)
    await everything.connection.execute(_SCREENED, children, HOME, date(2025, 6, 10), True)
    registry.clock.set(JULY)
    await night(registry)
    assert (await told(reader(registry), "screening", "2567/1"))["growth", "52", "negative"] == 20
    second = await told(reader(registry), "screening", "2567/2", kind="growth", by="tambon")
    assert second["growth", "520301", "positive/to_help"] == 12
    answer = await reader(registry).get("/v1/edition-figures", subject="screening", period="2568/1", area="52")
    assert answer.json()["code"] == "edition_not_found"
    listed = (await reader(registry).get("/v1/editions", subject="screening")).json()["items"]
    assert [(each["period"], each["area"]) for each in listed] == [("2567/2", "52"), ("2567/1", "52")]
    assert (listed[0]["from_date"], listed[0]["to_date"]) == ("2024-11-01", "2025-05-15")


async def test_ages_at_entry_are_published_by_school_year(registry: Registry, everything: Everything) -> None:
    world = World(everything.connection)
    for born in [date(2018, 5, 1)] * 11 + [date(2016, 5, 1)] * 10:
        child = await world.child(birth_date=born)
        await world.enrol([child], "2567/1", grade="P1")
    registry.clock.set(JULY)
    await night(registry)
    found = await told(reader(registry), "entry_ages", "2567", by="province")
    assert (found["P", "52", ""], found["P", "52", "right_age"], found["P", "52", "other_age/too_late"]) == (21, 11, 10)


async def test_editions_need_a_scope_are_paged_and_nobody_who_asks_can_write_them(
    registry: Registry, everything: Everything
) -> None:
    children = await World(everything.connection).children(20)
    await everything.connection.execute(_SCREENED, children, HOME, date(2024, 6, 10), False)
    registry.clock.set(JULY)
    await night(registry)
    asked = {"subject": "screening", "period": "2567/1", "area": "52", "limit": 1}
    seen: list[tuple[str, str]] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await reader(registry).get("/v1/edition-figures", **asked, **cursor)).json()
        seen += [(each["area"], each["state"]) for each in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert seen == sorted(set(seen))
    assert len(seen) == 6
    stranger = registry.caller(areas=["52"], scopes=["registry:write"])
    assert (await stranger.get("/v1/editions")).status_code == 403
    assert (await stranger.get("/v1/edition-figures", **asked)).status_code == 403


def test_only_provinces_that_are_served_whole_are_published() -> None:
    assert provinces_served([area_range("52"), area_range("5001")]) == {52_000_000}
    assert len(provinces_served([area_range("*")])) == 77
