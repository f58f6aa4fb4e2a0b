"""The list of a receiving school: whom it takes in, by number and name, wherever they learn and live now."""

from collections.abc import Sequence
from typing import Final, NamedTuple
from uuid import UUID

from zd_kernel.access.organisations import Organisations
from zd_kernel.data.session import WriteSession
from zd_kernel.keyring import KeyRing
from zd_registry.children.rules import CITIZEN_ID, OTHER_ID
from zd_registry.transitions.actions import Wanted, asked_about, next_grades_of, receiving
from zd_registry.transitions.queries import BY_NUMBER, Asked
from zd_registry.transitions.schemas import ConfirmationListResult, ListedPupil, ListResult, NewConfirmationList
from zd_registry.values.faults import RowFault
from zd_registry.values.grades import grade as read_grade
from zd_registry.values.identifiers import identifier
from zd_registry.values.names import given_name, name_key

_GRADES: Final = """
SELECT k.id, f.grade FROM unnest($1::uuid[]) AS k(id) CROSS JOIN LATERAL transition_facts(k.id, $2::int, $3::date) f
"""
_HELD: Final = """
SELECT DISTINCT ON (child_id) child_id, grade, holds FROM place_confirmation
WHERE child_id = ANY ($1::uuid[]) AND year = $2 AND organisation = $3 AND confirmed_by = 'school'
ORDER BY child_id, said_at DESC, id DESC
"""
_CONFIRM: Final = """
INSERT INTO place_confirmation (id, child_id, area, year, organisation, organisation_position, grade, confirmed_by,
    holds, agency, said_by, said_at)
SELECT uuidv7(), id, area, $4, $5, $6, grade, 'school', true, $7, $8, $9
FROM unnest($1::uuid[], $2::int[], $3::text[]) AS k(id, area, grade)
"""


class _Known(NamedTuple):
    child_id: UUID
    area: int
    given_key: str


class School(NamedTuple):
    """The receiving school, and who speaks for it."""

    code: str
    position: int
    agency: str
    said_by: str


class Row(NamedTuple):
    """A row as it is understood. `fault` is why it cannot be taken; "" where nothing is wrong yet."""

    marks: tuple[str, ...]
    given_key: str
    grade: str
    fault: str = ""


async def confirm_list(
    session: WriteSession, tree: Organisations, keyring: KeyRing, wanted: NewConfirmationList, agency: str
) -> ConfirmationListResult:
    """Every row is taken or refused by itself. Raises NotFound, Forbidden for a school that is not the caller's."""
    position = await receiving(session, tree, wanted.organisation, own=True)
    rows = [_read(pupil, keyring) for pupil in wanted.pupils]
    school = School(wanted.organisation, position, agency, session.scope.name)
    return _result(await confirm_rows(session, school, wanted.year, rows))


async def confirm_rows(session: WriteSession, school: School, year: int, rows: Sequence[Row]) -> list[ListResult]:
    """What becomes of each row, in their order."""
    asked = await asked_about(session, Wanted(year))
    known = await _known(session, rows)
    children = [known.get(next((mark for mark in row.marks if mark in known), "")) for row in rows]
    connection = await session.driver()
    ids = [child.child_id for child in children if child is not None]
    session.audit_subjects(*ids)
    grades = {row["id"]: row["grade"] for row in await connection.fetch(_GRADES, ids, year, asked.ended)}
    held = {
        row["child_id"]: row["grade"]
        for row in await connection.fetch(_HELD, ids, year, school.code) if row["holds"]
    }  # fmt: skip
    results: list[ListResult] = []
    taken: dict[UUID, tuple[int, str]] = {}
    for number, (row, child) in enumerate(zip(rows, children, strict=True), start=1):
        fault = _fault(row, child, grades, asked, taken)
        if fault or child is None:
            results.append(ListResult(row=number, outcome="refused", reason=fault))
        elif held.get(child.child_id) == row.grade:
            results.append(ListResult(row=number, outcome="unchanged"))
        else:
            taken[child.child_id] = child.area, row.grade
            results.append(ListResult(row=number, outcome="confirmed"))
    await connection.execute(
        _CONFIRM, list(taken), [area for area, _ in taken.values()], [grade for _, grade in taken.values()],
        year, school.code, school.position, school.agency, school.said_by, session.clock.now(),
    )  # fmt: skip
    return results


def _read(pupil: ListedPupil, keyring: KeyRing) -> Row:
    found = identifier(pupil.citizen_id)
    try:
        grade = read_grade(pupil.grade)
        name, _ = given_name(pupil.given_name)
    except RowFault as fault:
        return Row((), "", "", fault.reason)
    if found.kind not in {"citizen_id", "g_code"}:
        return Row((), "", grade, found.problem or "citizen_id_malformed")
    purpose = CITIZEN_ID if found.kind == "citizen_id" else OTHER_ID
    return Row(tuple(keyring.blind_all(purpose, found.value)), name_key(name), grade)


async def _known(session: WriteSession, rows: Sequence[Row]) -> dict[str, _Known]:
    marks = [mark for row in rows for mark in row.marks]
    found = await (await session.driver()).fetch(BY_NUMBER, marks)
    return {row["number"]: _Known(row["child_id"], row["area"], row["given_key"]) for row in found}


def _fault(
    row: Row, child: _Known | None, grades: dict[UUID, str], asked: Asked, taken: dict[UUID, tuple[int, str]]
) -> str | None:
    if row.fault:
        return row.fault
    if child is None:
        return "number_unknown"
    if child.given_key != row.given_key:
        return "name_differs"
    if child.child_id in taken:
        return "repeated"
    grade = grades.get(child.child_id, "")
    if grade not in asked.grades:
        return "not_in_transition"
    return None if next_grades_of(asked).allows(grade, row.grade) else "grade_not_next"


def _result(items: list[ListResult]) -> ConfirmationListResult:
    outcomes = [item.outcome for item in items]
    return ConfirmationListResult(
        confirmed=outcomes.count("confirmed"),
        unchanged=outcomes.count("unchanged"),
        refused=outcomes.count("refused"),
        items=items,
    )
