import secrets
from uuid import UUID

from tests.notify.children.builders import registered
from zd_engines.event_door import EventDoor
from zd_kernel.keyring import KeyRing
from zd_kernel.scope import Scope
from zd_notify.guardians.actions import link_guardian


def line_user() -> str:
    return "U" + secrets.token_hex(16)


async def create_guardian(door: EventDoor, keyring: KeyRing, child_id: UUID, user_id: str | None = None) -> UUID:
    """A guardian linked to the child, who is made known if nobody has told of them. Returns the link's id."""
    await door.hear(registered(child_id))
    async with door.database.transaction(Scope.system("test")) as session:
        guardian = await link_guardian(
            session, keyring, child_id=child_id, user_id=user_id or line_user(), serves=lambda _: True
        )
        return guardian.id
