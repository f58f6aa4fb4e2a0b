import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from asyncpg import Record

from zd_kernel.clock import bangkok_date
from zd_kernel.data.session import WriteSession
from zd_kernel.problems import Conflict, FieldError, Invalid, NotFound
from zd_kernel.scope import EVERYWHERE, Range, area_range
from zd_registry.agencies.rules import multirange, ranges_of
from zd_registry.areas.actions import check_claim
from zd_registry.areas.rules import merged
from zd_registry.children.queries import Place
from zd_registry.children.schemas import area_text
from zd_registry.indicators.actions import Run
from zd_registry.indicators.rules import LEVELS, UNKNOWN, Band, bands_of
from zd_registry.indicators.schemas import Measure
from zd_registry.policies.actions import policy
from zd_registry.targets import queries
from zd_registry.targets.models import TargetGroup
from zd_registry.targets.queries import Facts
from zd_registry.targets.rules import Conditions, Definition, in_force
from zd_registry.targets.schemas import (
    ChildOfGroup,
    ConditionMet,
    ConditionsShown,
    GroupOfChild,
    GroupsOfChild,
    NewTargetGroup,
    TargetFigure,
    TargetFigures,
    TargetGroupShown,
)

DIMENSIONS: Final = ("age_band", "sex", *LEVELS)
POSSIBLE_YEARS: Final = range(1950, 2200)


async def definitions(session: WriteSession) -> list[Definition]:
    return [definition_from(dict(row)) for row in await (await session.driver()).fetch(queries.ALL)]


def definition_from(row: Mapping[str, Any]) -> Definition:
    told = json.loads(row["conditions"]) if isinstance(row["conditions"], str) else row["conditions"]
    return Definition(**{**row, "conditions": conditions_from(told)})


def conditions_from(told: Mapping[str, Any]) -> Conditions:
    """From JSON as `ConditionsShown` writes it."""
    classes, statuses = tuple(told["poverty_classes"]), tuple(told["statuses"])
    return Conditions(told["age_from"], told["age_to"], statuses, classes, told["disability"])


def shown(definition: Definition) -> TargetGroupShown:
    conditions = ConditionsShown.model_validate(definition.conditions._asdict())
    return TargetGroupShown.model_validate(definition._asdict() | {"conditions": conditions})


async def define_group(session: WriteSession, code: str, new: NewTargetGroup) -> TargetGroupShown:
    """Only whoever claims the whole area may say what a group means in it. Raises Forbidden, Invalid, Conflict."""
    check_claim(session, [area_range(new.area)])
    if new.conditions.age_from > new.conditions.age_to:
        th, en = "อายุเริ่มต้นต้องไม่เกินอายุสิ้นสุด", "age_from must not be greater than age_to."
        raise Invalid("ages_reversed", th, en, errors=[FieldError("/conditions/age_from", "ages_reversed", th, en)])
    if await session.get(TargetGroup, (code, new.area, new.valid_from)) is not None:
        raise Conflict(
            "already_configured",
            "มีนิยามที่เริ่มใช้วันนั้นแล้ว โปรดใช้วันอื่น",
            "A definition holds from that very day already. Choose another day.",
        )
    row = TargetGroup(code=code, **new.model_dump(exclude={"conditions"}), conditions=new.conditions.model_dump())
    session.add(row)
    return shown(definition_from(row.model_dump()))


async def facts_on(session: WriteSession, day: date | None) -> Facts:
    """What answers of a day stand on; without one, of today. Raises Invalid for a day of another era."""
    today = bangkok_date(session.clock.now())
    day = day or today
    if day.year not in POSSIBLE_YEARS:
        raise Invalid("date_impossible", "โปรดระบุปี ค.ศ.", "Write the day in years C.E.")
    rows = await (await session.driver()).fetch(queries.LISTED, day)
    ranges = [r for row in rows for r in (ranges_of(row["scope_areas"]) or (EVERYWHERE,))]
    return Facts(day, day >= today, multirange(merged(ranges)))


async def groups_of(session: WriteSession, child_id: UUID, day: date | None, *, health: bool) -> GroupsOfChild:
    """Raises NotFound for a child outside the claims."""
    facts = await facts_on(session, day)
    connection = await session.driver()
    area = await connection.fetchval("SELECT area FROM child WHERE id = $1", child_id)
    if area is None:
        raise NotFound.of("child", "เด็ก")
    session.audit_subjects(child_id)
    held = in_force(await definitions(session), [Range(area, area)], facts.day)
    statement, args = queries.of_child(facts, held, child_id)
    rows = {row["code"]: row for row in await connection.fetch(statement, *args)}
    groups = [_group(each, rows[each.code], health=health) for each in held if each.code in rows]
    return GroupsOfChild(child_id=child_id, on=facts.day, groups=groups)


