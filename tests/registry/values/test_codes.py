"""Sex, nationality, home language, grade and term."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.registry.values.builders import reason_of
from zd_registry.values.codes import home_language, nationality, sex
from zd_registry.values.faults import RowFault
from zd_registry.values.grades import grade, term, thai_grade
from zd_registry.values.schemas import REASONS


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        ("ช", "male"),
        ("ชาย.", "male"),
        ("เพศชาย", "male"),
        ("M", "male"),
        ("1", "male"),
        ("๑", "male"),
        ("ด.ช.", "male"),
        ("หญิง", "female"),
        ("ญ", "female"),
        ("Female", "female"),
        ("2", "female"),
        ("นางสาว", "female"),
        ("", "unknown"),
        ("-", "unknown"),
        ("ไม่ทราบ", "unknown"),
        ("0", "unknown"),
    ],
)
def test_a_sex_is_read_from_words_codes_and_titles(cell: str, read: str) -> None:
    assert sex(cell) == read


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        ("ไทย", "THA"),
        ("สัญชาติไทย", "THA"),
        ("Thai", "THA"),
        ("099", "THA"),
        ("พม่า", "MMR"),
        ("เมียนมาร์", "MMR"),
        ("khm", "KHM"),
        ("ไร้สัญชาติ", "XXA"),
        ("ไม่มีสัญชาติ", "XXA"),
        ("South Korea", "KOR"),
        ("-", None),
        ("ไม่ระบุ", None),
    ],
)
def test_a_nationality_is_kept_as_its_iso_code(cell: str, read: str | None) -> None:
    assert nationality(cell) == read


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        ("ไทย", "tha"),
        ("ภาษาไทย", "tha"),
        ("ภาษามลายูถิ่น", "mfa"),
        ("ยาวี", "mfa"),
        ("คำเมือง", "nod"),
        ("ภาษาไทยถิ่นใต้", "sou"),
        ("ปกาเกอะญอ", "ksw"),
        ("SHN", "shn"),
        ("", None),
    ],
)
def test_a_home_language_is_kept_as_its_iso_code(cell: str, read: str | None) -> None:
    assert home_language(cell) == read


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        ("P6", "P6"),
        ("ป.6", "P6"),
        ("ป6", "P6"),
        ("ป.๖", "P6"),
        ("p 6", "P6"),
        ("ชั้น ป.6", "P6"),
        ("ป.6/1", "P6"),
        ("ป.6.1", "P6"),
        ("ประถมศึกษาปีที่ 6", "P6"),
        ("ชั้นประถมศึกษาปีที่6/2", "P6"),
        ("ประถม 6", "P6"),
        ("Grade 6", "P6"),
        ("Prathom 6", "P6"),
        ("ม.3", "M3"),
        ("ม. 3 ห้อง 2", "M3"),
        ("ม.3/EP", "M3"),
        ("มัธยมศึกษาปีที่ 3", "M3"),
        ("ม.ต้น 3", "M3"),
        ("Grade 9", "M3"),
        ("ม.ปลาย 1", "M4"),
        ("มัธยมศึกษาตอนปลาย ปีที่ 3", "M6"),
        ("ม.6", "M6"),
        ("Grade 12", "M6"),
        ("Mathayom 6", "M6"),
        ("อ.2", "K2"),
        ("อนุบาล 2", "K2"),
        ("อนุบาลปีที่ 2/1", "K2"),
        ("อนุบาล 3 ขวบ", "K1"),
        ("KG2", "K2"),
        ("ปวช.1", "V1"),
        ("ปวช 1/2", "V1"),
        ("ปวช. ชั้นปีที่ 3", "V3"),
        ("ประกาศนียบัตรวิชาชีพ ปีที่ 2", "V2"),
        ("ปวส.2", "D2"),
        ("ประกาศนียบัตรวิชาชีพชั้นสูงปีที่ 1", "D1"),
    ],
)
def test_a_grade_is_read_in_every_usual_writing_and_its_room_is_dropped(cell: str, read: str) -> None:
    assert grade(cell) == read


@pytest.mark.parametrize(
    ("read", "cells"),
    [
        ("K0", "K0|เตรียมอนุบาล|เตรียม อ.1|ชั้นเตรียมอนุบาล 2/1|ก่อนอนุบาล|อ.0|อนุบาล 2 ขวบ|บริบาล|เนอสเซอรี่|เนอร์สเซอรี"),
        ("K0", "ศพด.|ศพด.บ้านตัวอย่าง อ.เมือง|ศูนย์พัฒนาเด็กเล็ก|เด็กเล็ก|ปฐมวัย 2 ขวบ|ศพด. 2 ขวบ"),
        ("K0", "2 ขวบ|อายุ ๒ ขวบ|ห้อง 2 ขวบ/1|2-3 ขวบ|กลุ่มอายุ 2 ปี|2 ปี 6 เดือน|18 เดือน|ต่ำกว่า 3 ปี|แรกเกิด - 2 ปี|1 ขวบ"),
        ("K0", "Nursery|Pre-Nursery|pre-K|PreKindergarten|Preschool|Infant/toddler|PR|IT|PK|age 2|2 years old"),
        ("K1", "3 ขวบ|ศพด. 3 ขวบ|เด็กเล็ก 3 ขวบ|3-5 ขวบ|กลุ่ม 3-4 ปี|ศพด.บ้านตัวอย่าง อ.1|ปฐมวัย 1|ก่อนประถมศึกษาปีที่ 1"),
        ("K2", "4 ขวบ|อายุ 4 ปี|ศูนย์พัฒนาเด็กเล็กตัวอย่าง อนุบาล 2"),
    ],
)
def test_what_small_children_are_called_is_below_kindergarten_unless_an_age_or_a_year_says_more(
    read: str, cells: str
) -> None:
    assert {cell: grade(cell) for cell in cells.split("|")} == dict.fromkeys(cells.split("|"), read)


@pytest.mark.parametrize(("grade", "read"), [("K0", "เตรียมอนุบาล"), ("K1", "อ.1"), ("V3", "ปวช.3"), (None, "")])
def test_a_grade_reads_as_thai_writes_it(grade: str | None, read: str) -> None:
    assert thai_grade(grade) == read


@pytest.mark.parametrize(
    ("cell", "level", "read"),
    [
        ("6", "ประถมศึกษา", "P6"),
        ("2 ขวบ", "อนุบาล", "K0"),
        ("อ.2", "ปฐมวัย", "K2"),
        ("1", "ก่อนประถมศึกษา", "K1"),
        ("6/1", "ป.", "P6"),
        ("2", "ปวช.", "V2"),
        ("1", "มัธยมศึกษาตอนปลาย", "M4"),
        ("", "ม.3", "M3"),
        ("ป.6", "ประถมศึกษา", "P6"),
    ],
)
def test_a_year_stands_under_the_level_of_a_column_of_its_own(cell: str, level: str, read: str) -> None:
    assert grade(cell, level) == read


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        ("2567/1", "2567/1"),
        ("1/2567", "2567/1"),
        ("๑/๒๕๖๗", "2567/1"),
        ("ภาคเรียนที่ 1 ปีการศึกษา 2567", "2567/1"),
        ("เทอม 2/67", "2567/2"),
        ("2024/1", "2567/1"),
        ("2567-2", "2567/2"),
        ("ภาคฤดูร้อน ปีการศึกษา 2567", "2567/3"),
    ],
)
def test_a_term_is_its_buddhist_year_and_number(cell: str, read: str) -> None:
    assert term(cell) == read
    assert term("1", "2567") == "2567/1"


def test_of_a_level_alone_the_first_year_is_known_where_only_levels_are_written() -> None:
    said = {"ประถมศึกษา": "P1", "มัธยมศึกษาตอนต้น": "M1", "สกร. ม.ปลาย": "M4", "ปวช.": "V1", "กศน. ระดับ ม.ต้น ปี 2": "M2"}
    assert {cell: grade(cell, by_level=True) for cell in said} == said
    assert grade("", "ระดับมัธยมศึกษาตอนปลาย", by_level=True) == "M4"
    with pytest.raises(RowFault, match="grade_malformed"):
        grade("ม.9", by_level=True)


@pytest.mark.parametrize(
    ("read", "cell", "reason"),
    [
        (sex, "q", "sex_malformed"),
        (nationality, "ดาวอังคาร", "nationality_unknown"),
        (home_language, "qqq", "language_unknown"),
        (grade, "", "grade_malformed"),
        (grade, "6", "grade_malformed"),
        (grade, "P7", "grade_malformed"),
        (grade, "ปวส.3", "grade_malformed"),
        (grade, "ม.ปลาย", "grade_year_missing"),
        (grade, "ปริญญาตรี ปี 1", "grade_unlisted"),
        (grade, "ปฐมวัย", "grade_year_missing"),
        (grade, "เตรียมอุดมศึกษา", "grade_malformed"),
        (grade, "6 ขวบ", "grade_malformed"),
        (term, "4/2567", "term_malformed"),
        (term, "2567", "term_malformed"),
        (term, "1/2567/2", "term_malformed"),
    ],
)
def test_what_cannot_be_read_has_a_reason(read: Callable[[str], str], cell: str, reason: str) -> None:
    with pytest.raises(RowFault, match=reason):
        read(cell)


@given(st.text(max_size=20) | st.text(alphabet="ปมอวชส.1234567/๖ ประถมปีที่ กดคGgKk-", max_size=12))
@pytest.mark.parametrize("read", [sex, nationality, home_language, grade, term])
def test_any_text_is_read_or_has_a_reason_that_has_a_text(read: Callable[[str], str | None], cell: str) -> None:
    assert reason_of(read, cell) in {None, *REASONS}
