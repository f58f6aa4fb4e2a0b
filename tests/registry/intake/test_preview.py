"""The dry run shows by some rows what a commit would do, and it does that."""

from typing import Any

import pytest

from tests.registry.builders import (
    COLUMNS,
    FAR_SCHOOL,
    KO_KHA_SCHOOL,
    TERM,
    Row,
    a_child,
    a_citizen_id,
    a_file,
    a_pupil,
    people,
)
from tests.registry.conftest import Caller, Everything, Registry
from tests.registry.imports.test_workflow import checked, commit
from tests.registry.privacy.test_corrections import correct
from zd_kernel.clock import bangkok_date
from zd_registry.intake import comparing

Item = dict[str, Any]
HEADER = "citizen_id,given_name,family_name,birth_date,organisation,grade,สถานะ\n"


async def previewed(caller: Caller, import_id: str) -> list[Item]:
    answer = await caller.get(f"/v1/imports/{import_id}/preview")
    assert answer.status_code == 200, answer.text
    items: list[Item] = answer.json()["items"]
    return items


def with_g_codes(*children: Row) -> bytes:
    """A register that knows everybody by a G-code too."""
    rows = [[*child, f"G{number:012}"] for number, child in enumerate(children, 1)]
    lines = [[*COLUMNS["population"], "g_code"], *rows]
    return "".join(",".join(line) + "\n" for line in lines).encode()


def rows(items: list[Item]) -> list[tuple[int | None, str, str | None]]:
    return [(item["row"], item["kind"], item["code"]) for item in items]


def changes(item: Item) -> dict[str, tuple[str | None, str | None]]:
    return {one["field"]: (one["before"], one["after"]) for one in item["changes"]}


async def test_a_register_shows_by_its_rows_what_it_changes_and_a_commit_does_the_same(
    registry: Registry, everything: Everything
) -> None:
    office = registry.office
    await office.take_in("population", [*people(4), a_child(5, birth_date="2556")])
    school = {"code": "520301-1", "kind": "school", "name_th": "โรงเรียนตัวอย่าง", "area": "520301"}
    keeper = registry.caller(areas=["52"], scopes=["registry:organisations"])
    assert (await keeper.put("/v1/organisations", {"organisations": [school]})).is_success
    await office.take_in("enrolment", [a_pupil(6, organisation="520301-1")])
    await registry.caller(areas=["50"], agency="ศธจ.อื่น").take_in("population", [a_child(7, area="500101")])
    file = [
        *people(1),
        a_child(2, family_name="ใหม่", birth_date="2010-03-03", area="520302"),
        a_child(3, area="520302", birth_date="2011-04-04"),
        *(a_child(number) for number in (5, 6, 7)),
        a_child(8, birth_date="ก.พ. 2556"),
        a_child(9, citizen_id=""),
    ]
    before = await registry.census()
    found = await checked(office, a_file("population", file), complete=True)
    items = await previewed(office, found["id"])
    assert await registry.census() == before
    assert rows(items) == [
        (8, "created", None), (3, "corrected", None), (5, "corrected", None), (4, "moved", None), (6, "moved", None),
        (None, "vanishing", None), (9, "unlinked", "citizen_id_missing"), (7, "refused", "registered_elsewhere"),
    ]  # fmt: skip
    assert [changes(item) for item in items] == [
        {
            "given_name": (None, "สมมุติ8"), "family_name": (None, "ตัวอย่าง"), "birth_date": (None, "2013-02"),
            "sex": (None, "female"), "area": (None, "520301"),
        },
        {"family_name": ("ตัวอย่าง", "ใหม่")},
        {"birth_date": ("2013", "2013-02-13")},
        {"area": ("52030103", "520302")},
        {"sex": (None, "female"), "area": (None, "520301"), "in_register": ("false", "true")},
        {"in_register": ("true", "false")},
        {
            "given_name": (None, "สมมุติ9"), "family_name": (None, "ตัวอย่าง"), "birth_date": (None, "2013-02-13"),
            "sex": (None, "female"), "area": (None, "520301"),
        },
        {},
    ]  # fmt: skip
    names = [f"สมมุติ{number} ตัวอย่าง" for number in (8, 2, 5, 3, 6, 4, 9)]
    assert [item["name"] for item in items] == [*names, None]
    ids = [str(await office.child_id(number)) for number in (2, 5, 3, 6, 4)]
    assert [item["child_id"] for item in items] == [None, *ids, None, None]
    assert "file_import" not in await everything.tables_with(["สมมุติ", "2013-02", "ตัวอย่าง"])
    log = (await office.get(f"/v1/children/{ids[0]}/access-log")).json()["items"]
    assert "preview_import" in {one["action"] for one in log}

    await commit(office, found["id"])
    await registry.work()
    effects = await registry.rows("SELECT n, kind, child_id::text FROM import_effect WHERE import_id = $1", found["id"])
    changed = [(item["row"], "corrected", item["child_id"]) for item in items if item["kind"] in {"corrected", "moved"}]
    assert sorted(tuple(row.values()) for row in effects) == sorted(changed)
    assert [row["row"] for row in await registry.rows("SELECT row FROM unlinked_record")] == [9]
    refused = await registry.rows("SELECT row, reason FROM import_row WHERE import_id = $1", found["id"])
    assert refused == [{"row": 7, "reason": "registered_elsewhere"}]
    assert (await office.get(f"/v1/imports/{found['id']}/preview")).json()["code"] == "import_phase_wrong"