def _group(definition: Definition, row: Record, *, health: bool) -> GroupOfChild:
    return GroupOfChild.model_validate(
        definition._asdict() | {"answer": row["answer"], "reasons": _reasons(definition.conditions, row, health=health)}
    )


def _reasons(conditions: Conditions, row: Record, *, health: bool) -> list[ConditionMet]:
    """Whether it is poverty or a disability is told to those alone who may read of either."""
    names = ["age"] + ["status"] * bool(conditions.statuses)
    names += ["need"] * bool(conditions.poverty_classes or conditions.disability)
    found = {name: row[f"{name}_met"] for name in names}
    if health and conditions.poverty_classes:
        found["poverty"] = row["poverty_met"]
    if health and conditions.disability:
        found["disability"] = row["disabled"]
    return [ConditionMet.model_validate({"condition": name, "met": met}) for name, met in found.items()]


async def list_group(
    session: WriteSession, code: str, within: Range, day: date | None, answer: str, place: Place, limit: int,
    *, health: bool,
) -> list[tuple[Record, ChildOfGroup]]:  # fmt: skip
    """By area and id. Raises NotFound for a group that is not in force there on that day."""
    facts = await facts_on(session, day)
    held = {each.code: each for each in in_force(await definitions(session), [within], facts.day)}
    if code not in held:
        raise NotFound.of("target_group", "กลุ่มเป้าหมาย")
    statement, args = queries.page(facts, held[code], session.scope, within, answer, place, limit)
    rows = await (await session.driver()).fetch(statement, *args)
    session.audit_subjects(*(row["id"] for row in rows))
    return [
        (row, ChildOfGroup(
            child_id=row["id"], area=area_text(row["area"]), given_name=row["given_name"],
            family_name=row["family_name"], age=row["oldest"],
            reasons=_reasons(held[code].conditions, row, health=health),
        ))
        for row in rows
    ]  # fmt: skip


async def figures_on(
    session: WriteSession, areas: Sequence[Range], day: date | None, by: Sequence[str]
) -> TargetFigures:
    """Counted in the register within the caller's claims."""
    facts = await facts_on(session, day)
    reach = tuple(areas) or (EVERYWHERE,)
    held = in_force(await definitions(session), reach, facts.day)
    bands = await policy(session, "age_bands", reach, facts.day)
    statement, args = queries.counts(facts, held, session.scope, reach, _columns(by))
    rows = await (await session.driver()).fetch(statement, *args)
    return TargetFigures(
        on=facts.day, age_bands=Measure(value=bands.value, source=bands.source),
        definitions=[shown(each) for each in held], figures=_banded(rows, by, bands_of(bands.value)),
    )  # fmt: skip


async def figures_of_run(session: WriteSession, areas: Sequence[Range], run: Run, by: Sequence[str]) -> TargetFigures:
    """What the run kept, within the caller's areas. Raises NotFound for a run from before target groups were kept."""
    statement, args = queries.of_run(run.info.run_id, tuple(areas) or (EVERYWHERE,), _columns(by))
    rows = await (await session.driver()).fetch(statement, *args)
    bands = Measure.model_validate(run.parameters["age_bands"])
    return TargetFigures(
        run=run.info, on=run.info.reference_date, age_bands=bands, definitions=definitions_of(run),
        figures=_banded(rows, by, bands_of(bands.value)),
    )  # fmt: skip


def definitions_of(run: Run) -> list[TargetGroupShown]:
    """Raises NotFound for a run from before target groups were kept."""
    if "target_groups" not in run.parameters:
        raise NotFound.of("target_group", "กลุ่มเป้าหมาย")
    return [TargetGroupShown.model_validate(each) for each in run.parameters["target_groups"]["value"]]


def _columns(by: Sequence[str]) -> list[str]:
    return ["age" if name == "age_band" else name for name in by]


def _banded(rows: Iterable[Record], by: Sequence[str], bands: Sequence[Band]) -> list[TargetFigure]:
    """Ages become bands; what is alike then is one figure, in the order of the rows."""
    found: dict[tuple[tuple[str, Any], ...], TargetFigure] = {}
    for row in rows:
        place: dict[str, Any] = {"code": row["code"]}
        for name in by:
            if name in LEVELS:
                place["area"] = row[name]
            else:
                place[name] = band_of(row["age"], bands) if name == "age_band" else row[name]
        figure = found.setdefault(tuple(place.items()), TargetFigure(**place, members=0, not_known=0))
        figure.members = (figure.members or 0) + row["members"]
        figure.not_known = (figure.not_known or 0) + row["not_known"]
    return list(found.values())


def band_of(age: int, bands: Sequence[Band]) -> str:
    return next((band.label for band in bands if band.age_from <= age <= band.age_to), UNKNOWN)
