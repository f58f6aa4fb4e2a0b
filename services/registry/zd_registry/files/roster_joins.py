"""The tables of a roster joined into one record per pupil, school and term. Frames of text in, frames of text out."""

from collections import Counter
from typing import Final, NamedTuple

import polars as pl

from zd_registry.files.roster_classes import Teaching, seats_of, teaching_of
from zd_registry.files.roster_people import GONE, Frames, births_of, first, guardians_of, items, people_of
from zd_registry.files.roster_values import grade_of, months_come_first, term_of

SEATS: Final = "seats"
"""The column of the classes that a pupil is in at the school: JSON, `[[class, first day, first day without,
whether it is to be deleted], …]`, as texts."""
SOURCE: Final = "source_id"
"""The column of the id by which the package tells of a pupil."""
HEADER: Final = (
    SOURCE, "citizen_id", "g_code", "passport", "student_code", "given_name", "middle_name", "family_name",
    "birth_date",
    "sex", "phone", "organisation", "organisation_name", "grade", "room", "term", "removed",
    "guardian_citizen_id", "guardian_name", "guardian_relation", "guardian_phone",
    "guardian_2_citizen_id", "guardian_2_name", "guardian_2_relation", "guardian_2_phone", SEATS,
)  # fmt: skip
_NO_SCHOOL: Final = ("district", "local", "state", "national", "department")

COLUMNS: Final = {
    "users": (
        "sourcedid", "status", "role", "orgsourcedids", "primaryorgsourcedid", "userids", "identifier",
        "usermasteridentifier", "usernumber",
        "username", "givenname", "middlename", "familyname", "phone", "sms", "agentsourcedids", "grades", "email",
    ),
    "roles": ("usersourcedid", "orgsourcedid", "role", "status", "sessionsourcedid", "grade"),
    "enrollments": (
        "classsourcedid", "schoolsourcedid", "usersourcedid", "role", "status", "primary", "begindate", "enddate",
    ),
    "classes": (
        "sourcedid", "title", "classcode", "classtype", "schoolsourcedid", "orgsourcedid", "termsourcedids",
        "sessionsourcedids", "grades", "status", "coursesourcedid", "location",
    ),
    "courses": ("sourcedid", "status", "title", "coursecode", "grades", "orgsourcedid", "subjects"),
    "orgs": ("sourcedid", "name", "type", "identifier"),
    "academicSessions": ("sourcedid", "title", "type", "startdate", "schoolyear", "parentsourcedid"),
    "demographics": ("sourcedid", "usersourcedid", "birthdate", "sex"),
    "relationships": ("usersourcedid", "relationshipusersourcedid", "relationshiprole"),
}  # fmt: skip
"""The columns that are used, in lower case; those that a file lacks are blank. Every frame has `row` too."""


class Joined(NamedTuple):
    """`records`: `row` (of users.csv) and `HEADER`; `lost`: rows of enrolments whose user is absent. `teaching`: see
    `roster_classes`."""

    records: pl.DataFrame
    teaching: Teaching
    lost: pl.DataFrame
    dangling: Counter[str]
    guardians_left_out: int
    dates_ambiguous: bool


def join_roster(frames: Frames, *, sds: bool) -> Joined:
    dangling: Counter[str] = Counter()
    users = frames["users"].with_columns(gone=pl.col("status").str.to_lowercase().is_in(GONE))
    users = users.unique("sourcedid", keep="last", maintain_order=True)
    roles = _roles(frames, users)
    terms = terms_of(frames["academicSessions"], sds=sds)
    places, lost = _places(frames, users, roles, terms, dangling)
    schools = _schools(frames["orgs"])
    dangling["roles.csv"] += _without_role(frames, users, roles)
    births, ambiguous = births_of(frames["demographics"], sds=sds)
    kin, left_out = guardians_of(frames, users, roles, dangling)
    records = (
        places.join(people_of(users), on="user", how="inner")
        .join(births, on="user", how="left")
        .join(schools, on="school", how="left")
        .join(kin, on="user", how="left")
        .join(seats_of(frames), on=["user", "school"], how="left")
    )
    dangling["orgs.csv"] += records.filter(pl.col("organisation").is_null() & (pl.col("school") != "")).height
    records = records.with_columns(
        organisation=pl.col("organisation").fill_null(pl.col("school")),
        removed=pl.when(pl.col("gone") | pl.col("left")).then(pl.lit("true")).otherwise(pl.lit("")),
        source_id=pl.col("user"),
        grade=first("own_grade", "role_grade", "class_grade").map_elements(grade_of, return_dtype=pl.String),
    )
    records = records.select("row", *(pl.col(name).fill_null("") for name in HEADER)).sort(
        "row", "organisation", "term"
    )
    return Joined(records, teaching_of(frames, users, terms, schools, lost), lost, dangling, left_out, ambiguous)