async def test_a_list_of_pupils_shows_schools_and_grades_and_whom_it_no_longer_names(registry: Registry) -> None:
    office = registry.caller(areas=["52"], organisations=["5203"])
    await office.take_in("population", people(6))
    await office.take_in("enrolment", [a_pupil(number) for number in range(1, 6)], complete=True)
    left = HEADER + ",".join([*a_pupil(4), "ลาออก"])
    await office.upload("enrolment", left.encode(), TERM)
    await registry.work()
    pupils = [a_pupil(1), a_pupil(2, grade="ม.1"), a_pupil(4), a_pupil(5), a_pupil(6), a_pupil(7, citizen_id="")]
    text = HEADER + "".join(",".join([*pupil, "ลาออก" if pupil == a_pupil(5) else ""]) + "\n" for pupil in pupils)
    found = await checked(office, text.encode(), "enrolment", term=TERM, complete=True)
    items = await previewed(office, found["id"])
    assert [(row, kind) for row, kind, _ in rows(items)] == [
        (6, "enrolled"), (3, "regraded"), (4, "reopened"), (5, "ended"), (None, "vanishing"), (7, "unlinked")
    ]  # fmt: skip
    today = bangkok_date(registry.clock.now()).isoformat()
    assert [changes(item) for item in items[:5]] == [
        {"organisation": (None, KO_KHA_SCHOOL), "grade": (None, "P6")},
        {"grade": ("P6", "M1")},
        {"ended_date": (today, None)},
        {"ended_date": (None, today)},
        {"organisation": (KO_KHA_SCHOOL, None), "grade": ("P6", None)},
    ]
    assert [item["child_id"] for item in items[:5]] == [str(await office.child_id(n)) for n in (6, 2, 4, 5, 3)]
    assert (changes(items[5])["organisation"], items[5]["name"]) == ((None, KO_KHA_SCHOOL), "สมมุติ7 ตัวอย่าง")


