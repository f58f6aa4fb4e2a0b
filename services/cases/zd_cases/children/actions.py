from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from zd_cases.children.models import Child
from zd_kernel.data.session import WriteSession


async def remember_child(session: WriteSession, child_id: UUID, *, area: int, status: str) -> None:
    """Keep what was last heard. Holds the child's row until commit: work on one child is done in turn."""
    heard = {"area": area, "status": status, "heard_at": session.clock.now()}
    # Two statements: DO UPDATE names one unique constraint, and two inserts at the same moment may meet at the other.
    await session.exec(insert(Child).values(child_id=child_id, **heard).on_conflict_do_nothing())
    await session.exec(update(Child).where(col(Child.child_id) == child_id).values(**heard))


async def register_children(session: WriteSession, areas: Mapping[UUID, int]) -> None:
    """Children new to a registry. One already known keeps its status: a case may be running."""
    now = session.clock.now()
    stmt = insert(Child)
    await session.exec(
        stmt.on_conflict_do_update(index_elements=[col(Child.child_id)], set_={"area": stmt.excluded.area}),
        params=[
            {"child_id": child_id, "area": area, "status": "registered", "heard_at": now}
            for child_id, area in sorted(areas.items())
        ],
    )


async def erase_child(session: WriteSession, child_id: UUID) -> None:
    """The child's cases, visits and placements go with the row."""
    session.audit_subjects(child_id)
    await session.exec(delete(Child).where(col(Child.child_id) == child_id))
