"""The committed files of the events: JSON Schemas, examples, topic files. What is stored was promised to agencies."""

import json
from pathlib import Path
from typing import Any, Final

from zd_contracts.compatibility import breaking_changes
from zd_contracts.envelope import EventData, dataschema, structured
from zd_contracts.events import EVENTS
from zd_contracts.samples import SAMPLES, envelope

ROOT: Final = Path(__file__).parent
PARTITIONS: Final = 12  # never changed: a key would move to another partition and lose its order


def schema_of(model: type[EventData]) -> dict[str, Any]:
    """JSON Schema (2020-12) of a fact as a reader meets it: fields with a default may be absent."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": dataschema(model.event_type),
        **model.model_json_schema(mode="validation"),
    }


def refusals(root: Path = ROOT) -> list[str]:
    """Why the models may not be published under their present majors."""
    found = [
        f"{path.stem}: was published and is gone"
        for path in sorted((root / "schemas").glob("*.json"))
        if path.stem not in EVENTS
    ]
    for name, model in EVENTS.items():
        if (path := root / "schemas" / f"{name}.json").exists():
            found += [f"{name}: {change}" for change in breaking_changes(_load(path), schema_of(model))]
    return found


def outdated(root: Path = ROOT) -> dict[Path, str]:
    """Files that differ from what the models say, with the text that they should have."""
    wanted: dict[Path, Any] = {root / "schemas" / f"{name}.json": schema_of(model) for name, model in EVENTS.items()}
    for number, data in enumerate(SAMPLES, 1):
        path = root / "examples" / f"{data.event_type}.json"
        wanted[path] = _examples(path, data, number)
    wanted |= {root / "topics" / f"{service}.json": _topic(service) for service in _services()}
    texts = {path: json.dumps(document, indent=2, ensure_ascii=False) + "\n" for path, document in wanted.items()}
    return {path: text for path, text in texts.items() if not path.exists() or path.read_text("utf-8") != text}


def _examples(path: Path, data: EventData, number: int) -> list[dict[str, Any]]:
    """Every set of fields that was ever published keeps an example, oldest first: new code must read them all."""
    example = structured(envelope(data, number))
    stored: list[dict[str, Any]] = _load(path) if path.exists() else []
    return [kept for kept in stored if kept["data"].keys() != example["data"].keys()] + [example]


def _services() -> list[str]:
    return list(dict.fromkeys(name.split(".")[1] for name in EVENTS))


def _topic(service: str) -> dict[str, Any]:
    return {
        "topic": f"zd.{service}.<instance>.v1",
        "source": f"urn:zd:{service}:<instance>",
        "partitions": PARTITIONS,
        "config": {"cleanup.policy": "delete", "retention.ms": "-1"},
        "content_mode": "CloudEvents 1.0, Kafka binding, binary mode",
        "events": [
            {
                "type": name,
                "summary": (model.__doc__ or "").strip(),
                "key": model.key_field,
                "subject": model.subject_field,
                "area": model.area_field,
                "schema": f"schemas/{name}.json",
                "examples": f"examples/{name}.json",
            }
            for name, model in EVENTS.items()
            if name.startswith(f"zd.{service}.")
        ],
    }


def _load(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))
