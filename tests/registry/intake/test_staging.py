"""What of a file lies in `import_row` once it is checked, whatever form it came in."""

import io
import json
from datetime import date
from typing import Any
from zipfile import ZipFile

import pytest

from tests.registry.builders import FAR_SCHOOL, KO_KHA_SCHOOL, TERM, a_citizen_id, a_file, a_pupil
from tests.registry.conftest import Everything, Registry
from zd_kernel.keyring import KeyRing
from zd_registry.children.rules import CITIZEN_ID, OTHER_ID
from zd_registry.intake.rules import Standing, standing
from zd_registry.intake.securing import DETAILS_PURPOSE


async def staged(registry: Registry, text: str, kind: str = "population", **params: Any) -> list[dict[str, Any]]:
    """The rows of the file, checked and not taken in."""
    answer = await registry.office.upload(kind, text.encode(), commit=False, **params)
    assert answer.status_code == 202, answer.text
    await registry.work()
    found = (await registry.office.get(answer.headers["Location"])).json()
    assert found["phase"] == "checked", found
    rows = await registry.rows("SELECT * FROM import_row WHERE import_id = $1 ORDER BY row", found["id"])
    return [dict(row) for row in rows]


async def test_a_register_as_offices_print_it_is_read_with_its_titles_dates_and_names_of_places(
    registry: Registry,
) -> None:
    n = a_citizen_id(1)
    text = (
        "รายชื่อเด็กในเขตพื้นที่,,,,,\n"
        "เลขประจำตัวประชาชน,ชื่อ - สกุล,วันเดือนปีเกิด,ตำบล,อำเภอ,จังหวัด\n"
        f"{n[0]}-{n[1:5]}-{n[5:10]}-{n[10:12]}-{n[12]},ด.ญ.สมมุติ ตัวอย่าง,๑๓ ก.พ. ๒๕๕๖,ลำปางหลวง,เกาะคา,ลำปาง\n"
        "รวม,1,,,,\n"
    )
    (row,) = await staged(registry, text)
    said = ("row", "given_name", "family_name", "birth_date", "birth_precision", "sex", "area")
    assert [row[name] for name in said] == [3, "สมมุติ", "ตัวอย่าง", date(2013, 2, 13), "day", "female", 52030100]
    assert row["given_key"]
    assert row["family_lk82"]
    assert row["family_udom83"]
    keyring = KeyRing.from_settings(registry.settings)
    assert keyring.decrypt(CITIZEN_ID, row["citizen_id_encrypted"], str(row["child_id"])) == n
    assert row["citizen_id_index"] == keyring.blind(CITIZEN_ID, n)


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        ("1.10E+12", "citizen_id_spreadsheet"),
        ("", "citizen_id_missing"),
        ("1101700203451", "citizen_id_checksum"),
        ("123456789012", "citizen_id_short"),
    ],
)
async def test_an_id_that_is_none_is_reported_and_never_guessed(registry: Registry, cell: str, problem: str) -> None:
    text = f"citizen_id,given_name,family_name,birth_date,sex,area\n{cell},ก้อง,ทดสอบ,2556,ชาย,520301\n"
    (row,) = await staged(registry, text)
    assert (row["reason"], row["id_problem"], row["citizen_id_index"]) == (None, problem, None)
    assert (row["birth_date"], row["birth_precision"]) == (date(2013, 1, 1), "year")


async def test_a_g_code_stands_beside_the_citizen_id_and_is_bound_to_the_child(registry: Registry) -> None:
    text = "เลขประจำตัวประชาชน,ชื่อ,นามสกุล,วันเกิด,รหัสตำบล\nG123456789012,ก้อง,ทดสอบ,13/2/2556,520301\n"
    (row,) = await staged(registry, text)
    assert (row["other_id_kind"], row["citizen_id_index"]) == ("g_code", None)
    keyring = KeyRing.from_settings(registry.settings)
    assert keyring.decrypt(OTHER_ID, row["other_id_encrypted"], str(row["child_id"])) == "G123456789012"
    assert row["other_id_index"] == keyring.blind(OTHER_ID, "G123456789012")


async def test_what_optional_columns_say_travels_with_the_row_encrypted_as_one(registry: Registry) -> None:
    text = (
        "citizen_id,given_name,family_name,birth_date,area,ชื่อบิดา,รหัสประจำบ้าน,สัญชาติ\n"
        f"{a_citizen_id(1)},ก้อง,ทดสอบ,2556-02-13,520301,พ่อ ทดลอง,52030000001,ดาวอังคาร\n"
    )
    (row,) = await staged(registry, text)
    keyring = KeyRing.from_settings(registry.settings)
    sealed = json.loads(row["details"])["sealed"]
    said = json.loads(keyring.decrypt(DETAILS_PURPOSE, sealed, str(row["child_id"])))
    assert said == {"father_given_name": "พ่อ ทดลอง", "house_code": "52030000001"}
    assert (row["nationality"], row["warnings"]) == (None, "nationality_unknown")


async def test_a_refused_row_keeps_its_number_its_reason_and_the_keyed_hash_alone(registry: Registry) -> None:
    text = (
        f"citizen_id,given_name,family_name,birth_date,area,ชื่อบิดา\n{a_citizen_id(1)},ก้อง,ทดสอบ,2556-02-31,520301,พ่อ\n"
    )
    (row,) = await staged(registry, text)
    kept = {name for name, value in row.items() if value is not None}
    assert kept == {"import_id", "row", "reason", "cells", "citizen_id_index", "id_problem", "removed"}


