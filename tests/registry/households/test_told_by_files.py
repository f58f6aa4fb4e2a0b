"""What the optional columns of files say of guardians, houses and needs."""

import csv
import io
from typing import Any

import pytest

from tests.registry.builders import PHONE, a_citizen_id
from tests.registry.conftest import Everything, Registry
from zd_registry.households.rules import ToldNeed, guardians, needs, phone, relation

HEADER = (
    "citizen_id", "given_name", "family_name", "birth_date", "sex", "area", "mother_name", "mother_citizen_id",
    "father_name", "guardian_name", "guardian_relation", "guardian_phone", "house_code", "house_number",
)  # fmt: skip


def a_register(*children: int, **said: str) -> bytes:
    """Children of one house and one mother."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADER)
    told = {
        "mother_name": "นางมารดา ตัวอย่าง", "mother_citizen_id": a_citizen_id(900), "father_name": "ไม่มี",
        "guardian_name": "นางมารดา ตัวอย่าง", "guardian_relation": "มารดา", "guardian_phone": PHONE,
        "house_code": "5203-000001-7", "house_number": "1 หมู่ 3",
    } | said  # fmt: skip
    for n in children:
        person = (a_citizen_id(n), f"สมมุติ{n}", "ตัวอย่าง", "2556-02-13", "หญิง", "520301")
        writer.writerow((*person, *(told[name] for name in HEADER[6:])))
    return text.getvalue().encode()


async def take_in(registry: Registry, content: bytes, kind: str = "population") -> dict[str, Any]:
    answer = await registry.office.upload(kind, content)
    assert answer.status_code == 202, answer.text
    await registry.work()
    done: dict[str, Any] = (await registry.office.get(answer.headers["Location"])).json()
    return done


async def test_a_mother_of_two_is_one_person_and_her_children_are_siblings_of_one_house(
    registry: Registry, everything: Everything
) -> None:
    for _ in range(2):
        await take_in(registry, a_register(1, 2))
    assert (
        len(await registry.rows("SELECT 1 FROM guardian")) == len(await registry.rows("SELECT 1 FROM household")) == 1
    )
    first = await registry.office.child_id(1)
    (mother,) = (await registry.office.get(f"/v1/children/{first}/guardians")).json()["items"]
    assert (mother["relation"], mother["phone"], mother["main"]) == ("mother", "0810000000", True)
    siblings = (await registry.office.get(f"/v1/children/{first}/siblings")).json()["items"]
    assert [child["given_name"] for child in siblings] == ["สมมุติ2"]
    assert (await registry.office.get(f"/v1/children/{first}/household")).json()["address"] == "1 หมู่ 3"
    assert await everything.tables_with(["มารดา", "0810000000", "หมู่ 3"]) == set()


async def test_a_partners_file_raises_a_need_once_for_a_child_whom_the_register_knows(registry: Registry) -> None:
    await take_in(registry, a_register(1))
    header = "citizen_id,given_name,family_name,birth_date,ประเภทความพิการ"
    file = f"{header}\n{a_citizen_id(1)},สมมุติ1,ตัวอย่าง,2556-02-13,การได้ยิน\n"
    for _ in range(2):
        done = await take_in(registry, file.encode(), "disability")
        assert done["rejected"] == 0
    (need,) = (await registry.office.get(f"/v1/children/{await registry.office.child_id(1)}/needs")).json()["items"]
    assert (need["kind"], need["code"], need["detail"]) == ("disability", "hearing", "การได้ยิน")


def test_a_guardian_who_is_the_mother_is_told_once() -> None:
    said = {"mother_name": "นางดี มีสุข", "guardian_name": "ดี  มีสุข", "guardian_phone": "053 000 000"}
    (mother,) = guardians(said)
    assert (mother.relation, mother.main) == ("mother", True)
    assert [g.name for g in guardians({"father_name": "-", "mother_name": "ไม่ทราบ"})] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [("ยาย", "grandparent"), ("มารดา", "mother"), ("ป้า", "relative"), ("พ่อบุญธรรม", "father"), ("เพื่อนบ้าน", "other")],
)
def test_a_relation_is_known_by_its_word(text: str, expected: str) -> None:
    assert relation(text) == expected


def test_needs_are_told_by_kind_and_what_is_unknown_is_kept_in_words() -> None:
    assert list(needs("disability", {"disability_kind": "บกพร่องทางสติปัญญา"})) == [
        ToldNeed("disability", "intellectual", "บกพร่องทางสติปัญญา")
    ]
    assert list(needs("health", {"need_kind": "ผอมและเตี้ย", "need_detail": "ชั่งซ้ำเดือนหน้า"})) == [
        ToldNeed("nutrition", "", "ผอมและเตี้ย: ชั่งซ้ำเดือนหน้า")
    ]
    assert list(needs("social", {"need_kind": "บ้านทรุดโทรม"})) == [ToldNeed("poverty", "", "บ้านทรุดโทรม")]
    assert list(needs("health", {"disability_kind": "ปกติ", "need_kind": "-"})) == []
    assert list(needs("disability", {})) == [ToldNeed("disability", "other", None)]
    assert list(needs("disability", {"disability_kind": "ไม่พิการ"})) == list(needs("social", {})) == []
    assert (phone("๐๘๑-๐๐๐ ๐๐๐๐"), phone("ไม่มี")) == ("0810000000", None)
