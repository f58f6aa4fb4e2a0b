"""Little is said: no fact can carry a name, an identifier, an exact birth date or free text."""

import json
import re
from typing import Any

import pytest

from zd_contracts.envelope import EventData
from zd_contracts.events import EVENTS
from zd_contracts.events.registry import AgencyJoined
from zd_contracts.samples import SAMPLES
from zd_contracts.stored import schema_of

# A new field is a decision about what agencies learn of a child; it is made here too, and on purpose.
IDS = {
    "child_id",
    "run_id",
    "case_id",
    "visit_id",
    "placement_id",
    "award_id",
    "payment_id",
    "guardian_id",
    "message_id",
    "surviving_child_id",
    "merged_child_id",
    "agency_id",
    "session_id",
    "screening_id",
}
DATES = {
    "reference_date", "returned_date", "erased_date", "opened_date", "visited_date", "started_date", "closed_date",
    "approved_date", "instructed_date", "linked_date", "left_date", "joined_date",
    "month_date", "until_date", "from_date", "ended_date", "session_date", "screened_date",
    "changed_date",
}  # fmt: skip
NUMBERS = {
    "birth_year", "amount_satang", "half_days_due", "half_days_attended", "half_days_excused", "half_days_absent",
    "school_days", "due", "attended", "model_version",
}  # fmt: skip
CODES = {"tambon", "previous_tambon", "kind", "organisation", "term", "programme", "template", "model_version"}
CHOICES = {
    "grade", "kind", "learning_status", "evidence", "outcome", "reason", "channel", "level", "previous_level",
    "main_factor", "factors", "poverty_class", "unit",
}  # fmt: skip

BIRTH_DATE = "2013-02-13"
PERSONAL = [
    "1101700999999", "1-1017-00999-99-9", "G123456789012", "สมชาย", "ด.ช.สมชาย ใจดี", "Somchai Jaidee", BIRTH_DATE,
    "13/2/2556", "0812345678901", "U" + "0" * 32, "a free sentence", "", "520301\n",
]  # fmt: skip
FIELDS = [
    (name, field, shape) for name, model in EVENTS.items() for field, shape in schema_of(model)["properties"].items()
]


def choices(shape: dict[str, Any]) -> list[dict[str, Any]]:
    """The shapes that a value may take, null aside."""
    return [choice for choice in shape.get("anyOf", [shape]) if choice["type"] != "null"]


def kind_of_field(shape: dict[str, Any]) -> set[str]:
    """The allowed names for a field of this shape; none for a shape that could hold anything personal."""
    if "enum" in shape or "const" in shape:
        return CHOICES
    if shape["type"] == "string":
        formats = {"uuid": IDS, "date": DATES, "date-time": {"delivered_at"}}
        return CODES if "pattern" in shape else formats.get(shape.get("format", ""), set())
    if shape["type"] == "integer":
        return NUMBERS
    if shape["type"] == "array":
        return kind_of_field(shape["items"])
    return {"verified", "undone", "corrected"} if shape["type"] == "boolean" else set()


@pytest.mark.parametrize(("event", "field", "shape"), FIELDS, ids=lambda part: part if isinstance(part, str) else "")
def test_every_field_is_an_id_a_date_a_number_a_code_or_a_choice_that_was_agreed(
    event: str, field: str, shape: dict[str, Any]
) -> None:
    for choice in choices(shape):
        assert field in kind_of_field(choice), f"{event}.{field} is not on the list of what may be said"


@pytest.mark.parametrize(("event", "field", "shape"), FIELDS, ids=lambda part: part if isinstance(part, str) else "")
def test_no_field_carries_anything_personal(event: str, field: str, shape: dict[str, Any]) -> None:
    sample = next(data for data in SAMPLES if data.event_type == event).model_dump(mode="json")
    tried = [text for text in PERSONAL if shape.get("format") != "date" or text != BIRTH_DATE]
    assert [text for text in tried if carries(EVENTS[event], {**sample, field: text}, field)] == []


def carries(model: type[EventData], document: dict[str, Any], field: str) -> bool:
    """Whether a text that goes in comes out again (a timestamp made of digits goes in and comes out as an instant)."""
    try:
        fact = model.model_validate_json(json.dumps(document))
    except ValueError:
        return False
    return bool(fact.model_dump(mode="json")[field] == document[field])


@pytest.mark.parametrize("model", EVENTS.values(), ids=lambda model: model.event_type)
def test_a_fact_says_its_place_no_finer_than_the_tambon_and_is_keyed_by_whom_it_is_about(
    model: type[EventData],
) -> None:
    data = next(sample for sample in SAMPLES if type(sample) is model)
    assert data.key == str(data.model_dump()["agency_id" if model is AgencyJoined else "child_id"])
    assert data.area in {"520301", "520302", None if model is AgencyJoined else "520301"}
    assert data.model_copy(update={"tambon": None}).area is None
    assert data.subject == str(data.model_dump()[model.subject_field])
    assert not carries(model, {**data.model_dump(mode="json"), "tambon": "52030103"}, "tambon"), "a village"


@pytest.mark.parametrize("model", EVENTS.values(), ids=lambda model: model.event_type)
def test_a_fact_is_named_documented_and_cannot_be_changed(model: type[EventData]) -> None:
    assert re.fullmatch(r"zd\.(registry|cases|grants|notify)\.[a-z_]+\.[a-z_]+\.v[1-9]", model.event_type)
    assert model.__doc__
    schema = schema_of(model)
    undescribed = [n for n, s in schema["properties"].items() if not any("description" in c for c in [s, *choices(s)])]
    assert undescribed == []
    assert model.model_config["frozen"]
    assert model.model_config["extra"] == "ignore"


def test_the_promised_facts_are_all_there() -> None:
    assert sorted(EVENTS) == sorted(
        f"zd.{name}.v1"
        for name in (
            "registry.child.registered", "registry.child.enrolled", "registry.child.missing", "registry.child.returned",
            "registry.child.erased", "registry.child.moved", "registry.child.left_school", "registry.child.completed",
            "registry.child.enrolled_in_early_care", "registry.child.left_early_care",
            "registry.child.merged", "registry.agency.joined", "registry.screening.recorded",
            "cases.case.opened", "cases.visit.recorded",
            "cases.placement.started", "cases.placement.attendance_recorded", "cases.placement.ended",
            "cases.session.attended", "registry.attendance.month_closed", "registry.attendance.streak_reached",
            "cases.case.closed", "grants.award.approved", "grants.payment.instructed", "notify.guardian.linked",
            "notify.message.delivered", "registry.child.risk_changed", "grants.household.screened",
        )
    )  # fmt: skip
