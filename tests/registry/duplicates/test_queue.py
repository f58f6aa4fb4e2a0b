from random import Random
from typing import Any
from uuid import UUID, uuid4

import httpx

from tests.registry.builders import a_child, a_pupil, people
from tests.registry.conftest import Registry
from tests.registry.duplicates.conftest import Reviewer, two_records
from zd_kernel.scope import Scope

SYSTEM = Scope.system("test")
TWICE = {"given_name": "สมมุติ1", "family_name": "ตัวอย่าง", "birth_date": "2556-02-13"}


async def search(reviewer: Reviewer) -> None:
    answer = await reviewer.caller.post("/v1/duplicate-searches", {})
    assert answer.status_code == 202, answer.text
    await reviewer.registry.work()


async def queue(reviewer: Reviewer, **params: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await reviewer.caller.get("/v1/duplicates", **params)).json()["items"]
    return items


def a_name(number: int, length: int = 4) -> str:
    """Thai syllables that hardly repeat: the model weighs frequent names for less."""
    drawn = Random(number)
    return "".join(drawn.choice("กขคงจชซดตทนบปพมยรลวสหอ") + drawn.choice("าิีุเโ") for _ in range(length))


async def a_town(reviewer: Reviewer) -> None:
    """A thousand people, all of them different, and child 1 with a second number as child 9000 in the next tambon."""
    others = [[row[0], a_name(n), a_name(-n), *row[3:]] for n, row in enumerate(people(1_000, start=2))]
    nearby = [a_child(9000, **TWICE, area="520302")]
    await reviewer.caller.take_in("population", [a_child(1), *others, *nearby])


async def ids(registry: Registry) -> list[UUID]:
    rows = await registry.rows("SELECT id FROM child WHERE given_name = 'สมมุติ1' ORDER BY id")
    return [row["id"] for row in rows]


async def test_two_records_that_are_alike_are_found_and_nobody_is_their_own_duplicate(
    registry: Registry, reviewer: Reviewer
) -> None:
    await a_town(reviewer)
    await search(reviewer)

    pair = (await queue(reviewer))[0]
    assert [UUID(pair["first_child_id"]), UUID(pair["second_child_id"])] == await ids(registry)
    assert (pair["source"], pair["weight"] > -3) == ("linkage", True)


async def test_both_are_shown_side_by_side_with_what_speaks_for_and_against(reviewer: Reviewer) -> None:
    await a_town(reviewer)
    await search(reviewer)
    (pair,) = await queue(reviewer)
    shown = (await reviewer.caller.get(f"/v1/duplicates/{pair['id']}")).json()

    fields = {field["name"]: field for field in shown["fields"]}
    agreed = {name: field["agreement"] for name, field in fields.items()}
    assert agreed == {
        "given_name": "same", "family_name": "same", "birth_date": "same", "sex": "same", "area": "different",
        "citizen_id": "different", "nationality": "both_lack", "organisation": "both_lack",
    }  # fmt: skip
    assert fields["given_name"]["weight"] > 0 > fields["citizen_id"]["weight"]
    assert shown["first"]["given_name"] == "สมมุติ1"
    assert shown["suggested_survivor"] == pair["first_child_id"]


async def test_a_refused_pair_comes_back_when_a_name_changed_and_not_before(reviewer: Reviewer) -> None:
    await a_town(reviewer)
    await reviewer.caller.take_in("population", [a_child(9000, **TWICE)])
    await search(reviewer)
    (pair,) = await queue(reviewer)
    decided = await reviewer.decide(await reviewer.caller.get(f"/v1/duplicates/{pair['id']}"), "different")
    assert decided.json()["state"] == "refused"
    await reviewer.caller.take_in("population", [a_child(9000, **TWICE, area="520301")])
    await search(reviewer)
    assert await queue(reviewer) == []
    reported = await reviewer.report(UUID(pair["first_child_id"]), UUID(pair["second_child_id"]))
    assert (reported.status_code, reported.json()["code"]) == (409, "pair_refused")
    taken_back = (await take_back(reviewer, pair["id"])).json()
    assert (taken_back["state"], taken_back["decided_by"]) == ("waiting", None)
    again = await take_back(reviewer, pair["id"])
    assert (again.status_code, again.json()["code"]) == (409, "not_refused")
    await reviewer.decide(await reviewer.caller.get(f"/v1/duplicates/{pair['id']}"), "different")

    await reviewer.caller.take_in("population", [a_child(9000, **(TWICE | {"family_name": "ตัวอยาง"}), area="520301")])
    await search(reviewer)
    assert [found["id"] for found in await queue(reviewer)] == [pair["id"]]


