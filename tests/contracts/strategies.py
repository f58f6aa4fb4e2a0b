"""Facts drawn from their JSON Schemas: a test tries what the contract allows, not what a builder thought of."""

from collections.abc import Callable
from datetime import timedelta, timezone
from typing import Any

from hypothesis import strategies as st

from zd_contracts.compatibility import Schema

_OFFSETS = st.integers(-12, 14).map(lambda hours: timezone(timedelta(hours=hours)))
_FORMATS: dict[str, st.SearchStrategy[str]] = {
    "uuid": st.uuids().map(str),
    "date": st.dates().map(lambda day: day.isoformat()),
    "date-time": st.datetimes(timezones=_OFFSETS).map(lambda time: time.isoformat()),
}


def objects(schema: Schema) -> st.SearchStrategy[dict[str, Any]]:
    """JSON objects that the schema accepts, with and without its optional fields."""
    fields = {name: _field(shape) for name, shape in schema["properties"].items()}
    required = {name: fields[name] for name in schema["required"]}
    return st.fixed_dictionaries(required, optional={name: fields[name] for name in fields.keys() - required.keys()})


def _field(shape: Schema) -> st.SearchStrategy[Any]:
    if "anyOf" in shape:
        return st.one_of([_field(choice) for choice in shape["anyOf"]])
    if "enum" in shape or "const" in shape:
        return st.sampled_from(shape.get("enum", [shape.get("const")]))
    return _TYPES[shape["type"]](shape)


def _text(shape: Schema) -> st.SearchStrategy[str]:
    pattern: str = shape.get("pattern", "")
    return st.from_regex(pattern, fullmatch=True) if pattern else _FORMATS[shape["format"]]


def _whole(shape: Schema) -> st.SearchStrategy[int]:
    lowest = shape["exclusiveMinimum"] + 1 if "exclusiveMinimum" in shape else shape["minimum"]
    return st.integers(lowest, shape["maximum"])


_TYPES: dict[str, Callable[[Schema], st.SearchStrategy[Any]]] = {
    "string": _text,
    "integer": _whole,
    "boolean": lambda _: st.booleans(),
    "null": lambda _: st.none(),
    "array": lambda shape: st.lists(_field(shape["items"]), max_size=5),
}
