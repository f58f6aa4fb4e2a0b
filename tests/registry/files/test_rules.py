"""Columns by their headers, as agencies write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.registry.files.builders import a_citizen_id
from zd_registry.files.headers import CANONICAL, SYNONYMS
from zd_registry.files.rules import KINDS, REQUIRED, WANTED, keys_of, mapping_faults, recognise
from zd_registry.files.writings import PROPOSED_BELOW, lookup, plain


@pytest.mark.parametrize(
    ("header", "canonical"),
    [
        ("เลขประจำตัวประชาชน", "citizen_id"), ("เลขบัตรประชาชน", "citizen_id"), ("เลข ปชช.", "citizen_id"),
        ("PID", "citizen_id"),
        ("รหัสประจำตัวประชาชน", "citizen_id"), ("เลขประจำตัวประชาชน (๑๓ หลัก)", "citizen_id"),
        ("1. เลขบัตรประชาชน*", "citizen_id"),
        ("เลขประจำตัวประชาชนนักเรียน", "citizen_id"), ("Citizen_ID", "citizen_id"), ("CitizenID", "citizen_id"),
        ("เลขประจำตัวนักเรียน", "student_code"), ("รหัส G", "g_code"), ("คำนำหน้าชื่อ", "title"), ("ชื่อ", "given_name"),
        ("ชื่อ-สกุล", "full_name"), ("ชื่อ - นามสกุล", "full_name"), ("ชื่อ–นามสกุล", "full_name"),
        ("ชื่อ  และ  นามสกุล", "full_name"),
        ("นามสกุล", "family_name"), ("วันเดือนปีเกิด", "birth_date"), ("ว/ด/ป เกิด", "birth_date"),
        ("ว.ด.ป. เกิด", "birth_date"),
        ("วัน/เดือน/ปี เกิด (พ.ศ.)", "birth_date"), ("Birth Date", "birth_date"), ("DOB", "birth_date"),
        ("Birthday", "birth_date"), ("ปีเกิด (พ.ศ.)", "birth_year"),
        ("เพศ", "sex"), ("โรงเรียน", "organisation_name"), ("รหัสโรงเรียน", "organisation"), ("ชั้น", "grade"),
        ("ระดับชั้น", "grade"),
        ("ห้อง", "room"), ("ตำบล", "tambon"), ("ตำบล/แขวง", "tambon"), ("หมู่ที่", "village"), ("หมู่", "village"),
        ("จังหวัด", "province"),
        ("อำเภอ", "district"), ("บ้านเลขที่", "house_number"), ("เลขรหัสประจำบ้าน", "house_code"), ("สถานะ", "status"),
        ("สาเหตุการจำหน่าย", "status"), ("วันที่จำหน่าย", "status_date"), ("ประเภทความพิการ", "disability_kind"),
        ("ภาวะโภชนาการ", "need_kind"),
        ("สถานภาพสมรสบิดามารดา", "parental_status"), ("เลขบัตรประชาชนบิดา", "father_citizen_id"),
        ("ชื่อมารดา", "mother_given_name"),
        ("ชื่อ-สกุล มารดา", "mother_name"), ("ชื่อ-สกุล ผู้ปกครอง", "guardian_name"), ("เบอร์โทรผู้ปกครอง", "guardian_phone"),
        ("ความเกี่ยวข้องของผู้ปกครองกับนักเรียน", "guardian_relation"), ("ผู้ปกครอง\nชื่อ-สกุล", "guardian_name"),
        ("Father's name", None),
        ("ที่อยู่\nตำบล", "tambon"), ("ชื่อนักเรียน\nนามสกุล", "family_name"), ("ภาษาที่ใช้ในบ้าน", "home_language"),
        ("สัญชาติ", "nationality"),
        ("ขนาดรองเท้า", None), ("GPA", None), ("", None), ("ลำดับที่", "ordinal"),
    ],
)  # fmt: skip
def test_a_header_names_its_column(header: str, canonical: str | None) -> None:
    found = lookup(header)
    assert (found[0] if found and found[1] >= PROPOSED_BELOW else None) == canonical


def test_no_writing_stands_for_two_columns() -> None:
    owners: dict[str, str] = {}
    for canonical, writings in SYNONYMS.items():
        for writing in writings:
            assert owners.setdefault(plain(writing), canonical) == canonical, writing


@given(
    st.sampled_from([(c, w) for c, ws in SYNONYMS.items() for w in ws if plain(w)]),
    st.sampled_from([" ", "  ", "\u200b", " "]),
)
def test_spaces_case_and_digits_do_not_matter(known: tuple[str, str], space: str) -> None:
    canonical, writing = known
    found = lookup(f"{space}{space.join(writing.upper().split(' '))}{space}")
    assert found is not None
    assert found[0] == canonical


def test_a_misspelled_header_is_proposed_and_not_used() -> None:
    result = recognise("population", ["เลขประจำตัวประชาขน", "ชื่อ", "นามสกุล", "วันเกิด", "รหัสตำบล"])
    assert result.columns[0].canonical == "citizen_id"
    assert result.columns[0].proposed
    assert "citizen_id" not in result.positions
    assert result.complete
    assert result.wanted == ("citizen_id", "sex")


def test_valid_citizen_ids_under_an_odd_header_are_proposed() -> None:
    sample = [[a_citizen_id(n), "สมมุติ"] for n in range(5)]
    column = recognise("social", ["รหัสอ้างอิง", "ชื่อ"], sample=sample).columns[0]
    assert (column.canonical, column.proposed) == ("citizen_id", True)
    spoiled = [[f"{one[0][:12]}{(int(one[0][12]) + 1) % 10}", one[1]] for one in sample]
    assert recognise("social", ["รหัสอ้างอิง", "ชื่อ"], sample=spoiled).columns[0].canonical is None


@pytest.mark.parametrize(
    ("header", "sample", "positions"),
    [
        (["ชื่อ"], [["เด็กชายสมมุติ ตัวอย่าง"], ["ด.ญ.สมมุติ ตัวอย่าง"]], {"full_name": 0}),
        (["ชื่อ"], [["สมมุติ"], ["สมมุต"]], {"given_name": 0}),
        (["ชื่อ-สกุล", ""], [["สมมุติ", "ตัวอย่าง"]], {"given_name": 0, "family_name": 1}),
        (["ชื่อ-สกุล", "", ""], [["ด.ช.", "สมมุติ", "ตัวอย่าง"]], {"title": 0, "given_name": 1, "family_name": 2}),
        (["ชื่อ-สกุล", ""], [["สมมุติ ตัวอย่าง", "7"]], {"full_name": 0}),
    ],
)
def test_how_a_name_is_spread_is_read_from_the_rows(
    header: list[str], sample: list[list[str]], positions: dict[str, int]
) -> None:
    assert recognise("social", header, sample=sample).positions == positions


def test_the_civil_registers_own_words_for_given_and_family_name_are_told_apart() -> None:
    assert recognise("social", ["ชื่อตัว", "ชื่อสกุล"]).positions == {"given_name": 0, "family_name": 1}
    assert recognise("social", ["ชื่อสกุล", "เพศ"]).positions == {"full_name": 0, "sex": 1}


def test_a_birth_date_in_three_columns_is_recognised() -> None:
    header = [f"วันเดือนปีเกิด\n{part}" for part in ("วัน", "เดือน", "ปี")]
    assert recognise("social", header).positions == {"birth_day": 0, "birth_month": 1, "birth_year": 2}


def test_a_column_claimed_twice_is_told_and_used_by_neither() -> None:
    result = recognise("social", ["เลขบัตรประชาชน", "เลข 13 หลัก", "ชื่อ-สกุล"])
    assert result.twice == {"citizen_id": ("เลขบัตรประชาชน", "เลข 13 หลัก")}
    assert not result.complete
    assert "เลข 13 หลัก" in result.advice[0].th
    assert "citizen_id" not in result.positions


def test_of_two_claims_the_filled_column_wins() -> None:
    result = recognise("social", ["เลขบัตรประชาชน", "เลข 13 หลัก", "ชื่อ-สกุล"], sample=[["", "1", "ก ข"]])
    assert result.positions["citizen_id"] == 1
    assert result.complete


def test_what_is_missing_is_said_in_both_languages() -> None:
    result = recognise("population", ["เลขบัตรประชาชน", "ชื่อ-สกุล"])
    assert [text.en for text in result.advice] == [
        "There is no column for birth_date or birth_year. Add it, or map one of your columns to it.",
        "There is no column for area or tambon. Add it, or map one of your columns to it.",
    ]
    assert "วันเดือนปีเกิด หรือ ปีเกิด" in result.advice[0].th


def test_a_mapping_overrides_what_was_recognised() -> None:
    header = ["ชื่อ", "ชื่อ", "เลขบัตรประชาชน", "รหัส"]
    mapping = {"ชื่อ (2)": "family_name", "รหัส": "citizen_id", "เลขบัตรประชาชน": None}
    result = recognise("social", header, mapping=mapping)
    assert result.positions == {"given_name": 0, "family_name": 1, "citizen_id": 3}
    assert result.columns[2].canonical is None


def test_a_mapped_column_displaces_one_that_was_only_recognised() -> None:
    result = recognise("social", ["เลขบัตรประชาชน", "เลขใหม่", "ชื่อ-สกุล"], mapping={"เลขใหม่": "citizen_id"})
    assert result.positions["citizen_id"] == 1
    assert not result.twice


@pytest.mark.parametrize(
    ("mapping", "faults"),
    [
        ({"a": "citizen_id", "b": None}, 0),
        ({"a": "no_such"}, 1),
        ({"a": "sex", "b": "sex"}, 1),
        ({"a": "x", "b": "x"}, 1),
    ],
)
def test_a_written_mapping_is_checked(mapping: dict[str, str | None], faults: int) -> None:
    assert len(mapping_faults(mapping)) == faults


def test_repeated_and_blank_headers_get_keys_of_their_own() -> None:
    assert keys_of(["ก", "", "ก", " ก "]) == ["ก", "#2", "ก (2)", "ก (3)"]


def test_requirements_name_columns_that_exist() -> None:
    named = {c for groups in REQUIRED.values() for group in groups for one in group for c in one}
    assert named | {c for columns in WANTED.values() for c in columns} <= CANONICAL
    assert set(REQUIRED) == set(WANTED) == set(KINDS)


@given(st.lists(st.text(max_size=30), max_size=8), st.lists(st.lists(st.text(max_size=20), max_size=9), max_size=4))
def test_any_header_and_sample_give_one_column_each(header: list[str], sample: list[list[str]]) -> None:
    result = recognise("enrolment", header, sample=sample)
    assert [column.position for column in result.columns] == list(range(len(header)))
    assert len(set(result.positions.values())) == len(result.positions)
