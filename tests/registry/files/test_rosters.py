"""OneRoster and SDS packages as records of pupils."""

import time
from collections import Counter
from pathlib import Path

import pytest

from tests.registry.files.builders import a_citizen_id, batches, csv_text, opened, records, zipped
from zd_registry.files.faults import FileFault
from zd_registry.files.roster_joins import HEADER
from zd_registry.files.roster_values import grade_of, term_of
from zd_registry.files.rules import recognise
from zd_registry.files.tables import Package
from zd_registry.oneroster.rules import CEDS

Files = dict[str, list[list[str]]]


def manifest(version: str, mode: str) -> list[list[str]]:
    names = ("users", "roles", "enrollments", "classes", "courses", "orgs", "academicSessions", "demographics")
    files = [[f"file.{name}", mode] for name in names if not (version == "1.1" and name == "roles")]
    return [["propertyName", "value"], ["manifest.version", "1.0"], ["oneroster.version", version], *files]


def a_roster(version: str = "1.1", *, mode: str = "bulk", active: str = "") -> Files:
    """One school; a pupil in a homeroom and a subject, with both parents; a pupil without a class; a teacher."""
    own = version == "1.1"
    people = [
        ("u1", "student", f"{{TH-PIN:{a_citizen_id(1)}}}", "S-77", "สมมุติ", "ตัวอย่าง", '04', "u3,u4"),
        ("u2", "student", "", a_citizen_id(2), "สมหญิง", "ตัวอย่าง", "08", ""),
        ("u3", "parent", f"{{TH-PIN:{a_citizen_id(3)}}}", "", "มารดา", "ตัวอย่าง", "", ""),
        ("u4", "relative", "", "", "ลุง", "ตัวอย่าง", "", ""),
        ("u5", "teacher", "", "", "ครู", "ตัวอย่าง", "", ""),
    ]  # fmt: skip
    head = [
        "sourcedId",
        "status",
        "dateLastModified",
        "enabledUser",
        "userIds",
        "identifier",
        "givenName",
        "familyName",
        "grades",
        "agentSourcedIds",
        "phone",
        "username",
    ]
    users = [head + (["orgSourcedIds", "role"] if own else [])]
    for name, role, ids, identifier, given, family, grade, agents in people:
        row = [name, active, "", "true", ids, identifier, given, family, grade, agents, "081", f"{name}@x"]
        users.append(row + (["d1,s1", role] if own else []))
    files: Files = {
        "manifest": manifest(version, mode),
        "users": users,
        "orgs": [["sourcedId", "status", "name", "type", "identifier", "parentSourcedId"],
                 ["s1", "", "โรงเรียนบ้านสมมุติ", "school", "52030001", "d1"],
                 ["d1", "", "เขตพื้นที่", "district", "5203", ""]],
        "academicSessions": [["sourcedId", "title", "type", "startDate", "endDate", "schoolYear", "parentSourcedId"],
                             ["t1", "Term one", "term", "2024-05-16", "2024-10-11", "2025", ""]],
        "classes": [["sourcedId", "title", "classType", "schoolSourcedId", "termSourcedIds", "grades",
                     "courseSourcedId"],
                    ["c1", "ป.4/1", "homeroom", "s1", "t1", "04", "k1"],
                    ["c2", "คณิตศาสตร์", "scheduled", "s1", "t1", "04", "k2"]],
        "enrollments": [["sourcedId", "status", "classSourcedId", "schoolSourcedId", "userSourcedId", "role"],
                        ["e1", "", "c1", "s1", "u1", "student"], ["e2", "", "c2", "s1", "u1", "student"],
                        ["e3", "", "c1", "s1", "u5", "teacher"]],
        "demographics": [["sourcedId", "status", "birthDate", "sex"], ["u1", "", "2014-02-13", "male"]],
        "courses": [["sourcedId", "title"]],
    }  # fmt: skip
    if not own:
        files["roles"] = [["sourcedId", "status", "userSourcedId", "roleType", "role", "orgSourcedId"]]
        files["roles"] += [[f"r{p[0]}", active, p[0], "primary", p[1], "s1"] for p in people]
    return files


def package_of(folder: Path, files: Files) -> Package:
    return opened(folder, zipped({f"{name}.csv": csv_text(rows) for name, rows in files.items()}))


