"""One piece of a file becomes rows of `import_row`: read by columns, checked, hashed, encrypted. In a subprocess."""

import io
from typing import Final, NamedTuple

import polars as pl

from zd_kernel.keyring import KeyRing
from zd_registry.imports.rules import WITH_TERM
from zd_registry.intake.cells import Cells, Wanted, places, seeded
from zd_registry.intake.known import NOTHING_SAID, Said
from zd_registry.intake.pieces import Piece, unpack
from zd_registry.intake.repeats import Marked
from zd_registry.intake.securing import once, refused_alone, secured
from zd_registry.intake.staging_queries import STAGED_COLUMNS
from zd_registry.settings import RegistrySettings

_TEXT = pl.String


class Staged(NamedTuple):
    """`payload`: rows for COPY as CSV, of `columns`: those of `staged` that say something in any of them.

    `unplaced`: how many could be taken but for an organisation that the seeded file does not place, or that is missing
    where the kind asks for one. 0: the tree need not be asked. `marked`: who stands in the rows that can be taken.
    `said`: those of them of which nothing is to be told each time. `counted`: rows by reason and problem of the ID.
    """

    columns: tuple[str, ...]
    payload: bytes
    rows: int
    unplaced: int
    marked: Marked
    said: Said
    counted: list[tuple[str | None, str, int]]
    warnings: dict[str, int]


_COLUMNS: Final = (*STAGED_COLUMNS, "organisation_name")


def warm_up(settings: RegistrySettings) -> None:
    """Loads what reading the first piece would wait for."""
    places()
    seeded(settings.organisations_file)


def stage_rows(settings: RegistrySettings, wanted: Wanted) -> Staged:
    keyring = KeyRing.from_settings(settings)
    piece = unpack(keyring, wanted.sealed, wanted.import_id, wanted.ordinal)
    if piece.told is not None:
        piece = piece.filter(~piece.told)
    reader = Cells(piece, wanted, settings.organisations_file)
    frame = once(secured(keyring, reader.read(), reader.details()))
    marks = frame.select("row", "mark").drop_nulls()
    said = _said(piece, frame)
    frame = refused_alone(frame)
    if piece.bad:
        bad = pl.DataFrame({"row": [b.row for b in piece.bad], "reason": [b.fault for b in piece.bad]}, schema=_BAD)
        frame = pl.concat([frame, bad], how="diagonal")
    frame = frame.with_columns(pl.col("id_problem").fill_null("none"), pl.col("removed").fill_null(value=False))
    frame = frame.sort("child_id")
    buffer = io.BytesIO()
    columns = tuple(name for name in _COLUMNS if frame[name].null_count() < frame.height)
    frame.select(columns).write_csv(buffer, include_header=False, quote_style="necessary", null_value="")
    warnings = frame["warnings"].drop_nulls().str.split(" ").explode().value_counts()
    marked = Marked(marks["row"].to_numpy(), marks["mark"].to_numpy())
    unplaced = _unplaced(frame, wanted.kind)
    counted = frame.group_by("reason", "id_problem").len().rows()
    return Staged(columns, buffer.getvalue(), frame.height, unplaced, marked, said, counted, dict(warnings.iter_rows()))


def _said(piece: Piece, frame: pl.DataFrame) -> Said:
    if piece.digests is None:
        return NOTHING_SAID
    plain = frame.select(
        pl.col("mark").is_not_null() & (pl.col("id_problem") == "none") & ~pl.col("removed")
        & pl.all_horizontal(pl.col("warnings", "other_id_index", "details").is_null())
    ).to_series() & pl.Series(piece.digests != 0)  # fmt: skip
    digests = piece.digests[plain.to_numpy()]
    return Said(piece.rows.filter(plain).to_numpy(), digests, frame["mark"].filter(plain).to_numpy())


def _unplaced(frame: pl.DataFrame, kind: str) -> int:
    asks = pl.lit(kind in WITH_TERM) | pl.any_horizontal(pl.col("organisation", "organisation_name").is_not_null())
    waiting = pl.col("reason").is_null() & pl.col("organisation_position").is_null() & asks
    count: int = frame.select(waiting.sum()).item()
    return count


_BAD: Final = {"row": pl.Int32, "reason": _TEXT}
