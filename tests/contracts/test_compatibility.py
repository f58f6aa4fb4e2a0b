"""Both ways: new code reads every stored event, and the readers that are out there accept new events."""

import copy
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from tests.contracts.strategies import objects
from zd_contracts.__main__ import main
from zd_contracts.compatibility import Schema, breaking_changes
from zd_contracts.envelope import envelope_from_structured
from zd_contracts.events import EVENTS
from zd_contracts.events.registry import ChildMissing
from zd_contracts.stored import ROOT, outdated, refusals, schema_of

STORED: dict[str, Schema] = {path.stem: json.loads(path.read_text("utf-8")) for path in ROOT.glob("schemas/*.json")}
READERS = {name: Draft202012Validator(schema, format_checker=FormatChecker()) for name, schema in STORED.items()}
MISSING = ChildMissing.event_type
OLD = STORED[MISSING]


def test_every_type_has_a_stored_schema_that_is_one() -> None:
    assert STORED.keys() == EVENTS.keys()
    for schema in STORED.values():
        Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("path", sorted(ROOT.glob("examples/*.json")), ids=lambda path: path.stem)
def test_new_code_reads_every_example_that_was_ever_stored(path: Path) -> None:
    examples = json.loads(path.read_text("utf-8"))
    assert examples
    for example in examples:
        event = envelope_from_structured(example).decode(EVENTS[path.stem])
        assert event.data.model_dump(mode="json").items() >= example["data"].items()


@pytest.mark.parametrize("name", STORED)
@given(st.data())
def test_new_code_reads_whatever_the_stored_schema_allows_and_old_readers_read_what_it_writes(
    name: str, data: st.DataObject
) -> None:
    old = data.draw(objects(STORED[name]))
    fact = EVENTS[name].model_validate_json(json.dumps(old))
    new = json.loads(fact.encode())
    assert READERS[name].is_valid(new)
    assert new.keys() == STORED[name]["properties"].keys()
    assert EVENTS[name].model_validate_json(fact.encode()) == fact


def changed(field: str, **constraints: object) -> Schema:
    """The stored schema with another shape of one field; None takes a keyword away."""
    schema = copy.deepcopy(OLD)
    shape = {**schema["properties"].get(field, {}), **constraints}
    schema["properties"][field] = {name: value for name, value in shape.items() if value is not None}
    return schema


def without(field: str) -> Schema:
    schema = copy.deepcopy(OLD)
    del schema["properties"][field]
    schema["required"] = [name for name in schema["required"] if name != field]
    return schema


def renamed(field: str, name: str) -> Schema:
    schema = without(field)
    return {
        **schema,
        "properties": {**schema["properties"], name: OLD["properties"][field]},
        "required": [*schema["required"], name],
    }


def requiring(*fields: str) -> Schema:
    return {**OLD, "required": [*OLD["required"], *fields]}


YEAR: Schema = {"anyOf": [{"type": "integer", "minimum": 1900, "maximum": 2200}, {"type": "null"}]}
BREAKING: dict[str, tuple[Schema, list[str]]] = {
    "a field removed": (without("run_id"), ["run_id: removed or renamed"]),
    "an optional field removed": (without("birth_year"), ["birth_year: removed or renamed"]),
    "a field renamed": (renamed("run_id", "run"), ["run: became required", "run_id: removed or renamed"]),
    "a field retyped": (changed("run_id", type="integer"), ["run_id: type, values or default changed"]),
    "a date made an instant": (
        changed("reference_date", format="date-time"),
        ["reference_date: type, values or default changed"],
    ),
    "an optional field made required": (requiring("birth_year"), ["birth_year: became required"]),
    "a required field added": (
        {**changed("added", type="string"), "required": [*OLD["required"], "added"]},
        ["added: became required"],
    ),
    "a required field made optional": (
        {**OLD, "required": [name for name in OLD["required"] if name != "kind"]},
        ["kind: no longer required"],
    ),
    "a choice taken away": (changed("kind", enum=["dropped_out"]), ["kind: type, values or default changed"]),
    "a choice that old readers do not know": (
        changed("kind", enum=[*OLD["properties"]["kind"]["enum"], "moved_abroad"]),
        ["kind: type, values or default changed"],
    ),
    "a pattern narrowed": (
        changed("tambon", anyOf=[{"type": "string", "pattern": "^52[0-9]{4}$"}, {"type": "null"}]),
        ["tambon: type, values or default changed"],
    ),
    "null no longer allowed": (
        changed("tambon", anyOf=[{"type": "string", "pattern": "^[0-9]{6}$"}]),
        ["tambon: type, values or default changed"],
    ),
    "a bound moved": (
        changed("birth_year", anyOf=[{**YEAR["anyOf"][0], "minimum": 2000}, {"type": "null"}]),
        ["birth_year: type, values or default changed"],
    ),
    "another default": (changed("verified", default=True), ["verified: type, values or default changed"]),
    "unknown fields refused": (
        {**OLD, "additionalProperties": False},
        ["unknown fields: treated differently"],
    ),
}
HARMLESS: dict[str, Schema] = {
    "nothing": OLD,
    "an optional field added": changed("added", anyOf=[{"type": "integer"}, {"type": "null"}], default=None),
    "an optional field called title added": changed("title", enum=["a", "b"], default="a"),
    "other words": {**changed("kind", description="said better", title="K"), "description": "better", "title": "T"},
    "choices in another order": changed("kind", enum=OLD["properties"]["kind"]["enum"][::-1]),
    "null first": changed("tambon", anyOf=OLD["properties"]["tambon"]["anyOf"][::-1]),
    "a shape moved to $defs": {
        **changed("kind", type=None, enum=None, title=None, description=None, **{"$ref": "#/$defs/Kind"}),
        "$defs": {"Kind": OLD["properties"]["kind"]},
    },
}