async def test_a_row_that_names_neither_id_nor_birth_is_refused(registry: Registry) -> None:
    text = f"citizen_id,ชื่อ-สกุล,วันเกิด\n,ก้อง ทดสอบ,\n{a_citizen_id(1)},กาน ทดสอบ,\n,แก้ว ทดสอบ,2556\n"
    rows = await staged(registry, text, kind="social")
    assert [row["reason"] for row in rows] == ["identity_missing", None, None]


async def test_a_school_is_found_by_its_code_the_ministrys_or_its_name_alone(
    registry: Registry, everything: Everything
) -> None:
    made = (
        "INSERT INTO organisation (code, kind, name_th, area, position_from, position_to, next_position, version,"
        " changed_by, updated_at) VALUES ($1, 'school', $2, 52030100, $3, $3, $3 + 1, 1, 'test', now())"
    )
    for code, name, position in (
        ("52030011", "บ้านหนึ่ง", 5001),
        ("52030012", "บ้านซ้ำ", 5002),
        ("52030013", "บ้านซ้ำ", 5003),
    ):
        await everything.connection.execute(made, code, name, position)
    await everything.connection.execute(
        "INSERT INTO organisation_code (system, code, organisation) VALUES ('moe', '1052009', '52030012')"
    )
    text = "citizen_id,given_name,family_name,รหัสโรงเรียน,โรงเรียน,ชั้น\n" + "".join(
        f"{a_citizen_id(n)},ก้อง,ทดสอบ,{code},{name},ป.6/1\n"
        for n, (code, name) in enumerate(
            [(KO_KHA_SCHOOL, ""), ("52030011", ""), ("1052009", ""), ("", "บ้านหนึ่ง"), ("", "บ้านซ้ำ"), ("9", ""), ("", "")]
        )
    )
    rows = await staged(registry, text, kind="enrolment", term=TERM)
    assert [(row["organisation"], row["organisation_position"]) for row in rows[:4]] == [
        (KO_KHA_SCHOOL, 100), ("52030011", 5001), ("52030012", 5002), ("52030011", 5001),
    ]  # fmt: skip
    assert {row["grade"] for row in rows[:4]} == {"P6"}
    unknown, missing = "organisation_unknown", "organisation_missing"
    assert [row["reason"] for row in rows[4:]] == [unknown, unknown, missing]


async def test_rows_of_another_term_are_refused(registry: Registry) -> None:
    text = a_file("enrolment", [a_pupil(1), a_pupil(2)]).decode().splitlines()
    with_term = "\n".join(f"{line},{cell}" for line, cell in zip(text, ("ภาคเรียน", "1/2567", "2/2566"), strict=True))
    rows = await staged(registry, with_term, kind="enrolment", term=TERM)
    assert [row["reason"] for row in rows] == [None, "term_other"]


async def test_a_roster_package_lists_a_pupil_of_two_schools_twice(registry: Registry) -> None:
    files = {
        "manifest.csv": "propertyName,value\nmanifest.version,1.0\noneroster.version,1.1\nfile.orgs,bulk\n"
        "file.users,bulk\nfile.demographics,bulk\nfile.academicSessions,absent\nfile.classes,absent\n"
        "file.courses,absent\nfile.enrollments,absent\n",
        "orgs.csv": "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId\n"
        f"o1,,,หนึ่ง,school,{KO_KHA_SCHOOL},\no2,,,สอง,school,{FAR_SCHOOL},\n",
        "users.csv": "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,"
        "familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password\n"
        f'u1,,,true,"o1,o2",student,u1,{{citizenId:{a_citizen_id(1)}}},ก้อง,ทดสอบ,,,,,,,06,\n',
        "demographics.csv": "sourcedId,status,dateLastModified,birthDate,sex\nu1,,,2013-02-13,male\n",
    }
    package = io.BytesIO()
    with ZipFile(package, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    answer = await registry.office.upload("enrolment", package.getvalue(), TERM, commit=False)
    await registry.work()
    found = (await registry.office.get(answer.headers["Location"])).json()
    assert (found["phase"], found["format"], found["rows"]) == ("checked", "oneroster", 2)
    rows = await registry.rows("SELECT row, organisation, grade, given_name FROM import_row ORDER BY row")
    assert [tuple(row.values()) for row in rows] == [
        (2, FAR_SCHOOL, "P6", "ก้อง"), (3, KO_KHA_SCHOOL, "P6", "ก้อง"),
    ] or [row["organisation"] for row in rows] == [KO_KHA_SCHOOL, FAR_SCHOOL]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "cell", "means"),
    [
        ("population", "เสียชีวิต", Standing("deceased", removed=False)),
        ("population", "ย้ายไปต่างประเทศ", Standing("moved_abroad", removed=False)),
        ("population", "ย้ายออก", Standing("moved_away", removed=False)),
        ("population", "ปกติ", Standing(None, removed=False)),
        ("enrolment", "ลาออก", Standing(None, removed=True)),
        ("enrolment", "จำหน่าย", Standing(None, removed=True)),
        ("enrolment", "เสียชีวิต", Standing("deceased", removed=True)),
        ("enrolment", "กำลังศึกษา", Standing(None, removed=False)),
        ("enrolment", "", Standing(None, removed=False)),
    ],
)
def test_a_status_speaks_of_residence_in_a_register_and_of_the_list_elsewhere(
    kind: str, cell: str, means: Standing
) -> None:
    assert standing(kind, cell) == means
