"""What a OneRoster CSV package holds: files, their headers in the order of the standard, and rows of them. Pure.

Sources: 1EdTech OneRoster 1.1 CSV tables; OneRoster 1.2 CSV binding.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from zd_registry.oneroster.rules import CEDS

Rows = dict[str, list[dict[str, str]]]
"""By file, the cells by header; those that are left out are blank."""
_STATE: Final = ("sourcedId", "status", "dateLastModified")
_PERSON: Final = (
    "userIds", "givenName", "familyName", "middleName", "identifier", "email", "sms", "phone", "agentSourcedIds",
    "grades", "password",
)  # fmt: skip
_SHARED: Final = {
    "academicSessions": (*_STATE, "title", "type", "startDate", "endDate", "parentSourcedId", "schoolYear"),
    "orgs": (*_STATE, "name", "type", "identifier", "parentSourcedId"),
    "courses": (
        *_STATE, "schoolYearSourcedId", "title", "courseCode", "grades", "orgSourcedId", "subjects", "subjectCodes",
    ),
    "classes": (
        *_STATE, "title", "grades", "courseSourcedId", "classCode", "classType", "location", "schoolSourcedId",
        "termSourcedIds", "subjects", "subjectCodes", "periods",
    ),
    "enrollments": (
        *_STATE, "classSourcedId", "schoolSourcedId", "userSourcedId", "role", "primary", "beginDate", "endDate",
    ),
    "demographics": (
        *_STATE, "birthDate", "sex", "americanIndianOrAlaskaNative", "asian", "blackOrAfricanAmerican",
        "nativeHawaiianOrOtherPacificIslander", "white", "demographicRaceTwoOrMoreRaces", "hispanicOrLatinoEthnicity",
        "countryOfBirthCode", "stateOfBirthAbbreviation", "cityOfBirth", "publicSchoolResidenceStatus",
    ),
}  # fmt: skip
HEADERS: Final = {
    "1.1": _SHARED | {"users": (*_STATE, "enabledUser", "orgSourcedIds", "role", "username", *_PERSON)},
    "1.2": _SHARED
    | {
        "users": (
            *_STATE, "enabledUser", "username", *_PERSON, "userMasterIdentifier", "preferredGivenName",
            "preferredMiddleName", "preferredFamilyName", "primaryOrgSourcedId", "pronouns",
        ),
        "roles": (
            *_STATE, "userSourcedId", "roleType", "role", "beginDate", "endDate", "orgSourcedId",
            "userProfileSourcedId",
        ),
    },
}  # fmt: skip
_ABSENT: Final = {
    "1.1": ("categories", "classResources", "courseResources", "lineItems", "resources", "results"),
    "1.2": (
        "categories", "classResources", "courseResources", "lineItemLearningObjectiveIds", "lineItems",
        "lineItemScoreScales", "resources", "resultLearningObjectiveIds", "results", "resultScoreScales",
        "scoreScales", "userProfiles", "userResources",
    ),
}  # fmt: skip


DELTA: Final = "dateLastModified"
"""The column that only a package of changes fills."""


def manifest(version: str, system: str, *, delta: bool) -> list[tuple[str, str]]:
    """Properties and values of a package of everything, or of what changed."""
    files = dict.fromkeys(HEADERS[version], "delta" if delta else "bulk") | dict.fromkeys(_ABSENT[version], "absent")
    return [
        ("propertyName", "value"),
        ("manifest.version", "1.0"),
        ("oneroster.version", version),
        *((f"file.{name}", files[name]) for name in sorted(files)),
        ("source.systemName", system),
        ("source.systemCode", ""),
    ]


def state(row: Mapping[str, Any], *, delta: bool) -> dict[str, str]:
    """The cells by which a package of changes says what became of a row; one of everything says neither."""
    if not delta:
        return {}
    at = row["modified"].astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"status": "tobedeleted" if row["removed"] else "active", "dateLastModified": at}


def gone(kind: str, sourced_id: str) -> Rows:
    """Somebody erased or merged, or the place in a class of either: the id is all that is known."""
    if kind == "enrollment":
        return {"enrollments": [{"sourcedId": sourced_id}]}
    return {"users": [{"sourcedId": sourced_id}], "demographics": [{"sourcedId": sourced_id}]}


def sessions(rows: Iterable[Mapping[str, str | None]], term: str, *, delta: bool) -> Rows:
    """The term, by every calendar that says it, and its school year, of the rows of `rules.session_rows`."""
    wanted = {term, term.partition("/")[0]}
    return {
        "academicSessions": [
            {
                "sourcedId": row["id"] or "", "title": row["title"] or "", "type": row["type"] or "",
                "startDate": row["start_date"] or "", "endDate": row["end_date"] or "",
                "parentSourcedId": row["parent"] or "", "schoolYear": row["year"] or "",
                **state({"modified": datetime.fromisoformat(row["told"] or ""), "removed": False}, delta=delta),
            }
            for row in rows if row["label"] in wanted and row["type"] != "gradingPeriod"
        ]
    }  # fmt: skip


def pupil(row: Mapping[str, Any], identifiers: Sequence[tuple[str, str]], version: str) -> Rows:
    """A child in the lists of the term: `organisations`, `grades` and who has `left` side by side."""
    sourced_id = str(row["id"])
    user = {
        "givenName": row["given_name"], "familyName": row["family_name"],
        "userIds": ",".join(f"{{{kind}:{value}}}" for kind, value in identifiers),
        "grades": ",".join(dict.fromkeys(CEDS.get(grade, grade) for grade in row["grades"])),
    }  # fmt: skip
    born = row["birth_date"] if row["birth_precision"] == "day" else None
    birth = {
        "sourcedId": sourced_id, "birthDate": "" if born is None else born.isoformat(),
        "sex": {"unknown": "" if version == "1.1" else "unspecified"}.get(row["sex"], row["sex"]),
    }  # fmt: skip
    made = user_rows(sourced_id, "student", row["organisations"], user, version)
    left = dict(zip(row["organisations"], row["left"], strict=True))
    if all(left.values()):
        made["users"][0] |= {"enabledUser": "false"} | ({"status": "tobedeleted"} if version == "1.1" else {})
    for role in made.get("roles", ()):
        role.update({"status": "tobedeleted"} if left[role["orgSourcedId"]] else {})
    return made | {"demographics": [birth]}


def user_rows(sourced_id: str, role: str, organisations: Sequence[str], cells: Mapping[str, str], version: str) -> Rows:
    user = {"sourcedId": sourced_id, "enabledUser": "true", "username": sourced_id, **cells}
    if version == "1.1":
        return {"users": [user | {"orgSourcedIds": ",".join(organisations), "role": role}]}
    roles = [
        {
            "sourcedId": f"{sourced_id}-{organisation}", "userSourcedId": sourced_id, "roleType": "primary",
            "role": role, "orgSourcedId": organisation,
        }
        for organisation in organisations
    ]  # fmt: skip
    return {"users": [user | {"primaryOrgSourcedId": organisations[0]}], "roles": roles}


def class_row(row: Mapping[str, Any]) -> dict[str, str]:
    return {
        "sourcedId": str(row["id"]), "title": row["title"], "classCode": row["code"], "classType": row["kind"],
        "grades": CEDS.get(row["grade"], row["grade"] or ""), "location": row["location"] or "",
        "courseSourcedId": course_id(row["course_id"], row["organisation"]),
        "schoolSourcedId": row["organisation"], "termSourcedIds": row["session"],
    }  # fmt: skip


def course_id(course: object | None, organisation: str) -> str:
    """As the rostering service says it: what has no course is one of its school's homerooms."""
    return f"homeroom-{organisation}" if course is None else str(course)


def course_row(row: Mapping[str, Any]) -> dict[str, str]:
    return {
        "sourcedId": course_id(row["id"], row["organisation"]), "title": row["title"] or "โฮมรูม",
        "courseCode": row["code"] or "homeroom", "orgSourcedId": row["organisation"],
        "grades": ",".join(CEDS.get(grade, grade) for grade in row["grades"] or ()),
        "subjects": ",".join(row["subjects"] or ()),
    }  # fmt: skip


def enrollment_row(row: Mapping[str, Any]) -> dict[str, str]:
    """`end` is the first day without, as OneRoster means it."""
    return {
        "sourcedId": str(row["id"]), "classSourcedId": str(row["class_id"]), "schoolSourcedId": row["organisation"],
        "userSourcedId": str(row["user_id"]), "role": row["role"], "primary": row["primary"] or "",
        "beginDate": "" if row["begin"] is None else row["begin"].isoformat(),
        "endDate": "" if row["end"] is None else row["end"].isoformat(),
    }  # fmt: skip


def org_row(row: Mapping[str, Any]) -> dict[str, str]:
    return {
        "sourcedId": row["code"], "identifier": row["code"], "name": row["name"] or row["code"], "type": row["type"],
    }  # fmt: skip
