"""Whole columns of cells at once, for files of millions of rows.

Every function takes Series of text (null counts as "") and gives a frame of as many rows in the same order. A row has
its values and `reason`: null where it was taken, else a code of `REASONS`, and then all its values are null.
Work is done once per distinct cell. What nearly all cells of a country's files are (right citizen IDs, Thai names
without a title, areas by code) is read by columns.
"""

from datetime import date
from typing import Final

import polars as pl

from zd_registry.values.codes import home_language, nationality, sex
from zd_registry.values.dates import Order, birth_date, date_order
from zd_registry.values.distinct import Row, each_distinct, remembered
from zd_registry.values.grades import grade, term
from zd_registry.values.identifiers import IdentifierKind, identifier
from zd_registry.values.names import LONGEST_NAME, NOT_PLAIN, PLAIN_WORD, full_name, given_name, name, name_key
from zd_registry.values.phonetics import lk82, thai_sounds, udom83
from zd_registry.values.places import Places, area, named_area
from zd_registry.values.text import cleaned, repaired
from zd_registry.values.titles import MAY_BE_TITLED, without_title

TITLED_SHARE: Final = 0.3
SAMPLE: Final = 5_000

_KEYS: Final = {"key": pl.String, "lk82": pl.String, "udom83": pl.String}
_NAMED: Final = {"name": pl.String, **_KEYS}
_FULL: Final = {"given": pl.String, "family": pl.String, "nickname": pl.String, "sex": pl.String}
_FIRST: Final = {"given": pl.String, "sex": pl.String, "fits": pl.Boolean}
_SECOND: Final = {"family": pl.String, "fits": pl.Boolean}
_TWO_WORDS: Final = r"^([^\s(\[（,]{3,60}) ([ก-ฮเ-ไ][ก-๎]{2,55})$"
_WITH_DASHES: Final = r"^[0-9 -]+$"
_THIRTEEN: Final = r"^[0-8][0-9]{12}$"
_TAMBON_OR_VILLAGE: Final = r"^[0-9]{6}(?:[0-9]{2})?$"


def names(raw: pl.Series) -> pl.DataFrame:
    """Family names, and others that bear no title: `name` ("" where the cell says nothing), `key`, `lk82`, `udom83`,
    `reason`."""
    return each_distinct([raw], _NAMED, _name, lambda cells: _sounding(_plain(cells), "name", "key"))


def given_names(raw: pl.Series, *, titled: bool | None = None) -> pl.DataFrame:
    """Given names without titles: `name`, `key`, `lk82`, `udom83`, `sex` (what the title tells, else null), `reason`.

    `titled` as in `without_title`; None finds out from this column, so pass it where the column comes in pieces.
    """
    usual = carries_titles(raw) if titled is None else titled

    def plain(cells: pl.Series) -> pl.DataFrame:
        return _sounding(_untitled(cells), "name", "key").with_columns(sex=pl.lit(None, pl.String))

    return each_distinct([raw], {**_NAMED, "sex": pl.String}, lambda cell: _given_name(cell, usual), plain)


def full_names(raw: pl.Series, *, titled: bool | None = None) -> pl.DataFrame:
    """Whole names: `given`, `family`, `nickname`, `sex`, `given_key`, `given_lk82`, `given_udom83`, `family_key`,
    `family_lk82`, `family_udom83`, `reason`. `titled` as in `given_names`.

    Two plain words are read apart from each other, so that the work is per distinct word and not per distinct person.
    """
    usual = carries_titles(raw) if titled is None else titled

    def plain_given(cells: pl.Series) -> pl.DataFrame:
        words = _untitled(cells)
        return pl.select(_0=words, given=words, sex=pl.lit(None, pl.String), fits=pl.lit(value=True))

    def plain_family(cells: pl.Series) -> pl.DataFrame:
        words = _plain(cells)
        return pl.select(_0=words, family=words, fits=pl.lit(value=True))

    text = raw.cast(pl.String).fill_null("").alias("text")
    words = text.str.extract_groups(_TWO_WORDS).struct.unnest()
    given, family = words.to_series(0), words.to_series(1)
    first = each_distinct([given], _FIRST, lambda cell: _first_word(cell, usual), plain_given)
    second = each_distinct([family], _SECOND, lambda cell: _second_word(cell, usual), plain_family)
    apart = (given.is_not_null() & first["fits"] & second["fits"]).fill_null(value=False)
    rest = text.set(apart, None)
    whole = each_distinct([rest], _FULL, lambda cell: _full_name(cell, usual))
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
    found = each_distinct([kept], _KEYS, _keys, lambda cells: _sounding(_plain(cells), "key")).drop("reason")
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

    schema = {"birth_date": pl.Date, "birth_precision": pl.String}
    return each_distinct([raw], schema, lambda cell: _birth_date(cell, today, first, serial))


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
    read = each_distinct([text.set(done, None)], schema, lambda cell: _identifier(cell, kind))
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
    tambons = pl.Series(list(places.tambons), dtype=pl.String).implode()

    def by_code(cells: pl.Series) -> pl.DataFrame:
        codes = cells.filter(cells.str.contains(_TAMBON_OR_VILLAGE) & cells.str.slice(0, 6).is_in(tambons))
        return pl.select(_0=codes, area=codes.str.pad_end(8, "0").cast(pl.Int64))

    return each_distinct([raw], {"area": pl.Int64}, lambda cell: _area(cell, places), by_code)


