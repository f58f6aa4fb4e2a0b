from typing import Any

from tests.registry.builders import KO_KHA_SCHOOL, TERM, a_child, a_citizen_id, a_pupil, people
from tests.registry.linkage.conftest import Linking
from zd_contracts.events.registry import ChildEnrolled, ChildLeftSchool, ChildRegistered

PUPIL = {"citizen_id": "", "given_name": "พิมพ์ชนก", "family_name": "แก้วมณี", "birth_date": "2556-03-14"}
CHILD = PUPIL | {"citizen_id": a_citizen_id(900), "area": "52030102"}


async def listed(registry: Linking, *pupils: dict[str, str], **params: Any) -> list[dict[str, Any]]:
    """The records after a school's list, whose IDs are missing, was taken in and linked."""
    answer = await registry.office.take_in("enrolment", [a_pupil(1, **(PUPIL | pupil)) for pupil in pupils], **params)
    await registry.link(answer)
    return await registry.records()


async def known(registry: Linking, *children: dict[str, str]) -> None:
    rows = [a_child(900 + number, **(CHILD | {"citizen_id": a_citizen_id(900 + number)} | child))
            for number, child in enumerate(children)]  # fmt: skip
    await registry.office.take_in("population", [*people(40), *rows])


async def queue(registry: Linking, **params: Any) -> list[dict[str, Any]]:
    answer = await registry.office.get("/v1/link-reviews", **params)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def detail(registry: Linking, record: dict[str, Any]) -> dict[str, Any]:
    return dict((await registry.office.get(f"/v1/link-reviews/{record['id']}")).json())


async def decide(registry: Linking, record: dict[str, Any], decision: str, child: str | None = None) -> dict[str, Any]:
    body = {"decision": decision, "child_id": child, "reason": "เห็นสูติบัตรแล้ว"}
    answer = await registry.office.post(f"/v1/link-reviews/{record['id']}/decision", body)
    assert answer.status_code == 202, answer.text
    await registry.work()
    return await detail(registry, record)


async def test_a_row_without_an_id_that_is_surely_a_child_of_the_register_enrols_the_child(registry: Linking) -> None:
    await known(registry, {})
    (record,) = await listed(registry, {"given_name": "พิมชนก"})
    (enrolment,) = await registry.rows("SELECT child_id, term FROM enrolment")
    assert (record["state"], record["child_id"], record["decided_by"]) == ("linked", enrolment["child_id"], "linkage")
    assert [fact.child_id for fact in await registry.told(ChildEnrolled)] == [enrolment["child_id"]]


async def test_a_row_that_is_nobody_becomes_a_new_child(registry: Linking) -> None:
    await known(registry, {})
    (record,) = await listed(registry, {"given_name": "ฮาซัน", "family_name": "สาและ", "birth_date": "2553-12-01"})
    assert (record["state"], record["child_id"]) == ("registered", record["id"])
    (child,) = await registry.rows("SELECT registered_import_id FROM child WHERE id = $1", record["id"])
    assert child["registered_import_id"] is None
    assert record["id"] in {fact.child_id for fact in await registry.told(ChildRegistered)}


async def test_a_child_whom_a_list_brought_without_an_id_is_found_by_name_at_once(registry: Linking) -> None:
    await known(registry, {})
    nobody = PUPIL | {"given_name": "ฮาซัน", "family_name": "สาและ", "birth_date": "2553-12-01"}
    await registry.office.take_in("enrolment", [a_pupil(1, **nobody)])
    for _ in range(2):  # what follows from the list, and what follows from that
        await registry.work(background=True)
    (record,) = await registry.records()
    found = (await registry.office.post("/v1/children/search", {"query": "ฮาซาน สาแล"})).json()["items"]
    assert [each["child"]["id"] for each in found] == [str(record["id"])]


