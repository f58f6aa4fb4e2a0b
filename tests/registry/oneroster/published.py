"""OneRoster 1.2 rostering as 1EdTech publishes it, independent of the service's own models.

Attributes and vocabularies of the information model and the REST binding (final release, September 2022), and one
entity of each kind with the attributes that its published examples show; ids and names are made up.
"""

import re
from collections.abc import Mapping
from typing import Any

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_URL = re.compile(r"https?://\S+")
Kind = str | frozenset[str] | tuple[str, str] | list[Any]
"""`text`, `date`, `time`, a vocabulary, `("ref", type)`, or a list of one of these (or of an entity's name)."""

YES_NO = frozenset({"true", "false"})
ROLES = frozenset({
    "aide", "counselor", "districtAdministrator", "guardian", "parent", "principal", "proctor", "relative",
    "siteAdministrator", "student", "systemAdministrator", "teacher",
})  # fmt: skip
_BASE: dict[str, Kind] = {
    "sourcedId": "text",
    "status": frozenset({"active", "tobedeleted"}),
    "dateLastModified": "time",
}
REQUIRED: dict[str, dict[str, Kind]] = {
    "academicSession": _BASE | {
        "title": "text", "startDate": "date", "endDate": "date",
        "type": frozenset({"gradingPeriod", "semester", "schoolYear", "term"}), "schoolYear": "text",
    },
    "org": _BASE | {
        "name": "text", "type": frozenset({"department", "school", "district", "local", "state", "national"}),
        "identifier": "text",
    },
    "course": _BASE | {"title": "text", "courseCode": "text"},
    "class": _BASE | {
        "title": "text", "course": ("ref", "course"), "school": ("ref", "org"), "terms": [("ref", "academicSession")],
    },
    "user": _BASE | {"enabledUser": YES_NO, "givenName": "text", "familyName": "text", "roles": ["role"]},
    "role": {"roleType": frozenset({"primary", "secondary"}), "role": ROLES, "org": ("ref", "org")},
    "userId": {"type": "text", "identifier": "text"},
    "enrollment": _BASE | {
        "user": ("ref", "user"), "class": ("ref", "class"), "school": ("ref", "org"),
        "role": frozenset({"administrator", "proctor", "student", "teacher"}),
    },
    "demographics": _BASE,
}  # fmt: skip
OPTIONAL: dict[str, dict[str, Kind]] = {
    "academicSession": {"parent": ("ref", "academicSession"), "children": [("ref", "academicSession")]},
    "org": {"parent": ("ref", "org"), "children": [("ref", "org")]},
    "course": {
        "schoolYear": ("ref", "academicSession"), "grades": ["text"], "subjects": ["text"], "org": ("ref", "org"),
        "subjectCodes": ["text"],
    },
    "class": {
        "classCode": "text", "classType": frozenset({"homeroom", "scheduled"}), "location": "text", "grades": ["text"],
        "subjects": ["text"], "subjectCodes": ["text"], "periods": ["text"],
    },
    "user": {
        "userMasterIdentifier": "text", "username": "text", "userIds": ["userId"], "middleName": "text",
        "preferredFirstName": "text", "preferredMiddleName": "text", "preferredLastName": "text", "pronouns": "text",
        "primaryOrg": ("ref", "org"), "identifier": "text", "email": "text", "sms": "text", "phone": "text",
        "agents": [("ref", "user")], "grades": ["text"],
    },
    "role": {"userProfile": "text", "beginDate": "date", "endDate": "date"},
    "userId": {},
    "enrollment": {"primary": YES_NO, "beginDate": "date", "endDate": "date"},
    "demographics": {
        "birthDate": "date", "sex": frozenset({"male", "female", "unspecified", "other"}), "countryOfBirthCode": "text",
        "stateOfBirthAbbreviation": "text", "cityOfBirth": "text",
    },
}  # fmt: skip


def ref(kind: str, sourced_id: str) -> dict[str, str]:
    return {"href": f"https://sis.example/{kind}/{sourced_id}", "sourcedId": sourced_id, "type": kind}


def entity(sourced_id: str, **attributes: Any) -> dict[str, Any]:
    return {"sourcedId": sourced_id, "status": "active", "dateLastModified": "2012-04-23T18:25:43.511Z"} | attributes


