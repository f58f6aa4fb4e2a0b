from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from zd_kernel.data.session import WriteSession
from zd_notify.children.models import Child


async def locate_children(session: WriteSession, areas: Mapping[UUID, int]) -> None:
    """Keep where each child lives now; guardians and messages move along."""
    stmt = insert(Child)
    await session.exec(
        stmt.on_conflict_do_update(index_elements=[col(Child.child_id)], set_={"area": stmt.excluded.area}),
        params=[{"child_id": child_id, "area": area} for child_id, area in sorted(areas.items())],
    )


async def erase_child(session: WriteSession, child_id: UUID) -> None:
    """The child's guardians and the messages to them go with the row."""
    session.audit_subjects(child_id)
    await session.exec(delete(Child).where(col(Child.child_id) == child_id))
