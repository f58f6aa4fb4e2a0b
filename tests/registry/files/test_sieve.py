"""Rows behind a sieve: what it holds back and what it lets through is what the table says, each once."""

import tempfile
from itertools import chain
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.registry.files.builders import HEADER, csv_text, opened, pupils
from zd_registry.files.sieve import Sieve
from zd_registry.files.tables import Batch, Table, merged

KEY = b"k"


def behind(table: Table, sieve: Sieve) -> Batch:
    assert table.sifted is not None
    return merged(list(table.sifted(sieve)))


def cut(batch: Batch) -> dict[int, tuple[str, ...]]:
    return dict(zip(batch.rows.to_list(), batch.cells.iter_rows(), strict=True))


LINES = st.lists(
    st.sampled_from([
        "", "รวม,40,,,,", "ก,ข", 'x,"ก ""ข""",ค,ง,จ,ฉ', 'x,"ก\nข",ค,ง,จ,ฉ', 'x,"ไม่ปิด,ค,ง,จ,ฉ', ",".join(HEADER),
        *(",".join(one) for one in pupils(6)),
    ]),
    min_size=1,
    max_size=14,
)  # fmt: skip


@settings(max_examples=200)
@given(lines=LINES, data=st.data())
def test_any_rows_may_be_held_back(lines: list[str], data: st.DataObject) -> None:
    text = "\r\n".join([",".join(HEADER), *(",".join(one) for one in pupils(3)), *lines]) + "\r\n"
    with tempfile.TemporaryDirectory() as folder:
        table = opened(Path(folder), text).tables[0]
        every = merged(list(table.batches()))
        read = behind(table, Sieve(KEY))
        assert (cut(read), read.bad, read.skipped) == (cut(every), every.bad, every.skipped)
        assert read.digests is not None
        digests = dict(zip(read.rows.to_list(), read.digests.tolist(), strict=True))
        known = sorted({digest for digest in digests.values() if digest})
        said = data.draw(st.lists(st.sampled_from(known), unique=True)) if known else []
        sifted = behind(table, Sieve(KEY, np.array(sorted(said), dtype=np.uint64)))
        held_back = {row for row, digest in digests.items() if digest in said}
        assert sifted.told.rows.tolist() == sorted(held_back)
        assert [digests[row] for row in sorted(held_back)] == sifted.told.digests.tolist()
        assert cut(sifted) == {row: cells for row, cells in cut(every).items() if row not in held_back}
        assert (sifted.bad, sifted.skipped) == (every.bad, every.skipped)
        again = behind(table, Sieve(KEY, only=sifted.told.rows))
        assert cut(again) == {row: cells for row, cells in cut(every).items() if row in held_back}
        assert (again.bad, again.skipped) == ((), ())


def test_the_same_line_has_one_digest_wherever_it_stands_and_another_under_another_key(tmp_path: Path) -> None:
    lines = pupils(3)
    table = opened(tmp_path, csv_text([["รายชื่อนักเรียน"], HEADER, *lines, *reversed(lines)])).tables[0]
    digests, others = (behind(table, Sieve(key)).digests for key in (KEY, b"another"))
    assert digests is not None
    assert others is not None
    first = digests.tolist()
    assert first == [*first[:3], *reversed(first[:3])]
    assert not set(first) & {0, *others.tolist()}


def test_a_table_of_many_blocks_is_sifted_throughout(tmp_path: Path) -> None:
    lines = pupils(120_000)
    table = opened(tmp_path, csv_text([HEADER, *lines])).tables[0]
    assert table.sifted is not None
    read = list(table.sifted(Sieve(KEY)))
    assert len(read) > 1
    known = np.concatenate([batch.digests for batch in read if batch.digests is not None])
    left = behind(table, Sieve(KEY, np.sort(np.delete(known, [0, 70_000, 119_999]))))
    assert left.rows.to_list() == [2, 70_002, 120_001]
    told = set(left.told.rows.tolist())
    assert len(told) == 119_997
    assert not told & set(left.rows.to_list())
    assert set(chain(told, left.rows.to_list())) == set(range(2, 120_002))
