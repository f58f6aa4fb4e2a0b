"""Where organisations stand in the tree, from a seeded file until the registry keeps the tree itself."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from zd_kernel.problems import LoudStop
from zd_kernel.scope import Range

_FILE = TypeAdapter(dict[str, Range])


class Organisations:
    """Organisation id → the range of positions that it and everything below it take."""

    def __init__(self, positions: Mapping[str, Range]) -> None:
        self._positions = dict(positions)

    @classmethod
    def from_file(cls, path: Path | None) -> "Organisations":
        """A JSON object of `"id": [first, last]`; no file, no organisations. Raises LoudStop."""
        if path is None:
            return cls({})
        try:
            return cls(_FILE.validate_python(json.loads(path.read_text("utf-8"))))
        except (OSError, ValueError, ValidationError) as exc:
            raise LoudStop(f'{path} cannot be read as {{"organisation id": [first, last], …}}; correct it.') from exc

    def ranges(self, ids: Iterable[str]) -> tuple[Range, ...]:
        """Unknown ids give nothing: a claim never widens by accident."""
        return tuple(self._positions[known] for known in ids if known in self._positions)
