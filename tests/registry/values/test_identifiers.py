"""Numbers that say who somebody is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zd_registry.values.identifiers import IdentifierKind, check_digit, identifier
from zd_registry.values.schemas import REASONS

VALID = "1101700203450"


@st.composite
def citizen_ids(draw: st.DrawFn) -> str:
    twelve = f"{draw(st.integers(0, 8))}{draw(st.integers(0, 10**11 - 1)):011}"
    digits = f"{twelve}{check_digit(twelve)}"
    return digits if not digits.endswith("0000000") and len(set(digits)) > 1 else VALID


@pytest.mark.parametrize(
    "cell",
    [VALID, "1-1017-00203-45-0", " 1 1017 00203 45 0 ", "๑๑๐๑๗๐๐๒๐๓๔๕๐", "'1101700203450", "1101700203450.0",
     "1,101,700,203,450", "1–1017–00203–45–0"],
)  # fmt: skip
def test_a_citizen_id_is_read_however_it_is_written(cell: str) -> None:
    assert identifier(cell) == ("citizen_id", VALID, None)


@given(citizen_ids())
def test_every_valid_citizen_id_is_taken(digits: str) -> None:
    assert identifier(digits) == ("citizen_id", digits, None)


@given(citizen_ids(), st.integers(0, 12), st.integers(1, 9))
def test_one_wrong_digit_is_refused(right: str, place: int, shift: int) -> None:
    wrong = right[:place] + str((int(right[place]) + shift) % 10) + right[place + 1 :]
    read = identifier(wrong)
    # Remainders 0 and 10 share the check digit 1, so a few errors in the first twelve digits cannot be seen.
    seen = check_digit(wrong) != int(wrong[12]) or wrong[0] == "9"
    assert (read.kind is None) == seen or read.problem == "citizen_id_spreadsheet"
    assert seen or place < 12


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        ("", "citizen_id_missing"),
        ("-", "citizen_id_missing"),
        ("ไม่มี", "citizen_id_missing"),
        ("ไม่มีเลข", "citizen_id_missing"),
        ("0000000000000", "citizen_id_missing"),
        ("1-1111-11111-11-1", "citizen_id_missing"),
        ("1.10E+12", "citizen_id_spreadsheet"),
        ("1.1E+12", "citizen_id_spreadsheet"),
        ("1,1e12", "citizen_id_spreadsheet"),
        ("1101700000000", "citizen_id_spreadsheet"),
        ("110170020345", "citizen_id_short"),
        ("110170020345.0", "citizen_id_short"),
        ("12345", "citizen_id_malformed"),
        ("11017002034500", "citizen_id_malformed"),
        ("１１０１７００２０３４５０", "citizen_id_malformed"),
        ("²³45678901234", "citizen_id_malformed"),
        ("9101700203451", "citizen_id_reserved"),
        ("1101700203451", "citizen_id_checksum"),
        ("G12345678901", "g_code_malformed"),
        ("G1234567890123", "g_code_malformed"),
    ],
)
def test_what_is_no_citizen_id_counts_as_none_and_is_reported(cell: str, problem: str) -> None:
    assert identifier(cell) == (None, "", problem)


@pytest.mark.parametrize(
    ("cell", "column", "read"),
    [
        ("G123456789012", None, ("g_code", "G123456789012", None)),
        ("g-1234-5678-9012", "citizen_id", ("g_code", "G123456789012", None)),
        ("123", "g_code", (None, "", "g_code_malformed")),
        ("aa1234567", None, ("passport", "AA1234567", None)),
        ("aa1234567", "citizen_id", (None, "", "citizen_id_malformed")),
        ("123456789", "passport", ("passport", "123456789", None)),
        ("AB", "passport", (None, "", "passport_malformed")),
        (VALID, "passport", ("citizen_id", VALID, None)),
        ("ST-2567/12", "other", ("other", "ST256712", None)),
        ("!", "other", (None, "", "identifier_malformed")),
    ],
)
def test_other_identifiers_are_known_by_their_form_or_by_their_column(
    cell: str, column: IdentifierKind, read: tuple[str, ...]
) -> None:
    assert identifier(cell, column) == read


@given(
    st.text(max_size=30) | st.text(alphabet="0123456789-.,eE+gG ", max_size=18),
    st.sampled_from([None, "citizen_id", "g_code", "passport", "other"]),
)
def test_any_text_is_an_identifier_or_has_a_problem_that_has_a_text(cell: str, kind: IdentifierKind | None) -> None:
    read = identifier(cell, kind)
    assert (read.kind is None) == (read.value == "") == (read.problem is not None)
    assert read.problem is None or read.problem in REASONS
