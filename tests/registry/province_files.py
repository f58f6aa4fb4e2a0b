"""The files of a province, each in the way of the agency that sends it. Rows are counted as a spreadsheet does."""

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from random import Random
from typing import Any, NamedTuple

import geothai
from xlsxwriter import Workbook

THAI = ("อ.1", "อ.2", "อ.3", *(f"ป.{n}" for n in range(1, 7)), *(f"ม.{n}" for n in range(1, 7)), "ปวส.1")
GRADES = ("K1", "K2", "K3", *(f"P{n}" for n in range(1, 7)), *(f"M{n}" for n in range(1, 7)), "D1")
MONTHS = (
    "มกราคม", "กุมภาพันธ์", "มีนาคม", "เมษายน", "พฤษภาคม", "มิถุนายน", "กรกฎาคม", "สิงหาคม", "กันยายน", "ตุลาคม", "พฤศจิกายน",
    "ธันวาคม",
)  # fmt: skip
GONE = {"deceased": "เสียชีวิต", "moved_abroad": "ย้ายไปต่างประเทศ", "moved_away": "ย้ายออก"}
NO_ID_IN_REGISTER = 0.003
ID_MISSING, ID_WRONG, ID_TRANSPOSED, G_CODE, ID_SPOILED = 0.03, 0.003, 0.002, 0.01, 0.001


class File(NamedTuple):
    """`people`: row of the file → person."""

    agency: str
    kind: str
    term: str | None
    content: bytes
    people: dict[int, int]


class Seat(NamedTuple):
    """Who they are, what the school wrote of them, and where they sit."""

    person: dict[str, Any]
    written: dict[str, Any]
    school: str
    step: int


def citizen_id(seat: Seat) -> str:
    """The ID as the school wrote it."""
    chance, place, right = seat.written["wrong"], seat.written["place"], str(seat.person["citizen_id"])
    for share, wrong in (
        (ID_MISSING, ""),
        (ID_WRONG, right[:place] + str((int(right[place]) + seat.written["digit"]) % 10) + right[place + 1 :]),
        (ID_TRANSPOSED, right[:place] + right[place + 1] + right[place] + right[place + 2 :]),
        (G_CODE, seat.person["g_code"]),
        (ID_SPOILED, f"{int(right) / 10**12:.2f}E+12"),
    ):
        if chance < share:
            return wrong
        chance -= share
    return right


def _day(row: dict[str, Any], *, era: int = 543, words: bool = False) -> str:
    born = row["birth_date"]
    if born is None:
        return ""
    year, month = str(born.year + era), MONTHS[born.month - 1] if words else f"{born.month:02}"
    parts = {"day": [str(born.day), month, year], "month": [month, year], "year": [year]}[row["birth_precision"]]
    return (" " if words else "/").join(parts)


def _title(person: dict[str, Any]) -> str:
    adult = person["birth_date"].year < 2009
    return {"male": ("ด.ช.", "นาย"), "female": ("ด.ญ.", "น.ส.")}[person["sex"]][adult]


