"""Whether somebody belongs to a target group, by what is known of them on a day. Pure; `queries.ANSWER` is the same in
SQL. What is not known stays so: an unknown condition decides nothing unless another one already says no."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Final, Literal, NamedTuple, TypeVar

from zd_kernel.scope import Range, area_range

Answer = Literal["member", "not_known", "not_member"]
ANSWERS: Final[tuple[Answer, ...]] = ("member", "not_known", "not_member")
NEEDS: Final = ("poverty", "disability")


class Conditions(NamedTuple):
    """`age_from` to `age_to`, completed years, both included. `statuses`: learning statuses that count, a kind of
    missing after a slash (`not_learning/not_continuing`); none: all. `poverty_classes`: classes that count as poor;
    none: whatever. `disability`: being disabled counts. With both, either is enough."""

    age_from: int
    age_to: int
    statuses: tuple[str, ...] = ()
    poverty_classes: tuple[str, ...] = ()
    disability: bool = False


class Known(NamedTuple):
    """`earliest` and `latest`: the births that the record allows; None without any. `status`: as in the conditions, ""
    where nobody knows. `poverty_class`: "" where never screened; `disabled`: None where no list tells."""

    earliest: date | None
    latest: date | None
    status: str
    poverty_class: str
    disabled: bool | None


def age_on(born: date, day: date) -> int:
    """Completed years."""
    return day.year - born.year - ((born.month, born.day) > (day.month, day.day))


def age_met(conditions: Conditions, known: Known, day: date) -> bool | None:
    if known.earliest is None or known.latest is None:
        return None
    oldest, youngest = age_on(known.earliest, day), age_on(known.latest, day)
    if conditions.age_from <= youngest and oldest <= conditions.age_to:
        return True
    return False if oldest < conditions.age_from or youngest > conditions.age_to else None


def status_met(conditions: Conditions, known: Known) -> bool | None:
    if not conditions.statuses:
        return True
    if not known.status:
        return None
    if known.status in conditions.statuses or known.status.partition("/")[0] in conditions.statuses:
        return True
    # Missing, and nobody knows of which kind any more.
    if known.status == "not_learning" and any(status.startswith("not_learning/") for status in conditions.statuses):
        return None
    return False


def poverty_met(conditions: Conditions, known: Known) -> bool | None:
    return known.poverty_class in conditions.poverty_classes if known.poverty_class else None


def need_met(conditions: Conditions, known: Known) -> bool | None:
    """Either need is enough; without any asked for, nothing has to be shown."""
    asked = [poverty_met(conditions, known)] if conditions.poverty_classes else []
    asked += [known.disabled] if conditions.disability else []
    if not asked or True in asked:
        return True
    return None if None in asked else False


def answer(conditions: Conditions, known: Known, day: date) -> Answer:
    met = (age_met(conditions, known, day), status_met(conditions, known), need_met(conditions, known))
    if False in met:
        return "not_member"
    return "not_known" if None in met else "member"


class Definition(NamedTuple):
    """A row of `TargetGroup`."""

    code: str
    area: str
    valid_from: date
    plan: str
    name_th: str
    name_en: str
    conditions: Conditions
    in_use: bool
    source: str


def in_force(definitions: Iterable[Definition], areas: Sequence[Range], on: date) -> list[Definition]:
    """Of each group what holds in all of `areas` on a day: of the smallest area, and there the youngest."""
    found: dict[str, Definition] = {}
    for each in sorted(definitions, key=lambda d: (-_width(d), d.valid_from)):
        reach = area_range(each.area)
        if each.valid_from <= on and all(reach.lo <= a.lo and a.hi <= reach.hi for a in areas):
            found[each.code] = each
    return [each for code, each in sorted(found.items()) if each.in_use]


def _width(definition: Definition) -> int:
    reach = area_range(definition.area)
    return reach.hi - reach.lo


T = TypeVar("T")


def hidden_with(
    published: Mapping[tuple[str, str, str, str], T | None],
    conditions: Conditions,
    bands: Mapping[str, tuple[int, int]],
) -> set[str]:
    """Areas of which a figure by learning status stays unsaid that the group is made of: the group's figure would give
    it away. `published`: (area, status, age band, sex) → figure; `bands`: label → first and last year."""
    if not conditions.statuses:
        return set()
    return {
        area
        for (area, status, band, _), figure in published.items()
        if figure is None and status and _overlaps(conditions, band, bands) and _made_of(status, conditions.statuses)
    }


def _made_of(status: str, statuses: Collection[str]) -> bool:
    return any(status.startswith(asked) or asked.startswith(status) for asked in statuses)


def _overlaps(conditions: Conditions, band: str, bands: Mapping[str, tuple[int, int]]) -> bool:
    if band not in bands:
        return True
    first, last = bands[band]
    return first <= conditions.age_to and conditions.age_from <= last
