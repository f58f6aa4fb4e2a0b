"""Attendance that cases tell of, from the stored examples of its facts."""

from tests.registry.attendance.builders import MONDAY, a_register, enrol, post
from tests.registry.attendance.conftest import teacher
from tests.registry.conftest import Everything, Registry
from zd_contracts.events.cases import PlacementAttendanceRecorded, PlacementEnded, PlacementStarted, SessionAttended
from zd_contracts.samples import SAMPLES

TOLD = (PlacementStarted, PlacementAttendanceRecorded, SessionAttended, PlacementEnded)
KEPT = "SELECT kind, programme, unit, due, attended, area FROM attendance_elsewhere ORDER BY kind"


async def test_what_cases_tell_is_kept_and_said_again_it_replaces(school: Registry) -> None:
    facts = [fact for kind in TOLD for fact in SAMPLES if isinstance(fact, kind)]
    for _ in range(2):
        await school.hear(*facts)
        kept = [tuple(row.values()) for row in await school.rows(KEPT)]
        assert kept == [
            ("placement", None, "minute", 2400, 2040, 52030100),
            ("session", "parenting", "half_day", 1, 1, 52030100),
        ]
    (ended,) = [fact for fact in facts if isinstance(fact, PlacementEnded)]
    assert (await school.rows("SELECT ended_date FROM placement"))[0]["ended_date"] == ended.ended_date
    (recorded,) = [fact for fact in facts if isinstance(fact, PlacementAttendanceRecorded)]
    await school.hear(recorded.model_copy(update={"attended": 2400}))
    assert (await school.rows(KEPT))[0]["attended"] == 2400


async def test_school_and_placement_count_alike_where_the_programme_says_so(
    school: Registry, everything: Everything
) -> None:
    (child,) = await enrol(everything, 1)
    await post(teacher(school), a_register(MONDAY, {child: "absent"}))
    (recorded,) = [fact for fact in SAMPLES if isinstance(fact, PlacementAttendanceRecorded)]
    told = {"child_id": child, "from_date": MONDAY, "until_date": MONDAY, "due": 1080, "attended": 720}
    await school.hear(recorded.model_copy(update=told))
    asked = {"start": "2024-06-01", "until": "2024-06-30"}
    path = f"/v1/children/{child}/attendance"
    both = (await school.office.get(f"{path}/conditional_grant", **asked)).json()
    assert (both["days_due"], both["days_attended"]) == (4, 2)
    alone = (await school.office.get(f"{path}/school_attendance", **asked)).json()
    assert (alone["days_due"], alone["attendance_rate"]) == (1, 0)
    assert (await school.office.get(f"{path}/unheard_of", **asked)).status_code == 404
    assert (await teacher(school, "50010001").get(f"{path}/conditional_grant", **asked)).status_code == 404
