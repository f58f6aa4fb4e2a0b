from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a file may hold. Sizes in bytes, after unpacking."""

    packed_total: int = 3 * 1024**3
    packed_member: int = 2 * 1024**3
    ratio: int = 200
    """Unpacked to packed, of a member above `ratio_from`: deflate of real tables stays under 100."""
    ratio_from: int = 8 * 1024**2
    members: int = 200
    columns: int = 200
    cell: int = 32_767
    """Characters; what a spreadsheet cell holds."""
    line: int = 4 * 1024**2
    sheet_cells: int = 60_000_000
    """Cells of the rectangle that a sheet spans: the reader holds all of it, 32 bytes each."""


LIMITS = Limits()
