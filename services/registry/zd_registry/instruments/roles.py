"""Positions that instruments name as those who screen and read."""

from collections.abc import Collection, Sequence
from datetime import date

from asyncpg import Record

from zd_kernel.data.session import ReadSession, WriteSession
from zd_kernel.problems import Conflict, FieldError, Invalid
from zd_kernel.scope import Range
from zd_registry.areas.actions import check_claim
from zd_registry.instruments import queries
from zd_registry.instruments.models import ScreeningRole
from zd_registry.instruments.rules import scope_of
from zd_registry.instruments.schemas import NewScreeningRole, ScreeningRoleShown


async def roles(session: ReadSession) -> list[ScreeningRoleShown]:
    rows = await session.fetch(queries.ROLES)
    return [ScreeningRoleShown.model_validate({**row, "scope": scope_of(row["code"])}) for row in rows]


async def add_role(
    session: WriteSession, code: str, new: NewScreeningRole, served: Sequence[Range]
) -> ScreeningRoleShown:
    """Raises Conflict for a day that has its words already, Forbidden without a claim to all that is served."""
    check_claim(session, served)
    if await session.get(ScreeningRole, (code, new.valid_from)) is not None:
        raise Conflict(
            "already_configured",
            "มีค่าที่เริ่มใช้วันนั้นแล้ว โปรดใช้วันอื่น",
            "Something holds from that very day already. Choose another day.",
        )
    session.add(ScreeningRole(code=code, **new.model_dump()))
    return ScreeningRoleShown(code=code, scope=scope_of(code), **new.model_dump())


async def roles_on(session: WriteSession, codes: Collection[str], day: date) -> list[Record]:
    return await (await session.driver()).fetch(queries.ROLES_ON, list(codes), day)


async def check_roles(session: WriteSession, codes: Collection[str], day: date) -> None:
    """Raises Invalid unless every position is one that instruments may name on the day."""
    known = {row["code"] for row in await roles_on(session, codes, day) if row["used"]}
    th, en = "ไม่มีตำแหน่งนี้ โปรดดูที่ /v1/screening-roles", "There is no such position. See /v1/screening-roles."
    errors = [FieldError("/screeners", "role_unknown", f"{code}: {th}", f"{code}: {en}") for code in codes
              if code not in known]  # fmt: skip
    if errors:
        raise Invalid("role_unknown", th, en, errors=errors)
