"""What the documentation shows works: bodies as they stand there, and the fields of answers."""

from typing import Annotated, Any, get_args

from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic import BaseModel, TypeAdapter

from zd_contracts.api.common import Request
from zd_registry.main import create_app
from zd_registry.settings import RegistrySettings

DEFINITIONS = {"put_instrument", "put_standard"}
"""Bodies too long to show: each of their parts has an example."""


def bodies(app: FastAPI) -> list[APIRoute]:
    routes = (route for route in app.routes if isinstance(route, APIRoute))
    return [r for r in routes if r.body_field is not None and r.name not in DEFINITIONS]


async def test_every_body_has_an_example_that_is_taken(settings: RegistrySettings) -> None:
    found = bodies(create_app(settings))
    assert len(found) > 60
    for route in found:
        assert route.body_field is not None
        model = route.body_field.field_info.annotation
        assert isinstance(model, type)
        assert issubclass(model, Request)
        examples = model.model_json_schema().get("examples")
        assert examples, f"{route.name} shows no body"
        for body in examples:
            model.model_validate(body)


def answers(app: FastAPI) -> list[type[BaseModel]]:
    """Every model of every answer, those within others too."""
    found: dict[type[BaseModel], None] = {}

    def note(kind: Any) -> None:
        if isinstance(kind, type) and issubclass(kind, BaseModel) and kind not in found:
            found[kind] = None
            for field in kind.model_fields.values():
                note(field.annotation)
        for part in get_args(kind):
            note(part)

    for route in app.routes:
        if isinstance(route, APIRoute):
            note(route.response_model)
    return list(found)


def shows_nothing(field: dict[str, Any]) -> bool:
    """Whether the documentation can but say "string" of it, or "additionalProp1"."""
    told = "example", "examples", "const", "enum", "$ref", "default"
    if any(field.get(name) not in (None, "", [], {}) for name in told):
        return False
    if "anyOf" in field:
        return shows_nothing(next(one for one in field["anyOf"] if one.get("type") != "null"))
    if field.get("type") == "array":
        return shows_nothing(field.get("items", {}))
    if field.get("type") == "string":
        return field.get("format") not in ("uuid", "date", "date-time")
    return field.get("type") == "object" and not field.get("properties")


async def test_every_field_of_an_answer_shows_what_it_holds(settings: RegistrySettings) -> None:
    found = answers(create_app(settings))
    assert len(found) > 250
    bare = []
    for model in found:
        schema = model.model_json_schema()
        if not schema.get("examples"):
            bare += [f"{model.__name__}.{name}" for name, one in schema["properties"].items() if shows_nothing(one)]
        for field in model.model_fields.values():
            for value in field.examples or ():
                kind: Any = Annotated[field.annotation, *field.metadata, "as shown"]
                TypeAdapter(kind).validate_python(value)
    assert not bare, "without an example"