@pytest.mark.parametrize("name", BREAKING)
def test_a_change_that_breaks_a_reader_or_old_events_is_named(name: str) -> None:
    new, expected = BREAKING[name]
    assert breaking_changes(OLD, new) == expected


@pytest.mark.parametrize("name", HARMLESS)
def test_a_change_that_breaks_nobody_passes(name: str) -> None:
    assert breaking_changes(OLD, HARMLESS[name]) == []


def test_a_removed_title_field_is_not_taken_for_a_title() -> None:
    assert breaking_changes(HARMLESS["an optional field called title added"], OLD) == ["title: removed or renamed"]


def test_the_stored_files_are_what_the_models_say() -> None:
    assert refusals() == []
    assert outdated() == {}, "run `python -m zd_contracts`"
    assert main(["--check"]) == 0


@pytest.fixture
def promised(tmp_path: Path) -> Path:
    """A copy of the stored files, to change."""
    for folder in ("schemas", "examples", "topics"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    return tmp_path


def rewrite(path: Path, document: Any) -> None:
    path.write_text(json.dumps(document), "utf-8")


def test_a_model_that_breaks_the_stored_schema_is_not_published(promised: Path) -> None:
    rewrite(promised / "schemas" / f"{MISSING}.json", changed("severity", type="integer"))
    assert refusals(promised) == [f"{MISSING}: severity: removed or renamed"]


def test_a_type_that_was_published_cannot_be_dropped(promised: Path) -> None:
    rewrite(promised / "schemas" / "zd.registry.child.lost.v1.json", OLD)
    assert refusals(promised) == ["zd.registry.child.lost.v1: was published and is gone"]


def test_a_breaking_change_ends_the_generator_before_it_writes(
    promised: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = promised / "schemas" / f"{MISSING}.json"
    rewrite(path, changed("severity", type="integer"))
    before = path.read_text("utf-8")
    assert (main([], promised), main(["--check"], promised)) == (1, 1)
    assert path.read_text("utf-8") == before
    assert f"{MISSING}: severity: removed or renamed" in capsys.readouterr().out


def test_drift_of_any_stored_file_is_named_and_repaired(promised: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in promised.rglob("*.json"):
        path.unlink()
    assert len(outdated(promised)) == 2 * len(EVENTS) + 4
    assert main(["--check"], promised) == 1
    assert f"examples/{MISSING}.json" in capsys.readouterr().out
    assert main([], promised) == 0
    assert main(["--check"], promised) == 0
    for name in ("schemas", "examples", "topics"):
        for path in (ROOT / name).glob("*.json"):
            repaired, kept = (json.loads((root / name / path.name).read_text("utf-8")) for root in (promised, ROOT))
            # Examples of fields that were once published cannot be made anew.
            assert repaired == (kept[-1:] if name == "examples" else kept)


def test_an_added_field_keeps_the_example_without_it(promised: Path) -> None:
    path = promised / "examples" / f"{MISSING}.json"
    older = json.loads(path.read_text("utf-8"))
    del older[0]["data"]["birth_year"]
    rewrite(path, older)
    examples = json.loads(outdated(promised)[path])
    assert [sorted(example["data"]) for example in examples] == [
        sorted(older[0]["data"]),
        sorted(schema_of(ChildMissing)["properties"]),
    ]


def test_topic_files_name_every_fact_of_the_service_with_files_that_exist() -> None:
    topics = [json.loads(path.read_text("utf-8")) for path in ROOT.glob("topics/*.json")]
    entries = [entry for topic in topics for entry in topic["events"]]
    assert sorted(entry["type"] for entry in entries) == sorted(EVENTS)
    assert all((ROOT / entry[name]).is_file() for entry in entries for name in ("schema", "examples"))
    assert all(topic["config"] == {"cleanup.policy": "delete", "retention.ms": "-1"} for topic in topics)