def people(package: Package) -> dict[str, dict[str, str]]:
    rows = [dict(zip(HEADER, cells, strict=True), row=str(row)) for row, cells in records(package.tables[0])]
    return {row["source_id"]: row for row in rows}


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_a_pupil_is_joined_from_all_files(tmp_path: Path, version: str) -> None:
    package = package_of(tmp_path, a_roster(version))
    assert (package.format, package.version, package.mode, package.warnings) == ("oneroster", version, "bulk", ())
    found = people(package)
    assert set(found) == {"u1", "u2"}
    assert {k: v for k, v in found["u1"].items() if v} == {
        "row": "2", "source_id": "u1", "citizen_id": a_citizen_id(1), "student_code": "S-77", "given_name": "สมมุติ",
        "family_name": "ตัวอย่าง", "birth_date": "2014-02-13", "sex": "male", "phone": "081", "organisation": "52030001",
        "organisation_name": "โรงเรียนบ้านสมมุติ", "grade": "P4", "room": "ป.4/1", "term": "2567/1",
        "guardian_citizen_id": a_citizen_id(3), "guardian_name": "มารดา ตัวอย่าง", "guardian_relation": "parent",
        "guardian_phone": "081",
        "guardian_2_name": "ลุง ตัวอย่าง", "guardian_2_relation": "relative", "guardian_2_phone": "081",
        "seats": '[["c1", "", "", ""], ["c2", "", "", ""]]',
    }  # fmt: skip
    assert (found["u2"]["citizen_id"], found["u2"]["grade"], found["u2"]["term"]) == (a_citizen_id(2), "M2", "2567/1")
    assert recognise("enrolment", package.tables[0].header).complete


def test_an_identifier_in_sourced_id_is_not_taken(tmp_path: Path) -> None:
    files = a_roster()
    files["users"][2][0], files["users"][2][5] = a_citizen_id(9), ""
    assert people(package_of(tmp_path, files))[a_citizen_id(9)]["citizen_id"] == ""


@pytest.mark.parametrize("version", ["1.1", "1.2"])
@pytest.mark.parametrize("gone", ["tobedeleted", "inactive"])
def test_a_delta_flags_those_who_left(tmp_path: Path, version: str, gone: str) -> None:
    files = a_roster(version, mode="delta", active="active")
    files["users"][2][1] = gone
    package = package_of(tmp_path, files)
    assert package.mode == "delta"
    assert {name: row["removed"] for name, row in people(package).items()} == {"u1": "", "u2": "true"}


def test_a_delta_of_users_alone_tells_who_was_deleted_and_whose_role_is_unknown(tmp_path: Path) -> None:
    files = a_roster("1.2", mode="delta", active="active")
    files["users"][1][1] = "tobedeleted"
    package = package_of(tmp_path, {name: files[name] for name in ("manifest", "users")})
    assert {name: row["removed"] for name, row in people(package).items()} == {"u1": "true"}
    assert {"file": "roles.csv", "found": 2} in [w.place for w in package.warnings if w.code == "reference_dangling"]


def test_broken_lines_of_any_file_are_said(tmp_path: Path) -> None:
    files = a_roster()
    files["enrollments"].append(["e9", "", "c1"])
    files["users"].append(["u9"])
    package = package_of(tmp_path, files)
    assert [(w.code, w.place) for w in package.warnings] == [
        ("lines_unreadable", {"file": "enrollments.csv", "found": 1})
    ]
    assert [bad.fault for batch in batches(package.tables[0]) for bad in batch.bad] == ["columns_mismatch"]


def test_leaving_the_homeroom_is_leaving_and_dropping_a_subject_is_not(tmp_path: Path) -> None:
    files = a_roster(mode="delta", active="active")
    files["enrollments"][2][1] = "tobedeleted"
    assert people(package_of(tmp_path, files))["u1"]["removed"] == ""
    files["enrollments"][1][1] = "tobedeleted"
    assert people(package_of(tmp_path, files))["u1"]["removed"] == "true"


def test_dangling_references_are_said_and_the_pupil_kept(tmp_path: Path) -> None:
    files = a_roster()
    del files["orgs"][1], files["academicSessions"][1], files["users"][4]
    files["enrollments"].append(["e4", "", "c9", "s1", "u9", "student"])
    package = package_of(tmp_path, files)
    said = {(w.code, w.place.get("file")) for w in package.warnings}
    assert said == {
        ("reference_dangling", f) for f in ("orgs.csv", "academicSessions.csv", "classes.csv", "users.csv (agents)")
    }
    assert people(package)["u1"]["organisation"] == "s1"
    assert [(bad.row, bad.fault) for batch in batches(package.tables[0]) for bad in batch.bad] == [(5, "user_missing")]


def test_a_bulk_with_statuses_and_an_absent_file_are_said(tmp_path: Path) -> None:
    files = a_roster(active="active")
    del files["demographics"]
    codes = {w.code for w in package_of(tmp_path, files).warnings}
    assert codes == {"bulk_with_status", "file_absent"}


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda f: f.pop("users"), "roster_incomplete"),
        (lambda f: f["users"][0].__setitem__(6, "x"), "roster_incomplete"),
        (lambda f: f["manifest"].append(["oneroster.version", "1.1"]), "manifest_malformed"),
        (lambda f: f["manifest"][2].__setitem__(1, "3.0"), "manifest_malformed"),
        (lambda f: f["manifest"].append(["alone"]), "manifest_malformed"),
    ],
)
def test_a_package_without_its_backbone_is_refused(tmp_path: Path, spoil: object, code: str) -> None:
    files = a_roster()
    assert callable(spoil)
    spoil(files)
    with pytest.raises(FileFault) as refused:
        package_of(tmp_path, files)
    assert refused.value.code == code


