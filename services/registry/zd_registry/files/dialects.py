"""What separates the cells of a text file."""

import csv
import io
import re
from collections import Counter
from typing import Final

from zd_registry.files.writings import known

DELIMITERS: Final = (",", ";", "\t", "|", "^")
_SEP: Final = re.compile(r'^"?sep=(.)"?$', re.IGNORECASE)


def told_delimiter(first_line: str) -> str | None:
    """Of a first line such as `sep=;`, which a spreadsheet takes for an instruction and never shows."""
    match = _SEP.match(first_line.rstrip("\r\n"))
    return match[1] if match else None


def delimiter_of(lines: str) -> str:
    """The one under which a line reads most like a header, then under which most lines have equally many cells."""
    return max(DELIMITERS, key=lambda delimiter: _score(lines, delimiter))


def _score(lines: str, delimiter: str) -> tuple[int, float, int]:
    try:
        records = [r for r in csv.reader(io.StringIO(lines, newline=""), delimiter=delimiter) if any(r)]
    except csv.Error:
        return (-1, 0.0, 0)
    widths = Counter(len(record) for record in records)
    width, often = max(widths.items(), key=lambda item: (item[0] > 1, item[1] * min(item[0], 50)), default=(1, 0))
    names = max((_known(record) for record in records[:60]), default=0)
    steady = often / len(records) if width > 1 and records else 0.0
    return (names if names > 1 else 0, round(steady, 2), width)


def _known(record: list[str]) -> int:
    found = (known(cell.strip()) for cell in record if 0 < len(cell) < 80)
    return len({name[0] for name in found if name}) if len(record) > 1 else 0
