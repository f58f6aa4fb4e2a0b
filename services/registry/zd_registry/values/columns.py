"""Whole columns of cells at once, for files of millions of rows.

Every function takes Series of text (null counts as "") and gives a frame of as many rows in the same order. A row has
its values and `reason`: null where it was taken, else a code of `REASONS`, and then all its values are null.
Work is done once per distinct cell, by what stands at the end of this module. What nearly all cells of a country's
files are (right citizen IDs, Thai names without a title, areas by code) is read by columns.
"""

from datetime import date
from functools import lru_cache
from typing import Final

import polars as pl

from zd_registry.values.codes import home_language, nationality, sex
from zd_registry.values.dates import Order, birth_date, date_order
from zd_registry.values.distinct import Distinct, Row
from zd_registry.values.grades import grade, term
from zd_registry.values.identifiers import IdentifierKind, identifier
from zd_registry.values.names import LONGEST_NAME, NOT_PLAIN, PLAIN_WORD, full_name, given_name, name, name_key
from zd_registry.values.phonetics import lk82, thai_sounds, udom83
from zd_registry.values.places import Places, area, named_area
from zd_registry.values.text import cleaned, repaired
from zd_registry.values.titles import MAY_BE_TITLED, without_title

TITLED_SHARE: Final = 0.3
SAMPLE: Final = 5_000
_FILES: Final = 8
"""So many ways in which files say a thing are remembered at once."""

_KEYS: Final = {"key": pl.String, "lk82": pl.String, "udom83": pl.String}
_NAMED: Final = {"name": pl.String, **_KEYS}
_FULL: Final = {"given": pl.String, "family": pl.String, "nickname": pl.String, "sex": pl.String}
_TWO_WORDS: Final = r"^([^\s(\[（,]{3,60}) ([ก-ฮเ-ไ][ก-๎]{2,55})$"
_WITH_DASHES: Final = r"^[0-9 -]+$"
_THIRTEEN: Final = r"^[0-8][0-9]{12}$"
_TAMBON_OR_VILLAGE: Final = r"^[0-9]{6}(?:[0-9]{2})?$"


def names(raw: pl.Series) -> pl.DataFrame:
    """Family names, and others that bear no title: `name` ("" where the cell says nothing), `key`, `lk82`, `udom83`,
    `reason`."""
    return _names(raw)


def given_names(raw: pl.Series, *, titled: bool | None = None) -> pl.DataFrame:
    """Given names without titles: `name`, `key`, `lk82`, `udom83`, `sex` (what the title tells, else null), `reason`.

    `titled` as in `without_title`; None finds out from this column, so pass it where the column comes in pieces.
    """
    usual = carries_titles(raw) if titled is None else titled
    return _given_names(usual)(raw)


def full_names(raw: pl.Series, *, titled: bool | None = None) -> pl.DataFrame:
    """Whole names: `given`, `family`, `nickname`, `sex`, `given_key`, `given_lk82`, `given_udom83`, `family_key`,
    `family_lk82`, `family_udom83`, `reason`. `titled` as in `given_names`.

    Two plain words are read apart from each other, so that the work is per distinct word and not per distinct person.
    """
    usual = carries_titles(raw) if titled is None else titled
    text = raw.cast(pl.String).fill_null("").alias("text")
    words = text.str.extract_groups(_TWO_WORDS).struct.unnest()
    given, family = words.to_series(0), words.to_series(1)
    first, second = _first_words(usual)(given), _second_words(usual)(family)
    apart = (given.is_not_null() & first["fits"] & second["fits"]).fill_null(value=False)
    rest = text.set(apart, None)
    whole = _full_names(usual)(rest)
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
    found = _keys(kept).drop("reason")
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
    return _birth_dates(today, first, serial)(raw)


def identifiers(raw: pl.Series, kind: IdentifierKind | None = None) -> pl.DataFrame:
    """`kind`, `value` (null without a kind) and `problem`, as `identifier` gives them."""
    text = raw.cast(pl.String).fill_null("").alias("text")
    digits = text.set(~text.str.contains(_WITH_DASHES), None).str.replace_all("[ -]", "")
    number = digits.set(~digits.str.contains(_THIRTEEN), None).cast(pl.Int64)
    # All digits alike and rounded numbers are no checksum's business; like any other text they go the long way.
    plain = (number % 1_111_111_111_111 != 0) & (number % 10**7 != 0)
    right = (plain & _right_check_digit(number)).fill_null(value=False)
    done = right | plain.fill_null(value=False) if kind in {None, "citizen_id"} else right
    read = _identifiers(kind)(text.set(done, None))
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
    return _areas(places)(raw)


def named_areas(
    tambon: pl.Series, district: pl.Series, province: pl.Series, village: pl.Series, places: Places
) -> pl.DataFrame:
    """As `areas`, from columns of their own; a column that the file lacks is a Series of nulls."""
    return _named_areas(places)(tambon, district, province, village)


def grades(raw: pl.Series, level: pl.Series | None = None, *, by_level: bool = False) -> pl.DataFrame:
    """`grade`, `reason`; `level` is the column that says the level, if the file has one. `by_level`: see `grade`."""
    if by_level:
        return _levels(raw) if level is None else _levels_beside(raw, level)
    return _grades(raw) if level is None else _grades_of_level(raw, level)


def terms(raw: pl.Series, year: pl.Series | None = None) -> pl.DataFrame:
    """`term`, `reason`; `year` is the column that says the school year, if the file has one."""
    return _terms(raw) if year is None else _terms_of_year(raw, year)