def named_areas(
    tambon: pl.Series, district: pl.Series, province: pl.Series, village: pl.Series, places: Places
) -> pl.DataFrame:
    """As `areas`, from columns of their own; a column that the file lacks is a Series of nulls."""
    columns = [tambon, district, province, village]
    return each_distinct(columns, {"area": pl.Int64}, lambda *cells: _named_area(*cells, places))


def grades(raw: pl.Series, level: pl.Series | None = None) -> pl.DataFrame:
    """`grade`, `reason`; `level` is the column that says the level, if the file has one."""
    return each_distinct([raw] if level is None else [raw, level], {"grade": pl.String}, _grade)


def terms(raw: pl.Series, year: pl.Series | None = None) -> pl.DataFrame:
    """`term`, `reason`; `year` is the column that says the school year, if the file has one."""
    return each_distinct([raw] if year is None else [raw, year], {"term": pl.String}, _term)


def sexes(raw: pl.Series) -> pl.DataFrame:
    """`sex`, `reason`."""
    return each_distinct([raw], {"sex": pl.String}, _sex)


def nationalities(raw: pl.Series) -> pl.DataFrame:
    """`nationality`, `reason`."""
    return each_distinct([raw], {"nationality": pl.String}, _nationality)


def home_languages(raw: pl.Series) -> pl.DataFrame:
    """`home_language`, `reason`."""
    return each_distinct([raw], {"home_language": pl.String}, _home_language)


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


@remembered
def _keys(kept: str) -> Row:
    return _keyed(kept)[1:]


@remembered
def _name(cell: str) -> Row:
    return _keyed(name(cell))


@remembered
def _given_name(cell: str, titled: bool) -> Row:
    text, told = given_name(cell, titled=titled)
    return (*_keyed(text), told)


@remembered
def _first_word(cell: str, titled: bool) -> Row:
    read = full_name(f"{cell} สมมุติ", titled=titled)
    return (read.given, read.sex, read.family == "สมมุติ" and read.nickname is None)


@remembered
def _second_word(cell: str, titled: bool) -> Row:
    read = full_name(f"สมมุติ {cell}", titled=titled)
    return (read.family, read.given == "สมมุติ")


@remembered
def _full_name(cell: str, titled: bool) -> Row:
    return full_name(cell, titled=titled)


@remembered
def _birth_date(cell: str, today: date, order: Order, serial: bool) -> Row:
    return birth_date(cell, today, order=order, serial=serial) or (None, None)


@remembered
def _identifier(cell: str, kind: IdentifierKind | None) -> Row:
    return identifier(cell, kind)


@remembered
def _area(cell: str, places: Places) -> Row:
    return (area(cell, places),)


@remembered
def _named_area(tambon: str, district: str, province: str, village: str, places: Places) -> Row:
    return (named_area(tambon, district, province, village, places=places),)


@remembered
def _grade(*cells: str) -> Row:
    return (grade(*cells),)


@remembered
def _term(*cells: str) -> Row:
    return (term(*cells),)


@remembered
def _sex(cell: str) -> Row:
    return (sex(cell),)


@remembered
def _nationality(cell: str) -> Row:
    return (nationality(cell),)


@remembered
def _home_language(cell: str) -> Row:
    return (home_language(cell),)
