"""Weights and heights of a class in one sheet."""

from datetime import date
from uuid import UUID, uuid4

import httpx
import pytest

from tests.registry.builders import FAR_SCHOOL, KO_KHA_SCHOOL, TERM, a_child, a_citizen_id, a_pupil
from tests.registry.classes.builders import plant_schools
from tests.registry.conftest import Caller, Everything, Registry
from tests.registry.screening.builders import agree, health, results, teacher, today
from zd_registry.screening.growth_sheet import read
from zd_registry.sheets.kinds import SheetOf
from zd_registry.values.faults import RowFault

OF = SheetOf(uuid4(), KO_KHA_SCHOOL, TERM, None, None, False, "teacher", date(2026, 6, 10))


async def hand_in(caller: Caller, *rows: str, **params: str) -> httpx.Response:
    said = {"kind": "growth", "organisation": KO_KHA_SCHOOL, "term": TERM} | params
    text = "\n".join(("เลขประจำตัวประชาชน,ชื่อ-สกุล,วันที่ชั่งวัด,น้ำหนัก (กก.),ส่วนสูง (ซม.)", *rows, ""))
    headers = caller.headers | {"Idempotency-Key": str(uuid4()), "Content-Type": "text/csv"}
    return await caller.http.post("/v1/sheets", params=said, content=text.encode(), headers=headers)


async def taken_in(caller: Caller, *rows: str, **params: str) -> list[object]:
    answer = await hand_in(caller, *rows, **params)
    assert answer.status_code == 202, answer.text
    await caller.registry.work()
    found = (await caller.get(answer.headers["Location"])).json()
    assert found["phase"] == "done", found
    return [found[name] for name in ("accepted", "unchanged", "refused")]


async def a_class(registry: Registry) -> list[UUID]:
    """Three pupils, the first two of whom may be measured."""
    await plant_schools(registry)
    await registry.office.take_in("population", [a_child(n) for n in (1, 2, 3)])
    await registry.office.take_in("enrolment", [a_pupil(n) for n in (1, 2, 3)])
    ids = [await registry.office.child_id(n) for n in (1, 2, 3)]
    await agree(registry, *ids[:2])
    return ids


async def test_each_row_is_a_screening_a_new_value_of_the_day_a_correction_and_the_same_again_nothing(
    registry: Registry, everything: Everything
) -> None:
    ids = await a_class(registry)
    day = f"{today(registry)[8:]}/{today(registry)[5:7]}/{int(today(registry)[:4]) + 543}"
    sheet = [
        f"{a_citizen_id(1)},,{day},๓๘.๕,148", f",สมมุติ2 ตัวอย่าง,{day},20 กก.,148 ซม.",
        f",สมมุติ3 ตัวอย่าง,{day},38,148",
    ]  # fmt: skip
    assert await taken_in(teacher(registry), *sheet) == [2, 0, 1]
    (thin,) = await results(teacher(registry), ids[1])
    assert (thin["kind"], thin["band"], thin["agency"]) == ("growth", "needs_help", KO_KHA_SCHOOL)
    assert await taken_in(teacher(registry), *sheet) == [0, 2, 1]
    sheet[1] = f",สมมุติ2 ตัวอย่าง,{day},38,148"
    assert await taken_in(teacher(registry), *sheet, reason="ชั่งใหม่") == [1, 1, 1]
    shown = await results(teacher(registry), ids[1], history="true")
    assert {(row["positive"], row["reason"]) for row in shown} == {(True, "ชั่งใหม่"), (False, None)}
    assert await everything.tables_with(["38.5"]) == set()


async def test_a_refused_row_says_why(registry: Registry) -> None:
    await a_class(registry)
    day = today(registry)
    answer = await hand_in(
        teacher(registry),
        f"{a_citizen_id(1)},,{day},38,1.48",
        f",สมมุติ2 ตัวอย่าง,{day},38,230",
        f"{a_citizen_id(3)},,{day},38,148",
    )
    await registry.work()
    errors = (await teacher(registry).get(answer.headers["Location"] + "/errors")).text
    assert [line.rpartition(",")[2] for line in errors.splitlines()[1:]] == [
        "It cannot be so in kg and cm.", "It cannot be so in kg and cm.", "Consent is missing. Ask for it first."
    ]  # fmt: skip
    assert (await hand_in(health(registry), "")).status_code == 403
    assert (await hand_in(teacher(registry, FAR_SCHOOL), "")).status_code == 403


async def test_a_sheet_may_name_its_instrument(registry: Registry) -> None:
    ids = await a_class(registry)
    codes = ("example_growth", "example_learning", "example_disability", "growth_9999")
    rows = [f"{a_citizen_id(1 + n % 2)},{today(registry, n // 2)},38,148,{code}" for n, code in enumerate(codes)]
    text = "\n".join(("เลขประจำตัวประชาชน,วันที่ชั่งวัด,น้ำหนัก (กก.),ส่วนสูง (ซม.),เครื่องมือ", *rows, ""))
    headers = teacher(registry).headers | {"Idempotency-Key": str(uuid4()), "Content-Type": "text/csv"}
    said = {"kind": "growth", "organisation": KO_KHA_SCHOOL, "term": TERM}
    answer = await teacher(registry).http.post("/v1/sheets", params=said, content=text.encode(), headers=headers)
    await registry.work()
    errors = (await teacher(registry).get(answer.headers["Location"] + "/errors")).text
    assert [line.rpartition(",")[2] for line in errors.splitlines()[1:]] == [
        "This instrument does not measure growth.", "Teachers may not use this instrument.",
        "No such growth instrument was in use that day.",
    ]  # fmt: skip
    assert [each["instrument"] for each in await results(teacher(registry), ids[0])] == ["example_growth"]


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        (("10/6/2569", "๓๘.๕", "148 ซม."), None),
        (("2026-06-10", "38.5kg", "148"), None),
        (("2569", "38.5", "148"), "measured_date_malformed"),
        (("31/2/2569", "38.5", "148"), "measured_date_malformed"),
        (("11/6/2569", "38.5", "148"), "measured_date_malformed"),
        (("", "38.5", "148"), "measured_date_malformed"),
        (("10/6/2569", "", "148"), "measure_malformed"),
        (("10/6/2569", "38.5", "nan"), "measure_malformed"),
        (("10/6/2569", "-38.5", "148"), "measure_malformed"),
    ],
)
def test_days_and_numbers_are_read_in_usual_writings(cells: tuple[str, str, str], code: str | None) -> None:
    row = dict(zip(("measured_date", "weight", "height"), cells, strict=True))
    if code is None:
        said = {"date": "2026-06-10", "weight_kg": 38.5, "height_cm": 148.0}
        assert read(row, OF) == said | {"instrument": ""}
        assert read(row | {"instrument": "growth_2569"}, OF) == said | {"instrument": "growth_2569"}
    else:
        with pytest.raises(RowFault, match=code):
            read(row, OF)
