"""Who has to agree, and whether what was agreed suffices. Pure.

Source: Personal Data Protection Act B.E. 2562, sections 19 (consent), 20 (minors), 24 (other bases), 26 (sensitive
data);
Civil and Commercial Code, sections 19 (majority at 20) and 22 to 24 (acts that a minor may do alone).
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Final, Literal, NamedTuple

Party = Literal["self", "guardian"]
OF_AGE: Final = 20
"""CCC, section 19."""
GUARDIAN_ALONE_UNTIL: Final = 10
"""PDPA, section 20 (2), อายุไม่เกินสิบปี: not over ten, so ten itself is still the guardian's to decide."""
# Without consent, sensitive data need a purpose that section 26 names; a public task alone is none.
SENSITIVE_BASES: Final = frozenset({"consent", "vital_interest", "legal_obligation", "research"})


class Given(NamedTuple):
    """A record of a basis, or of what somebody answered. `party` is None where nobody had to agree."""

    basis: str
    party: Party | None
    withdrawn: bool
    refused: bool = False


def completed_age(born_at_latest: date | None, on: date) -> int | None:
    """Whole years on a day. With a partial birth date give the last possible day: the younger age protects more."""
    if born_at_latest is None:
        return None
    had_birthday = (on.month, on.day) >= (born_at_latest.month, born_at_latest.day)
    return on.year - born_at_latest.year - (0 if had_birthday else 1)


def latest_birth(birth_date: date | None, precision: str) -> date | None:
    """The last day that a partial birth date allows; `birth_date` is the first."""
    if birth_date is None or precision == "day":
        return birth_date
    if precision == "year":
        return date(birth_date.year, 12, 31)
    following = date(birth_date.year + birth_date.month // 12, birth_date.month % 12 + 1, 1)
    return following - timedelta(days=1)


def parties_needed(age: int | None, *, alone: bool) -> frozenset[Party]:
    """Who must agree at a completed age; None, an unknown age, is treated as that of a minor over ten."""
    if age is not None and age >= OF_AGE:
        return frozenset({"self"})
    if age is not None and age <= GUARDIAN_ALONE_UNTIL:
        return frozenset({"guardian"})
    return frozenset({"self"}) if alone else frozenset({"self", "guardian"})


def basis_allowed(basis: str, bases: Iterable[str], *, sensitive: bool) -> bool:
    return basis in bases and (not sensitive or basis in SENSITIVE_BASES)


def lacking(given: Iterable[Given], needed: frozenset[Party]) -> frozenset[Party] | None:
    """Who still has to agree; empty if the purpose may go on, None if nothing at all was recorded for it.

    The latest comes first, and of everybody the latest answer holds. A basis other than consent needs nobody. Whoever
    withdrew or refused has not agreed.
    """
    standing = [one for one in given if not one.withdrawn]
    if any(one.basis != "consent" for one in standing):
        return frozenset()
    if not standing:
        return None
    return needed - {party for party, refused in _answers(standing).items() if not refused}


def refusing(given: Iterable[Given], needed: frozenset[Party]) -> frozenset[Party]:
    """Who of them was asked and last said no."""
    answers = _answers([one for one in given if not one.withdrawn])
    return frozenset(party for party in needed if answers.get(party, False))


def _answers(standing: Sequence[Given]) -> dict[Party, bool]:
    """Party → whether its latest answer is no."""
    return {one.party: one.refused for one in reversed(standing) if one.party is not None}
