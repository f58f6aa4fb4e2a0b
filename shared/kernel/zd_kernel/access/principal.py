"""Who is asking, as the token says."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zd_kernel.access.organisations import Organisations
from zd_kernel.problems import Problem
from zd_kernel.scope import Scope, areas

_LONGEST_NAME = 255


@dataclass(frozen=True, slots=True)
class Principal:
    """`scope` bounds the rows; `scopes` are the permissions; `on_behalf_of` is the user a service acts for."""

    subject: str
    agency: str
    scopes: frozenset[str]
    scope: Scope
    on_behalf_of: str | None = None


NOBODY = Principal("nobody", "", frozenset(), Scope("nobody"))


def principal(claims: Mapping[str, Any], organisations: Organisations) -> Principal:
    """From verified claims: `sub`, `agency`, `scope` (names separated by spaces), `areas` and `organisations` (lists).

    Raises ValueError for claims of another shape; areas that do not exist are refused, unknown organisations ignored.
    """
    subject = _name(claims.get("sub"))
    try:
        ranges = areas(_names(claims.get("areas", [])))
    except Problem as exc:
        raise ValueError("areas") from exc
    scope = Scope(subject, ranges, organisations.ranges(_names(claims.get("organisations", []))))
    granted = claims.get("scope", "")
    if not isinstance(granted, str):
        raise ValueError("scope")
    return Principal(subject, _name(claims.get("agency")), frozenset(granted.split()), scope)


def _name(value: object) -> str:
    # Names go into the audit: control characters and lone surrogates could not be stored there.
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_NAME or not value.isprintable():
        raise ValueError("name")
    return value


def _names(values: object) -> list[str]:
    if not isinstance(values, list):
        raise ValueError("list")
    return [_name(value) for value in values]
