from typing import Annotated

from fastapi import Depends, Path, Query

from zd_contracts.api.common import Page
from zd_contracts.fields import Area, Slug
from zd_kernel.http.deps import HotReads, KitDep, Reads, Writes
from zd_kernel.http.paging import Paging
from zd_kernel.http.routing import problems, requires, router
from zd_kernel.scope import area_range
from zd_registry.organisations.queries import span_of
from zd_registry.standards import actions
from zd_registry.standards.schemas import (
    Assessment,
    NewAssessment,
    NewStandard,
    QualityFigures,
    SchoolYear,
    StandardInfo,
    YearOfQuality,
)

routes = router("facilities")
READ, WRITE = requires("registry:read"), requires("registry:facilities")
Code = Annotated[str, Path(max_length=40, description="Code of the organisation", examples=["52030001"])]
Standard = Annotated[Slug, Path(description="Short name of the standard", examples=["example_centre"])]
StandardAsked = Annotated[Slug, Query(description="Short name of the standard", examples=["example_centre"])]
YearAsked = Annotated[SchoolYear, Query()]
AreaAsked = Annotated[Area | None, Query(description="Only in this area", examples=["5203"])]
Under = Annotated[str | None, Query(max_length=40, description="Only this organisation and those below it")]


@routes.get(
    "/quality-standards", summary="มาตรฐานสถานศึกษาและศูนย์พัฒนาเด็กเล็ก · Standards, every version", dependencies=[READ]
)
async def list_standards(session: HotReads) -> Page[StandardInfo]:
    """Needs `registry:read`. The youngest version of each that has begun is in use; what comes with the service is an
    invented example."""
    return Page(items=await actions.standards(session))


@routes.put(
    "/quality-standards/{standard}", summary="กำหนดรุ่นใหม่ของมาตรฐาน · Store a new version",
    dependencies=[requires("registry:configure")], responses=problems(409),
)  # fmt: skip
async def put_standard(session: Writes, kit: KitDep, standard: Standard, wanted: NewStandard) -> StandardInfo:
    """Needs `registry:configure` and all areas that the instance serves. What was assessed before stays as it was."""
    return await actions.add_version(session, standard, wanted, kit.settings.served)


@routes.put(
    "/organisations/{code}/quality/{standard}/{year}", summary="บันทึกผลประเมิน · Record an assessment",
    dependencies=[WRITE], responses=problems(404),
)  # fmt: skip
async def put_assessment(
    session: Writes, kit: KitDep, code: Code, standard: Standard, year: Annotated[SchoolYear, Path()],
    assessment: NewAssessment,
) -> Assessment:  # fmt: skip
    """Needs `registry:facilities`. What an organisation says of itself (`own`) comes from whoever holds a claim to it;
    what others found comes from the keepers of its area or of what is above it. The same year again replaces; what was
    said before is kept."""
    found = await actions.put_assessment(session, code, standard, year, assessment, kit.settings.served)
    return Assessment.model_validate(found.model_dump())


@routes.delete(
    "/organisations/{code}/quality/{standard}/{year}", status_code=204,
    summary="ถอนผลประเมินที่บันทึกผิด · Withdraw an assessment", dependencies=[WRITE], responses=problems(404),
)  # fmt: skip
async def withdraw_assessment(
    session: Writes, kit: KitDep, code: Code, standard: Standard, year: Annotated[SchoolYear, Path()],
    own: Annotated[bool, Query(description="What the organisation said of itself")] = False,
) -> None:  # fmt: skip
    """Needs `registry:facilities`, as recording it does: an assessment that never was, or was another organisation's.
    It stays readable among what was replaced."""
    await actions.withdraw_assessment(session, code, standard, year, kit.settings.served, own=own)


@routes.get(
    "/organisations/{code}/quality", summary="คุณภาพรายปี · Quality over the years", dependencies=[READ],
    responses=problems(404),
)  # fmt: skip
async def list_quality(
    session: Reads, code: Code,
    replaced: Annotated[bool, Query(description="Also what was replaced")] = False,
) -> Page[YearOfQuality]:  # fmt: skip
    """Needs `registry:read`. The newest first, each with the change since the assessment before."""
    return Page(items=await actions.quality_of(session, code, replaced=replaced))


@routes.get(
    "/quality-assessments", summary="ผลประเมินของปีหนึ่ง · Assessments of a year", dependencies=[READ],
    responses=problems(404),
)  # fmt: skip
async def list_assessments(
    session: Reads, paging: Annotated[Paging, Depends()], standard: StandardAsked, year: YearAsked,
    area: AreaAsked = None, under: Under = None,
    level: Annotated[str | None, Query(max_length=32, description="Only of this level")] = None,
) -> Page[Assessment]:  # fmt: skip
    """Needs `registry:read`. One of each organisation that you reach: what others found, or else its own."""
    within, below = area_range(area) if area else None, await span_of(session, under)
    after = (paging.after(str) or ("",))[0]
    rows = await actions.assessments(
        session, standard, year, within, below, after=after, limit=paging.limit + 1, level=level
    )
    shown, cursor = paging.page(rows, lambda row: (row.organisation,))
    return Page(items=shown, next_cursor=cursor)


@routes.get(
    "/quality-figures", summary="ภาพรวมคุณภาพ · How many reached which level", dependencies=[READ],
    responses=problems(404),
)  # fmt: skip
async def read_quality_figures(
    session: Reads, standard: StandardAsked, year: YearAsked, area: AreaAsked = None, under: Under = None
) -> QualityFigures:
    """Needs `registry:read`. Of the organisations that you reach."""
    within, below = area_range(area) if area else None, await span_of(session, under)
    return await actions.quality_figures(session, standard, year, within, below)
