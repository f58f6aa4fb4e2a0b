"""What may become of an import, and how its error file shows cells. Pure."""

from collections.abc import Sequence
from typing import Final

WITH_TERM: Final = ("enrolment", "nonformal")
"""Kinds whose rows say who learns where in a term."""
ENDED: Final = ("committed", "withdrawn", "failed")
"""Nothing more happens to these by themselves: what the upload held is gone."""
MAPPABLE: Final = ("checked", "stopped")
COMMITTABLE: Final = ("checked",)
WITHDRAWABLE: Final = ("received", "converting", "staging", "checked", "stopped", "applying", "committed", "failed")


def needs_term(kind: str) -> bool:
    return kind in WITH_TERM


def merged_mapping(saved: dict[str, str | None] | None, given: dict[str, str | None] | None) -> dict[str, str | None]:
    """What the feed's agency said before, and what it says now, which goes before."""
    return (saved or {}) | (given or {})


def padded(cells: Sequence[str], width: int) -> list[str]:
    """A refused row under the uploader's header, however many cells it had."""
    return [*cells[:width], *[""] * (width - len(cells))]


def safe_cell(cell: str) -> str:
    """A spreadsheet that opens the error file must show the cell, never run it."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")) else cell
