"""What the documentation shows as a body works."""

from fastapi import FastAPI
from fastapi.routing import APIRoute

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