def _roles(frames: Frames, users: pl.DataFrame) -> pl.DataFrame:
    """`user, school, role, session, role_grade, role_gone`: roles.csv, or what users.csv of version 1.1 says."""
    told = frames["roles"].select(
        user="usersourcedid", school="orgsourcedid", role=pl.col("role").str.to_lowercase(), session="sessionsourcedid",
        role_grade="grade", role_gone=pl.col("status").str.to_lowercase().is_in(GONE),
    )  # fmt: skip
    own = users.filter(pl.col("role") != "").select(
        user="sourcedid", school=items("orgsourcedids"), role=pl.col("role").str.to_lowercase(), session=pl.lit(""),
        role_grade=pl.lit(""), role_gone=pl.lit(False),
    ).explode("school")  # fmt: skip
    gone = users.filter(pl.col("gone") & (pl.col("role") == "")).join(
        told, left_on="sourcedid", right_on="user", how="anti"
    )
    # A delta may delete a user whose unchanged role it does not repeat; who was no pupil matches nobody.
    lost = gone.select(
        user="sourcedid", school=pl.lit(""), role=pl.lit("student"), session=pl.lit(""),
        role_grade=pl.lit(""), role_gone=pl.lit(True),
    )  # fmt: skip
    return pl.concat([told, own, lost])


def _without_role(frames: Frames, users: pl.DataFrame, roles: pl.DataFrame) -> int:
    """How many users nothing makes a pupil, a guardian or anybody else."""
    agents = users.select(user=items("agentsourcedids")).explode("user")
    named = [roles["user"], agents["user"], frames["relationships"]["relationshipusersourcedid"]]
    named.append(frames["enrollments"]["usersourcedid"])
    return users.filter(~pl.col("sourcedid").is_in(pl.concat([s.alias("user") for s in named]).implode())).height


def terms_of(sessions: pl.DataFrame, *, sds: bool) -> pl.DataFrame:
    """`session, term`; a grading period has the term of its parent."""
    rows = {row["sourcedid"]: row for row in sessions.iter_rows(named=True)}
    month_first = sds and months_come_first([row["startdate"] for row in rows.values()]) is not False
    terms = {}
    for name, row in rows.items():
        parent = rows.get(row["parentsourcedid"]) if row["type"].lower() == "gradingperiod" else None
        terms[name] = term_of(parent or row, month_first=month_first)
    return pl.DataFrame(
        {"session": list(terms), "term": list(terms.values())}, schema={"session": pl.String, "term": pl.String}
    )


