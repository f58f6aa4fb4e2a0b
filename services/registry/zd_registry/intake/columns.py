"""Which of the uploader's columns means what, and how its column of dates is to be read. Runs in a subprocess."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

import polars as pl

from zd_kernel.keyring import KeyRing
from zd_kernel.problems import Text
from zd_registry.files.rules import Recognition, recognise
from zd_registry.imports.rules import WITH_TERM
from zd_registry.imports.schemas import advice
from zd_registry.intake.pieces import unpack
from zd_registry.settings import RegistrySettings
from zd_registry.values.columns import carries_titles
from zd_registry.values.dates import date_order

_SAMPLE = 200
_SERIAL = r"^\s*\d{5}(\.0+)?\s*$"


class Recognised(NamedTuple):
    """`layout`: {positions: {canonical: place}, order, serial, titled}, as JSON; the rest is for the report."""

    layout: dict[str, Any]
    columns: list[dict[str, Any]]
    questions: list[dict[str, Any]]
    advice: list[dict[str, Any]]


def recognise_columns(
    settings: RegistrySettings,
    import_id: UUID,
    kind: str,
    header: Sequence[str],
    mapping: dict[str, str | None],
    first_piece: bytes | None,
) -> Recognised:
    cells = pl.DataFrame()
    if first_piece is not None:
        cells = unpack(KeyRing.from_settings(settings), first_piece, import_id, 0).cells
    return recognise_cells(kind, header, mapping, cells)


def recognise_cells(
    kind: str, header: Sequence[str], mapping: dict[str, str | None], cells: pl.DataFrame
) -> Recognised:
    """By the cells of the first piece."""
    found = recognise(kind, header, mapping=mapping, sample=[list(row) for row in cells.head(_SAMPLE).iter_rows()])
    columns = [
        {
            "key": column.key,
            "canonical": column.canonical,
            "use": "left_alone" if column.canonical is None else "proposed" if column.proposed else "used",
        }
        for column in found.columns
    ]
    positions = found.positions
    return Recognised(_layout(positions, cells), columns, _questions(kind, found), _advice(found))


def _layout(positions: dict[str, int], cells: pl.DataFrame) -> dict[str, Any]:
    def column(name: str) -> pl.Series:
        place = positions.get(name)
        known = place is not None and f"c{place}" in cells.columns
        return cells[f"c{place}"] if known else pl.Series([], dtype=pl.String)

    births = column("birth_date")
    numbers = births.str.contains(_SERIAL).sum() if len(births) else 0
    named = column("full_name") if "full_name" in positions else column("given_name")
    return {
        "positions": positions,
        "order": date_order(births.unique()),
        "serial": numbers > len(births) / 2 if len(births) else False,
        "titled": carries_titles(named),
    }


def _questions(kind: str, found: Recognition) -> list[dict[str, Any]]:
    asked = [advice("column_missing", text) for text in found.advice]
    of_level = kind == "nonformal" and "level" in found.positions
    if kind in WITH_TERM and "grade" not in found.positions and not of_level:
        said = Text(
            "ไม่พบคอลัมน์ชั้นเรียน โปรดเพิ่มคอลัมน์ หรือระบุว่าคอลัมน์ใดคือชั้นเรียน",
            "There is no column for the grade. Add it, or map one of your columns to grade.",
        )
        asked.append(advice("column_missing", said))
    return asked


def _advice(found: Recognition) -> list[dict[str, Any]]:
    said = [
        advice(
            "column_wanted",
            Text(f"หากมีคอลัมน์ {name} จะจับคู่บุคคลได้แม่นขึ้น", f"With a column {name}, more people would be recognised."),
        )
        for name in found.wanted
    ]
    return said + [
        advice(
            "column_proposed",
            Text(
                f"คอลัมน์ “{column.key}” อาจเป็น {column.canonical} โปรดยืนยันด้วยการจับคู่คอลัมน์",
                f"The column “{column.key}” may be {column.canonical}. Confirm it with a mapping.",
            ),
        )
        for column in found.columns
        if column.proposed
    ]
