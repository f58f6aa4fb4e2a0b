"""A column says of every cell what the cell alone would say."""

from collections.abc import Callable
from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zd_registry.values import columns
from zd_registry.values.codes import home_language, nationality, sex
from zd_registry.values.dates import birth_date
from zd_registry.values.faults import RowFault
from zd_registry.values.gazetteer import places_of_thailand
from zd_registry.values.grades import grade, term
from zd_registry.values.identifiers import IdentifierKind, identifier
from zd_registry.values.names import PLAIN_WORD, full_name, given_name, name, name_key
from zd_registry.values.phonetics import lk82, udom83
from zd_registry.values.places import area, named_area

TODAY = date(2024, 6, 10)
PLACES = places_of_thailand()
WORDS = st.sampled_from(
    [
        "สมชาย",
        "ด.ช.สมชาย",
        "เด็กหญิง",
        "นาง",
        "นางหอม",
        "ว่าที่",
        "ร้อยตรี",
        "หญิงใจ",
        "ใจดี",
        "ณ",
        "อยุธยา",
        "ไม่มี",
        "(ต้น)",
        "แซ่",
        "กขค,",
        "เเก้ว",
        "Mr.",
        "Anna",
        "na",
        "\u200bสม",
        "พระพาย",
        "ด.",
        "ญ.",
        "-",
        "'",
        "่กขค",
        "นายก",
        "คุณ",
        "บินตี",
    ]
)
NAMES = st.lists(st.lists(WORDS, max_size=4).map(" ".join) | st.text(max_size=20), min_size=1, max_size=12)
SYLLABLES = st.from_regex(PLAIN_WORD.replace("+$", "$"), fullmatch=True)
# Codes of sounds depend on what stands beside a letter, so most words are of the letters that do.
PARTS = ["รร", "ไทย", "จน์", *"ยรวหอตธจนมณทกุูึืะาิัำเไ่็์"]
LETTERS = st.lists(st.sampled_from(PARTS), min_size=1, max_size=6).map("".join)
PLAIN = st.lists(st.lists(SYLLABLES, min_size=1, max_size=5).map("".join) | LETTERS, min_size=1, max_size=30)
NUMBERS = st.text(alphabet="0123456789", min_size=12, max_size=14) | st.sampled_from(
    [
        "1101700203450",
        "1101700203451",
        "1-1017-00203-45-0",
        "1 1017 00203 45 0",
        "0000000000000",
        "3333333333333",
        "1100000000000",
        "9101700203451",
        "1.10E+12",
        "G123456789012",
        "AA123456",
        "",
        "-1101700203450",
        "1101700203450-",
        "๑๑๐๑๗๐๐๒๐๓๔๕๐",
    ]
)
CELLS = st.lists(st.text(max_size=15) | st.text(alphabet="0123456789/-.ปม ต", max_size=12), max_size=12)