def test_an_sds_package_is_joined_with_its_relationships(tmp_path: Path) -> None:
    package = package_of(tmp_path, {
        "orgs": [["sourcedId", "name", "type"], ["52030001", "โรงเรียนบ้านสมมุติ", "school"]],
        "users": [["sourcedId", "username", "givenName", "familyName", "phone"],
                  ["1", a_citizen_id(1), "สมมุติ", "ตัวอย่าง", ""],
                  ["2", "m@x", "มารดา", "ตัวอย่าง", "081"]],
        "roles": [["userSourcedId", "orgSourcedId", "role", "sessionSourcedId", "grade"],
                  ["1", "52030001", "student", "y", "10"]],
        "academicSessions": [["sourcedId", "title", "type", "schoolYear", "startDate"],
                             ["y", "Fall", "semester", "2024", "11/13/2024"]],
        "classes": [["sourcedId", "orgSourcedId", "title", "sessionSourcedIds"], ["c", "52030001", "ฟิสิกส์", "y"]],
        "enrollments": [["classSourcedId", "userSourcedId", "role"], ["c", "1", "student"]],
        "demographics": [["userSourcedId", "sex", "birthDate"], ["1", "female", "2/13/2008"]],
        "relationships": [["userSourcedId", "relationshipUserSourcedId", "relationshipRole"], ["1", "2", "guardian"]],
    })  # fmt: skip
    assert (package.format, package.version, package.mode) == ("sds", "2.1", None)
    row = people(package)["1"]
    assert (row["citizen_id"], row["birth_date"], row["organisation"]) == (a_citizen_id(1), "2008-02-13", "52030001")
    assert (row["grade"], row["term"], row["guardian_name"]) == ("M4", "2567/2", "มารดา ตัวอย่าง")


@pytest.mark.parametrize(
    ("session", "term"),
    [
        ({"title": "ภาคเรียนที่ 2 ปีการศึกษา 2567", "type": "term", "startdate": "2024-11-01"}, "2567/2"),
        ({"title": "1/2567", "type": "term"}, "2567/1"),
        ({"title": "T", "type": "term", "startdate": "2024-05-16", "schoolyear": "2025"}, "2567/1"),
        ({"title": "T", "type": "semester", "startdate": "2024-11-01", "schoolyear": "2025"}, "2567/2"),
        ({"title": "T", "type": "semester", "startdate": "2025-01-06", "schoolyear": "2025"}, "2567/2"),
        ({"title": "T", "type": "schoolYear", "startdate": "2024-05-16"}, "2567"),
        ({"title": "T", "type": "schoolYear", "schoolyear": "2025"}, "2567"),
        ({"title": "T", "type": "schoolYear", "schoolyear": "2567"}, "2567"),
        ({"title": "T", "type": "term", "startdate": "2567-05-16"}, "2567/1"),
        ({"title": "", "type": "term"}, ""),
    ],
)
def test_a_session_is_a_thai_term(session: dict[str, str], term: str) -> None:
    assert term_of(session) == term


@pytest.mark.parametrize(
    ("code", "grade"),
    [("01", "P1"), ("6", "P6"), ("07", "M1"), ("12", "M6"), ("13", "13"), ("PR", "K0"), ("KG", "KG"), ("ป.1", "ป.1")],
)
def test_a_ceds_grade_is_a_thai_grade(code: str, grade: str) -> None:
    assert grade_of(code) == grade


def test_a_grade_that_leaves_as_a_ceds_code_comes_back_as_itself() -> None:
    assert CEDS["K0"] == "PR"
    assert {grade: grade_of(code) for grade, code in CEDS.items()} == {grade: grade for grade in CEDS}


def test_a_province_of_pupils_takes_seconds(tmp_path: Path) -> None:
    files = a_roster("1.2")
    users, seats, births, roles = files["users"], files["enrollments"], files["demographics"], files["roles"]
    for n in range(110_000):
        users.append(
            [f"p{n}", "", "", "true", f"{{TH-PIN:{a_citizen_id(n)}}}", "", "สมมุติ", "ตัวอย่าง", "04", "u3", "", f"p{n}"]
        )
        roles.append([f"rp{n}", "", f"p{n}", "primary", "student", "s1"])
        births.append([f"p{n}", "", "2014-02-13", "male"])
        seats += [[f"h{n}", "", "c1", "s1", f"p{n}", "student"], [f"k{n}", "", "c2", "s1", f"p{n}", "student"]]
    packed = zipped({f"{name}.csv": csv_text(rows) for name, rows in files.items()})
    started = time.process_time()
    table = opened(tmp_path, packed).tables[0]
    rooms = Counter(cells[HEADER.index("room")] for _, cells in records(table))
    assert rooms == {"ป.4/1": 110_001, "": 1}
    assert time.process_time() - started < 30
