import json
from datetime import datetime
from typing import Any
from uuid import UUID

from asyncpg import Record

from zd_kernel.data.session import ReadSession
from zd_kernel.keyring import KeyRing
from zd_kernel.problems import Forbidden, NotFound
from zd_registry.households.queries import EXISTS
from zd_registry.privacy import queries
from zd_registry.privacy.actions import access_from
from zd_registry.privacy.holdings import DETAILS, HOLDINGS, Holding, purpose_of
from zd_registry.privacy.schemas import PersonExport

FORMAT = "zero-dropout-person/1"
MOST_ACCESSES = 10_000
# Of no meaning outside of the service: hashes to look up by, and keys to compare names by.
_DERIVED = ("_index", "_key", "_lk82", "_udom83")
_SEALED = "_encrypted"


async def export_person(session: ReadSession, keyring: KeyRing, child_id: UUID, now: datetime) -> PersonExport:
    """Everything kept about the child. Raises NotFound, and Forbidden for who does not see all of it (a school)."""
    found = await session.fetchrow(EXISTS, child_id)
    if found is None:
        raise NotFound.of("child", "เด็ก")
    session.audit_subjects(child_id)
    if not session.scope.covers_area(found["area"]):
        raise Forbidden(
            "outside_scope",
            "ท่านเห็นข้อมูลของเด็กคนนี้เพียงบางส่วน โปรดให้สำนักงานในพื้นที่ที่เด็กอยู่เป็นผู้ออกสำเนา",
            "You see only a part of this child's data. The office of the area where the child lives can give a copy.",
        )
    held = {
        holding.name: [opened(holding, row, keyring) for row in await session.fetch(holding.query, child_id)]
        for holding in HOLDINGS
    }
    log = await session.fetch(queries.ACCESS_LOG, child_id, *queries.LATEST, MOST_ACCESSES)
    return PersonExport.model_validate(
        {"format": FORMAT, "exported_at": now, "child_id": child_id, "held": held, "access_log": map(access_from, log)}
    )


def opened(holding: Holding, row: Record, keyring: KeyRing) -> dict[str, Any]:
    """A row as the person may read it: decrypted, without what only the service needs."""
    values: dict[str, Any] = dict(row)
    said: dict[str, Any] = {}
    for column, value in values.items():
        if column in holding.sealed:
            purpose, bound = purpose_of(holding, column, values), str(values[holding.bound])
            said[column.removesuffix(_SEALED)] = None if value is None else keyring.decrypt(purpose, value, bound)
        elif column in {"before", "details", "evidence"}:
            said[column] = _told(json.loads(value), keyring, str(values.get("id"))) if value else None
        elif not column.endswith(_DERIVED):
            said[column] = value
    return said


def _told(told: dict[str, Any], keyring: KeyRing, bound: str) -> dict[str, Any]:
    """What a file said: its sealed cells opened, hashes and numbers sealed for another row left out."""
    said = {name: value for name, value in told.items() if not name.endswith((*_DERIVED, _SEALED))}
    said.pop("other_id", None)
    if "sealed" in said:
        said |= json.loads(keyring.decrypt(DETAILS, said.pop("sealed"), bound))
    return said