def _places(
    frames: Frames, users: pl.DataFrame, roles: pl.DataFrame, terms: pl.DataFrame, dangling: Counter[str]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`user, school, term, class_grade, role_grade, room, left`, one row each; and enrolments of unknown users."""
    classes = frames["classes"].unique("sourcedid", keep="last").select(
        pl.col("sourcedid").alias("classsourcedid"), class_school=first("schoolsourcedid", "orgsourcedid"),
        class_grade=pl.col("grades"), session=first("termsourcedids", "sessionsourcedids"),
        room=first("title", "classcode"), homeroom=pl.col("classtype").str.to_lowercase() == "homeroom",
        known=pl.lit(True),
    )  # fmt: skip
    pupils = frames["enrollments"].filter(pl.col("role").str.to_lowercase() == "student")
    lost = pupils.join(users, left_on="usersourcedid", right_on="sourcedid", how="anti")
    taken = pupils.join(classes, on="classsourcedid", how="left")
    dangling["classes.csv"] += taken["known"].null_count()
    seats = taken.select(
        user="usersourcedid",
        school=pl.coalesce(
            pl.when(pl.col("schoolsourcedid") != "").then("schoolsourcedid"), "class_school"
        ).fill_null(""),
        session=pl.col("session").fill_null("").str.split(","), homeroom=pl.col("homeroom").fill_null(False),
        class_grade=pl.when(pl.col("class_grade").str.contains(",", literal=True))
        .then(pl.lit("")).otherwise("class_grade").fill_null(""),
        room=pl.col("room").fill_null(""), gone=pl.col("status").str.to_lowercase().is_in(GONE),
        role_grade=pl.lit(""), role_gone=pl.lit(False), told=pl.lit(False),
    ).explode("session")  # fmt: skip
    students = roles.filter(pl.col("role") == "student").select(
        "user", "school", session=pl.col("session").str.split(","), homeroom=pl.lit(False), class_grade=pl.lit(""),
        room=pl.lit(""), gone=pl.col("role_gone"), role_grade="role_grade", role_gone="role_gone", told=pl.lit(True),
    ).explode("session")  # fmt: skip
    both = pl.concat([seats, students]).with_columns(pl.col("session").fill_null("").str.strip_chars())
    both = both.join(terms, on="session", how="left")
    dangling["academicSessions.csv"] += both.filter(pl.col("term").is_null() & (pl.col("session") != "")).height
    return _one_each(_at_schools(both, frames["orgs"]), _only_term(terms)), lost


def _only_term(terms: pl.DataFrame) -> str:
    found = terms.filter(pl.col("term").str.contains("/", literal=True))["term"].unique().to_list()
    return str(found[0]) if len(found) == 1 else ""


def _at_schools(places: pl.DataFrame, orgs: pl.DataFrame) -> pl.DataFrame:
    """Without roles at a district or a ministry where the pupil has a school as well."""
    above = orgs.filter(pl.col("type").str.to_lowercase().is_in(_NO_SCHOOL))["sourcedid"]
    high = pl.col("school").is_in(above.implode()) | (pl.col("school") == "")
    return places.filter(~(high & ~high.all().over("user")))


def _one_each(places: pl.DataFrame, only_term: str) -> pl.DataFrame:
    """A role without a session adds what it says to the terms that the classes tell, or stands for itself."""
    places = places.with_columns(pl.col("term").fill_null(""))
    group = ["user", "school"]
    places = places.with_columns(
        role_grade=pl.col("role_grade").filter(pl.col("role_grade") != "").first().over(group).fill_null(""),
        role_gone=(pl.col("told").any() & pl.col("role_gone").filter(pl.col("told")).all()).over(group),
        other=(pl.col("term") != "").any().over(group),
    ).filter((pl.col("term") != "") | ~pl.col("other"))
    left = pl.col("role_gone").any() | (
        (pl.col("gone") & pl.col("homeroom")).any() & pl.col("gone").filter(~pl.col("told")).all()
    )
    return (
        places.sort("homeroom", descending=True, maintain_order=True)
        .group_by("user", "school", "term", maintain_order=True)
        .agg(
            pl.col("class_grade").filter(pl.col("class_grade") != "").first().fill_null(""),
            pl.col("role_grade").first(),
            pl.col("room").filter(pl.col("homeroom")).first().fill_null(""),
            left=left,
        )
        .with_columns(term=pl.when(pl.col("term") == "").then(pl.lit(only_term)).otherwise("term"))
    )


def _schools(orgs: pl.DataFrame) -> pl.DataFrame:
    return orgs.unique("sourcedid", keep="last").select(
        school="sourcedid", organisation=first("identifier", "sourcedid"), organisation_name="name"
    )
