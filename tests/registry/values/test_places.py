"""Codes and names of places, against the gazetteer of the whole country."""

import geothai
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.registry.values.builders import reason_of
from zd_registry.values.faults import RowFault
from zd_registry.values.gazetteer import places_of_thailand
from zd_registry.values.places import area, named_area
from zd_registry.values.schemas import REASONS

PLACES = places_of_thailand(frozenset({52030103}))
LAMPANG_LUANG = 52030100


@pytest.mark.parametrize(
    "cell",
    [
        "520301",
        "52-03-01",
        "52 03 01",
        "๕๒๐๓๐๑",
        "520301.0",
        "00520301",
        "'520301",
        "52030100",
        "ต.ลำปางหลวง อ.เกาะคา จ.ลำปาง",
        "ต. ลำปางหลวง อ. เกาะคา จ. ลำปาง",
        "ต.ลำปางหลวงอ.เกาะคาจ.ลำปาง",
        "ต ลำปางหลวง อ เกาะคา จ ลำปาง",
        "ตำบลลําปางหลวง อำเภอเกาะคา จังหวัดลำปาง 52130",
        "123 หมู่ 9 ต.ลำปางหลวง อ.เกาะคา จ.ลำปาง",
        "ลำปางหลวง เกาะคา ลำปาง",
        "ลำปางหลวง/เกาะคา/ลำปาง",
        "ลำปางหลวง ลำปาง",
        "ลำปางหลวง",
        "Lampang Luang, Ko Kha, Lampang",
        "Tambon Lampang Luang Amphoe Ko Kha",
        "12 ม.9 ลำปางหลวง อ.เกาะคา",
    ],
)
def test_a_tambon_is_known_by_its_code_or_its_names(cell: str) -> None:
    assert area(cell, PLACES) == LAMPANG_LUANG


@pytest.mark.parametrize(
    "cell", ["52030103", "52-03-01-03", "ม.3 ต.ลำปางหลวง อ.เกาะคา", "บ้านเลขที่ 12 หมู่ที่ ๓ ต.ลำปางหลวง อ.เกาะคา"]
)
def test_a_village_is_known_where_the_tambon_has_it(cell: str) -> None:
    assert area(cell, PLACES) == 52030103


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        ("แขวงดุสิต เขตดุสิต กรุงเทพฯ", 10020100),
        ("บางนาเหนือ เขตบางนา กทม.", 10470200),
        ("ต.เวียงเหนือ อ.เมือง จ.ลำปาง", 52010100),
        ("ต.หัวรอ อ.พระนครศรีอยุธยา จ.อยุธยา", 14010400),
        ("ต.จ.ป.ร. อ.กระบุรี จ.ระนอง", 85040600),
        ("100205", 10290100),
    ],
)
def test_names_people_use_and_codes_of_abolished_tambons_are_understood(cell: str, read: int) -> None:
    assert area(cell, PLACES) == read


def test_every_tambon_of_the_country_is_found_by_its_full_address() -> None:
    for tambon in sorted(PLACES.tambons):
        found = geothai.address(tambon)
        assert found is not None
        names = (found.subdistrict.name_th, found.district.name_th, found.province.name_th)
        assert named_area(*names, places=PLACES) == int(tambon) * 100
        assert area("ต.{} อ.{} จ.{}".format(*names), PLACES) == int(tambon) * 100


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("5203", "area_malformed"),
        ("5203011", "area_malformed"),
        ("520399", "area_unknown"),
        ("5099", "area_registration_office"),
        ("509901", "area_registration_office"),
        ("วังทอง", "area_ambiguous"),
        ("ต.เมือง", "area_ambiguous"),
        ("อ.เกาะคา จ.ลำปาง", "area_tambon_missing"),
        ("ต.ลำปางหลวง อ.เมือง จ.ลำปาง", "area_name_unknown"),
        ("ต.ไม่มีจริง", "area_name_unknown"),
    ],
)
def test_what_is_no_place_says_what_to_add(cell: str, reason: str) -> None:
    with pytest.raises(RowFault, match=reason):
        area(cell, PLACES)


def test_cells_of_their_own_are_read_together() -> None:
    assert named_area("ต.ลำปางหลวง", "อ.เกาะคา", "จ.ลำปาง", "หมู่ที่ 3", places=PLACES) == 52030103
    assert named_area("520301", "เกาะคา", places=PLACES) == LAMPANG_LUANG
    assert named_area("", "-", "", "3", places=PLACES) is None
    assert area(" - ", PLACES) is None


@given(st.text(max_size=30) | st.text(alphabet="ต.อจ. ลำปางหลวงเกาะคา/,0123459-หมู่", max_size=25))
def test_any_text_is_a_place_nothing_or_has_a_reason_that_has_a_text(cell: str) -> None:
    reason = reason_of(area, cell, PLACES)
    assert reason in REASONS if reason else str(area(cell, PLACES) or LAMPANG_LUANG)[:6] in PLACES.tambons