def one_by_one(cells: list[str], width: int, read: Callable[[str], tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    for cell in cells:
        try:
            rows.append((*read(cell), None))
        except RowFault as fault:
            rows.append((*[None] * width, fault.reason))
    return rows


def keyed(text: str) -> tuple[str, str, str, str]:
    key = name_key(text)
    return text, key, lk82(key), udom83(key)


@given(NAMES | PLAIN, st.booleans())
def test_names(cells: list[str], titled: bool) -> None:
    raw = pl.Series(cells, dtype=pl.String)
    assert columns.names(raw).rows() == one_by_one(cells, 4, lambda cell: keyed(name(cell)))

    def given_one(cell: str) -> tuple[Any, ...]:
        text, told = given_name(cell, titled=titled)
        return (*keyed(text), told)

    assert columns.given_names(raw, titled=titled).rows() == one_by_one(cells, 5, given_one)


@given(NAMES | st.lists(st.tuples(SYLLABLES, LETTERS).map(" ".join), max_size=12), st.booleans())
def test_full_names(cells: list[str], titled: bool) -> None:
    def read(cell: str) -> tuple[Any, ...]:
        found = full_name(cell, titled=titled)
        return (*found, *keyed(found.given)[1:], *keyed(found.family)[1:])

    assert columns.full_names(pl.Series(cells, dtype=pl.String), titled=titled).rows() == one_by_one(cells, 10, read)


@given(
    st.lists(NUMBERS | st.text(max_size=15), max_size=12), st.sampled_from([None, "citizen_id", "g_code", "passport"])
)
def test_identifiers(cells: list[str], kind: IdentifierKind | None) -> None:
    read = columns.identifiers(pl.Series(cells, dtype=pl.String), kind)
    alone = [identifier(cell, kind) for cell in cells]
    assert read.rows() == [(found.kind, found.value or None, found.problem) for found in alone]


@given(CELLS, st.booleans())
def test_birth_dates(cells: list[str], serial: bool) -> None:
    read = columns.birth_dates(pl.Series(cells, dtype=pl.String), TODAY, order="day_first", serial=serial)
    assert read.rows() == one_by_one(cells, 2, lambda cell: birth_date(cell, TODAY, serial=serial) or (None, None))


@pytest.mark.parametrize(
    ("column", "scalar"),
    [
        (columns.sexes, sex),
        (columns.nationalities, nationality),
        (columns.home_languages, home_language),
        (columns.grades, grade),
        (columns.terms, term),
        (lambda raw: columns.areas(raw, PLACES), lambda cell: area(cell, PLACES)),
    ],
)
@given(cells=CELLS | st.lists(st.sampled_from(["520301", "52030103", "520399", "509901", "000001", "5203010"])))
def test_other_values(
    column: Callable[[pl.Series], pl.DataFrame], scalar: Callable[[str], Any], cells: list[str]
) -> None:
    read = column(pl.Series(cells, dtype=pl.String))
    assert read.rows() == one_by_one(cells, 1, lambda cell: (scalar(cell),))


def test_columns_that_belong_together_are_read_together() -> None:
    nothing = pl.Series([None, None], dtype=pl.String)
    tambon, district = pl.Series(["ลำปางหลวง", "วังทอง"]), pl.Series(["เกาะคา", None])
    read = columns.named_areas(tambon, district, nothing, nothing, PLACES)
    assert read.rows() == [(named_area("ลำปางหลวง", "เกาะคา", places=PLACES), None), (None, "area_ambiguous")]
    assert columns.grades(pl.Series(["6", "ป.6"]), pl.Series(["ม.", None])).rows() == [("M6", None), ("P6", None)]
    assert columns.terms(pl.Series(["1", "2"]), pl.Series(["2567", "2567"]))["term"].to_list() == ["2567/1", "2567/2"]


def test_a_null_is_an_empty_cell_and_an_empty_column_has_no_rows() -> None:
    empty = pl.Series([], dtype=pl.String)
    assert columns.names(pl.Series([None], dtype=pl.String)).rows() == [("", "", "", "", None)]
    assert columns.identifiers(pl.Series([None], dtype=pl.String)).rows() == [(None, None, "citizen_id_missing")]
    assert columns.full_names(empty).height == columns.identifiers(empty).height == columns.names(empty).height == 0


def test_titles_and_the_order_of_a_date_are_found_out_from_the_column() -> None:
    assert columns.given_names(pl.Series(["นางหอม", "สมชาย", "แก้ว", "ต้น"]))["name"][0] == "นางหอม"
    assert columns.given_names(pl.Series(["นางหอม", "ด.ช.สมชาย", "แก้ว", "ต้น"]))["name"][0] == "หอม"
    dates = columns.birth_dates(pl.Series(["3/4/2556", "12/25/2555"]), TODAY)
    assert dates["birth_date"].to_list() == [date(2013, 3, 4), date(2012, 12, 25)]
