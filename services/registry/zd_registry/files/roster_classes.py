"""What a roster says of courses, classes and teachers, and in which classes each pupil is. Frames in, values out."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import polars as pl

from zd_registry.files.roster_people import GONE, Frames, first, items
from zd_registry.files.roster_values import grade_of

Teaching = dict[str, list[dict[str, Any]]]
"""`courses`, `classes`, `teachers`, `assigned` (teachers to classes) and `seats` (places of pupils whom the package
does not name), by the ids of the package, the `orgs` that it calls otherwise than by their code, and the `schools` that
its enrollments name. `organisation` is its code; `removed` what is to be deleted. Days as they are written."""
HOMEROOM: Final = "homeroom-"
"""A course of this name stands in our own packages for the homerooms of a school, which have none."""


def seats_of(frames: Frames) -> pl.DataFrame:
    """`user, school, seats`: of each pupil at a school the classes as JSON. One that the package does not tell of may
    be known from an earlier one."""
    classes = frames["classes"].unique("sourcedid", keep="last").select(
        class_id="sourcedid", class_school=first("schoolsourcedid", "orgsourcedid"))  # fmt: skip
    seats = frames["enrollments"].filter(pl.col("role").str.to_lowercase() == "student")
    told = seats.join(classes, left_on="classsourcedid", right_on="class_id", how="left").select(
        user="usersourcedid",
        school=pl.coalesce(pl.when(pl.col("schoolsourcedid") != "").then("schoolsourcedid"), "class_school"),
        seat=pl.concat_list(
            "classsourcedid", "begindate", "enddate",
            pl.when(pl.col("status").str.to_lowercase().is_in(GONE)).then(pl.lit("true")).otherwise(pl.lit("")),
        ),
    )  # fmt: skip
    found = told.group_by("user", "school", maintain_order=True).agg("seat")
    return found.select(
        "user", "school",
        seats=pl.Series([json.dumps(sorted(seat.to_list())) for seat in found["seat"]], dtype=pl.String),
    )  # fmt: skip


def teaching_of(
    frames: Frames, users: pl.DataFrame, terms: pl.DataFrame, schools: pl.DataFrame, lost: pl.DataFrame
) -> Teaching:
    """`lost`: rows of enrollments of pupils whom the package does not name."""
    codes = dict(schools.select("school", "organisation").iter_rows())
    labels = dict(terms.iter_rows())
    classes = _told_apart([_class(row, codes, labels) for row in _rows(frames["classes"])])
    assigned = [row for row in _rows(frames["enrollments"]) if row["role"].lower() == "teacher"]
    return {
        "courses": [
            _course(row, codes) for row in _rows(frames["courses"]) if not row["sourcedid"].startswith(HOMEROOM)
        ],
        "classes": classes,
        "teachers": _teachers(frames, users, codes),
        "assigned": [_assigned(row) for row in assigned],
        "seats": [_seat(row, codes) for row in lost.iter_rows(named=True)],
        "orgs": [{"id": school, "organisation": code} for school, code in codes.items() if school != code],
        "schools": [
            {"organisation": codes.get(school, school)}
            for school in frames["enrollments"]["schoolsourcedid"].unique(maintain_order=True)
            if school
        ],
    }


def _told_apart(classes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Where the sender gives several classes of a school and term one code, their ids are their codes."""
    given = Counter((each["organisation"], *each["terms"], each["code"]) for each in classes)
    return [
        each | {"code": each["id"]} if given[each["organisation"], *each["terms"], each["code"]] > 1 else each
        for each in classes
    ]


def _rows(frame: pl.DataFrame) -> list[dict[str, str]]:
    """Of two rows under one id the last."""
    found = frame.unique("sourcedid", keep="last", maintain_order=True) if "sourcedid" in frame.columns else frame
    return list(found.iter_rows(named=True))


def _course(row: Mapping[str, str], codes: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": row["sourcedid"], "organisation": codes.get(row["orgsourcedid"], row["orgsourcedid"]),
        "code": row["coursecode"] or row["sourcedid"], "title": row["title"] or row["coursecode"],
        "grades": [grade_of(grade) for grade in _listed(row["grades"])], "subjects": _listed(row["subjects"]),
        "removed": _gone(row),
    }  # fmt: skip


def _class(row: Mapping[str, str], codes: Mapping[str, str], terms: Mapping[str, str]) -> dict[str, Any]:
    school = row["schoolsourcedid"] or row["orgsourcedid"]
    grades, sessions = _listed(row["grades"]), _listed(row["termsourcedids"] or row["sessionsourcedids"])
    course = row["coursesourcedid"]
    return {
        "id": row["sourcedid"], "organisation": codes.get(school, school),
        "terms": [term for name in sessions if (term := terms.get(name))],
        "code": row["classcode"] or row["sourcedid"], "title": row["title"] or row["classcode"],
        "kind": "homeroom" if row["classtype"].lower() == "homeroom" else "scheduled",
        "grade": grade_of(grades[0]) if len(grades) == 1 else None,
        "course": None if not course or course.startswith(HOMEROOM) else course, "location": row["location"] or None,
        "removed": _gone(row),
    }  # fmt: skip


def _teachers(frames: Frames, users: pl.DataFrame, codes: Mapping[str, str]) -> list[dict[str, Any]]:
    """One for each school where they teach; whom classes alone call a teacher teaches at the schools of these."""
    told = frames["roles"].filter(pl.col("role").str.to_lowercase() == "teacher").select(
        user="usersourcedid", school="orgsourcedid")  # fmt: skip
    own = users.filter(pl.col("role").str.to_lowercase() == "teacher").select(
        user="sourcedid", school=items("orgsourcedids")
    ).explode("school")  # fmt: skip
    taught = frames["enrollments"].filter(pl.col("role").str.to_lowercase() == "teacher").select(
        user="usersourcedid", school="schoolsourcedid")  # fmt: skip
    places = pl.concat([told, own, taught]).filter(pl.col("school").fill_null("") != "").unique(maintain_order=True)
    found = users.join(places, left_on="sourcedid", right_on="user", maintain_order="right")
    return [
        {
            "id": row["sourcedid"], "organisation": codes.get(row["school"], row["school"]),
            "code": row["identifier"] or row["usernumber"] or row["sourcedid"], "given_name": row["givenname"],
            "family_name": row["familyname"], "email": row["email"] or None, "removed": _gone(row),
        }
        for row in found.iter_rows(named=True)
    ]  # fmt: skip


def _assigned(row: Mapping[str, str]) -> dict[str, Any]:
    return {
        "class": row["classsourcedid"], "teacher": row["usersourcedid"], "main": row["primary"].lower() == "true",
        "begin": row["begindate"], "end": row["enddate"], "removed": _gone(row),
    }  # fmt: skip


def _seat(row: Mapping[str, str], codes: Mapping[str, str]) -> dict[str, Any]:
    return {
        "user": row["usersourcedid"], "organisation": codes.get(row["schoolsourcedid"], row["schoolsourcedid"]),
        "class": row["classsourcedid"], "begin": row["begindate"], "end": row["enddate"], "removed": _gone(row),
    }  # fmt: skip


def _gone(row: Mapping[str, str]) -> bool:
    return row["status"].lower() in GONE


def _listed(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(",") if part.strip()]
