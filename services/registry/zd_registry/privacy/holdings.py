"""Where the service keeps what about a child, and under which purpose of the key ring the sealed columns are.

A table that is not named here is missing from a person's copy of their data: a test compares it with the database.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from zd_registry.children.rules import CITIZEN_ID, OTHER_ID
from zd_registry.households.actions import ADDRESS, HOUSE_CODE, NAME, NEED, PHONE
from zd_registry.oneroster.remembering import ROSTER_ID
from zd_registry.screening.actions import ANSWERS
from zd_registry.screening.following import FOLLOW_UP_NOTE
from zd_registry.transitions.actions import NOTE

CORRECTION: Final = "correction"
DETAILS: Final = "details"
_BY_KIND: Final = "by kind"


class Holding(NamedTuple):
    """`query` takes the child's id. `sealed`: encrypted column → purpose; `bound`: the column whose value binds it."""

    name: str
    tables: tuple[str, ...]
    query: str
    sealed: Mapping[str, str] = MappingProxyType({})
    bound: str = "id"


def _of(
    table: str, order: str, *, name: str | None = None, sealed: dict[str, str] | None = None, bound: str = "id"
) -> Holding:
    query = f"SELECT * FROM {table} WHERE child_id = $1 ORDER BY {order}"  # noqa: S608  (names of its own)
    return Holding(name or table, (table,), query, sealed or {}, bound)


HOLDINGS: Final = (
    Holding("child", ("child",), "SELECT * FROM child WHERE id = $1", {"citizen_id_encrypted": CITIZEN_ID}),
    Holding("former_ids", ("merged_child",), "SELECT child_id AS id FROM merged_child WHERE survivor_id = $1"),
    _of("child_identifier", "id", name="identifiers", sealed={"value_encrypted": _BY_KIND}, bound="child_id"),
    Holding(
        "enrolments",
        ("enrolment",),
        "SELECT e.*, f.agency AS told_by_agency, f.kind AS told_by_feed FROM enrolment e"
        " LEFT JOIN feed f ON f.id = e.feed_id WHERE e.child_id = $1 ORDER BY e.term, e.organisation",
    ),
    _of("placement", "started_date", name="placements"),
    _of("class_member", "begin_date, id", name="classes"),
    _of("attendance_term", "first_day", name="attendance"),
    _of("attendance_correction", "id", name="attendance_corrections"),
    _of("attendance_elsewhere", "from_date", name="attendance_elsewhere"),
    _of("learning_state", "child_id"),
    _of("learning_change", "at", name="learning_changes"),
    _of("reconciliation_finding", "run_id", name="findings"),
    Holding(
        "guardians",
        ("child_guardian",),
        "SELECT g.id, l.relation, l.main, l.from_date, l.until_date, g.name_encrypted, g.phone_encrypted"
        " FROM child_guardian l JOIN guardian g ON g.id = l.guardian_id WHERE l.child_id = $1 ORDER BY l.id",
        {"name_encrypted": NAME, "phone_encrypted": PHONE},
    ),
    Holding(
        "household",
        ("household",),
        "SELECT h.* FROM child c JOIN household h ON h.id = c.household_id WHERE c.id = $1",
        {"house_code_encrypted": HOUSE_CODE, "address_encrypted": ADDRESS},
    ),
    _of("residence", "from_date", name="residences"),
    _of("child_need", "id", name="needs", sealed={"detail_encrypted": NEED}),
    _of("screening", "screened_date, id", name="screenings", sealed={"answers_encrypted": ANSWERS}),
    _of("screening_follow_up", "due_date, id", name="screening_follow_ups", sealed={"note_encrypted": FOLLOW_UP_NOTE}),
    _of("consent", "given_at", name="consents"),
    _of("place_confirmation", "id", name="place_confirmations"),
    _of("home_visit", "visited_date", name="home_visits"),
    _of("intention", "id", name="intentions", sealed={"note_encrypted": NOTE}),
    _of("correction", "at, id", name="corrections", sealed={"old_encrypted": CORRECTION}),
    _of("term_grade", "term, graded_date", name="grades"),
    _of("behaviour_incident", "occurred_date", name="incidents"),
    _of("school_travel", "said_date"),
    _of("household_screening", "screened_date", name="household_screenings"),
    _of("child_risk", "child_id", name="risk"),
    _of("risk_change", "at", name="risk_changes"),
    _of("unlinked_record", "id", name="linked_records", sealed={"citizen_id_encrypted": CITIZEN_ID}),
    _of("roster_pupil", "id", name="roster_ids", sealed={"source_encrypted": ROSTER_ID}),
    _of("import_effect", "import_id, n", name="changes_by_files"),
)
ELSEWHERE: Final = {
    "erased_child": "whoever is in it has no record",
    "erased_identifier": "whoever is in it has no record",
    "child_name": "what names are looked up by, made of those that are told",
    "sheet_refusal": "a row that was refused changed nothing that is kept, and only its uploader may see it",
    "reconciliation_mark": "until the next run, that something about the child went",
    "risk_mark": "for seconds, that something about the child changed",
    "import_row": "a row that waits names nobody yet: its child_id is a proposal",
}


def purpose_of(holding: Holding, column: str, row: dict[str, object]) -> str:
    purpose = holding.sealed[column]
    if purpose != _BY_KIND:
        return purpose
    return CITIZEN_ID if row["kind"] == "citizen_id" else OTHER_ID
