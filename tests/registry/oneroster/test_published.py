"""Every operation, operator and error of the published OneRoster 1.2 rostering service, one by one."""

import operator
import re
from collections.abc import Callable
from typing import Any, Final

import pytest

from tests.registry.oneroster import published
from tests.registry.oneroster.builders import Roster, get, ids
from zd_registry.oneroster import schemas
from zd_registry.oneroster.operations import COLLECTIONS, DEMOGRAPHIC, SINGLES
from zd_registry.oneroster.rules import BASE

WHOLE: Final = {
    each.path: each.resource for each in COLLECTIONS if each.path in {
        "/orgs", "/academicSessions", "/courses", "/classes", "/users", "/enrollments", "/demographics",
    }
}  # fmt: skip
COMPARE: Final[dict[str, Callable[[Any, Any], Any]]] = {
    ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le,
    "~": lambda value, wanted: wanted.lower() in value.lower(),
}  # fmt: skip


def test_the_operations_are_those_that_are_published_under_their_names_and_paths() -> None:
    assert {each.name: each.path for each in (*COLLECTIONS, *SINGLES)} == published.OPERATIONS
    for each in (*COLLECTIONS, *SINGLES):
        assert (each.scopes == (DEMOGRAPHIC,)) == ("emographics" in each.name), "births need a scope of their own"


def value_of(item: dict[str, Any], field: str) -> Any:
    """By a dotted path; of a list the values of its entries."""
    found: Any = item
    for name in field.split("."):
        if isinstance(found, list):
            found = [each[name] for each in found]
        else:
            found = None if found is None else found.get(name)
    return found


def matches(value: Any, sign: str, wanted: Any) -> bool:
    if sign in {"=", "!="}:
        return bool((value == wanted) == (sign == "="))
    if isinstance(wanted, list):
        return value is not None and bool(set(value) & set(wanted))
    return value is not None and bool(COMPARE[sign](value, wanted))


@pytest.mark.parametrize("path", WHOLE)
async def test_every_field_filters_by_every_operator_as_its_told_values_compare(roster: Roster, path: str) -> None:
    resource = WHOLE[path]
    whole = (await get(roster.office, path, limit=1000))[resource.many]
    assert whole
    for field, kind in resource.kinds.items():
        values = {item["sourcedId"]: value_of(item, field) for item in whole}
        if kind != "list":  # of roles and terms there is one
            values = {name: value[0] if isinstance(value, list) else value for name, value in values.items()}
        wanted = next((value for value in values.values() if value is not None), None)
        if wanted is None:
            continue
        text = ",".join(wanted) if kind == "list" else wanted.replace("'", "''")
        for sign in ("=", "!=", "~") if kind == "list" else published.OPERATORS:
            if kind == "instant" and sign in {">", "~"}:
                continue  # `>` may tell what changed in the same millisecond once more
            found = await ids(roster.office, path, limit=1000, filter=f"{field}{sign}'{text}'")
            assert set(found) == {name for name, value in values.items() if matches(value, sign, wanted)}, (field, sign)
        if kind != "list":
            for order in ("asc", "desc"):
                sorted_by = await ids(roster.office, path, limit=1000, sort=field, orderBy=order)
                told = [values[name] or "" for name in sorted_by]
                assert told == sorted(told, reverse=order == "desc"), (field, order)
                assert len(sorted_by) == len(whole)


@pytest.mark.parametrize(("join", "both"), [("AND", set.intersection), ("OR", set.union)])
async def test_two_clauses_meet_or_add_up(
    roster: Roster, join: str, both: Callable[[set[str], set[str]], set[str]]
) -> None:
    clauses = {
        "/users": ("givenName~'2'", "roles.role='teacher'"),
        "/enrollments": ("role='student'", "beginDate>'2026-05-18'"),
        "/academicSessions": ("schoolYear='2027'", "type='gradingPeriod'"), "/orgs": ("type='school'", "name~'เกาะ'"),
    }  # fmt: skip
    for path, (one, other) in clauses.items():
        alone = [set(await ids(roster.office, path, limit=1000, filter=each)) for each in (one, other)]
        found = await ids(roster.office, path, limit=1000, filter=f"{one} {join} {other}")
        assert set(found) == both(*alone), path


def filled(path: str, value: str) -> str:
    return re.sub(r"{\w+}", value, path)


async def test_every_operation_tells_of_what_is_unknown_and_of_who_may_not_as_published(roster: Roster) -> None:
    for each in (*COLLECTIONS, *SINGLES):
        url = f"{BASE}{filled(each.path, '00000000-0000-7000-8000-000000000001')}"
        scopes = [scope for scope in each.scopes if scope.startswith("https://purl.imsglobal.org/spec/or/v1p2/scope/")]
        caller = roster.caller(tuple(scopes[-1:]), areas=["*"], organisations=["5203"])
        answers = {
            200 if "{" not in each.path else 404: await caller.get(url),
            403: await roster.caller(("registry:read",), areas=["*"]).get(url),
            401: await roster.near.http.get(url),
        }
        for status, answer in answers.items():
            assert answer.status_code == status, (each.name, answer.text)
            if status == 200:
                assert int(answer.headers["X-Total-Count"]) >= 0
                assert 'rel="first"' in answer.headers["Link"]
                continue
            told = schemas.StatusInfo.model_validate(answer.json())
            assert told.imsx_CodeMinor is not None
            (minor,) = told.imsx_CodeMinor.imsx_codeMinorField
            assert (told.imsx_codeMajor, told.imsx_severity, minor.imsx_codeMinorFieldName) == (
                "failure", "error", "TargetEndSystem",
            )  # fmt: skip
            assert minor.imsx_codeMinorFieldValue == {
                401: "unauthorisedrequest", 403: "forbidden", 404: "unknownobject",
            }[status]  # fmt: skip
    answer = await roster.near.get(f"{BASE}/lineItems")
    assert (answer.status_code, schemas.StatusInfo.model_validate(answer.json()).imsx_codeMajor) == (404, "failure")
