"""What is remembered of cells is what reading them again would say."""

import polars as pl
import pytest

from zd_registry.values import distinct
from zd_registry.values.distinct import Distinct
from zd_registry.values.faults import RowFault


class Reader:
    """The lengths of cells; which it was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []

    def __call__(self, *cells: str) -> tuple[int, ...]:
        self.asked.append(cells)
        if "refused" in cells:
            raise RowFault("name_malformed")
        if "broken" in cells:
            raise ZeroDivisionError
        return tuple(map(len, cells))


def series(*cells: str | None) -> pl.Series:
    return pl.Series(cells, dtype=pl.String)


def test_a_cell_is_read_once_in_whatever_column_it_comes_back() -> None:
    read = Reader()
    lengths = Distinct({"length": pl.Int64}, read)
    assert lengths(series("a", "bb", None, "a")).rows() == [(1, None), (2, None), (0, None), (1, None)]
    assert lengths(series("ccc", "refused", "bb")).rows() == [(3, None), (None, "name_malformed"), (2, None)]
    assert lengths(series("refused", "a")).rows() == [(None, "name_malformed"), (1, None)]
    assert sorted(read.asked) == [("",), ("a",), ("bb",), ("ccc",), ("refused",)]


def test_rows_of_several_cells_are_told_apart_wherever_one_ends() -> None:
    lengths = Distinct({"first": pl.Int64, "second": pl.Int64}, Reader())
    first, second = series("a", "a 1 b", "a", "1 a", "1"), series("1 b", "b", "1 b", "", " a")
    assert lengths(first, second).rows() == [(1, 3, None), (5, 1, None), (1, 3, None), (3, 0, None), (1, 2, None)]


def test_more_than_is_remembered_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distinct, "_REMEMBERED", 3)
    read = Reader()
    lengths = Distinct({"length": pl.Int64}, read)
    for cells in (["a", "bb"], ["ccc", "a"], ["bb", "dddd"], ["a", "dddd"]):
        assert lengths(series(*cells))["length"].to_list() == list(map(len, cells))
    # The third cell was one too many to go on with.
    assert sorted(read.asked[:3]) == [("a",), ("bb",), ("ccc",)]
    assert sorted(read.asked[3:]) == [("a",), ("bb",), ("dddd",)]


def test_a_reader_that_fails_leaves_nothing_half_remembered() -> None:
    lengths = Distinct({"length": pl.Int64}, Reader())
    lengths(series("a"))
    with pytest.raises(ZeroDivisionError):
        lengths(series("bb", "broken", "ccc"))
    assert lengths(series("dddd", "ccc", "bb", "a"))["length"].to_list() == [4, 3, 2, 1]


def test_what_came_in_many_columns_stands_where_it_stood() -> None:
    one = pl.lit(1, pl.Int64)
    lengths = Distinct(
        {"length": pl.Int64}, Reader(), lambda cells: pl.select(_0=cells.filter(cells == "q"), length=one)
    )
    for count in range(30):
        assert lengths(series("x" * count, "q"))["length"].to_list() == [count, 1]
    assert lengths(series(*("x" * count for count in range(30))))["length"].to_list() == list(range(30))