async def test_a_doubtful_row_waits_and_both_sides_are_shown_with_weights(registry: Linking) -> None:
    await known(registry, {}, {})
    (record,) = await listed(registry, {})
    assert record["state"] == "review"
    (waiting,) = await queue(registry, organisation=record["organisation"])
    assert waiting["id"] == str(record["id"])
    shown = await detail(registry, record)
    assert len(shown["candidates"]) == 2
    best = shown["candidates"][0]
    assert best["child"]["given_name"] == shown["given_name"]
    assert best["fields"]["birth"] > 0
    assert await queue(registry, area="50") == []


async def test_same_links_the_row_and_undo_puts_it_back(registry: Linking) -> None:
    await known(registry, {}, {})
    (record,) = await listed(registry, {})
    chosen = (await detail(registry, record))["candidates"][1]["child_id"]
    decided = await decide(registry, record, "same", chosen)
    assert (decided["state"], decided["child_id"]) == ("linked", chosen)
    (enrolment,) = await registry.rows("SELECT child_id, ended_date FROM enrolment")
    assert (str(enrolment["child_id"]), enrolment["ended_date"]) == (chosen, None)
    (listed_as,) = await queue(registry, state="linked")
    assert (listed_as["id"], listed_as["child_id"]) == (str(record["id"]), chosen)
    undone = await registry.office.post(f"/v1/link-reviews/{record['id']}/undo", {})
    assert undone.json()["state"] == "review"
    assert [str(fact.child_id) for fact in await registry.told(ChildLeftSchool)] == [chosen]
    again = await registry.office.post(f"/v1/link-reviews/{record['id']}/undo", {})
    assert (again.status_code, again.json()["code"]) == (409, "not_decided")


async def test_after_the_last_candidate_is_refused_the_row_is_a_new_child(registry: Linking) -> None:
    await known(registry, {}, {})
    (record,) = await listed(registry, {})
    first, second = (await detail(registry, record))["candidates"]
    assert (await decide(registry, record, "different", first["child_id"]))["state"] == "review"
    assert (await decide(registry, record, "different", second["child_id"]))["state"] == "registered"
    figures = (await registry.office.get("/v1/link-reviews/figures")).json()
    assert (figures["different"], figures["same"], figures["waiting"]) == (2, 0, 0)
    assert sum(band["decided"] for band in figures["bands"]) == 2
    people_known = len(await registry.rows("SELECT 1 FROM child"))
    await registry.office.post(f"/v1/link-reviews/{record['id']}/undo", {})
    candidates = (await detail(registry, record))["candidates"]
    assert [candidate["child_id"] for candidate in candidates] == [
        str(record["id"]), first["child_id"], second["child_id"],
    ], "whom the row brought is somebody it may be"  # fmt: skip
    assert (await decide(registry, record, "new_child"))["state"] == "registered"
    assert len(await registry.rows("SELECT 1 FROM child")) == people_known
    assert await registry.rows("SELECT child_id FROM enrolment WHERE ended_date IS NULL") == [
        {"child_id": record["id"]}
    ]


async def test_a_refusal_can_be_undone(registry: Linking) -> None:
    await known(registry, {}, {})
    (record,) = await listed(registry, {})
    before = await detail(registry, record)
    refused = await decide(registry, record, "different", before["candidates"][0]["child_id"])
    assert len(refused["candidates"]) == 1
    await registry.office.post(f"/v1/link-reviews/{record['id']}/undo", {})
    assert await detail(registry, record) == before


async def test_a_refused_pair_does_not_come_back_unless_a_field_changed(registry: Linking) -> None:
    await known(registry, {}, {})
    (record,) = await listed(registry, {})
    refused = (await detail(registry, record))["candidates"][0]["child_id"]
    await decide(registry, record, "different", refused)
    (_, later) = await listed(registry, {}, term="2567/2")
    assert refused not in {found["child_id"] for found in (await detail(registry, later))["candidates"]}
    *_, changed = await listed(registry, {"birth_date": "2556-03-15"}, term="2568/1")
    assert refused in {found["child_id"] for found in (await detail(registry, changed))["candidates"]}


async def test_what_was_decided_once_holds_for_the_next_list(registry: Linking) -> None:
    await known(registry, {}, {})
    (record,) = await listed(registry, {})
    chosen = (await detail(registry, record))["candidates"][1]["child_id"]
    await decide(registry, record, "same", chosen)
    (_, later) = await listed(registry, {}, term="2567/2")
    assert (later["state"], str(later["child_id"])) == ("linked", chosen)


