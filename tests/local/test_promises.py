"""What callers may rely on at every route, read from the committed API documents (which `test_drift` compares
with the code)."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from zd_local.layout import ROOT, SERVICES

BY_SERVICE = pytest.mark.parametrize("service", SERVICES)
# They cause nothing, and ask by POST to keep a name or a number out of addresses; LINE repeats itself by its own rules.
ASK_BY_POST = {"search_children", "export_person", "receive_line_webhook"}
# The registry's short lists are told whole; these and all lists of the other services come in pages.
LONG_LISTS = {"list_children", "list_imports", "list_reconciliations", "list_events"}
# OneRoster prescribes its own errors and pages.
FOREIGN = "/ims/"


@dataclass(frozen=True, slots=True)
class Operation:
    name: str
    method: str
    parameters: frozenset[str]
    statuses: frozenset[str]
    content: frozenset[str]
    """Media types of all errors."""
    fields: frozenset[str]
    """Of the answer, if it is a JSON object."""


def operations(service: str) -> Iterator[Operation]:
    document: dict[str, Any] = json.loads((ROOT / "services" / service / "openapi.json").read_text("utf-8"))
    schemas = document["components"]["schemas"]
    for path, methods in document["paths"].items():
        if path.startswith(FOREIGN):
            continue
        for method, said in methods.items():
            answer = said["responses"].get("200", {}).get("content", {}).get("application/json", {}).get("schema", {})
            errors = [response for status, response in said["responses"].items() if status >= "400"]
            yield Operation(
                said["operationId"],
                method,
                frozenset(parameter["name"].lower() for parameter in said.get("parameters", ())),
                frozenset(said["responses"]),
                frozenset(media_type for response in errors for media_type in response.get("content", {"none": {}})),
                frozenset(schemas.get(answer.get("$ref", "").rpartition("/")[2], {}).get("properties", {})),
            )


@BY_SERVICE
def test_every_error_is_a_problem(service: str) -> None:
    assert [o.name for o in operations(service) if o.content != {"application/problem+json"}] == []


@BY_SERVICE
def test_a_repeated_post_has_one_effect(service: str) -> None:
    posts = {o.name: "idempotency-key" in o.parameters for o in operations(service) if o.method == "post"}
    assert {name for name, repeatable in posts.items() if not repeatable} <= ASK_BY_POST


@BY_SERVICE
def test_whoever_changes_a_resource_says_which_version_of_it(service: str) -> None:
    changes = [o for o in operations(service) if o.method == "patch"]
    assert [o.name for o in changes if "if-match" not in o.parameters or not o.statuses >= {"412", "428"}] == []


@BY_SERVICE
def test_a_list_that_may_be_long_comes_in_pages(service: str) -> None:
    lists = [o for o in operations(service) if "items" in o.fields and (o.name in LONG_LISTS or service != "registry")]
    assert len(lists) >= 3
    for o in lists:
        assert "next_cursor" in o.fields, o.name
        assert o.parameters >= {"limit", "after" if o.name == "list_events" else "cursor"}, o.name


@BY_SERVICE
def test_a_body_too_large_or_of_another_kind_is_refused(service: str) -> None:
    takers = [o for o in operations(service) if o.method in ("post", "put", "patch")]
    assert [o.name for o in takers if not o.statuses >= {"413", "415"}] == []
