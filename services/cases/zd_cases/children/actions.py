from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import bindparam, delete, literal_column, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from zd_cases.children.models import Child
from zd_kernel.data.session import WriteSession


async def remember_child(session: WriteSession, child_id: UUID, *, area: int, status: str) -> str:
    """Keep what was last heard; returns what was heard before, or `status` itself of a child that was unknown.

    Holds the child's row until commit: work on one child is done in turn.
    """
    heard = {"area": area, "status": status, "heard_at": session.clock.now()}
    # Two statements: DO UPDATE names one unique constraint, and two inserts at the same moment may meet at the other.
    await session.exec(insert(Child).values(child_id=child_id, **heard).on_conflict_do_nothing())
    changed = update(Child).where(col(Child.child_id) == child_id).values(**heard)
    before: str = (await session.exec(changed.returning(literal_column("old.status")))).one()[0]
    return before


async def register_children(session: WriteSession, areas: Mapping[UUID, int]) -> None:
    """Children new to a registry. One already known keeps its status: a case may be running."""
    new = {"status": "registered", "heard_at": session.clock.now()}
    here = [{"child_id": child_id, "area": area} for child_id, area in sorted(areas.items())]
    await session.exec(insert(Child).on_conflict_do_nothing(), params=[row | new for row in here])
    # The connection, because the session would take many rows for an update by primary key alone.
    await (await session.connection()).execute(
        update(Child)
        .where(col(Child.child_id) == bindparam("known"), col(Child.area) != bindparam("now"))
        .values(area=bindparam("now")),
        [{"known": row["child_id"], "now": row["area"]} for row in here],
    )


async def erase_child(session: WriteSession, child_id: UUID) -> None:
    """The child's cases, visits and placements go with the row."""
    session.audit_subjects(child_id)
    await session.exec(delete(Child).where(col(Child.child_id) == child_id))