async def test_a_complete_list_again_keeps_whom_its_rows_were_linked_to_and_brings_back_who_had_left(
    registry: Linking,
) -> None:
    await known(registry, {})
    sure = {"given_name": "พิมชนก"}
    other = {"given_name": "ฮาซัน", "family_name": "สาและ", "birth_date": "2553-12-01"}
    listing = "SELECT count(*) AS n, count(ended_date) AS ended FROM enrolment"
    for pupils, ended in (([sure, other], 0), ([sure, other], 0), ([other], 1), ([sure, other], 0)):
        records = await listed(registry, *pupils, complete=True)
        assert await registry.rows(listing) == [{"n": 2, "ended": ended}]
    assert sorted(record["state"] for record in records) == ["linked", "registered"]
    assert (len(await registry.told(ChildLeftSchool)), len(await registry.told(ChildEnrolled))) == (1, 3)


async def test_whom_a_withdrawn_list_had_linked_stays_on_the_list_that_said_so_too(registry: Linking) -> None:
    await known(registry, {})
    sure = {"given_name": "พิมชนก"}
    for _ in range(2):
        await listed(registry, sure, complete=True)
    imports = await registry.rows("SELECT id FROM file_import WHERE kind = 'enrolment' ORDER BY id")
    assert (await registry.office.delete(f"/v1/imports/{imports[0]['id']}")).status_code == 202
    await registry.work()
    (record,) = await listed(registry, sure, complete=True)
    assert (record["state"], record["import_id"]) == ("linked", imports[1]["id"])
    assert (await registry.told(ChildLeftSchool), len(await registry.told(ChildEnrolled))) == ([], 1)
    undone = await registry.office.post(f"/v1/link-reviews/{record['id']}/undo", {})
    assert (undone.json()["state"], len(await registry.told(ChildLeftSchool))) == ("review", 1)


async def test_of_two_children_alike_the_one_whose_mother_the_row_names_is_meant(registry: Linking) -> None:
    header = "เลขประจำตัวประชาชน,ชื่อ,นามสกุล,วันเกิด,เพศ,รหัสตำบล,ชื่อมารดา\n"
    alike = "พิมพ์ชนก,แก้วมณี,14/3/2556,หญิง,52030102"
    mothers = ("นางสมร แก้วมณี", "นางวันดี แก้วมณี")
    rows = "".join(f"{a_citizen_id(900 + n)},{alike},{mother}\n" for n, mother in enumerate(mothers))
    await registry.office.take_in("population", people(40))
    await registry.office.upload("population", (header + rows).encode())
    await registry.work()
    pupil = f"รหัสโรงเรียน,ชื่อ,นามสกุล,วันเกิด,ชั้น,ผู้ปกครอง\n{KO_KHA_SCHOOL},พิมพ์ชนก,แก้วมณี,14/3/2556,ป.6,วันดี  แก้วมณี\n"
    answer = await registry.office.upload("enrolment", pupil.encode(), TERM)
    await registry.work()
    await registry.link(answer.json())
    (record,) = await registry.records()
    assert record["state"] == "linked"
    (mother,) = (await registry.office.get(f"/v1/children/{record['child_id']}/guardians")).json()["items"]
    assert mother["name"] == mothers[1], "one person, told by the register and by the school"


async def test_a_child_whom_the_list_names_by_its_id_is_nobody_elses_row(registry: Linking) -> None:
    await known(registry, {})
    answer = await registry.office.take_in("enrolment", [a_pupil(1, **CHILD_ROW), a_pupil(1, **PUPIL)])
    await registry.link(answer)
    (record,) = await registry.records()
    assert record["state"] == "review"


