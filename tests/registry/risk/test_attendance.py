"""Absence counts the same day, and in the past as far as it was known."""

from datetime import date, timedelta
from uuid import UUID

from tests.registry.attendance.builders import MONDAY, at, enrol, mark, school_days
from tests.registry.builders import KO_KHA_SCHOOL, TERM
from tests.registry.classes.builders import plant_schools
from tests.registry.conftest import Everything, Registry
from tests.registry.risk.builders import assess, factor, risk
from zd_kernel.scope import Scope
from zd_registry.risk.reading import Terms, model_in_force, pupils_on
from zd_registry.risk.rules import OBSERVED

DAYS = school_days(MONDAY, 12)
SAID = ("present", "absent", "sick", "late/morning", "absent/afternoon", "absent", "absent", "leave", "absent",
        "present", "absent", "absent")  # fmt: skip


async def known_on(registry: Registry, child_id: UUID, day: date, *, present: bool = False) -> list[int | None]:
    async with registry.database.transaction(Scope.system("test")) as session:
        model = await model_in_force(session, day)
        connection = await session.driver()
        found = await pupils_on(connection, [child_id], day, Terms(TERM, TERM), model, present=present)
    (observed,) = found.observed
    return [observed[OBSERVED.index(name)] for name in ("absent", "possible", "streak")]


async def test_absence_is_seen_the_same_day_of_a_pupil_who_lives_elsewhere_too(
    registry: Registry, everything: Everything
) -> None:
    at(registry, MONDAY)
    await plant_schools(registry)
    absent, there = await enrol(everything, 2, area=50010100)
    await assess(registry)
    school = registry.caller(organisations=[KO_KHA_SCHOOL], scopes=["registry:attendance", "registry:read"])
    for day in DAYS[:5]:
        at(registry, day)
        school = registry.caller(organisations=[KO_KHA_SCHOOL], scopes=["registry:attendance", "registry:read"])
        await mark(school, day, {absent: "absent", there: "present"})
        await registry.work(background=True)
    found = factor(await risk(school, absent), "attendance")
    assert (found["points"], found["text_en"]) == (
        2, "absent 100 % of the pupil's own school days and absent 5 school days in a row"
    )  # fmt: skip
    assert found["lower"][0]["text_en"].endswith("come back to school")
    assert factor(await risk(school, there), "attendance")["points"] == 0
    at(registry, DAYS[5])
    school = registry.caller(organisations=[KO_KHA_SCHOOL], scopes=["registry:attendance", "registry:read"])
    await mark(school, DAYS[5], {absent: "present"})
    await registry.work(background=True)
    assert factor(await risk(school, absent), "attendance")["text_en"].endswith("absent 0 school days in a row")


async def test_of_a_day_in_the_past_only_the_marks_up_to_it_count(registry: Registry, everything: Everything) -> None:
    at(registry, MONDAY)
    await plant_schools(registry)
    (child_id,) = await enrol(everything, 1)
    seen = []
    for day, said in zip(DAYS, SAID, strict=True):
        at(registry, day)
        school = registry.caller(organisations=[KO_KHA_SCHOOL], scopes=["registry:attendance", "registry:read"])
        status, _, part = said.partition("/")
        await mark(school, day, {child_id: f"{status}/{part}" if part else status})
        seen.append(await known_on(registry, child_id, day, present=True))
    assert seen[-1] == [17, 22, 2]
    assert [await known_on(registry, child_id, day) for day in DAYS] == seen
    assert await known_on(registry, child_id, MONDAY - timedelta(days=1)) == [0, 0, 0]
