"""Identifiers and details of rows on their way to the database: hashed, encrypted, or gone. Runs in a subprocess."""

import json
from collections.abc import Sequence
from typing import Final

import polars as pl

from zd_kernel.ids import uuid7
from zd_kernel.keyring import KeyRing
from zd_registry.children.actions import CITIZEN_ID, OTHER_ID
from zd_registry.intake.staging_queries import PERSONAL

DETAILS_PURPOSE: Final = "details"
"""The key ring's, for what optional columns say."""
_TEXT = pl.String


def secured(keyring: KeyRing, frame: pl.DataFrame, details: pl.DataFrame) -> pl.DataFrame:
    """Identifiers hashed and encrypted, bound to the id that the child gets if nobody knew them."""
    ids = [uuid7() for _ in range(frame.height)]
    bound = [str(child_id) for child_id in ids]
    taken = frame["reason"].is_null().to_list()
    numbers = frame["citizen_id"].to_list()
    others = frame["other_id"].to_list()
    blind, encrypt = keyring.blind, keyring.encrypt
    told = _sealed_details(keyring, details, bound, taken)
    return frame.drop("citizen_id", "other_id").with_columns(
        pl.Series("citizen_id_index", [n and blind(CITIZEN_ID, n) for n in numbers], _TEXT),
        pl.Series(
            "citizen_id_encrypted",
            [encrypt(CITIZEN_ID, n, b) if n and t else None for n, b, t in zip(numbers, bound, taken, strict=True)],
            _TEXT,
        ),
        pl.Series("other_id_index", [n and blind(OTHER_ID, n) for n in others], _TEXT),
        pl.Series(
            "other_id_encrypted",
            [encrypt(OTHER_ID, n, b) if n and t else None for n, b, t in zip(others, bound, taken, strict=True)],
            _TEXT,
        ),
        pl.Series("child_id", bound, _TEXT),
        pl.Series("details", told, _TEXT),
    )


def _sealed_details(
    keyring: KeyRing, details: pl.DataFrame, bound: Sequence[str], taken: Sequence[bool]
) -> list[str | None]:
    """`{"sealed": …}`: the optional columns' cells as a JSON object, encrypted; None where they say nothing."""
    if not details.width:
        return [None] * len(bound)
    sealed: list[str | None] = []
    for cells, child_id, wanted in zip(details.iter_rows(named=True), bound, taken, strict=True):
        said = {name: cell.strip() for name, cell in cells.items() if cell and cell.strip()}
        text = (
            keyring.encrypt(DETAILS_PURPOSE, json.dumps(said, ensure_ascii=False), child_id)
            if said and wanted
            else None
        )
        sealed.append(json.dumps({"sealed": text}) if text else None)
    return sealed


def refused_alone(frame: pl.DataFrame) -> pl.DataFrame:
    """Of refused rows only the number, the reason and the keyed hash."""
    taken = pl.col("reason").is_null()
    emptied = [pl.when(taken).then(pl.col(name)).alias(name) for name in (*PERSONAL, "id_problem", "organisation_name")]
    return frame.with_columns(*emptied, (pl.col("removed") & taken).alias("removed"))
