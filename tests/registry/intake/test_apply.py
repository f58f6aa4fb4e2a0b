"""What checked rows change: who is whom, what is corrected, who is on a list and who no longer is."""

import asyncio
import csv
import io
from typing import Any

import pytest

from tests.registry.builders import FAR_SCHOOL, KO_KHA_SCHOOL, TERM, a_child, a_citizen_id, a_pupil, people
from tests.registry.conftest import Caller, Registry
from zd_contracts.events.registry import ChildEnrolled, ChildLeftSchool, ChildMoved, ChildRegistered
from zd_kernel.scope import Scope
from zd_registry.children.incoming import FOLLOWERS
from zd_registry.intake import applying

G_CODE = "G650000000123"


def a_row(number: int = 1, /, **overrides: str) -> dict[str, str]:
    """A person of any file, by column."""
    row = {
        "citizen_id": a_citizen_id(number), "given_name": f"สมมุติ{number}", "family_name": "ตัวอย่าง",
        "birth_date": "2556-02-13", "sex": "หญิง",
    }  # fmt: skip
    return row | overrides


def lives(number: int = 1, /, **overrides: str) -> dict[str, str]:
    return a_row(number, **{"area": "520301"} | overrides)


def learns(number: int = 1, /, **overrides: str) -> dict[str, str]:
    return a_row(number, **{"organisation": KO_KHA_SCHOOL, "grade": "P6"} | overrides)


def office(registry: Registry) -> Caller:
    """Has the register of its province, and the lists of the schools."""
    return registry.caller(areas=["52"], organisations=["5203", FAR_SCHOOL])


