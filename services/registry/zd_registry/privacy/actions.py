from datetime import datetime
from uuid import UUID

from asyncpg import Record
from sqlmodel import col, select

from zd_contracts.api.registry import Child
from zd_kernel.data.session import ReadSession, WriteSession
from zd_kernel.ids import uuid7
from zd_kernel.jobs.queue import enqueue
from zd_kernel.keyring import KeyRing
from zd_kernel.problems import Conflict, NotFound
from zd_registry.children.queries import CHILD
from zd_registry.children.schemas import child_from
from zd_registry.households.actions import visible_child
from zd_registry.privacy import queries
from zd_registry.privacy.models import KeyRotation
from zd_registry.privacy.rules import action_text
from zd_registry.privacy.schemas import Access, CorrectedField, Rotation


async def access_log(
    session: ReadSession, child_id: UUID, *, before: tuple[datetime, str] | None, limit: int
) -> list[Record]:
    """Rows of the log from the latest on, those before the row seen last. Raises NotFound."""
    await visible_child(session, child_id)
    return await session.fetch(queries.ACCESS_LOG, child_id, *(before or queries.LATEST), limit)


def access_from(row: Record) -> Access:
    said = action_text(row["action"])
    return Access.model_validate({**row, "action_th": said.th, "action_en": said.en})


async def corrections_of(session: ReadSession, child_id: UUID) -> list[CorrectedField]:
    await visible_child(session, child_id)
    return [CorrectedField.model_validate(dict(row)) for row in await session.fetch(queries.CORRECTIONS, child_id)]


async def shown_child(session: WriteSession, child_id: UUID) -> Child:
    row = await (await session.driver()).fetchrow(CHILD, child_id)
    if row is None:
        raise LookupError("a child that was just written")
    return child_from(row)


async def begin_rotation(session: WriteSession, keyring: KeyRing) -> Rotation:
    """To the keys that are current in the ring. Raises Conflict while another rotation runs."""
    running = select(KeyRotation).where(col(KeyRotation.finished_at).is_(None)).with_for_update()
    if (await session.exec(running)).first() is not None:
        raise Conflict(
            "rotation_running", "การหมุนเวียนกุญแจครั้งก่อนยังไม่เสร็จ โปรดรอ", "Another rotation is still running. Wait for it."
        )
    rotation_id = uuid7()
    field_key, index_key = keyring.current_keys
    job_id = await enqueue(session, "key_rotation", {"rotation_id": str(rotation_id)})
    rotation = KeyRotation(
        id=rotation_id, field_key=field_key, index_key=index_key, created_by=session.scope.name,
        created_at=session.clock.now(), job_id=job_id,
    )  # fmt: skip
    session.add(rotation)
    return Rotation.model_validate(rotation.model_dump())


async def read_rotation(session: ReadSession, rotation_id: UUID) -> Rotation:
    row = await session.fetchrow(queries.ROTATION, rotation_id)
    if row is None:
        raise NotFound.of("key rotation", "การหมุนเวียนกุญแจ")
    return Rotation.model_validate(dict(row))
