"""Whole columns of cells at once, for files of millions of rows.

Every function takes Series of text (null counts as "") and gives a frame of as many rows in the same order. A row has
its values and `reason`: null where it was taken, else a code of `REASONS`, and then all its values are null.
Work is done once per distinct cell, except for identifiers, which are nearly all distinct and are checked in columns.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

import polars as pl

from zd_registry.values.codes import home_language, nationality, sex
from zd_registry.values.dates import Order, birth_date, date_order
from zd_registry.values.faults import RowFault
from zd_registry.values.grades import grade, term
from zd_registry.values.identifiers import IdentifierKind, identifier
from zd_registry.values.names import full_name, given_name, name, name_key
from zd_registry.values.phonetics import lk82, udom83
from zd_registry.values.places import Places, area, named_area
from zd_registry.values.text import cleaned, repaired
from zd_registry.values.titles import without_title

TITLED_SHARE: Final = 0.3
SAMPLE: Final = 5_000

_KEYS: Final = {"key": pl.String, "lk82": pl.String, "udom83": pl.String}
_FULL: Final = {"given": pl.String, "family": pl.String, "nickname": pl.String, "sex": pl.String}
_TWO_WORDS: Final = r"^([^\s(\[（,]{3,60}) ([ก-ฮเ-ไ][ก-๎]{2,55})$"
_WITH_DASHES: Final = r"^[0-9 -]+$"
_THIRTEEN: Final = r"^[0-8][0-9]{12}$"

Row = tuple[Any, ...]
Schema = Mapping[str, Any]


def names(raw: pl.Series) -> pl.DataFrame:
    """Family names, and others that bear no title: `name` ("" where the cell says nothing), `key`, `lk82`, `udom83`,
    `reason`."""
    return _distinct([raw], {"name": pl.String, **_KEYS}, lambda cell: _keyed(name(cell)))


def given_names(raw: pl.Series, *, titled: bool | None = None) -> pl.DataFrame:
    """Given names without titles: `name`, `key`, `lk82`, `udom83`, `sex` (what the title tells, else null), `reason`.

    `titled` as in `without_title`; None finds out from this column, so pass it where the column comes in pieces.
    """
    usual = carries_titles(raw) if titled is None else titled

    def read(cell: str) -> Row:
        text, told = given_name(cell, titled=usual)
        return (*_keyed(text), told)

    return _distinct([raw], {"name": pl.String, **_KEYS, "sex": pl.String}, read)


def full_names(raw: pl.Series, *, titled: bool | None = None) -> pl.DataFrame:
    """Whole names: `given`, `family`, `nickname`, `sex`, `given_key`, `given_lk82`, `given_udom83`, `family_key`,
    `family_lk82`, `family_udom83`, `reason`. `titled` as in `given_names`.

    Two plain words are read apart from each other, so that the work is per distinct word and not per distinct person.
    """
    usual = carries_titles(raw) if titled is None else titled

    def first_word(cell: str) -> Row:
        read = full_name(f"{cell} สมมุติ", titled=usual)
        return (read.given, read.sex, read.family == "สมมุติ" and read.nickname is None)

    def second_word(cell: str) -> Row:
        read = full_name(f"สมมุติ {cell}", titled=usual)
        return (read.family, read.given == "สมมุติ")

    text = raw.cast(pl.String).fill_null("").alias("text")
    words = text.str.extract_groups(_TWO_WORDS).struct.unnest()
    first = _distinct([words.to_series(0)], {"given": pl.String, "sex": pl.String, "fits": pl.Boolean}, first_word)
    second = _distinct([words.to_series(1)], {"family": pl.String, "fits": pl.Boolean}, second_word)
    apart = (words.to_series(0).is_not_null() & first["fits"] & second["fits"]).fill_null(value=False)
    rest = text.set(apart, None)
    whole = _distinct([rest], _FULL, lambda cell: tuple(full_name(cell, titled=usual)))
    parts = pl.select(
        given=pl.when(apart).then(first["given"]).otherwise(whole["given"]),
        family=pl.when(apart).then(second["family"]).otherwise(whole["family"]),
        nickname=pl.when(~apart).then(whole["nickname"]),
        sex=pl.when(apart).then(first["sex"]).otherwise(whole["sex"]),
    )
    reason = pl.select(reason=pl.when(~apart).then(whole["reason"]))
    sounds = [keys(parts[part]).select(pl.all().name.prefix(f"{part}_")) for part in ("given", "family")]
    return pl.concat([parts, *sounds, reason], how="horizontal")


def keys(kept: pl.Series) -> pl.DataFrame:
    """`key`, `lk82`, `udom83` of names as they are kept; null where the name is."""
    found = _distinct([kept], _KEYS, lambda cell: _keyed(cell)[1:]).drop("reason")
    return found.select(pl.when(kept.is_not_null()).then(column).alias(column.name) for column in found)


def carries_titles(raw: pl.Series) -> bool:
    """Whether titles stand before the names of this column as a rule, judged by its first 5,000 cells."""
    sample = raw.cast(pl.String).drop_nulls().head(SAMPLE)
    found = sum(without_title(text).rest != text for text in (repaired(cleaned(cell)) for cell in sample))
    return found > TITLED_SHARE * len(sample)


def birth_dates(raw: pl.Series, today: date, *, order: Order | None = None, serial: bool = False) -> pl.DataFrame:
    """`birth_date` and `birth_precision`, both null if the cell says nothing, and `reason`.

    `order` and `serial` as in `birth_date`; an `order` of None is found out from this column.
    """
    first = order or date_order(raw.cast(pl.String).drop_nulls().unique())

    def read(cell: str) -> Row:
        return birth_date(cell, today, order=first, serial=serial) or (None, None)

    return _distinct([raw], {"birth_date": pl.Date, "birth_precision": pl.String}, read)


def identifiers(raw: pl.Series, kind: IdentifierKind | None = None) -> pl.DataFrame:
    """`kind`, `value` (null without a kind) and `problem`, as `identifier` gives them."""
    text = raw.cast(pl.String).fill_null("").alias("text")
    digits = text.set(~text.str.contains(_WITH_DASHES), None).str.replace_all("[ -]", "")
    number = digits.set(~digits.str.contains(_THIRTEEN), None).cast(pl.Int64)
    # All digits alike and rounded numbers are no checksum's business; like any other text they go the long way.
    plain = (number % 1_111_111_111_111 != 0) & (number % 10**7 != 0)
    right = (plain & _right_check_digit(number)).fill_null(value=False)
    done = right | plain.fill_null(value=False) if kind in {None, "citizen_id"} else right
    schema = {"kind": pl.String, "value": pl.String, "problem": pl.String}
    read = _distinct([text.set(done, None)], schema, lambda cell: tuple(identifier(cell, kind)))
    return pl.select(
        kind=pl.when(right).then(pl.lit("citizen_id")).when(~done).then(read["kind"]),
        value=pl.when(right).then(digits).when(~done & (read["value"] != "")).then(read["value"]),
        problem=pl.when(right).then(None).when(done).then(pl.lit("citizen_id_checksum")).otherwise(read["problem"]),
    )


def _right_check_digit(number: pl.Series) -> pl.Series:
    weighted = number * 0
    for place in range(12):
        weighted += (13 - place) * (number // 10 ** (12 - place) % 10)
    return (11 - weighted % 11) % 10 == number % 10


def areas(raw: pl.Series, places: Places) -> pl.DataFrame:
    """`area`: 8 digits, null if the cell says nothing; and `reason`."""
    return _distinct([raw], {"area": pl.Int64}, lambda cell: (area(cell, places),))


def named_areas(
    tambon: pl.Series, district: pl.Series, province: pl.Series, village: pl.Series, places: Places
) -> pl.DataFrame:
    """As `areas`, from columns of their own; a column that the file lacks is a Series of nulls."""
    return _distinct(
        [tambon, district, province, village], {"area": pl.Int64}, lambda *cells: (named_area(*cells, places=places),)
    )


def grades(raw: pl.Series, level: pl.Series | None = None) -> pl.DataFrame:
    """`grade`, `reason`; `level` is the column that says the level, if the file has one."""
    return _distinct([raw] if level is None else [raw, level], {"grade": pl.String}, lambda *cells: (grade(*cells),))


def terms(raw: pl.Series, year: pl.Series | None = None) -> pl.DataFrame:
    """`term`, `reason`; `year` is the column that says the school year, if the file has one."""
    return _distinct([raw] if year is None else [raw, year], {"term": pl.String}, lambda *cells: (term(*cells),))


def sexes(raw: pl.Series) -> pl.DataFrame:
    """`sex`, `reason`."""
    return _distinct([raw], {"sex": pl.String}, lambda cell: (sex(cell),))


def nationalities(raw: pl.Series) -> pl.DataFrame:
    """`nationality`, `reason`."""
    return _distinct([raw], {"nationality": pl.String}, lambda cell: (nationality(cell),))


def home_languages(raw: pl.Series) -> pl.DataFrame:
    """`home_language`, `reason`."""
    return _distinct([raw], {"home_language": pl.String}, lambda cell: (home_language(cell),))


def _keyed(text: str) -> Row:
    key = name_key(text)
    return (text, key, lk82(key), udom83(key))


def _distinct(columns: list[pl.Series], schema: Schema, read: Callable[..., Row]) -> pl.DataFrame:
    """`read` once for each distinct row of cells; it gives the values of `schema` or raises `RowFault`."""
    cells = pl.DataFrame([column.cast(pl.String).fill_null("").alias(f"_{i}") for i, column in enumerate(columns)])
    distinct = cells.unique()
    nothing = (None,) * len(schema)
    rows: list[Row] = []
    for row in distinct.iter_rows():
        try:
            rows.append((*read(*row), None))
        except RowFault as fault:
            rows.append((*nothing, fault.reason))
    values = pl.DataFrame(list(zip(*rows, strict=True)) or None, schema={**schema, "reason": pl.String}, orient="col")
    found = pl.concat([distinct, values], how="horizontal")
    return cells.join(found, on=cells.columns, how="left", maintain_order="left").drop(cells.columns)