def sexes(raw: pl.Series) -> pl.DataFrame:
    """`sex`, `reason`."""
    return _sexes(raw)


def nationalities(raw: pl.Series) -> pl.DataFrame:
    """`nationality`, `reason`."""
    return _nationalities(raw)


def home_languages(raw: pl.Series) -> pl.DataFrame:
    """`home_language`, `reason`."""
    return _home_languages(raw)


def _plain(cells: pl.Series) -> pl.Series:
    usual = cells.str.contains(PLAIN_WORD) & ~cells.str.contains(NOT_PLAIN)
    return cells.filter(usual & (cells.str.len_chars() <= LONGEST_NAME))


def _untitled(cells: pl.Series) -> pl.Series:
    words = _plain(cells)
    return words.filter(~words.str.contains(MAY_BE_TITLED))


def _sounding(words: pl.Series, *same: str) -> pl.DataFrame:
    """Plain words with their sounds; `same` are the values that are the word itself."""
    return thai_sounds(words).select(
        pl.col("key").alias("_0"), *(pl.col("key").alias(n) for n in same), "lk82", "udom83"
    )


def _keyed(text: str) -> Row:
    key = name_key(text)
    return (text, key, lk82(key), udom83(key))


_names: Final = Distinct(_NAMED, lambda cell: _keyed(name(cell)), lambda cells: _sounding(_plain(cells), "name", "key"))
_keys: Final = Distinct(_KEYS, lambda kept: _keyed(kept)[1:], lambda cells: _sounding(_plain(cells), "key"))
_grades: Final = Distinct({"grade": pl.String}, lambda cell: (grade(cell),))
_grades_of_level: Final = Distinct({"grade": pl.String}, lambda cell, level: (grade(cell, level),))
_levels: Final = Distinct({"grade": pl.String}, lambda cell: (grade(cell, by_level=True),))
_levels_beside: Final = Distinct({"grade": pl.String}, lambda cell, level: (grade(cell, level, by_level=True),))
_terms: Final = Distinct({"term": pl.String}, lambda cell: (term(cell),))
_terms_of_year: Final = Distinct({"term": pl.String}, lambda cell, year: (term(cell, year),))
_sexes: Final = Distinct({"sex": pl.String}, lambda cell: (sex(cell),))
_nationalities: Final = Distinct({"nationality": pl.String}, lambda cell: (nationality(cell),))
_home_languages: Final = Distinct({"home_language": pl.String}, lambda cell: (home_language(cell),))


@lru_cache(_FILES)
def _given_names(titled: bool) -> Distinct:
    def read(cell: str) -> Row:
        text, told = given_name(cell, titled=titled)
        return (*_keyed(text), told)

    def plain(cells: pl.Series) -> pl.DataFrame:
        return _sounding(_untitled(cells), "name", "key").with_columns(sex=pl.lit(None, pl.String))

    return Distinct({**_NAMED, "sex": pl.String}, read, plain)


@lru_cache(_FILES)
def _first_words(titled: bool) -> Distinct:
    def read(cell: str) -> Row:
        found = full_name(f"{cell} สมมุติ", titled=titled)
        return (found.given, found.sex, found.family == "สมมุติ" and found.nickname is None)

    def plain(cells: pl.Series) -> pl.DataFrame:
        words = _untitled(cells)
        return pl.select(_0=words, given=words, sex=pl.lit(None, pl.String), fits=pl.lit(value=True))

    return Distinct({"given": pl.String, "sex": pl.String, "fits": pl.Boolean}, read, plain)


@lru_cache(_FILES)
def _second_words(titled: bool) -> Distinct:
    def read(cell: str) -> Row:
        found = full_name(f"สมมุติ {cell}", titled=titled)
        return (found.family, found.given == "สมมุติ")

    def plain(cells: pl.Series) -> pl.DataFrame:
        words = _plain(cells)
        return pl.select(_0=words, family=words, fits=pl.lit(value=True))

    return Distinct({"family": pl.String, "fits": pl.Boolean}, read, plain)


@lru_cache(_FILES)
def _full_names(titled: bool) -> Distinct:
    return Distinct(_FULL, lambda cell: full_name(cell, titled=titled))


@lru_cache(_FILES)
def _birth_dates(today: date, order: Order, serial: bool) -> Distinct:
    def read(cell: str) -> Row:
        return birth_date(cell, today, order=order, serial=serial) or (None, None)

    return Distinct({"birth_date": pl.Date, "birth_precision": pl.String}, read)


@lru_cache(_FILES)
def _identifiers(kind: IdentifierKind | None) -> Distinct:
    schema = {"kind": pl.String, "value": pl.String, "problem": pl.String}
    return Distinct(schema, lambda cell: identifier(cell, kind))


@lru_cache(_FILES)
def _areas(places: Places) -> Distinct:
    tambons = pl.Series(list(places.tambons), dtype=pl.String).implode()

    def by_code(cells: pl.Series) -> pl.DataFrame:
        codes = cells.filter(cells.str.contains(_TAMBON_OR_VILLAGE) & cells.str.slice(0, 6).is_in(tambons))
        return pl.select(_0=codes, area=codes.str.pad_end(8, "0").cast(pl.Int64))

    return Distinct({"area": pl.Int64}, lambda cell: (area(cell, places),), by_code)


@lru_cache(_FILES)
def _named_areas(places: Places) -> Distinct:
    return Distinct({"area": pl.Int64}, lambda *cells: (named_area(*cells, places=places),))
