from typing import Any
from uuid import UUID

from tests.cases.children.builders import missing
from zd_engines.event_door import EventDoor
from zd_kernel.ids import uuid7


async def create_case(door: EventDoor, child_id: UUID | None = None, **overrides: Any) -> UUID:
    """An open case, come about as every case does. Returns its id."""
    child_id = child_id or uuid7()
    await door.hear(missing(child_id, **overrides))
    (case,) = await door.rows("SELECT id FROM child_case WHERE child_id = $1 AND status = 'open'", child_id)
    case_id: UUID = case["id"]
    return case_id