async def take_back(reviewer: Reviewer, pair_id: str) -> httpx.Response:
    """What was decided: that the two are two people."""
    shown = await reviewer.caller.get(f"/v1/duplicates/{pair_id}")
    headers = reviewer.caller.headers | {"Idempotency-Key": str(uuid4()), "If-Match": shown.headers["ETag"]}
    return await reviewer.caller.http.post(f"/v1/duplicates/{pair_id}/undo", headers=headers)


async def test_a_pair_that_is_no_longer_alike_closes_by_itself(reviewer: Reviewer) -> None:
    await a_town(reviewer)
    await search(reviewer)
    changed = TWICE | {"given_name": "ประหยัด", "family_name": "จันทร์โอชา", "birth_date": "2550-07-01"}
    await reviewer.caller.take_in("enrolment", [a_pupil(9000, given_name="สมมุติ1")])
    async with reviewer.registry.database.transaction(SYSTEM) as session:
        await (await session.driver()).execute(
            "UPDATE child SET given_name = $1, family_name = $2, given_key = $1, family_key = $2, given_lk82 = '',"
            " family_lk82 = '', given_udom83 = '', family_udom83 = '', birth_date = '2007-07-01', updated_at = now()"
            " WHERE area = 52030200 AND given_name = 'สมมุติ1'",
            changed["given_name"], changed["family_name"],
        )  # fmt: skip
    await search(reviewer)

    assert await queue(reviewer) == []
    assert len(await queue(reviewer, state="closed")) == 1


async def test_what_a_person_noticed_comes_first_and_once(registry: Registry, reviewer: Reviewer) -> None:
    await a_town(reviewer)
    await search(reviewer)
    rows = await registry.rows("SELECT id FROM child WHERE given_name <> 'สมมุติ1' ORDER BY citizen_id_index LIMIT 2")
    one, other = (row["id"] for row in rows)
    first, again = await reviewer.report(one, other), await reviewer.report(other, one)

    assert first.json()["id"] == again.json()["id"]
    pairs = await queue(reviewer, limit=1)
    assert [pair["id"] for pair in pairs] == [first.json()["id"]]
    page = (await reviewer.caller.get("/v1/duplicates", limit=1)).json()
    following = (await reviewer.caller.get("/v1/duplicates", limit=1, cursor=page["next_cursor"])).json()
    assert [pair["source"] for pair in following["items"]] == ["linkage"]
    assert (await reviewer.report(one, one)).json()["code"] == "one_child"


async def test_two_children_who_share_a_former_number_are_found(registry: Registry, reviewer: Reviewer) -> None:
    await reviewer.caller.take_in("population", [a_child(1), a_child(2, given_name="อื่น", family_name="คนละคน")])
    async with registry.database.transaction(SYSTEM) as session:
        await (await session.driver()).execute(
            "INSERT INTO child_identifier (id, child_id, area, kind, value_encrypted, value_index, created_at)"
            " SELECT uuidv7(), a.id, a.area, 'citizen_id', '', b.citizen_id_index, now() FROM child a, child b"
            " WHERE a.given_name = 'อื่น' AND b.given_name = 'สมมุติ1'"
        )
    await search(reviewer)

    assert [pair["source"] for pair in await queue(reviewer)] == ["identifier"]


async def test_a_decision_on_what_has_changed_meanwhile_is_refused(reviewer: Reviewer) -> None:
    survivor, merged = await two_records(reviewer)
    pair = await reviewer.report(survivor, merged)
    await reviewer.caller.take_in("population", [a_child(1, family_name="อีกนามสกุล"), a_child(2, area="520302")])

    assert (await reviewer.decide(pair, "same")).status_code == 412
    headers = reviewer.caller.headers | {"Idempotency-Key": str(uuid4())}
    body = {"decision": "same", "reason": "x"}
    path = f"/v1/duplicates/{pair.json()['id']}/decision"
    assert (await reviewer.caller.http.post(path, json=body, headers=headers)).status_code == 428


async def test_a_school_sees_the_pair_and_cannot_decide_it(registry: Registry, reviewer: Reviewer) -> None:
    await reviewer.caller.take_in("population", [a_child(1), a_child(2)])
    await reviewer.caller.take_in("enrolment", [a_pupil(1), a_pupil(2)])
    await reviewer.report(await reviewer.caller.child_id(1), await reviewer.caller.child_id(2))
    school = Reviewer(registry, reviewer.everything, areas=[], organisations=["5203"])
    (pair,) = await queue(school)

    answer = await school.decide(await school.caller.get(f"/v1/duplicates/{pair['id']}"), "different")
    assert (answer.status_code, answer.json()["code"]) == (403, "not_your_child")


async def test_without_the_scope_nothing_is_seen(registry: Registry) -> None:
    reader = registry.caller(areas=["52"], scopes=["registry:read"])
    for path in ("/v1/duplicates", "/v1/merges"):
        assert (await reader.get(path)).status_code == 403