def _names_of(area: int | None) -> list[str]:
    """หมู่, ตำบล, อำเภอ, จังหวัด."""
    if not area:
        return ["", "", "", ""]
    code = str(area // 100)
    if code not in _PLACES:
        names = geothai.subdistricts(code[:4]), geothai.districts(code[:2]), geothai.provinces()
        _PLACES.update((one.code, one.name_th) for level in names for one in level)
    return [str(area % 100 or ""), _PLACES[code], _PLACES[code[:4]], _PLACES[code[:2]]]


_PLACES: dict[str, str] = {}
_SEX = {"male": "ชาย", "female": "หญิง", None: ""}


def register(rng: Random, people: list[dict[str, Any]], known: Sequence[bool], gone: Sequence[str | None]) -> File:
    """Of the civil registration: TIS-620 with a letterhead, and a line of totals below."""
    inside = [person for person, there in zip(people, known, strict=True) if there]
    rows = []
    for place, person in enumerate(inside, start=1):
        why = gone[person["number"]]
        rows.append([
            str(place), "" if rng.random() < NO_ID_IN_REGISTER else person["citizen_id"],
            _title(person) + person["given_name"], person["family_name"], _day(person, words=True),
            _SEX[person["sex"]], *_names_of(person["area"]), GONE.get(why or "", ""), "1/3/2567" if why else "",
        ])  # fmt: skip
    head = [
        ["สำนักทะเบียนจังหวัด"], ["รายชื่อบุคคลอายุ 3-18 ปี ณ วันที่ 10 มิถุนายน 2567"],
        ["ลำดับ", "เลขประจำตัวประชาชน", "ชื่อตัว", "ชื่อสกุล", "วันเดือนปีเกิด", "เพศ", "หมู่ที่", "ตำบล", "อำเภอ", "จังหวัด",
         "สถานภาพบุคคล", "วันที่มีผล"],
    ]  # fmt: skip
    content = _csv([*head, *rows, ["รวม", f"{len(rows)} คน"]], ",").encode("cp874")
    return File("register", "population", None, content, _by_row((one["number"] for one in inside), first=4))


def _obec(agency: str, term: str, seats: list[Seat]) -> File:
    """UTF-8 with a byte-order mark, semicolons, areas by name, dates of the Buddhist era."""
    head = ["รหัสโรงเรียน", "เลขประจำตัวประชาชน", "คำนำหน้า", "ชื่อ", "นามสกุล", "เพศ", "วัน/เดือน/ปีเกิด", "ชั้น", "หมู่ที่", "ตำบล",
            "อำเภอ", "จังหวัด"]  # fmt: skip
    rows = [
        [seat.school, citizen_id(seat), _title(seat.person), seat.written["given_name"], seat.written["family_name"],
         _SEX[seat.written["sex"]], _day(seat.written), f"{THAI[seat.step]}/1", *_names_of(seat.written["area"])]
        for seat in seats
    ]  # fmt: skip
    content = "\ufeff" + _csv([head, *rows], ";")
    return File(agency, "enrolment", term, content.encode(), _by_row((seat.person["number"] for seat in seats), 2))


def _dla(agency: str, term: str, seats: list[Seat], kind: str = "enrolment") -> File:
    """A workbook with the whole name in one cell, a title over the table and a sum below."""
    head = ["ที่", "เลขบัตรประชาชน", "ชื่อ-สกุล", "วันเกิด", "เพศ", "รหัสตำบล", "รหัสสถานศึกษา", "ระดับชั้น"]
    rows = [
        [str(place), citizen_id(seat),
         f"{_title(seat.person)}{seat.written['given_name']} {seat.written['family_name']}",
         _day(seat.written, words=True), _SEX[seat.written["sex"]],
         str(seat.written["area"] or "")[:6], seat.school, THAI[seat.step]]
        for place, seat in enumerate(seats, start=1)
    ]  # fmt: skip
    made = io.BytesIO()
    with Workbook(made, {"in_memory": True, "strings_to_numbers": False}) as book:
        sheet = book.add_worksheet("รายชื่อ")
        for line, cells in enumerate([[f"รายชื่อ ภาคเรียน {term}"], head, *rows, ["รวม", f"{len(rows)} คน"]]):
            sheet.write_row(line, 0, cells)
    return File(agency, kind, term, made.getvalue(), _by_row((seat.person["number"] for seat in seats), 3))


def _dole(agency: str, term: str, seats: list[Seat]) -> File:
    return _dla(agency, term, seats, "nonformal")


def _late(agency: str, term: str, seats: list[Seat]) -> File:
    made = _obec(agency, term, seats)
    return made._replace(content=made.content.decode("utf-8-sig").replace(";", "\t").encode("cp874"))


def _opec(agency: str, term: str, seats: list[Seat]) -> File:
    """OneRoster 1.2: no residence, births in years C.E."""
    schools, starts = sorted({seat.school for seat in seats}), {"2566/2": "2023-11-01", "2567/1": "2024-05-16"}[term]
    tables: dict[str, list[list[str]]] = {
        "manifest": [["propertyName", "value"], ["manifest.version", "1.0"], ["oneroster.version", "1.2"]],
        "users": [["sourcedId", "status", "dateLastModified", "enabledUser", "userIds", "identifier", "givenName",
                   "familyName", "grades"]],
        "roles": [["sourcedId", "status", "userSourcedId", "roleType", "role", "orgSourcedId"]],
        "orgs": [["sourcedId", "status", "name", "type", "identifier"],
                 *([f"o{code}", "", f"โรงเรียน {code}", "school", code] for code in schools)],
        "academicSessions": [["sourcedId", "title", "type", "startDate", "endDate", "schoolYear"],
                             ["t", f"ภาคเรียน {term}", "term", starts, starts, starts[:4]]],
        "classes": [["sourcedId", "title", "classType", "schoolSourcedId", "termSourcedIds"],
                    *([f"c{code}", "ห้อง 1", "homeroom", f"o{code}", "t"] for code in schools)],
        "enrollments": [["sourcedId", "status", "classSourcedId", "schoolSourcedId", "userSourcedId", "role"]],
        "demographics": [["sourcedId", "status", "birthDate", "sex"]],
    }  # fmt: skip
    for place, seat in enumerate(seats):
        user, code, row = f"u{place}", seat.school, seat.written
        written = citizen_id(seat)
        named = f"{{TH-PIN:{written}}}" if written.isdecimal() else ""
        tables["users"].append([
            user, "", "", "true", named, "" if named else written, row["given_name"], row["family_name"],
            GRADES[seat.step],
        ])  # fmt: skip
        tables["roles"].append([f"r{place}", "", user, "primary", "student", f"o{code}"])
        tables["enrollments"].append([f"e{place}", "", f"c{code}", f"o{code}", user, "student"])
        tables["demographics"].append([user, "", _iso(row), row["sex"] or ""])
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, rows in tables.items():
            archive.writestr(f"{name}.csv", _csv(rows, ","))
    return File(agency, "enrolment", term, made.getvalue(), _by_row((seat.person["number"] for seat in seats), 2))


def _iso(row: dict[str, Any]) -> str:
    born = row["birth_date"]
    whole = born and row["birth_precision"] == "day"
    return f"{born.year:04}-{born.month:02}-{born.day:02}" if whole else _day(row, era=0)


WRITERS = {"obec": _obec, "dla": _dla, "opec": _opec, "late": _late, "dole": _dole}


def _csv(rows: Iterable[Sequence[str]], delimiter: str) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return text.getvalue()


def _by_row(numbers: Iterable[int], first: int) -> dict[int, int]:
    return dict(enumerate(numbers, start=first))