EXAMPLES: dict[str, dict[str, Any]] = {
    "academicSession": entity(
        "term-1", title="Term 1", startDate="2024-05-16", endDate="2024-10-11", type="term", schoolYear="2025",
        parent=ref("academicSession", "year-1"),
    ),
    "org": entity("school-1", name="School One", type="school", identifier="S1", parent=ref("org", "district-1")),
    "course": entity(
        "course-1", title="Basic Chemistry", courseCode="CHEM101", grades=["09"], subjects=["chemistry"],
        org=ref("org", "school-1"),
    ),
    "class": entity(
        "class-1", title="Basic Chemistry", classCode="Chem101", classType="scheduled", location="room 19",
        grades=["09"], subjects=["chemistry"], course=ref("course", "course-1"), school=ref("org", "school-1"),
        terms=[ref("academicSession", "term-1")],
    ),
    "user": entity(
        "user-1", enabledUser="true", givenName="Example", familyName="Learner", preferredFirstName="Ex",
        userIds=[{"type": "LDAP", "identifier": "u1"}], identifier="u-1", email="learner@school.example", grades=["09"],
        roles=[{"roleType": "primary", "role": "student", "org": ref("org", "school-1"), "endDate": "2024-10-11"}],
    ),
    "enrollment": entity(
        "enrollment-1", user=ref("user", "user-1"), school=ref("org", "school-1"), role="student", primary="false",
        beginDate="2024-05-16", endDate="2024-10-11", **{"class": ref("class", "class-1")},
    ),
    "demographics": entity("user-1", birthDate="2009-01-02", sex="female"),
}  # fmt: skip
OPERATIONS = {
    "getAllAcademicSessions": "/academicSessions",
    "getAcademicSession": "/academicSessions/{sourcedId}",
    "getAllClasses": "/classes",
    "getClass": "/classes/{sourcedId}",
    "getStudentsForClass": "/classes/{classSourcedId}/students",
    "getTeachersForClass": "/classes/{classSourcedId}/teachers",
    "getAllCourses": "/courses",
    "getCourse": "/courses/{sourcedId}",
    "getClassesForCourse": "/courses/{courseSourcedId}/classes",
    "getAllDemographics": "/demographics",
    "getDemographics": "/demographics/{sourcedId}",
    "getAllEnrollments": "/enrollments",
    "getEnrollment": "/enrollments/{sourcedId}",
    "getAllGradingPeriods": "/gradingPeriods",
    "getGradingPeriod": "/gradingPeriods/{sourcedId}",
    "getAllOrgs": "/orgs",
    "getOrg": "/orgs/{sourcedId}",
    "getAllSchools": "/schools",
    "getSchool": "/schools/{sourcedId}",
    "getClassesForSchool": "/schools/{schoolSourcedId}/classes",
    "getEnrollmentsForClassInSchool": "/schools/{schoolSourcedId}/classes/{classSourcedId}/enrollments",
    "getStudentsForClassInSchool": "/schools/{schoolSourcedId}/classes/{classSourcedId}/students",
    "getTeachersForClassInSchool": "/schools/{schoolSourcedId}/classes/{classSourcedId}/teachers",
    "getCoursesForSchool": "/schools/{schoolSourcedId}/courses",
    "getEnrollmentsForSchool": "/schools/{schoolSourcedId}/enrollments",
    "getStudentsForSchool": "/schools/{schoolSourcedId}/students",
    "getTeachersForSchool": "/schools/{schoolSourcedId}/teachers",
    "getTermsForSchool": "/schools/{schoolSourcedId}/terms",
    "getAllStudents": "/students",
    "getStudent": "/students/{sourcedId}",
    "getClassesForStudent": "/students/{studentSourcedId}/classes",
    "getAllTeachers": "/teachers",
    "getTeacher": "/teachers/{sourcedId}",
    "getClassesForTeacher": "/teachers/{teacherSourcedId}/classes",
    "getAllTerms": "/terms",
    "getTerm": "/terms/{sourcedId}",
    "getClassesForTerm": "/terms/{termSourcedId}/classes",
    "getGradingPeriodsForTerm": "/terms/{termSourcedId}/gradingPeriods",
    "getAllUsers": "/users",
    "getUser": "/users/{sourcedId}",
    "getClassesForUser": "/users/{userSourcedId}/classes",
}
OPERATORS = ("=", "!=", ">", ">=", "<", "<=", "~")
STATUS_INFO = {
    "imsx_codeMajor": "failure", "imsx_severity": "error", "imsx_description": "The object is unknown.",
    "imsx_CodeMinor": {"imsx_codeMinorField": [
        {"imsx_codeMinorFieldName": "TargetEndSystem", "imsx_codeMinorFieldValue": "unknownobject"}]},
}  # fmt: skip


def faults(kind: str, told: Mapping[str, Any]) -> list[str]:
    """What of an entity is not as published."""
    known = REQUIRED[kind] | OPTIONAL[kind]
    found = [f"{kind}.{name} is missing" for name in REQUIRED[kind] if name not in told]
    for name, value in told.items():
        found += _wrong(f"{kind}.{name}", known[name], value) if name in known else [f"{kind}.{name} is not known"]
    return found


def _wrong(where: str, kind: Kind, value: Any) -> list[str]:
    if isinstance(kind, list):
        if not isinstance(value, list) or not value:
            return [f"{where} is no list"]
        return [fault for each in value for fault in _wrong(where, kind[0], each)]
    if isinstance(kind, tuple):
        right = isinstance(value, dict) and value.keys() == {"href", "sourcedId", "type"}
        return [] if right and value["type"] == kind[1] and _URL.fullmatch(value["href"]) else [f"{where}: {value}"]
    if isinstance(kind, str) and kind in REQUIRED:
        return faults(kind, value)
    if not isinstance(value, str):
        return [f"{where} is no text"]
    if isinstance(kind, frozenset):
        return [] if value in kind else [f"{where}: {value}"]
    pattern = {"date": _DATE, "time": _TIME}.get(kind)
    return [] if pattern is None or pattern.fullmatch(value) else [f"{where}: {value}"]
