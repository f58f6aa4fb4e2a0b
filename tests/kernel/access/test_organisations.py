from pathlib import Path

import pytest

from zd_kernel.access.organisations import Organisations
from zd_kernel.problems import LoudStop
from zd_kernel.scope import Range


def test_an_organisation_covers_its_range_and_an_unknown_one_nothing(tmp_path: Path) -> None:
    seeded = tmp_path / "organisations.json"
    seeded.write_text('{"district": [100, 199], "school": [110, 110]}')
    known = Organisations.from_file(seeded)
    assert known.ranges(["school", "unheard-of", "district"]) == (Range(110, 110), Range(100, 199))


def test_without_a_file_there_are_no_organisations() -> None:
    assert Organisations.from_file(None).ranges(["school"]) == ()


@pytest.mark.parametrize("text", [None, "", "[]", '{"a": 7}', '{"a": [1]}'])
def test_a_file_that_cannot_be_used_stops_the_process(tmp_path: Path, text: str | None) -> None:
    seeded = tmp_path / "organisations.json"
    if text is not None:
        seeded.write_text(text)
    with pytest.raises(LoudStop, match=r"organisations\.json"):
        Organisations.from_file(seeded)
