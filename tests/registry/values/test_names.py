"""How a name is read, split, compared and sorted."""

import os
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.registry.values.builders import reason_of
from zd_registry.values.faults import RowFault
from zd_registry.values.names import full_name, given_name, name, name_key, sort_key
from zd_registry.values.phonetics import lk82, udom83
from zd_registry.values.text import cleaned, repaired
from zd_registry.values.titles import title_sex

THAI = st.text(alphabet=[chr(code) for code in range(0x0E01, 0x0E5C)] + [" ", ".", "(", "\u200b", "a"], max_size=30)
ANY = st.text(max_size=40) | THAI


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("เเดง", "แดง"),
        ("นํ้าใจ", "น้ำใจ"),
        ("นำ้ใจ", "น้ำใจ"),
        ("น้ํา", "น้ำ"),
        ("ซือ่", "ซือ่"),
        ("ก่ี", "กี่"),
        ("พันธ์ุ", "พันธุ์"),
        ("ก่้า", "ก้า"),
        ("สมชาย\u200b", "สมชาย"),
        ("ส\uf70aม", "ส่ม"),
        ("สมช าย ๑", "สมช าย 1"),
        ("ฤๅษี", "ฤๅษี"),
        ("  สม\u00a0 ชาย\t", "สม ชาย"),
        ("เกาะ", "เกาะ"),
        ("'สมชาย*", "สมชาย"),
        ("ไม่มี", ""),
        (" - ", ""),
        ("Jose\u0301", "José"),
    ],
)
def test_what_keyboards_fonts_and_editors_leave_in_a_name_is_repaired(typed: str, read: str) -> None:
    assert name(typed) == read


@pytest.mark.parametrize(
    ("cell", "read", "sex"),
    [
        ("ด.ช.สมชาย", "สมชาย", "male"),
        ("ด. ช. สมชาย", "สมชาย", "male"),
        ("ดช. สมชาย", "สมชาย", "male"),
        ("ดช สมชาย", "สมชาย", "male"),
        ("ดชนก", "ดชนก", None),
        ("ด.ช.โอ", "โอ", "male"),
        ("เด็กหญิงสมหญิง", "สมหญิง", "female"),
        ("นายสมชาย", "สมชาย", "male"),
        ("นายดี", "ดี", "male"),
        ("นายโอ", "โอ", "male"),
        ("นายิกา", "นายิกา", None),
        ("นายา", "นายา", None),
        ("นายก", "นายก", None),
        ("นางาม", "นางาม", None),
        ("นางสาวแก้ว", "แก้ว", "female"),
        ("น.ส.แก้ว", "แก้ว", "female"),
        ("นส.แก้ว", "แก้ว", "female"),
        ("นาง สมศรี", "สมศรี", "female"),
        ("ด.ญ.นางหอม", "นางหอม", "female"),
        ("สามเณรสมชาย", "สมชาย", "male"),
        ("สามเณรีสมใจ", "สมใจ", "female"),
        ("ว่าที่ ร.ต.สมชาย", "สมชาย", None),
        ("ว่าที่ร้อยตรีหญิง สมใจ", "สมใจ", "female"),
        ("ม.ร.ว.สมชาย", "สมชาย", None),
        ("Mr. John", "John", "male"),
        ("MISS Anna", "Anna", "female"),
        ("Master Tom", "Tom", "male"),
        ("Mrunal", "Mrunal", None),
        ("Missy", "Missy", None),
    ],
)
def test_one_title_goes_and_tells_the_sex_but_never_eats_a_name(cell: str, read: str, sex: str | None) -> None:
    assert given_name(cell) == (read, sex)


@pytest.mark.parametrize("cell", ["นางนวล", "พระพาย"])
def test_where_titles_are_not_usual_a_name_that_begins_like_one_stays_whole(cell: str) -> None:
    assert given_name(cell, titled=False) == (cell, None)
    assert given_name(cell, titled=True)[0] == cell.removeprefix("นาง").removeprefix("พระ")


@pytest.mark.parametrize(
    ("cell", "sex"),
    [("ด.ช.", "male"), ("เด็กหญิง", "female"), ("น.ส.", "female"), ("Mr", "male"), ("ดร.", None), ("", None)],
)
def test_a_title_in_a_cell_of_its_own_tells_the_sex(cell: str, sex: str | None) -> None:
    assert title_sex(cell) == sex