async def test_a_row_whose_id_is_another_persons_is_never_linked_by_itself(registry: Linking) -> None:
    await known(registry, {})
    (record,) = await listed(registry, {"citizen_id": a_citizen_id(1)})
    assert (record["id_problem"], record["state"]) == ("citizen_id_conflict", "review")
    found, owner = (await detail(registry, record))["candidates"]
    assert (found["fields"]["birth"] > 0, owner["child_id"]) == (True, str(await registry.office.child_id(1)))
    decided = await decide(registry, record, "same", found["child_id"])
    assert decided["state"] == "linked"


async def test_a_review_closes_by_itself_when_a_later_list_names_the_child_by_its_id(registry: Linking) -> None:
    await known(registry, {}, {})
    (record,) = await listed(registry, {})
    assert record["state"] == "review"
    await registry.office.take_in("enrolment", [a_pupil(1, **CHILD_ROW | {"grade": "P5"})])
    await registry.work()  # what follows from the list
    (child,) = await registry.rows("SELECT child_id, grade FROM enrolment WHERE term = $1", TERM)
    (record,) = await registry.records()
    assert (record["state"], record["child_id"], record["decided_by"]) == ("linked", child["child_id"], "identifier")
    assert child["grade"] == "P5", "the later list's, not that of the row which waited"


async def test_a_review_closes_by_itself_when_a_correction_gives_the_child_the_number_of_the_row(
    registry: Linking,
) -> None:
    await known(registry, {})
    (record,) = await listed(registry, {"citizen_id": a_citizen_id(1)})
    assert (record["id_problem"], record["state"]) == ("citizen_id_conflict", "review")
    (child,) = await registry.rows("SELECT id FROM child WHERE given_name = $1", PUPIL["given_name"])
    for who, number in ((await registry.office.child_id(1), a_citizen_id(999)), (child["id"], a_citizen_id(1))):
        body = {"citizen_id": number, "reason": "ตามสูติบัตร"}
        answer = await registry.office.patch(f"/v1/children/{who}", body, if_match="*")
        assert answer.status_code == 200, answer.text
    await registry.work()
    (record,) = await registry.records()
    assert (record["state"], record["child_id"], record["decided_by"]) == ("linked", child["id"], "identifier")


async def test_what_a_row_without_an_id_says_of_guardians_and_needs_is_kept_of_the_child_and_taken_back_by_undo(
    registry: Linking,
) -> None:
    await known(registry, {})
    file = (
        "ชื่อ,นามสกุล,วันเกิด,เพศ,รหัสตำบล,ชื่อมารดา,ประเภทความพิการ,เลขหนังสือเดินทาง\n"
        "พิมพ์ชนก,แก้วมณี,14/3/2556,หญิง,52030102,นางมารดา ตัวอย่าง,การได้ยิน,AA1234567\n"
    )
    answer = await registry.office.upload("disability", file.encode())
    await registry.work()
    await registry.link(answer.json())
    (record,) = await registry.records()
    child = f"/v1/children/{record['child_id']}"
    assert record["state"] == "linked"

    async def told() -> tuple[list[str], list[str], list[str]]:
        needs = (await registry.office.get(f"{child}/needs")).json()["items"]
        guardians = (await registry.office.get(f"{child}/guardians")).json()["items"]
        shown = (await registry.office.get(f"{child}/profile")).json()["identifiers"]
        return [n["code"] for n in needs], [g["relation"] for g in guardians], [i["kind"] for i in shown]

    assert await told() == (["hearing"], ["mother"], ["citizen_id", "passport"])
    undone = await registry.office.post(f"/v1/link-reviews/{record['id']}/undo", {})
    assert undone.status_code == 201, undone.text
    assert await told() == ([], [], ["citizen_id"])


async def test_who_sees_another_area_sees_no_record(registry: Linking) -> None:
    await known(registry, {}, {})
    (record,) = await listed(registry, {})
    stranger = registry.caller(areas=["50"])
    assert (await stranger.get(f"/v1/link-reviews/{record['id']}")).status_code == 404
    body = {"decision": "new_child", "reason": "-"}
    assert (await stranger.post(f"/v1/link-reviews/{record['id']}/decision", body)).status_code == 404


CHILD_ROW = {name: CHILD[name] for name in PUPIL}
