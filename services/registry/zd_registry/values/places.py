"""Where somebody lives: a code or Thai names, to the area that is kept (DOPA code as 8 digits)."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from zd_registry.values.faults import RowFault
from zd_registry.values.names import name_key
from zd_registry.values.text import cleaned, plain, repaired, says_nothing

OFFICE_FROM: Final = "90"  # third and fourth digit of a municipality's registration office, as in 5099
_CODE: Final = re.compile(r"[\d\-. ]+", re.ASCII)
_POSTAL_CODE: Final = re.compile(r"\b[1-9]\d{4}\s*$", re.ASCII)
_VILLAGE: Final = re.compile(r"(?:หมู่บ้านที่|หมู่บ้าน|หมู่ที่|หมู่|ม\.|\bmoo\b|\bm\.)\s*\.?\s*(\d{1,2})(?!\d)", re.IGNORECASE)
_LEVELS: Final = {  # after a Thai letter too, as addresses are glued, except where a name holds the word: อีสานเขต
    "tambon": r"(?<!สาม)ตำบล|(?<![ก-๎])แขวง|ต\s*\.|(?<![^\s])ต(?=\s)|\b(?:tambon|subdistrict|khwaeng)\b",
    "district": r"กิ่งอำเภอ|กิ่ง\s*อ\s*\.|อำเภอ|(?<![ก-๎])เขต|อ\s*\.|(?<=\s)อ(?=\s)|\b(?:amphoe|khet|district)\b",
    "province": r"จังหวัด|จ\s*\.(?!\s*ป\s*\.)|(?<=\s)จ(?=\s)|(?=กรุงเทพ|กทม)|\b(?:changwat|province)\b",
}
_MARKERS: Final = re.compile("|".join(f"(?P<{level}>{words})" for level, words in _LEVELS.items()), re.IGNORECASE)
_PREFIX: Final = re.compile(f"^(?:{'|'.join(_LEVELS.values())})", re.IGNORECASE)


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """The gazetteer as data; keys of names are `place_key`s, without `เขต` and the like.

    `tambons`, `districts`: codes of 6 and 4 digits. `tambons_of`: name → codes, Thai and English.
    `district_names`, `province_names`: code → names people use. `retired`: abolished tambon → its successors.
    `villages`: 8-digit integers of villages that exist; a หมู่ that is not among them leaves the tambon.
    """

    tambons: frozenset[str]
    districts: frozenset[str]
    tambons_of: Mapping[str, tuple[str, ...]]
    district_names: Mapping[str, frozenset[str]]
    province_names: Mapping[str, frozenset[str]]
    retired: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    villages: Collection[int] = frozenset()


def place_key(text: str) -> str:
    """A place's name for comparing, without the word for its level."""
    text = repaired(cleaned(text)).strip(" .,")
    return name_key(_PREFIX.sub("", text).strip(" .")) or name_key(text)


def area(cell: str, places: Places) -> int | None:
    """One cell: a code (`520301`, `52-03-01-03`) or an address (`ม.3 ต.ลำปางหลวง อ.เกาะคา จ.ลำปาง`).

    8 digits, the last two 00 for a tambon. None if the cell says nothing. Raises `area_malformed`, `area_unknown`,
    `area_registration_office`, `area_retired`, `area_name_unknown`, `area_ambiguous`, `area_tambon_missing`.
    """
    text = plain(cell)
    if says_nothing(text):
        return None
    if _CODE.fullmatch(text):
        return _of_code(re.sub(r"\.0$|[\-. ]", "", text), places)
    text = _POSTAL_CODE.sub("", repaired(cleaned(cell)))
    markers = list(_MARKERS.finditer(text))
    village = _VILLAGE.search(text)
    if not any(marker["tambon"] or marker["district"] for marker in markers):
        return _of_bare_words(_VILLAGE.sub(" ", text), village, places)
    names: dict[str, str] = {}
    for marker, following in zip(markers, [*markers[1:], None], strict=True):
        part = text[marker.end() : following.start() if following else None]
        if part.strip(" ."):  # อ.เขตดุสิต and จ.กรุงเทพฯ say their level twice
            names.setdefault(str(marker.lastgroup), _VILLAGE.sub(" ", part))
    before = _VILLAGE.sub(" ", text[: markers[0].start()]).split()
    if before and place_key(before[-1]) in places.tambons_of:
        names.setdefault("tambon", before[-1])
    return named_area(
        names.get("tambon", ""), names.get("district", ""), names.get("province", ""), village[1] if village else "",
        places=places,
    )  # fmt: skip


def named_area(tambon: str, district: str = "", province: str = "", village: str = "", *, places: Places) -> int | None:
    """Cells of their own, as `area`; `tambon` may hold a code. None if all of them say nothing."""
    cells = ["" if says_nothing(plain(cell)) else cell for cell in (tambon, district, province)]
    if not any(cells):
        return None
    if not cells[0]:
        raise RowFault("area_tambon_missing")
    if _CODE.fullmatch(plain(cells[0])):
        return area(cells[0], places)
    key, district_key, province_key = (place_key(cell) if cell else "" for cell in cells)
    codes = [
        code
        for code in places.tambons_of.get(key, ())
        if (not district_key or _is_district(code[:4], district_key, places))
        and (not province_key or province_key in places.province_names.get(code[:2], ()))
    ]
    if not codes:
        raise RowFault("area_name_unknown")
    if len(codes) > 1:
        raise RowFault("area_ambiguous")
    return _with_village(codes[0], village, places)


def _of_code(code: str, places: Places) -> int:
    if len(code) not in {6, 8} or code.startswith("00"):
        code = code.lstrip("0")
    if len(code) in {4, 6, 8} and code[2:4] >= OFFICE_FROM and code[:4] not in places.districts:
        raise RowFault("area_registration_office")
    if len(code) not in {6, 8}:
        raise RowFault("area_malformed")
    if code[:6] in places.tambons:
        return int(code.ljust(8, "0"))
    successors = places.retired.get(code[:6])
    if successors is None:
        raise RowFault("area_unknown")
    if len(successors) != 1:
        raise RowFault("area_retired")
    return int(successors[0]) * 100  # villages were numbered anew


def _of_bare_words(text: str, village: re.Match[str] | None, places: Places) -> int | None:
    """`ลำปางหลวง เกาะคา ลำปาง`: from the narrow to the wide, the province or the district left out."""
    words = [part.strip() for part in re.split(r"[,/>|]", text) if part.strip()]
    if len(words) == 1 and place_key(text) not in places.tambons_of:
        words = text.split()
    number = village[1] if village else ""
    if len(words) == 2:
        try:
            return named_area(words[0], words[1], "", number, places=places)
        except RowFault:
            return named_area(words[0], "", words[1], number, places=places)
    if not 0 < len(words) <= 3:
        raise RowFault("area_name_unknown")
    tambon, district, province = [*words, "", ""][:3]
    return named_area(tambon, district, province, number, places=places)


def _is_district(code: str, key: str, places: Places) -> bool:
    """`เมือง` alone is the capital's district, which is the first of every province but Bangkok."""
    if key in places.district_names.get(code, ()):
        return True
    return key in {"เมือง", "mueang", "muang"} and code[2:] == "01" and code[:2] != "10"


def _with_village(tambon: str, cell: str, places: Places) -> int:
    code = int(tambon) * 100
    number = re.search(r"\d+", cleaned(cell), re.ASCII)
    if number is not None and 0 < int(number[0]) < 100 and code + int(number[0]) in places.villages:
        return code + int(number[0])
    return code