@pytest.mark.parametrize(
    ("cell", "parts"),
    [
        ("ด.ช.สมชาย ใจดี", ("สมชาย", "ใจดี", None, "male")),
        ("เด็กชาย สมชาย ใจดี", ("สมชาย", "ใจดี", None, "male")),
        ("สมชาย", ("สมชาย", "", None, None)),
        ("สมชาย -", ("สมชาย", "", None, None)),
        ("นายสมชาย ณ อยุธยา", ("สมชาย", "ณ อยุธยา", None, "male")),
        ("สมชาย กุญชร ณ อยุธยา", ("สมชาย", "กุญชร ณ อยุธยา", None, None)),
        ("Somchai Na Ayutthaya", ("Somchai", "Na Ayutthaya", None, None)),
        ("นาย สมชาย แซ่ ลี้", ("สมชาย", "แซ่ ลี้", None, "male")),
        ("มูฮัมหมัด ซูไฮมี เจ๊ะอาแว", ("มูฮัมหมัด ซูไฮมี", "เจ๊ะอาแว", None, None)),
        ("นูรฮายาตี บินตี อับดุลเลาะ", ("นูรฮายาตี", "บินตี อับดุลเลาะ", None, None)),
        ("Mr. John Paul van der Berg", ("John Paul", "van der Berg", None, "male")),
        ("Jaidee, Miss Somying", ("Somying", "Jaidee", None, "female")),
        ("ด.ช.สมชาย ใจดี (ต้น)", ("สมชาย", "ใจดี", "ต้น", "male")),
    ],
)
def test_a_full_name_in_one_cell_is_taken_apart(cell: str, parts: tuple[str, ...]) -> None:
    assert full_name(cell) == parts


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("", "name_missing"),
        (" - ", "name_missing"),
        ("ไม่มี", "name_missing"),
        ("ก\x00ข", "name_malformed"),
        ("ก\u202eข", "name_malformed"),
        ("ก" * 121, "name_malformed"),
        ("!§!", "name_malformed"),
    ],
)
def test_what_is_no_given_name_has_a_reason(cell: str, reason: str) -> None:
    with pytest.raises(RowFault, match=reason):
        given_name(cell)


def test_names_are_compared_without_case_spaces_and_punctuation() -> None:
    assert name_key("O'Neil-Smith") == "oneilsmith"
    assert name_key("กิตติ ศักดิ์") == "กิตติศักดิ์"
    assert name_key("-") == ""


def test_names_sort_as_in_a_thai_dictionary() -> None:
    ordered = ["กาล", "เกา", "เก่า", "เก้า", "เกาะ", "เกิด", "ไก่", "เป็ด", "วันที่", "วัว", "หมู"]
    assert sorted(set(ordered), key=sort_key) == ordered


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ณัฐวุฒิ", "นัฐวุทธิ์"),
        ("ศรีสุวรรณ", "สีสุวัน"),
        ("พงษ์เพชร", "พงศ์เพ็ชร"),
        ("somchai", "somchay"),
        ("wichai", "vichai"),
        ("siriporn", "siriphon"),
    ],
)
def test_names_that_sound_alike_share_a_phonetic_key(one: str, other: str) -> None:
    assert lk82(one) == lk82(other) != ""


@pytest.mark.parametrize("key", ["", "123", "์", "เ", "ๆ", "🙂"])
def test_what_cannot_be_heard_has_no_phonetic_key(key: str) -> None:
    assert (lk82(key), udom83(key)) == ("", "")


@pytest.mark.parametrize("key", ["محمد", "မောင်", "王", "иван", "김"])
def test_every_script_has_phonetic_keys(key: str) -> None:
    assert lk82(key)
    assert udom83(key)


@given(ANY)
def test_keys_of_any_text_at_all_exist(text: str) -> None:
    key = name_key(text)
    assert name_key(key) == key
    assert len(lk82(key)) <= 5
    assert len(udom83(key)) <= 8
    assert "\x00" not in sort_key(key)


@given(ANY)
def test_repairing_twice_is_repairing_once(text: str) -> None:
    once = repaired(cleaned(text))
    assert repaired(cleaned(once)) == once
    assert unicodedata.is_normalized("NFC", once)


@given(ANY)
def test_a_kept_name_is_read_as_itself(text: str) -> None:
    reason = reason_of(name, text)
    assert reason == "name_malformed" if reason else name(name(text)) == name(text)


@given(ANY, st.booleans())
def test_any_text_is_a_full_name_or_has_a_reason(text: str, titled: bool) -> None:
    reason = reason_of(full_name, text, titled=titled)
    assert reason in {"name_missing", "name_malformed"} if reason else name_key(full_name(text, titled=titled).given)


def test_the_phonetic_library_writes_nothing_and_warns_of_nothing_when_told_to_only_read(tmp_path: Path) -> None:
    program = "from zd_registry.values.phonetics import lk82; print(lk82('สมชาย'))"
    home = {"HOME": str(tmp_path), "PYTHAINLP_READ_ONLY": "1", "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], env={**os.environ, **home}, capture_output=True, check=True
    )
    assert done.stdout.decode().strip() == lk82("สมชาย")
    assert not any(tmp_path.iterdir())
