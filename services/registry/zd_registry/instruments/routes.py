from typing import Annotated

from fastapi import Path

from zd_contracts.api.common import Page
from zd_contracts.fields import Slug
from zd_kernel.http.deps import HotReads, KitDep, Writes
from zd_kernel.http.routing import problems, requires, router
from zd_registry.instruments import actions
from zd_registry.instruments import roles as positions
from zd_registry.instruments.schemas import (
    Instrument,
    InstrumentInfo,
    NewInstrument,
    NewScreeningRole,
    ScreeningRoleShown,
)

routes = router("screening")
Code = Annotated[Slug, Path(description="Short name of the instrument", examples=["example_growth"])]


@routes.get(
    "/instruments",
    summary="เครื่องมือคัดกรองทุกรุ่น · Screening instruments, every version",
    dependencies=[requires()],
)
async def list_instruments(session: HotReads) -> Page[InstrumentInfo]:
    """For any valid token. The youngest version of each that has begun is in use. Those that come with the service are
    invented examples: an agency stores the instruments that it is licensed to use."""
    return Page(items=await actions.instruments(session))


@routes.get(
    "/instruments/{code}/{version}",
    summary="แบบคัดกรองหนึ่งรุ่น · A version with items, scoring and cut-offs",
    dependencies=[requires()],
    responses=problems(404),
)
async def read_instrument(
    session: HotReads,
    code: Code,
    version: Annotated[int, Path(ge=1, le=2**31 - 1, description="Which version", examples=[1])],
) -> Instrument:
    """For any valid token: what a form is made of."""
    return await actions.read_instrument(session, code, version)


@routes.put(
    "/instruments/{code}",
    summary="กำหนดรุ่นใหม่ของเครื่องมือ · Store a new version",
    dependencies=[requires("registry:configure")],
    responses=problems(409),
)
async def put_instrument(session: Writes, kit: KitDep, code: Code, instrument: NewInstrument) -> Instrument:
    """Needs the scope `registry:configure` and all areas that the instance serves. The cut-offs of each scale must lead
    every score of every age and sex to exactly one band. What was screened before stays as it was."""
    return await actions.add_version(session, code, instrument, kit.settings.served)


@routes.get(
    "/screening-roles",
    summary="ตำแหน่งที่คัดกรองได้ · Positions that instruments name",
    dependencies=[requires()],
)
async def list_screening_roles(session: HotReads) -> Page[ScreeningRoleShown]:
    """For any valid token. Every version, the youngest of each position first, with the scope that stands for it."""
    return Page(items=await positions.roles(session))


@routes.put(
    "/screening-roles/{code}",
    summary="กำหนดตำแหน่งที่คัดกรองได้ · Set a position from a day on",
    dependencies=[requires("registry:configure")],
    responses=problems(409),
)
async def put_screening_role(
    session: Writes, kit: KitDep, code: Annotated[Slug, Path(description="Short name of the position")],
    role: NewScreeningRole,
) -> ScreeningRoleShown:  # fmt: skip
    """Needs the scope `registry:configure` and all areas that the instance serves. Which instrument it may use is said
    by each version of an instrument (`screeners`, `readers`)."""
    return await positions.add_role(session, code, role, kit.settings.served)
