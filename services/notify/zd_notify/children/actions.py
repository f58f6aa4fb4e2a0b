from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import bindparam, delete, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from zd_kernel.data.session import WriteSession
from zd_notify.children.models import Child


async def locate_children(session: WriteSession, areas: Mapping[UUID, int]) -> None:
    """Keep where each child lives now; guardians and messages move along."""
    here = [{"child_id": child_id, "area": area} for child_id, area in sorted(areas.items())]
    # Two statements: DO UPDATE names one unique constraint, and two inserts at the same moment may meet at the other.
    await session.exec(insert(Child).on_conflict_do_nothing(), params=here)
    # The connection, because the session would take many rows for an update by primary key alone.
    await (await session.connection()).execute(
        update(Child)
        .where(col(Child.child_id) == bindparam("known"), col(Child.area) != bindparam("now"))
        .values(area=bindparam("now")),
        [{"known": row["child_id"], "now": row["area"]} for row in here],
    )


async def erase_child(session: WriteSession, child_id: UUID) -> None:
    """The child's guardians and the messages to them go with the row."""
    session.audit_subjects(child_id)
    await session.exec(delete(Child).where(col(Child.child_id) == child_id))
