from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Query

from zd_contracts.fields import Term
from zd_kernel.http.deps import KitDep, Reads
from zd_kernel.http.kit import Kit
from zd_kernel.http.routing import problems, requires, router
from zd_kernel.problems import NotFound
from zd_kernel.scope import area_range
from zd_registry.areas.queries import set_ranges
from zd_registry.areas.rules import merged
from zd_registry.effects import actions, measuring
from zd_registry.effects.queries import COUNTED_BY, Within
from zd_registry.effects.schemas import Effects, EffectsOfChild, Gaps, HelpKind, PupilFigures, Retention
from zd_registry.indicators.asking import counted_by
from zd_registry.indicators.rules import LEVELS

routes = router("indicators")
TermAsked = Annotated[
    Term | None, Query(description="School term: year B.E. and number; as it stands now", examples=["2567/1"])
]
RunAsked = Annotated[
    UUID | None,
    Query(description="As this run (`/v1/reconciliations`) left it, instead of a term: it stays so"),
]
Start = Annotated[date, Query(alias="from", description="First day of the period, C.E.", examples=["2024-05-16"])]
Until = Annotated[date, Query(description="Last day of the period, C.E.", examples=["2025-04-01"])]
_READ = [requires("registry:read")]
_FAILS = problems(404)


class Place:
    """Where figures are asked for, as every route here takes it."""

    def __init__(
        self,
        area: Annotated[
            list[str] | None, Query(max_length=50, description="DOPA codes; without, all that you may see")
        ] = None,
        area_set: Annotated[UUID | None, Query(alias="set", description="A named set of areas")] = None,
        organisation: Annotated[
            str | None, Query(max_length=100, description="With all that is below it in the tree")
        ] = None,
    ) -> None:
        self._ranges = [area_range(code) for code in area or []]
        self._set = area_set
        self._organisation = organisation

    async def wanted(self, session: Reads, kit: Kit) -> Within:
        """Raises NotFound for a set or an organisation that does not exist."""
        ranges = list(self._ranges)
        if self._set is not None:
            ranges.extend(await set_ranges(session, self._set))
        organisations = () if self._organisation is None else kit.organisations.ranges([self._organisation])
        if self._organisation is not None and not organisations:
            raise NotFound.of("organisation", "หน่วยงาน")
        return Within(merged(ranges), organisations)


PlaceDep = Annotated[Place, Depends()]


@routes.get(
    "/indicators/pupils",
    summary="ความเสี่ยง การขาดเรียนเรื้อรัง และผลการเรียน · Risk, chronic absence and achievement",
    dependencies=_READ,
    responses=_FAILS,
)
async def read_pupil_figures(
    session: Reads,
    kit: KitDep,
    place: PlaceDep,
    term: TermAsked = None,
    run: RunAsked = None,
    by: Annotated[
        str, Query(max_length=200, description=f"From {', '.join(COUNTED_BY)}, one level of areas", examples=["tambon"])
    ] = "",
) -> PupilFigures:
    """Needs the scope `registry:read`. Of the pupils in the lists of a term, in your areas and organisations; an area
    is the sum of its parts. Chronic is who missed the policy's share of the days with a mark, for any reason."""
    wanted = await place.wanted(session, kit)
    return await measuring.figures_of_pupils(session, term, run, wanted, counted_by(by, COUNTED_BY))


@routes.get(
    "/indicators/gaps",
    summary="ช่องว่างระหว่างกลุ่ม · Gaps between groups",
    dependencies=_READ,
    responses=_FAILS,
)
async def read_gaps(session: Reads, kit: KitDep, place: PlaceDep, term: TermAsked = None, run: RunAsked = None) -> Gaps:
    """Needs the scope `registry:read`. Urban (in a municipality, `/v1/area-sets`) and rural, small and large schools,
    poor and not, disabled and not: of each measure both values and the difference. Who is not known to be either counts
    in neither. Where one of two groups is small, nothing is said of both, nor of what would tell them by subtraction:
    other areas of the same district or province, an organisation beside so few. Areas are provinces to tambons."""
    return await measuring.gaps(session, term, run, await place.wanted(session, kit))


@routes.get(
    "/indicators/retention",
    summary="ยังเรียนอยู่หลังกลับเข้าเรียนหนึ่งและสองภาคเรียน · Still in after one and two terms",
    dependencies=_READ,
    responses=_FAILS,
)
async def read_retention(
    session: Reads,
    kit: KitDep,
    place: PlaceDep,
    start: Start,
    until: Until,
    by: Annotated[str, Query(max_length=200, description=f"One of {', '.join(LEVELS)}", examples=["district"])] = "",
) -> Retention:
    """Needs the scope `registry:read`. Of the children who came back or were placed in the period: who is learning, or
    has finished, when one and when two whole terms have passed since. The share is of those of whom it is known. Any
    period may be asked for, so no run keeps the answer; it is read from what held on those days, and stays the same."""
    return await actions.retention(session, start, until, await place.wanted(session, kit), counted_by(by, LEVELS))


@routes.get(
    "/indicators/effects",
    summary="การมาเรียนก่อนและหลังได้รับความช่วยเหลือ · Attendance before and after help",
    dependencies=_READ,
    responses=_FAILS,
)
async def read_effects(
    session: Reads, kit: KitDep, place: PlaceDep, start: Start, until: Until, kind: HelpKind = "any"
) -> Effects:
    """Needs the scope `registry:read`. The means go over the children with enough days on both sides; how many have
    not is said. Beside them, pupils of the same school and term who were there as much before and had no help then:
    whoever is helped was often at the lowest, and would have come more often anyway. Of any period, from the marks as
    they stand: no run keeps the answer, which a later correction of a mark changes rightly."""
    return await actions.effects(session, kind, start, until, await place.wanted(session, kit))


@routes.get(
    "/children/{child_id}/effects",
    summary="ผลของความช่วยเหลือต่อเด็กคนหนึ่ง · What help changed for a child",
    dependencies=_READ,
    responses=_FAILS,
)
async def read_effects_of_child(
    session: Reads, child_id: Annotated[UUID, Path(description="The child")]
) -> EffectsOfChild:
    """Needs the scope `registry:read`. Attendance on either side of every visit at which the child was met and of
    every placement: the latest twenty of each, by day."""
    return await actions.effects_of_child(session, child_id)
