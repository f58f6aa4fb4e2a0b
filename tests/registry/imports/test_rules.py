"""Which kinds have a term, whose mapping holds, and what an error file may show."""

import pytest

from zd_registry.imports.rules import merged_mapping, needs_term, padded, safe_cell


@pytest.mark.parametrize("cell", ["=1+1", "+66", "-1", "@SUM(A1)", "\t=1", "\r=1", "|calc", "%0A"])
def test_a_cell_that_a_spreadsheet_would_run_begins_with_an_apostrophe(cell: str) -> None:
    assert safe_cell(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "สมชาย", "a=b", "1-2"])
def test_other_cells_stay_as_they_are(cell: str) -> None:
    assert safe_cell(cell) == cell


def test_a_refused_row_is_as_wide_as_the_header_however_many_cells_it_had() -> None:
    assert padded(["1", "2"], 3) == ["1", "2", ""]
    assert padded(["1", "2", "3", "4"], 3) == ["1", "2", "3"]


def test_what_is_said_of_a_column_now_goes_before_what_was_saved() -> None:
    assert merged_mapping({"ก": "citizen_id", "ข": "sex"}, {"ข": None}) == {"ก": "citizen_id", "ข": None}
    assert merged_mapping(None, None) == {}


def test_lists_of_pupils_alone_have_a_term() -> None:
    kinds = ("population", "enrolment", "nonformal", "social", "health", "disability")
    assert [kind for kind in kinds if needs_term(kind)] == ["enrolment", "nonformal"]