async def take_in(registry: Registry, kind: str, *rows: dict[str, str], **params: Any) -> dict[str, Any]:
    """Upload rows that need not have the same columns; the import as it then stands."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns)
    writer.writeheader()
    writer.writerows(rows)
    term = params.pop("term", TERM if kind in {"enrolment", "nonformal"} else None)
    answer = await office(registry).upload(kind, text.getvalue().encode(), term, **params)
    assert answer.status_code == 202, answer.text
    await registry.work()
    taken: dict[str, Any] = (await office(registry).get(answer.headers["Location"])).json()
    assert not params.get("commit", True) or taken["accepted"] + taken["unchanged"] + taken["rejected"] == taken["rows"]
    return taken


async def one(registry: Registry, query: str) -> tuple[Any, ...]:
    (row,) = await registry.rows(query)
    return tuple(row.values())


async def all_of(registry: Registry, query: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in await registry.rows(query)]


async def test_a_new_child_of_a_register_has_everything_that_the_row_says(registry: Registry) -> None:
    done = await take_in(registry, "population", lives(1, nickname="แดง", nationality="ลาว", area="52030103"))
    found = await one(
        registry,
        "SELECT nickname, nationality, sex, birth_precision, area,"
        " given_key <> '' AND family_lk82 <> '' AND family_udom83 <> '' AS keyed,"
        " registered_import_id::text, created_import_id::text FROM child",
    )
    assert found == ("แดง", "LAO", "female", "day", 52030103, True, done["id"], done["id"])


async def test_a_number_whose_name_and_birth_date_both_disagree_goes_to_review_and_changes_nobody(
    registry: Registry,
) -> None:
    await take_in(registry, "population", lives(1))
    stranger = {"given_name": "วิชัย", "family_name": "ทองดี", "birth_date": "2551-11-30"}
    await take_in(registry, "population", lives(1, **stranger))
    await take_in(registry, "enrolment", learns(1, **stranger))
    assert await one(registry, "SELECT given_name, version FROM child") == ("สมมุติ1", 1)
    records = await all_of(registry, "SELECT kind, state, id_problem, given_name FROM unlinked_record ORDER BY kind")
    conflict = ("review", "citizen_id_conflict", "วิชัย")
    assert records == [("enrolment", *conflict), ("population", *conflict)]
    assert await registry.rows("SELECT 1 FROM enrolment") == []


@pytest.mark.parametrize(
    "said",
    [
        {"birth_date": "2551-11-30"},
        {"given_name": "วิชัย", "family_name": "ทองดี"},
        {"given_name": "วิชัย", "birth_date": "2556"},
        {"family_name": "ตัวหย่าง", "birth_date": "2551-11-30"},
    ],
)
async def test_a_number_is_the_same_childs_while_name_or_birth_date_agrees(
    registry: Registry, said: dict[str, str]
) -> None:
    await take_in(registry, "population", lives(1))
    await take_in(registry, "enrolment", learns(1, **said))
    assert await one(registry, "SELECT count(*) AS lists, count(DISTINCT child_id) AS pupils FROM enrolment") == (1, 1)
    assert await registry.rows("SELECT 1 FROM unlinked_record") == []


async def test_a_brother_under_the_number_of_his_sister_goes_to_review(registry: Registry) -> None:
    await take_in(registry, "population", lives(1))
    await take_in(registry, "enrolment", learns(1, given_name="ธนพล", birth_date="2551-11-30"))
    assert await one(registry, "SELECT state, id_problem FROM unlinked_record") == ("review", "citizen_id_conflict")


async def test_a_birth_year_neither_replaces_a_birth_day_nor_contradicts_it(registry: Registry) -> None:
    await take_in(registry, "population", lives(1))
    done = await take_in(registry, "population", lives(1, birth_date="2556"))
    assert (done["accepted"], done["unchanged"]) == (0, 1)
    await take_in(registry, "population", lives(2, birth_date="2556"))
    await take_in(registry, "population", lives(2))
    births = await all_of(registry, "SELECT birth_date::text, birth_precision FROM child ORDER BY given_name")
    assert births == [("2013-02-13", "day")] * 2


async def test_a_blank_cell_erases_nothing(registry: Registry) -> None:
    await take_in(registry, "population", lives(1, nickname="แดง", nationality="ลาว"))
    done = await take_in(registry, "population", lives(1, nickname="", nationality="", sex=""))
    assert done["unchanged"] == 1
    assert await one(registry, "SELECT nickname, nationality, sex FROM child") == ("แดง", "LAO", "female")


async def test_a_move_is_told_and_takes_every_row_about_the_child_along(registry: Registry) -> None:
    await take_in(registry, "population", lives(1), lives(2))
    await take_in(registry, "enrolment", learns(1))
    await take_in(registry, "population", lives(1, g_code=G_CODE, area="520301"))
    await registry.office.reconcile()
    await take_in(registry, "population", lives(1, area="520501"), lives(2, area="52030104"))
    child_id = await registry.office.child_id(1)
    assert await registry.told(ChildMoved) == [ChildMoved(child_id=child_id, tambon="520501", previous_tambon="520301")]
    tables = ("child_identifier", "enrolment", "learning_state", "import_effect")
    for table in tables:
        areas = await all_of(registry, f"SELECT DISTINCT area FROM {table} WHERE child_id = '{child_id}'")
        assert areas == [(52050100,)], table


async def test_every_table_with_a_child_and_an_area_follows_a_move(registry: Registry) -> None:
    from_catalog = await all_of(
        registry,
        "SELECT table_name FROM information_schema.columns WHERE table_schema = 'public'"
        " AND column_name IN ('child_id', 'area') GROUP BY 1 HAVING count(*) = 2",
    )
    # The erased and the merged are nobody any more; rows that wait say where a file puts somebody.
    # Where names lead follows by itself.
    stay = {"erased_child", "erased_identifier", "import_row", "merged_child", "child_name"}
    assert {name for (name,) in from_catalog} - stay <= set(FOLLOWERS)


async def test_another_identifier_leads_to_the_child_and_a_new_number_becomes_the_present_one(
    registry: Registry,
) -> None:
    await take_in(registry, "population", lives(1, g_code=G_CODE))
    await take_in(registry, "enrolment", learns(1, citizen_id="", g_code=G_CODE))
    assert await one(registry, "SELECT count(*) FROM enrolment") == (1,)
    await take_in(registry, "population", lives(1, citizen_id=a_citizen_id(77), g_code=G_CODE))
    child_id = await registry.office.child_id(1)
    shown = await registry.office.get(f"/v1/children/{child_id}/citizen-id")
    assert shown.json() == {"citizen_id": a_citizen_id(77)}
    kinds = await all_of(registry, "SELECT kind, valid_to IS NOT NULL AS former FROM child_identifier ORDER BY kind")
    assert kinds == [("citizen_id", True), ("g_code", False)]
    await take_in(registry, "enrolment", learns(1, organisation=FAR_SCHOOL))
    assert await one(registry, "SELECT count(*) AS lists, count(DISTINCT child_id) AS pupils FROM enrolment") == (2, 1)
    by_former_number = await take_in(registry, "population", lives(1), lives(2))
    assert (by_former_number["accepted"], by_former_number["unchanged"]) == (1, 1)
    assert await one(registry, "SELECT count(*) FROM child") == (2,)


async def test_who_has_no_number_waits_for_linkage_once_however_often_the_file_comes(registry: Registry) -> None:
    rows = [learns(1, citizen_id=""), learns(2, citizen_id="1.10E+12"), learns(3)]
    first = await take_in(registry, "enrolment", *rows)
    again = await take_in(registry, "enrolment", *rows)
    assert (first["accepted"], first["unlinked"], again["accepted"], again["unlinked"]) == (3, 2, 0, 0)
    records = await all_of(registry, "SELECT state, id_problem FROM unlinked_record ORDER BY row")
    assert records == [("waiting", "citizen_id_missing"), ("waiting", "citizen_id_spreadsheet")]


async def test_people_of_a_register_without_a_number_wait_too(registry: Registry) -> None:
    await take_in(registry, "population", lives(1, citizen_id=""))
    assert await one(registry, "SELECT kind, state, area FROM unlinked_record") == ("population", "waiting", 52030100)
    assert await registry.rows("SELECT 1 FROM child") == []


@pytest.mark.parametrize("kind", ["social", "health", "disability"])
async def test_a_partners_file_discovers_a_child_and_enrols_nobody(registry: Registry, kind: str) -> None:
    await take_in(registry, "population", lives(1))
    await take_in(registry, kind, lives(1, given_name="สมมุติหนึ่ง"), lives(2), lives(3, citizen_id=""))
    names = await all_of(registry, "SELECT given_name, registered_import_id IS NULL AS unlisted FROM child ORDER BY 1")
    assert names == [("สมมุติ1", False), ("สมมุติ2", True)]
    assert await one(registry, "SELECT count(*) FROM unlinked_record") == (1,)
    assert await registry.rows("SELECT 1 FROM enrolment") == []


async def test_a_list_of_non_formal_education_enrols(registry: Registry) -> None:
    await take_in(registry, "population", lives(1))
    await take_in(registry, "nonformal", learns(1, grade="M3"))
    assert await one(registry, "SELECT organisation, grade FROM enrolment") == (KO_KHA_SCHOOL, "M3")
    done = await take_in(registry, "nonformal", learns(1, grade="กศน. ม.ปลาย"), term="2567/2")
    assert done["rejected"] == 0
    levels = "SELECT grade FROM enrolment WHERE term = '2567/2'"
    assert await one(registry, levels) == ("M4",), "of a level without a year nothing more is known"


async def test_a_complete_list_ends_whom_it_no_longer_names_and_being_named_again_reopens(registry: Registry) -> None:
    everybody = [learns(n) for n in (1, 2, 3)]
    await take_in(registry, "enrolment", *everybody, complete=True)
    await take_in(registry, "enrolment", learns(4), feed="another")
    await take_in(registry, "enrolment", *everybody[:2])
    assert await registry.told(ChildLeftSchool) == []
    await take_in(registry, "enrolment", *everybody[:1], learns(2, grade="P5"), complete=True)
    (left,) = await registry.told(ChildLeftSchool)
    assert (left.child_id, left.organisation, left.grade) == (await registry.office.child_id(3), KO_KHA_SCHOOL, "P6")
    ended = "SELECT count(*) FROM enrolment WHERE ended_date IS NOT NULL AND ended_import_id IS NOT NULL"
    assert await one(registry, ended) == (1,)
    await take_in(registry, "enrolment", *everybody, complete=True)
    assert await one(registry, ended) == (0,)
    assert len(await registry.told(ChildEnrolled)) == 7


async def test_the_first_list_of_a_feed_may_name_pupils_whom_another_list_named_at_the_school(
    registry: Registry,
) -> None:
    await take_in(registry, "enrolment", learns(1), learns(2), learns(3))
    done = await take_in(registry, "enrolment", learns(1), learns(2, grade="P5"), learns(4), feed="another")
    assert (done["accepted"], done["unchanged"], done["rejected"]) == (2, 1, 0)
    await take_in(registry, "enrolment", learns(3, removed="true"), learns(5), feed="third")
    listed = "SELECT c.given_name, e.grade, e.ended_date IS NULL FROM enrolment e JOIN child c ON c.id = e.child_id"
    assert await all_of(registry, f"{listed} ORDER BY 1") == [
        ("สมมุติ1", "P6", True), ("สมมุติ2", "P5", True), ("สมมุติ3", "P6", False), ("สมมุติ4", "P6", True),
        ("สมมุติ5", "P6", True),
    ]  # fmt: skip
    assert len(await registry.told(ChildEnrolled)) == 6


async def test_a_pupil_behind_a_row_that_waits_for_linkage_is_not_gone_from_the_list(registry: Registry) -> None:
    await take_in(registry, "enrolment", learns(1, citizen_id=""), learns(2), complete=True)
    await take_in(registry, "enrolment", learns(1))
    async with registry.database.transaction(Scope.system("test")) as session:
        await (await session.driver()).execute(
            "UPDATE unlinked_record SET state = 'linked', child_id = (SELECT id FROM child WHERE given_name = 'สมมุติ1')"
        )
    await take_in(registry, "enrolment", learns(1, citizen_id="", grade="P5"), learns(2), complete=True)
    assert await registry.told(ChildLeftSchool) == []


async def test_a_row_marked_as_removed_ends_the_enrolment_and_brings_nobody(registry: Registry) -> None:
    await take_in(registry, "enrolment", learns(1))
    await take_in(registry, "enrolment", learns(1, removed="true"), learns(2, removed="true"))
    assert [fact.child_id for fact in await registry.told(ChildLeftSchool)] == [await registry.office.child_id(1)]
    assert await one(registry, "SELECT count(*) FROM child") == (1,)


async def test_a_delivery_says_which_feed_came_for_which_term(registry: Registry) -> None:
    done = await take_in(registry, "enrolment", learns(1), complete=True)
    found = await one(registry, "SELECT import_id::text, term, complete, rows, withdrawn_at FROM feed_delivery")
    assert found == (done["id"], TERM, True, 1, None)


async def test_steps_of_two_imports_of_the_same_people_follow_one_another(registry: Registry) -> None:
    for _ in range(2):
        await registry.office.upload("population", _csv(people(300)))
    first, second = (row["id"] for row in await registry.rows("SELECT id FROM job ORDER BY id"))
    await asyncio.gather(registry.carry(first), registry.carry(second))
    assert await one(registry, "SELECT sum(accepted) AS a, sum(unchanged) AS u FROM file_import") == (300, 300)
    assert len(await registry.told(ChildRegistered)) == 300


async def test_an_import_applied_in_many_steps_ends_as_in_one(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(applying, "ROWS_OF_A_STEP", 7)
    await registry.office.take_in("population", [*people(40), a_child(3), a_child(41, sex="?")])
    await office(registry).take_in("enrolment", [a_pupil(n) for n in range(1, 31)], complete=True)
    await office(registry).take_in("enrolment", [a_pupil(n) for n in range(25, 31)], complete=True)
    assert await registry.event_counts() == {"registered.v1": 41, "enrolled.v1": 30, "left_school.v1": 24}


def _csv(rows: list[Any]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("citizen_id", "given_name", "family_name", "birth_date", "sex", "area"))
    writer.writerows(rows)
    return text.getvalue().encode()
