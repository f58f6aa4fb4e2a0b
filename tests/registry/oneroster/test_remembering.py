"""A feed's packages may name pupils by the ids of the system they come from."""

import csv
import io
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from zipfile import ZipFile

from tests.registry.builders import FAR_SCHOOL, KO_KHA_SCHOOL, a_citizen_id
from tests.registry.conftest import Caller, Everything
from tests.registry.oneroster.builders import Roster
from tests.registry.oneroster.test_packages import MEMBERS, SCOPES, delta, export, tables, take

MINISTRYS = "1052030001"


def foreign(content: bytes, others: Mapping[str, str] = MappingProxyType({})) -> bytes:
    """The package of another system: every id is its own. `others`: what stands there instead of some."""
    made = io.BytesIO()
    with ZipFile(io.BytesIO(content)) as package, ZipFile(made, "w") as theirs:
        for name in package.namelist():
            header, *rows = csv.reader(io.StringIO(package.read(name).decode()))
            own = {n for n, column in enumerate(header) if column.lower().rstrip("s").endswith("sourcedid")}
            text = io.StringIO()
            csv.writer(text).writerows([header, *(
                [",".join(f"x-{others.get(part, part)}" for part in cell.split(",")) if n in own and cell
                 else others.get(cell, cell) for n, cell in enumerate(row)] for row in rows)])  # fmt: skip
            theirs.writestr(name, text.getvalue())
    return made.getvalue()


async def test_changes_under_a_systems_own_ids_seat_whom_an_earlier_package_of_its_feed_called_so(
    roster: Roster, everything: Everything
) -> None:
    office = roster.caller(SCOPES, areas=["*"], organisations=["5203", FAR_SCHOOL])
    package = foreign(await export(office, identifiers=True))
    claims: dict[str, Any] = {"areas": ["*"], "organisations": ["5203", FAR_SCHOOL]}
    taking, another = roster.registry.caller(**claims), roster.registry.caller(**claims, agency="อีกหน่วยงาน")
    whole = await take(taking, package)
    one = str(roster.child[1])
    (seat,) = (row for row in tables(package)["enrollments"] if row["classSourcedId"] == f"x-{roster.scheduled}")

    async def changed(caller: Caller, **column: str) -> tuple[bool, int]:
        """Whether the pupil sits there after it, and how many nobody could seat."""
        place = await take(caller, delta(package, enrollments=[seat | column]))
        said = {each["code"]: each["count"] for each in (await caller.get(place)).json()["report"]["warnings"]}
        sits = {(str(row["child_id"]), row["code"]): row["sits"] for row in await roster.registry.rows(MEMBERS)}
        return sits[one, "ท16101-1"], said.get("seats_unmatched", 0)

    assert await changed(taking, status="tobedeleted") == (False, 0)
    assert await changed(another, status="active") == (False, 1), "to another feed the id says nothing"
    assert await changed(taking, status="active") == (True, 0)
    assert not await everything.tables_with([f"x-{one}", seat["userSourcedId"]]), "the id may be a citizen ID"
    kept = await roster.registry.rows("SELECT child_id, area FROM roster_pupil ORDER BY child_id")
    assert {row["child_id"] for row in kept} == {roster.child[n] for n in (1, 2, 4)}, "whose school has classes"
    await everything.connection.execute("DELETE FROM child WHERE id = $1", roster.child[2])
    assert len(await roster.registry.rows("SELECT 1 FROM roster_pupil")) == 2, "who is erased is called nothing"
    assert (await taking.delete(whole)).status_code in {200, 202}
    await roster.registry.work()
    assert (await changed(taking, status="tobedeleted"))[1] == 1, "what was withdrawn was not said"


async def test_equal_ids_of_two_feeds_mean_each_its_own_and_a_school_need_not_be_told_again(
    roster: Roster, everything: Everything
) -> None:
    office = roster.caller(SCOPES, areas=["*"], organisations=["5203", FAR_SCHOOL])
    ours = await export(office, identifiers=True)
    mixed = {roster.homeroom: roster.scheduled, roster.scheduled: roster.homeroom, KO_KHA_SCHOOL: MINISTRYS,
             "T1": a_citizen_id(9)}  # fmt: skip
    package = foreign(ours)
    await everything.connection.execute(
        "INSERT INTO organisation_code VALUES ('ministry', $1, $2)", MINISTRYS, KO_KHA_SCHOOL
    )
    claims: dict[str, Any] = {"areas": ["*"], "organisations": ["5203", FAR_SCHOOL]}
    taking, another = roster.registry.caller(**claims), roster.registry.caller(**claims, agency="อีกหน่วยงาน")
    await take(taking, package)
    await take(another, foreign(ours, mixed))
    called = await roster.registry.rows("SELECT DISTINCT feed_id, entity_id FROM roster_entity WHERE kind = 'class'")
    assert not await everything.tables_with([a_citizen_id(9)]), "a teacher's code may be a citizen ID"
    teachers = await roster.registry.rows("SELECT code FROM teacher WHERE organisation = $1", KO_KHA_SCHOOL)
    assert sorted(len(row["code"]) for row in teachers) == [2, 24]
    assert len(called) == 4, "two classes of two feeds, of which one calls the school by the ministry's code"
    held, four = tables(package), str(roster.child[4])
    seat = next(row for row in held["enrollments"] if row["classSourcedId"] == f"x-{roster.scheduled}")
    users = [row | {"grades": "07"} for row in held["users"] if row["sourcedId"] == f"x-{four}"]
    roles = [row for row in held["roles"] if row["userSourcedId"] == f"x-{four}"]
    joins = seat | {"sourcedId": "seat-2", "userSourcedId": f"x-{four}", "status": "active"}
    changes = delta(package, users=users, roles=roles, enrollments=[joins])

    async def classes_of_four() -> set[str]:
        rows = await roster.registry.rows(MEMBERS)
        return {row["code"] for row in rows if row["child_id"] == roster.child[4] and row["sits"]}

    place = await take(taking, changes)
    taken = (await taking.get(place)).json()
    assert (taken["accepted"], taken["rejected"]) == (1, 0), "the first package explained the id of the school"
    assert await classes_of_four() == {"ป.6/1", "ท16101-1"}, "the class is that of the feed's own id"
    stranger = roster.registry.caller(**claims, agency="หน่วยงานที่สาม")
    assert (await stranger.get(await take(stranger, changes))).json()["rejected"] == 1
    assert (await taking.delete(place)).status_code in {200, 202}
    await roster.registry.work()
    assert await classes_of_four() == {"ป.6/1"}
    await take(taking, delta(package, enrollments=[joins]))
    assert await classes_of_four() == {"ป.6/1", "ท16101-1"}, "the first package called the pupil so too"
