"""What the documentation shows as a body works."""

from fastapi import FastAPI
from fastapi.routing import APIRoute

from zd_contracts.api.common import Request
from zd_registry.main import create_app
from zd_registry.settings import RegistrySettings

SHOWN = {"risk", "achievement", "circumstances", "transitions", "screening", "facilities"}
"""Parts of the API of which every body has an example of its own; `PUT`s of whole definitions show their parts."""
DEFINITIONS = {"put_instrument", "put_standard", "change_shortage"}


def bodies(app: FastAPI) -> list[APIRoute]:
    routes = (route for route in app.routes if isinstance(route, APIRoute))
    return [r for r in routes if r.body_field is not None and SHOWN & set(r.tags) and r.name not in DEFINITIONS]


async def test_every_body_of_these_parts_has_an_example_that_is_taken(settings: RegistrySettings) -> None:
    found = bodies(create_app(settings))
    assert len(found) > 15
    for route in found:
        assert route.body_field is not None
        model = route.body_field.field_info.annotation
        assert isinstance(model, type)
        assert issubclass(model, Request)
        examples = model.model_json_schema().get("examples")
        assert examples, f"{route.name} shows no body"
        for body in examples:
            model.model_validate(body)
