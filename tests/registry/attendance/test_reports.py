"""What replaces the paper forms."""

from datetime import timedelta

from tests.registry.attendance.builders import MONDAY, a_register, at, enrol, post, rates, school_days
from tests.registry.attendance.conftest import teacher
from tests.registry.builders import FAR_SCHOOL, KO_KHA_SCHOOL
from tests.registry.classes import builders as classes
from tests.registry.conftest import Everything, Registry

REPORTS = {
    "day": {"day": "2024-06-10"},
    "term": {"term": "2567/1"},
    "month": {"month": "2024-06-01"},
}


async def test_reports_show_what_was_marked_in_thai_with_buddhist_years(
    school: Registry, everything: Everything
) -> None:
    ids = await enrol(everything, 3)
    days = school_days(MONDAY, 5)
    at(school, days[-1])
    marks = [{ids[0]: "absent", ids[1]: "late", ids[2]: "leave/morning"} for _ in days]
    await post(teacher(school), *(a_register(day, said) for day, said in zip(days, marks, strict=True)))
    asked = {"organisation": KO_KHA_SCHOOL}
    shown = {}
    for name, params in REPORTS.items():
        answer = await teacher(school).get(f"/v1/attendance/reports/{name}", **asked, **params)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].startswith("text/html")
        shown[name] = answer.text
        book = await teacher(school).get(f"/v1/attendance/reports/{name}", **asked, **params, format="xlsx")
        assert book.content.startswith(b"PK")
    assert "วันจันทร์ที่ 10 มิถุนายน พ.ศ. 2567" in shown["day"]
    assert "ประจำเดือนมิถุนายน พ.ศ. 2567" in shown["term"]
    assert "<td>ข</td>" in shown["term"]
    assert "<td>ล_</td>" in shown["term"]
    table = (await teacher(school).get("/v1/attendance/reports/month", **asked, month="2024-06-01", format="csv")).text
    line = next(line for line in table.splitlines() if "สมมุติ1 " in line)
    assert line == "1,สมมุติ1 ตัวอย่าง,ป.6,5,0,0,0,0,5,100.0"
    assert "ตั้งแต่ร้อยละ 10 ของวันเรียนขึ้นไป 2 คน" in table
    often = {"name": "chronic_absence", "area": "52", "valid_from": "2024-05-01", "value": {"share": 1},
             "source": "มติจังหวัด"}  # fmt: skip
    office = school.caller(areas=["52"], scopes=["registry:configure"])
    assert (await office.post("/v1/policies", often)).status_code == 201
    table = (await teacher(school).get("/v1/attendance/reports/month", **asked, month="2024-06-01", format="csv")).text
    assert "ตั้งแต่ร้อยละ 100 ของวันเรียนขึ้นไป 2 คน" in table, "half days alone were due, and all of them missed"


async def test_each_report_is_of_a_class_too_also_when_the_term_is_long_over(
    school: Registry, everything: Everything
) -> None:
    ids = await enrol(everything, 2)
    keeper_of_classes = classes.school(school)
    class_id = await classes.a_class(keeper_of_classes)
    await classes.sit(keeper_of_classes, class_id, (ids[0], "2024-05-16", None))
    await post(teacher(school), a_register(MONDAY, dict.fromkeys(ids, "absent")))
    at(school, MONDAY + timedelta(days=700))
    assert (await rates(teacher(school)))[str(ids[0])]["days_absent"] == 1
    for name, params in REPORTS.items():
        asked = {"organisation": KO_KHA_SCHOOL, "class_id": class_id}
        shown = (await teacher(school).get(f"/v1/attendance/reports/{name}", **asked, **params)).text
        assert ("สมมุติ1 " in shown, "สมมุติ2 " in shown) == (True, False), name
        assert "ประถมศึกษาปีที่ 6/1" in shown, "the class is named"


async def test_reports_show_no_pupil_to_another_school(school: Registry, everything: Everything) -> None:
    await enrol(everything, 1)
    for name, params in REPORTS.items():
        answer = await teacher(school, FAR_SCHOOL).get(
            f"/v1/attendance/reports/{name}", organisation=KO_KHA_SCHOOL, **params
        )
        assert answer.status_code == 200
        assert "สมมุติ" not in answer.text
