"""The people of a roster: their identifiers, births and guardians. Frames of text in, frames of text out."""

from collections import Counter
from typing import Final

import polars as pl

from zd_registry.files.roster_values import iso_date, months_come_first

_PIN: Final = (
    r"(?i)\{\s*(?:th[-_ ]?pin|th[-_ ]?id|citizen[-_ ]?id|national[-_ ]?id|pid|cid|เลขประจำตัวประชาชน)"
    r"\s*:\s*([^}]*?)\s*\}"
)
_PASSPORT: Final = r"(?i)\{\s*(?:passport|หนังสือเดินทาง)\s*:\s*([^}]*?)\s*\}"
_THIRTEEN: Final = r"^\s*((?:[0-9๐-๙][-\s]?){12}[0-9๐-๙])\s*$"
_G_CODE: Final = r"(?i)(?:^|[^A-Za-z0-9])(G-?\d{12})(?:$|[^0-9])"
GONE: Final = ("tobedeleted", "inactive", "deleted")
Frames = dict[str, pl.DataFrame]


def first(*names: str) -> pl.Expr:
    """The first of some columns that is not blank."""
    return pl.coalesce([pl.when(pl.col(name) != "").then(pl.col(name)) for name in names]).fill_null("")


def items(name: str) -> pl.Expr:
    """A list in a cell, comma-separated, as a list of texts."""
    return pl.col(name).str.split(",").list.eval(pl.element().str.strip_chars())


def people_of(users: pl.DataFrame) -> pl.DataFrame:
    """`user, row, gone, own_grade` and the columns of a person. The identifier is looked for, never in sourcedId."""
    places = [
        "identifier",
        "usermasteridentifier",
        "usernumber",
        *(n for n in users.columns if n.startswith("metadata.")),
        "username",
    ]
    pin = pl.coalesce([pl.col("userids").str.extract(_PIN), *(pl.col(name).str.extract(_THIRTEEN) for name in places)])
    code = pl.coalesce([pl.col(name).str.extract(_G_CODE) for name in ("userids", *places)])
    taken = pl.col("identifier").str.contains(_THIRTEEN) | pl.col("identifier").str.contains(_G_CODE)
    spoiled = pl.col("identifier").str.contains(r"(?i)^\s*\d[.,]\d+E\+?\d+\s*$")
    return users.select(
        "row", "gone", user="sourcedid", own_grade=items("grades").list.first(),
        citizen_id=pl.coalesce(pin, pl.when(spoiled).then("identifier")).fill_null(""), g_code=code.fill_null(""),
        passport=pl.col("userids").str.extract(_PASSPORT).fill_null(""),
        student_code=pl.when(taken | spoiled).then(pl.lit("")).otherwise("identifier"),
        given_name="givenname", middle_name="middlename", family_name="familyname", phone=first("phone", "sms"),
    )  # fmt: skip


def births_of(demographics: pl.DataFrame, *, sds: bool) -> tuple[pl.DataFrame, bool]:
    births = demographics.select(user=first("usersourcedid", "sourcedid"), birth_date="birthdate", sex="sex")
    order = months_come_first(births["birth_date"].to_list()) if sds else False
    if order:
        births = births.with_columns(pl.col("birth_date").map_elements(iso_date, return_dtype=pl.String))
    return births.unique("user", keep="last"), order is None


def guardians_of(
    frames: Frames, users: pl.DataFrame, roles: pl.DataFrame, dangling: Counter[str]
) -> tuple[pl.DataFrame, int]:
    """`user, guardian_…, guardian_2_…`, and how many pupils have more than two."""
    agents = users.select(user="sourcedid", agent=items("agentsourcedids"), relation=pl.lit("")).explode("agent")
    told = frames["relationships"].select(
        user="usersourcedid", agent="relationshipusersourcedid", relation="relationshiprole"
    )
    pairs = (
        pl.concat([told, agents])
        .filter(pl.col("agent").fill_null("") != "")
        .unique(["user", "agent"], keep="first", maintain_order=True)
    )
    own = roles.filter(pl.col("role") != "student").unique("user", keep="first").select(agent="user", own_role="role")
    people = people_of(users).select(
        pl.col("citizen_id"), pl.col("phone"), agent="user",
        name=pl.concat_str(["given_name", "family_name"], separator=" ").str.strip_chars(),
    )  # fmt: skip
    found = pairs.join(own, on="agent", how="left").join(people, on="agent", how="left", maintain_order="left")
    dangling["users.csv (agents)"] += found["name"].null_count()
    found = found.filter(pl.col("name").is_not_null()).with_columns(relation=pl.coalesce(
        pl.when(pl.col("relation") != "").then("relation"), "own_role", pl.lit("guardian")
    ))  # fmt: skip
    grouped = found.group_by("user", maintain_order=True).agg("citizen_id", "name", "relation", "phone")
    columns = {
        f"{role}_{field}": pl.col(field).list.get(nth, null_on_oob=True)
        for nth, role in enumerate(("guardian", "guardian_2"))
        for field in ("citizen_id", "name", "relation", "phone")
    }
    return grouped.select("user", **columns), grouped.filter(pl.col("name").list.len() > 2).height
