"""What a row says, or why it is refused."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.registry.builders import Row, a_child, a_citizen_id, a_pupil
from zd_registry.imports.rules import COLUMNS
from zd_registry.imports.schemas import REASONS
from zd_registry.intake import rules
from zd_registry.intake.rules import Incoming, Known, RowFault, row_parser

KNOWN = Known(date(2024, 6, 10), {"520301"}, {"52030001": 100}.get)


def refused(kind: str, row: Row) -> str:
    with pytest.raises(RowFault) as caught:
        row_parser(kind, COLUMNS[kind])(row, KNOWN)
    return caught.value.reason


def test_a_population_row_is_taken() -> None:
    row = a_child(area="52030103", sex="ช", birth_date="2555-02-29", given_name=" สม  มุติ ")
    assert row_parser("population", COLUMNS["population"])(row, KNOWN) == Incoming(
        a_citizen_id(1), "สม มุติ", "ตัวอย่าง", date(2012, 2, 29), sex="male", area=52030103
    )


def test_an_enrolment_row_is_taken() -> None:
    assert row_parser("enrolment", COLUMNS["enrolment"])(a_pupil(), KNOWN) == Incoming(
        a_citizen_id(1),
        "สมมุติ1",
        "ตัวอย่าง",
        date(2013, 2, 13),
        organisation="52030001",
        organisation_position=100,
        grade="P6",
    )


def test_columns_are_found_by_their_names_and_others_are_left_alone() -> None:
    header = ["หมายเหตุ", *reversed(COLUMNS["population"])]
    row = ["ย้ายมา", *reversed(a_child())]
    assert row_parser("population", header)(row, KNOWN).citizen_id == a_citizen_id(1)


@pytest.mark.parametrize("first", range(9))
def test_every_first_digit_from_0_to_8_is_a_citizen_id(first: int) -> None:
    assert rules.citizen_id(a_citizen_id(7, first=first)) == a_citizen_id(7, first=first)


def test_dashes_and_spaces_as_on_the_card_are_no_part_of_the_number() -> None:
    n = a_citizen_id(7)
    assert rules.citizen_id(f" {n[0]}-{n[1:5]}-{n[5:10]}-{n[10:12]} {n[12]}") == n


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("", "citizen_id_missing"),
        ("  - ", "citizen_id_missing"),
        ("1.10E+12", "citizen_id_spreadsheet"),
        ("1,1e12", "citizen_id_spreadsheet"),
        ("12345", "citizen_id_malformed"),
        ("G123456789012", "citizen_id_malformed"),
        ("１１０１７００２０３４５１", "citizen_id_malformed"),
        ("²³45678901234", "citizen_id_malformed"),
        ("1101700203451", "citizen_id_checksum"),
    ],
)
def test_what_is_no_citizen_id_is_refused_and_never_guessed(cell: str, reason: str) -> None:
    assert refused("population", a_child(citizen_id=cell)) == reason


@given(st.integers(0, 9_999_999), st.integers(0, 12), st.integers(1, 9))
def test_one_wrong_digit_never_passes_the_check(number: int, place: int, shift: int) -> None:
    right = a_citizen_id(number)
    wrong = right[:place] + str((int(right[place]) + shift) % 10) + right[place + 1 :]
    # Remainders 0 and 10 share the check digit 1, so a few errors in the first twelve digits cannot be seen.
    if rules.check_digit(wrong) == int(wrong[12]):
        assert place < 12
    else:
        with pytest.raises(RowFault, match="citizen_id_checksum"):
            rules.citizen_id(wrong)


@pytest.mark.parametrize(
    ("cell", "born"),
    [
        ("2013-02-13", date(2013, 2, 13)),
        ("2556-02-13", date(2013, 2, 13)),
        ("2555-02-29", date(2012, 2, 29)),
        (" 2024-06-10 ", date(2024, 6, 10)),
    ],
)
def test_a_birth_date_is_read_in_either_era(cell: str, born: date) -> None:
    assert rules.birth_date(cell, KNOWN.today) == born


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("", "birth_date_malformed"),
        ("13/2/2556", "birth_date_malformed"),
        ("๒๕๕๖-๐๒-๑๓", "birth_date_malformed"),
        ("2556-13-01", "birth_date_impossible"),
        ("2556-02-29", "birth_date_impossible"),
        ("0000-01-01", "birth_date_impossible"),
        ("1899-12-31", "birth_date_impossible"),
        ("9999-01-01", "birth_date_impossible"),
        ("2024-06-11", "birth_date_impossible"),
    ],
)
def test_a_birth_date_that_cannot_be_is_refused(cell: str, reason: str) -> None:
    assert refused("population", a_child(birth_date=cell)) == reason


@pytest.mark.parametrize(
    ("override", "reason"),
    [
        ({"given_name": " "}, "name_missing"),
        ({"family_name": "ก" * 121}, "name_malformed"),
        ({"given_name": "ก\x00ข"}, "name_malformed"),
        ({"given_name": "ก\u202eข"}, "name_malformed"),
        ({"sex": "x"}, "sex_malformed"),
        ({"area": "5203"}, "area_malformed"),
        ({"area": "๕๒๐๓๐๑"}, "area_malformed"),
        ({"area": "529999"}, "area_unknown"),
    ],
)
def test_a_population_row_that_cannot_be_taken_says_why(override: dict[str, str], reason: str) -> None:
    assert refused("population", a_child(**override)) == reason


@pytest.mark.parametrize(
    ("override", "reason"),
    [
        ({"organisation": "99999999"}, "organisation_unknown"),
        ({"grade": "P7"}, "grade_malformed"),
        ({"grade": ""}, "grade_malformed"),
        ({"grade": "ปริญญาตรี"}, "grade_malformed"),
    ],
)
def test_an_enrolment_row_that_cannot_be_taken_says_why(override: dict[str, str], reason: str) -> None:
    assert refused("enrolment", a_pupil(**override)) == reason


@pytest.mark.parametrize(
    ("cell", "grade"),
    [("P6", "P6"), ("m3", "M3"), ("ป.6", "P6"), ("ม. 3", "M3"), ("อ.2", "K2"), ("ปวช.1", "V1"), ("ปวส 2", "D2")],
)
def test_a_grade_is_read_in_its_thai_and_its_short_form(cell: str, grade: str) -> None:
    assert rules.grade(cell) == grade


def test_a_row_of_another_length_than_the_header_is_refused() -> None:
    assert refused("population", [*a_child(), "extra"]) == "columns_mismatch"
    assert refused("population", []) == "columns_mismatch"


@given(st.sampled_from(sorted(COLUMNS)), st.lists(st.text(max_size=30), min_size=6, max_size=6))
def test_any_row_at_all_is_taken_or_has_a_reason_that_the_error_file_knows(kind: str, row: list[str]) -> None:
    reason = None
    try:
        row_parser(kind, COLUMNS[kind])(row, KNOWN)
    except RowFault as fault:
        reason = fault.reason
    assert reason is None or reason in REASONS