async def test_who_is_shown_depends_on_scope_and_area(registry: Registry) -> None:
    claims: dict[str, Any] = {"areas": ["52"], "organisations": ["5203"]}
    office = registry.caller(**claims)
    await office.take_in("population", people(1))
    await registry.caller(areas=["50"], agency="ศธจ.อื่น").take_in("population", [a_child(7, area="500101")])
    pupils = a_file("enrolment", [a_pupil(1), a_pupil(7, given_name="อื่น")])
    found = await checked(office, pupils, "enrolment", term=TERM)
    own, elsewhere = await previewed(office, found["id"])
    assert (own["row"], own["name"], len(own["changes"])) == (2, "สมมุติ1 ตัวอย่าง", 2)
    assert elsewhere | {"th": "", "en": ""} == {
        "row": 3, "kind": "enrolled", "code": None, "th": "", "en": "", "child_id": None, "name": None, "changes": [],
    }  # fmt: skip
    clerk = registry.caller(**claims, scopes=["registry:import"])
    seen = (await previewed(clerk, found["id"]))[0]
    assert (seen["row"], seen["child_id"], seen["name"]) == (2, None, None)
    assert changes(seen) == {"organisation": (None, None), "grade": (None, None)}
    path = f"/v1/imports/{found['id']}/preview"
    for stranger in (registry.caller(**claims, agency="อื่น"), registry.office):
        assert (await stranger.get(path)).status_code == 404
    assert (await registry.caller(**claims, scopes=["registry:read"]).get(path)).status_code == 403


async def test_of_each_kind_the_first_rows_are_shown_over_all_steps_of_the_check(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = registry.office
    monkeypatch.setattr(comparing, "ROWS_OF_A_STEP", 10)
    await office.take_in("population", people(25))
    found = await checked(office, a_file("population", people(30, start=26)), complete=True)
    items = await previewed(office, found["id"])
    kinds = [item["kind"] for item in items]
    assert (kinds.count("created"), kinds.count("vanishing"), len(kinds)) == (20, 20, 40)
    assert [item["row"] for item in items[:20]] == list(range(2, 22))
    nobody = await checked(office, a_file("population", people(25)), complete=True)
    assert await previewed(office, nobody["id"]) == []


async def test_what_a_person_corrected_and_who_is_named_by_another_number_is_not_shown_as_changed(
    registry: Registry,
) -> None:
    office = registry.office
    first = await checked(office, with_g_codes(a_child(1), a_child(2), a_child(3), a_child(4)))
    await commit(office, first["id"])
    await registry.work()
    await correct(office, await office.child_id(1), family_name="แก้แล้ว")
    await registry.work()
    file = with_g_codes(a_child(1), a_child(2, citizen_id=""), a_child(3, citizen_id=a_citizen_id(13)))
    found = await checked(office, file, complete=True)
    assert (found["report"]["effect"]["unchanged"], found["report"]["effect"]["vanishing"]) == (2, 1)
    renumbered, gone = await previewed(office, found["id"])
    assert (renumbered["kind"], changes(renumbered)) == ("corrected", {"citizen_id": (None, None)})
    assert (gone["kind"], gone["name"]) == ("vanishing", "สมมุติ4 ตัวอย่าง")
    header = ",".join([*COLUMNS["enrolment"], "g_code"])
    pupil = ",".join([*a_pupil(2, citizen_id=a_citizen_id(14)), f"G{2:012}"])
    pupils = await checked(office, f"{header}\n{pupil}\n".encode(), "enrolment", term=TERM)
    (enrolled,) = await previewed(office, pupils["id"])
    assert (enrolled["kind"], set(changes(enrolled))) == ("enrolled", {"organisation", "grade"})


async def test_who_stands_in_two_schools_of_a_list_is_counted_once_among_those_whom_it_names(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = registry.caller(areas=["52"], organisations=["5203"])
    monkeypatch.setattr(comparing, "ROWS_OF_A_STEP", 2)
    await office.take_in("population", people(3))
    twice = [a_pupil(1), a_pupil(1, organisation=FAR_SCHOOL)]
    await office.take_in("enrolment", [*twice, a_pupil(2)], complete=True)
    file = a_file("enrolment", [twice[0], a_pupil(3), twice[1]])
    found = await checked(office, file, "enrolment", term=TERM, complete=True)
    effect = found["report"]["effect"]
    assert (effect["listed"], effect["vanishing"], effect["unchanged"]) == (3, 1, 2)
    assert [item["name"] for item in await previewed(office, found["id"])] == ["สมมุติ3 ตัวอย่าง", "สมมุติ2 ตัวอย่าง"]
