from uuid import UUID

import pytest

from tests.registry.builders import a_citizen_id
from tests.registry.sheets.kind import SCORES
from zd_registry.sheets.columns import columns_of
from zd_registry.sheets.rules import Pupil, Roster, number_of
from zd_registry.values.faults import RowFault

MALEE, SOMSRI, NAMESAKE = (UUID(int=n) for n in (1, 2, 3))
FORMER = UUID(int=9)
ROSTER = Roster(
    [
        Pupil(MALEE, (MALEE, FORMER), ("m1",), "มาลี", "ใจดี", "P6"),
        Pupil(SOMSRI, (SOMSRI,), ("s1",), "สมศรี", "ใจดี", "P6"),
        Pupil(NAMESAKE, (NAMESAKE,), (), "สมศรี", "ใจดี", "P5"),
    ]
)


@pytest.mark.parametrize(
    ("cells", "marks", "meant"),
    [
        ({"child_id": str(MALEE)}, [], MALEE),
        ({"child_id": str(FORMER)}, [], MALEE),
        ({"citizen_id": "…", "full_name": "ด.ญ.มาลี ใจดี"}, ["old", "m1"], MALEE),
        ({"full_name": "เด็กหญิงมาลี  ใจดี"}, [], MALEE),
        ({"given_name": "สมศรี", "family_name": "ใจดี", "grade": "ป.5/1"}, [], NAMESAKE),
        ({"given_name": "มาลี", "family_name": "ใหม่"}, ["m1"], MALEE),
    ],
)
def test_a_row_means_the_one_pupil_whom_it_names(cells: dict[str, str], marks: list[str], meant: UUID) -> None:
    assert ROSTER.find(cells, marks) == meant


@pytest.mark.parametrize(
    ("cells", "marks", "reason"),
    [
        ({"child_id": str(UUID(int=77))}, [], "pupil_not_in_school"),
        ({"child_id": "no uuid"}, [], "pupil_not_in_school"),
        ({"full_name": "มาลี ใจดี"}, ["unknown"], "pupil_not_in_school"),
        ({"full_name": "สมศรี ใจดี"}, [], "pupil_ambiguous"),
        ({"full_name": "มาลี"}, [], "pupil_not_in_school"),
        ({"full_name": "ปิติ รักเรียน"}, ["m1"], "pupil_contradicted"),
        ({"full_name": " "}, [], "pupil_unnamed"),
        ({"full_name": "สมศรี ใจดี", "grade": "ชั้นอะไรก็ได้"}, [], "grade_malformed"),
    ],
)
def test_a_row_that_may_mean_nobody_or_several_is_refused(cells: dict[str, str], marks: list[str], reason: str) -> None:
    with pytest.raises(RowFault) as refused:
        ROSTER.find(cells, marks)
    assert refused.value.reason == reason


def test_a_spoiled_number_is_refused_only_where_no_name_can_do_instead() -> None:
    assert number_of({"citizen_id": a_citizen_id(1)}) == ("citizen_id", a_citizen_id(1))
    assert number_of({"citizen_id": "1.5E+12", "full_name": "มาลี ใจดี"}) is None
    with pytest.raises(RowFault, match="citizen_id_spreadsheet"):
        number_of({"citizen_id": "1.5E+12"})


def test_columns_are_the_kinds_own_and_those_that_name_the_pupil() -> None:
    found = columns_of(SCORES, ["เลขที่", "ชื่อ-สกุล", "คะแนน", "หมายเหตุ"], [])
    assert dict(found.positions) == {"full_name": 1, "score": 2}
    assert found.missing == ()
    assert columns_of(SCORES, ["ชั้น", "น้ำหนัก"], []).missing == ("pupil", "score")
