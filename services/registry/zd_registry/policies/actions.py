from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from sqlmodel import col, select

from zd_kernel.data.session import WriteSession
from zd_kernel.jobs.queue import enqueue
from zd_kernel.problems import Conflict, FieldError, Forbidden, Invalid
from zd_kernel.scope import Range, area_range
from zd_registry.policies.models import Policy
from zd_registry.policies.rules import InForce, are_bands, in_force
from zd_registry.policies.schemas import FIELDS, NewPolicy

ATTENDANCE_POLICY_CHANGED: Final = "attendance_policy"
"""The job by which streaks are counted anew of terms on whose first day the new policy held."""


async def policies(session: WriteSession, name: str) -> list[InForce]:
    """All that ever held, for `in_force` to choose from."""
    rows = await session.exec(select(Policy).where(col(Policy.name) == name))
    return [InForce(row.area, row.valid_from, row.value, row.source) for row in rows]


async def policy(session: WriteSession, name: str, areas: Sequence[Range], on: date) -> InForce:
    """What holds in all of `areas` on a day; raises Invalid where nothing does."""
    found = in_force(await policies(session, name), areas, on)
    if found is None:
        raise Invalid(
            "no_policy",
            f"ยังไม่มีเกณฑ์ {name} ที่ใช้บังคับในวันนั้น โปรดเพิ่มที่ /v1/policies",
            f"No policy {name} holds on that day. Add one at /v1/policies.",
        )
    return found


async def add_policy(session: WriteSession, wanted: NewPolicy) -> Policy:
    """Only whoever claims the whole area may set what holds in it."""
    if wanted.name == "age_bands":
        if not are_bands(wanted.value):
            th, en = "ต้องมีอายุเริ่มต้นและสิ้นสุดของแต่ละช่วง ไม่ซ้อนกัน", "Give first and last year of each band; none may overlap."
            raise Invalid("value_wrong", th, en, errors=[FieldError("/value", "bands_wrong", th, en)])
    elif sorted(wanted.value) != sorted(FIELDS[wanted.name]):
        names = ", ".join(FIELDS[wanted.name])
        error = FieldError("/value", "fields_wrong", f"ต้องมี {names}", f"Give {names}.")
        raise Invalid("value_wrong", f"เกณฑ์นี้ต้องมีค่า {names}", f"This policy holds {names}.", errors=[error])
    reach = area_range(wanted.area)
    if not any(claim.lo <= reach.lo and reach.hi <= claim.hi for claim in session.scope.areas):
        raise Forbidden("outside_scope", "ท่านไม่มีสิทธิ์ตั้งเกณฑ์ของพื้นที่นี้", "You have no claim to the whole of this area.")
    row = Policy(**wanted.model_dump(exclude={"value"}), value=_whole_numbers(wanted.value))
    if await session.get(Policy, (row.name, row.area, row.valid_from)) is not None:
        raise Conflict(
            "policy_exists",
            "มีเกณฑ์ที่เริ่มใช้วันเดียวกันแล้ว โปรดใช้วันอื่น",
            "A policy holds from that very day already. Choose another day.",
        )
    session.add(row)
    if row.name == "attendance":
        await enqueue(session, ATTENDANCE_POLICY_CHANGED, {})
    return row


def _whole_numbers(value: dict[str, float]) -> dict[str, Any]:
    return {name: int(number) if number.is_integer() else number for name, number in value.items()}
