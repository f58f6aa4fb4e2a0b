"""Who saw a child, when and why."""

from typing import Any
from uuid import UUID

import pytest

from tests.registry.builders import KO_KHA_SCHOOL, a_child, a_pupil
from tests.registry.conftest import Caller, Everything, Registry
from tests.registry.plans import explain, rows_read
from zd_kernel.scope import Scope, areas
from zd_registry.main import create_app
from zd_registry.privacy.queries import ACCESS_LOG, LATEST
from zd_registry.privacy.rules import ACTIONS, action_text


async def log(caller: Caller, child_id: UUID, **params: Any) -> list[dict[str, Any]]:
    answer = await caller.get(f"/v1/children/{child_id}/access-log", **params)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_the_log_tells_readers_files_and_runs_with_agency_and_purpose_the_latest_first(
    registry: Registry,
) -> None:
    office = registry.office
    await office.take_in("population", [a_child(1), a_child(2)])
    child_id = await office.child_id(1)
    registry.clock.advance(seconds=1)
    await office.take_in("enrolment", [a_pupil(1)])
    registry.clock.advance(seconds=1)
    await office.reconcile()
    registry.clock.advance(seconds=1)
    school = registry.caller(organisations=[KO_KHA_SCHOOL], agency="โรงเรียนเกาะคา")
    school.headers["Zd-Purpose"] = "home-visit"
    await school.get(f"/v1/children/{child_id}")
    registry.clock.advance(seconds=1)
    await office.children(area="5203")

    told = await log(office, child_id)
    assert [(row["action"], row["agency"], row["purpose"]) for row in told] == [
        ("list_children", "ศธจ.ลำปาง", "list_children"),
        ("read_child", "โรงเรียนเกาะคา", "home-visit"),
        ("reconciliation", None, "reconciliation"),
        ("import_enrolment", "ศธจ.ลำปาง", "import"),
        ("import_population", "ศธจ.ลำปาง", "import"),
    ]
    assert told[1]["action_th"] == "เปิดดูข้อมูลเด็ก"
    assert [row["at"] for row in told] == sorted((row["at"] for row in told), reverse=True)
    assert (await log(office, child_id))[0]["action"] == "read_access_log"


async def test_pages_of_the_log_hold_every_row_once(registry: Registry) -> None:
    await registry.office.take_in("population", [a_child(1)])
    child_id = await registry.office.child_id(1)
    registry.clock.advance(seconds=1)
    for _ in range(6):
        await registry.office.get(f"/v1/children/{child_id}")
    path, seen, params = f"/v1/children/{child_id}/access-log", [], {"limit": 2}
    while True:
        page = (await registry.office.get(path, **params)).json()
        seen += page["items"]
        if page["next_cursor"] is None:
            break
        registry.clock.advance(seconds=1)
        params = {"limit": 2, "cursor": page["next_cursor"]}
    assert [row["action"] for row in seen] == ["read_child"] * 6 + ["import_population"]


async def test_the_log_asks_for_its_scope_and_for_a_child_that_one_may_see(registry: Registry) -> None:
    await registry.office.take_in("population", [a_child(1)])
    path = f"/v1/children/{await registry.office.child_id(1)}/access-log"
    assert (await registry.caller(areas=["52"], scopes=["registry:read"]).get(path)).status_code == 403
    assert (await registry.caller(areas=["50"]).get(path)).status_code == 404
    assert (await registry.office.get(path, cursor="WyIyMDI0LTAxLTAxIiwieCJd")).status_code == 400


async def test_the_database_itself_shows_rows_of_the_callers_children_alone(registry: Registry) -> None:
    everywhere = registry.caller(areas=["*"])
    await everywhere.take_in("population", [a_child(1), a_child(2, area="500101")])
    for number in (1, 2):
        await everywhere.get(f"/v1/children/{await everywhere.child_id(number)}")
    for scope, rows in ((Scope("here", areas(["52"])), 1), (Scope("nobody"), 0), (Scope("all", areas(["*"])), 2)):
        async with registry.database.read(scope) as session:
            found = await session.fetch("SELECT subject FROM audit_subject")
        assert len(found) == rows


async def test_asking_is_an_indexed_look_up_in_a_large_log(registry: Registry, everything: Everything) -> None:
    """120,000 entries about 20,000 people; the child's are read, and no other."""
    await registry.office.take_in("population", [a_child(1)])
    child_id = await registry.office.child_id(1)
    await everything.connection.execute(
        "WITH e AS (INSERT INTO audit_entry (at, actor, agency, purpose, action, subjects, trace_id, outcome)"
        " SELECT now() - n * interval '1 s', 'x', 'x', 'x', 'read_child', '{}', '', 'ok'"
        " FROM generate_series(1, 120000) n"
        " RETURNING id, at)"
        " INSERT INTO audit_subject SELECT CASE WHEN id % 1000 = 0 THEN $1::uuid"
        " ELSE ('00000000-0000-7000-8000-' || lpad((id % 20000)::text, 12, '0'))::uuid END, at, id FROM e",
        child_id,
    )
    await everything.connection.execute("ANALYZE audit_subject, audit_entry")
    read = await explain(registry, Scope("office", areas(["52"])), ACCESS_LOG, child_id, *LATEST, 51)
    of_log = [scan for scan in read if str(scan.get("Relation Name", "")).startswith("audit")]
    assert "Seq Scan" not in {scan["Node Type"] for scan in of_log}, of_log
    assert max(rows_read(scan) for scan in of_log) <= 130, of_log


async def test_every_action_upon_a_child_has_words_of_its_own(registry: Registry) -> None:
    of_children = [r for r in create_app(registry.settings).routes if "{child_id}" in getattr(r, "path", "")]
    assert of_children
    assert {getattr(route, "name", "") for route in of_children} <= set(ACTIONS)


@pytest.mark.parametrize(
    ("action", "thai"),
    [("read_child", "เปิดดูข้อมูลเด็ก"), ("list_x", "เปิดดูข้อมูล (list_x)"), ("end_x", "ลบหรือยกเลิกข้อมูล (end_x)"),
     ("system:job:x", "ระบบประมวลผลข้อมูล (system:job:x)"), ("do_x", "บันทึกหรือแก้ไขข้อมูล (do_x)")],
)  # fmt: skip
def test_an_action_without_words_of_its_own_says_at_least_what_kind_it_was(action: str, thai: str) -> None:
    assert action_text(action).th == thai
