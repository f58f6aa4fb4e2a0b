"""Whether a change to a fact breaks somebody: a new reader of old events, or an old reader of new ones."""

import json
from typing import Any

Schema = dict[str, Any]

_ANNOTATIONS = frozenset({"$comment", "$defs", "$id", "$schema", "description", "examples", "title"})


def breaking_changes(old: Schema, new: Schema) -> list[str]:
    """What in `new` cannot stay inside the major of `old`, one sentence each; empty when nothing.

    Inside a major a fact gains optional fields and nothing else. A wider Literal or pattern breaks the readers that are
    out there, a narrower one breaks the events that are; both are reported as a changed shape.
    """
    was, now = _fields(old), _fields(new)
    found = [f"{name}: removed or renamed" for name in was.keys() - now.keys()]
    found += [f"{name}: type, values or default changed" for name in was.keys() & now.keys() if was[name] != now[name]]
    must, must_now = set(old.get("required", [])), set(new.get("required", []))
    found += [f"{name}: became required" for name in must_now - must]
    found += [f"{name}: no longer required" for name in (must - must_now) & now.keys()]
    if old.get("additionalProperties", True) != new.get("additionalProperties", True):
        found.append("unknown fields: treated differently")
    return sorted(found)


def _fields(schema: Schema) -> dict[str, Any]:
    definitions = schema.get("$defs", {})
    return {name: _shape(field, definitions) for name, field in schema.get("properties", {}).items()}


def _shape(node: Any, definitions: Schema) -> Any:
    """The part of a field's schema that accepts or refuses a value, in one spelling."""
    if isinstance(node, list):
        return sorted((_shape(item, definitions) for item in node), key=lambda item: json.dumps(item, sort_keys=True))
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _shape(definitions[node["$ref"].rpartition("/")[2]], definitions)
    return {name: _shape(value, definitions) for name, value in node.items() if name not in _ANNOTATIONS}
