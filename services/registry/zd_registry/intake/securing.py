"""Identifiers and details of rows on their way to the database: hashed, encrypted, or gone. Runs in a subprocess."""

import json
from typing import Final

import polars as pl

from zd_kernel.ids import uuid7_texts
from zd_kernel.keyring import KeyRing
from zd_registry.children.rules import CITIZEN_ID, OTHER_ID
from zd_registry.intake.staging_queries import PERSONAL

DETAILS_PURPOSE: Final = "details"
"""The key ring's, for what optional columns say."""
_TEXT = pl.String


def secured(keyring: KeyRing, frame: pl.DataFrame, details: pl.DataFrame) -> pl.DataFrame:
    """Identifiers hashed and encrypted, bound to the id that the child gets if nobody knew them.

    These ids rise as the hashes do: rows in the order of both come upon every index in its own order.
    """
    index = _hashed(keyring, CITIZEN_ID, frame["citizen_id"])
    bound = pl.Series("child_id", uuid7_texts(frame.height), _TEXT).gather(index.arg_sort().arg_sort())
    taken = frame["reason"].is_null()
    told = _sealed(keyring, DETAILS_PURPOSE, _told(details, frame.height), bound, taken)
    return frame.drop("citizen_id", "other_id").with_columns(
        index.alias("citizen_id_index"),
        _sealed(keyring, CITIZEN_ID, frame["citizen_id"], bound, taken).alias("citizen_id_encrypted"),
        _hashed(keyring, OTHER_ID, frame["other_id"]).alias("other_id_index"),
        _sealed(keyring, OTHER_ID, frame["other_id"], bound, taken).alias("other_id_encrypted"),
        bound,
        ('{"sealed": "' + told + '"}').alias("details"),
    )


def _hashed(keyring: KeyRing, purpose: str, values: pl.Series) -> pl.Series:
    said = values.is_not_null()
    return _placed(said, keyring.blind_many(purpose, values.filter(said).to_list()))


def _sealed(keyring: KeyRing, purpose: str, values: pl.Series, bound: pl.Series, taken: pl.Series) -> pl.Series:
    said = values.is_not_null() & taken
    return _placed(said, keyring.encrypt_many(purpose, values.filter(said).to_list(), bound.filter(said).to_list()))


def _placed(where: pl.Series, made: list[str]) -> pl.Series:
    """What was made of some rows, at their places."""
    if len(made) == len(where):
        return pl.Series(made, dtype=_TEXT)
    return pl.repeat(None, len(where), dtype=_TEXT, eager=True).scatter(where.arg_true(), pl.Series(made, dtype=_TEXT))


def _told(details: pl.DataFrame, height: int) -> pl.Series:
    """The optional columns' cells as a JSON object; null where they say nothing."""
    if not details.width:
        return pl.repeat(None, height, dtype=_TEXT, eager=True)
    told = ({name: cell.strip() for name, cell in row.items() if cell.strip()} for row in details.iter_rows(named=True))
    return pl.Series([json.dumps(said, ensure_ascii=False) if said else None for said in told], dtype=_TEXT)


def refused_alone(frame: pl.DataFrame) -> pl.DataFrame:
    """Of refused rows only the number, the reason and the keyed hash."""
    taken = pl.col("reason").is_null()
    emptied = [pl.when(taken).then(pl.col(name)).alias(name) for name in (*PERSONAL, "id_problem", "organisation_name")]
    return frame.with_columns(*emptied, (pl.col("removed") & taken).alias("removed"))


def once(frame: pl.DataFrame) -> pl.DataFrame:
    """A child, or a child in one school, stands once in a piece; `mark` says who, null where nothing does."""
    place = pl.coalesce("organisation", "organisation_name")
    who = pl.struct("citizen_id_index", place.alias("place")).hash(seed=0)
    taken = pl.col("reason").is_null() & pl.col("citizen_id_index").is_not_null()
    frame = frame.with_columns(pl.when(taken).then(who).alias("mark"))
    again = pl.col("mark").is_not_null() & ~pl.col("mark").is_first_distinct()
    return frame.with_columns(
        pl.when(again).then(pl.lit("duplicate_in_file")).otherwise("reason").alias("reason"),
        pl.when(~again).then("mark").alias("mark"),
    )
