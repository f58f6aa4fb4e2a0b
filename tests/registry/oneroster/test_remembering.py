"""A feed's packages may name pupils by the ids of the system they come from."""

import csv
import io
from typing import Any
from zipfile import ZipFile

from tests.registry.builders import FAR_SCHOOL
from tests.registry.conftest import Caller, Everything
from tests.registry.oneroster.builders import Roster
from tests.registry.oneroster.test_packages import MEMBERS, SCOPES, delta, export, tables, take


def foreign(content: bytes) -> bytes:
    """The package of another system: every id is its own."""
    made = io.BytesIO()
    with ZipFile(io.BytesIO(content)) as package, ZipFile(made, "w") as other:
        for name in package.namelist():
            header, *rows = csv.reader(io.StringIO(package.read(name).decode()))
            own = {n for n, column in enumerate(header) if column.lower().rstrip("s").endswith("sourcedid")}
            text = io.StringIO()
            csv.writer(text).writerows([header, *(
                [",".join(f"x-{part}" for part in cell.split(",")) if n in own and cell else cell
                 for n, cell in enumerate(row)] for row in rows)])  # fmt: skip
            other.writestr(name, text.getvalue())
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
