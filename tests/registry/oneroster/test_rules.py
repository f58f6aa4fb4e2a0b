import json
from base64 import urlsafe_b64encode
from datetime import UTC, date, datetime
from typing import Any

import pytest

from zd_kernel.problems import Problem
from zd_registry.oneroster.rules import (
    Clause,
    Filter,
    Kind,
    Place,
    decode_place,
    encode_place,
    oldest_current,
    pages_around,
    parse_fields,
    parse_filter,
)
from zd_registry.organisations.rules import Term

KINDS: dict[str, Kind] = {
    "familyName": "text", "dateLastModified": "instant", "birthDate": "date", "grades": "list", "org.sourcedId": "text",
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("familyName='jones'", Filter([Clause("familyName", "=", "jones")])),
        ("familyName != 'O''Brien'", Filter([Clause("familyName", "!=", "O'Brien")])),
        ("birthDate>='2015-01-02'", Filter([Clause("birthDate", ">=", date(2015, 1, 2))])),
        (
            "dateLastModified>'2015-01-02T03:04:05Z' AND org.sourcedId='5'",
            Filter([Clause("dateLastModified", ">", datetime(2015, 1, 2, 3, 4, 5, tzinfo=UTC)),
                    Clause("org.sourcedId", "=", "5")]),
        ),
        ("grades~'06,07' OR familyName~' AND '",
         Filter([Clause("grades", "~", ["06", "07"]), Clause("familyName", "~", " AND ")], "OR")),
        ("dateLastModified<'2015-01-02'",
         Filter([Clause("dateLastModified", "<", datetime(2015, 1, 2, tzinfo=UTC))])),
    ],
)  # fmt: skip
def test_a_filter_is_one_clause_or_two(text: str, expected: Filter) -> None:
    assert parse_filter(text, KINDS) == expected


@pytest.mark.parametrize(
    "text",
    [
        "", "familyName", "familyName='a", "familyName=a", "shoeSize='1'", "birthDate='yesterday'", "grades>'06'",
        "familyName='a' XOR familyName='b'", "familyName='a' AND familyName='b' AND familyName='c'",
        "dateLastModified>'x'", "familyName='a'; DROP TABLE child", "familyName LIKE 'a'",
    ],
)  # fmt: skip
def test_what_is_not_of_the_grammar_is_an_invalid_filter_field(text: str) -> None:
    with pytest.raises(Problem) as caught:
        parse_filter(text, KINDS)
    assert (caught.value.status, caught.value.code) == (400, "invalid_filter_field")


def test_fields_keep_the_order_of_the_entity_and_unknown_ones_are_refused() -> None:
    assert parse_fields("name, sourcedId", ["sourcedId", "status", "name"]) == ["sourcedId", "name"]
    for text in ("shoeSize", "", "name,,"):
        with pytest.raises(Problem) as caught:
            parse_fields(text, ["sourcedId", "name"])
        assert caught.value.code == "invalid_selection_field"


def test_a_place_survives_its_way_through_a_link() -> None:
    for place, sort in (
        (Place(7, None, "ก"), None),
        (Place(0, "สมมุติ", "b"), "text"),
        (Place(1, "2015-01-02", "c"), "date"),
    ):
        assert decode_place(encode_place(place), "text", sort) == place  # type: ignore[arg-type]


def a_cursor(value: Any) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).decode()


@pytest.mark.parametrize(
    "text", ["", "x", "é", a_cursor([1]), a_cursor([1, None, "no-uuid"]), a_cursor([-1, None, "x"]), a_cursor({}),
             a_cursor([1, 2, "01a22481-1d6c-76bd-b5a4-1de2fd4d7d4c"]),
             a_cursor([1, "no date", "01a22481-1d6c-76bd-b5a4-1de2fd4d7d4c"])]
)  # fmt: skip
def test_a_place_that_nobody_made_is_refused(text: str) -> None:
    with pytest.raises(Problem) as caught:
        decode_place(text, "uuid", "date")
    assert caught.value.status == 400


@pytest.mark.parametrize(
    ("offset", "total", "more", "expected"),
    [
        (0, 0, False, {"first": 0, "last": 0}),
        (0, 10, False, {"first": 0, "last": 0}),
        (0, 25, True, {"first": 0, "last": 20, "next": 10}),
        (10, 25, True, {"first": 0, "last": 20, "prev": 0, "next": 20}),
        (20, 25, False, {"first": 0, "last": 20, "prev": 10}),
        (5, 20, True, {"first": 0, "last": 10, "prev": 0, "next": 15}),
    ],
)
def test_links_name_the_pages_around(offset: int, total: int, more: bool, expected: dict[str, int]) -> None:
    assert pages_around(offset, 10, total, more=more) == expected


def test_pupils_of_the_present_term_and_the_one_before_are_current() -> None:
    terms = [Term("2567/1", date(2024, 5, 16), date(2024, 10, 11)), Term("2567/2", date(2024, 11, 1), date(2025, 4, 1)),
             Term("2568/1", date(2025, 5, 16), date(2025, 10, 11))]  # fmt: skip
    assert oldest_current(terms, date(2025, 4, 20)) == "2567/1"
    assert oldest_current(terms, date(2025, 5, 16)) == "2567/2"
    assert oldest_current(terms, date(2024, 5, 16)) == ""
