from datetime import UTC, datetime

from pydantic import ValidationError
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from zd_kernel.data.session import WriteSession
from zd_kernel.keyring import KeyRing
from zd_kernel.problems import Malformed
from zd_notify.guardians.actions import unlink_line_user
from zd_notify.line.models import WebhookEvent
from zd_notify.line.schemas import LineEvent, Webhook


async def take_webhook(session: WriteSession, keyring: KeyRing, body: bytes) -> None:
    """Each event once, whoever of the channel's users it is about. Raises Malformed for what LINE does not send."""
    try:
        webhook = Webhook.model_validate_json(body)
    except ValidationError:
        raise Malformed(
            "line_webhook_malformed",
            "ข้อมูลจาก LINE ไม่ตรงตามรูปแบบของ Messaging API",
            "This is not a webhook of LINE's Messaging API.",
        ) from None
    for event in webhook.events:
        # For now only blocking the account means something here.
        if event.type == "unfollow" and event.user_id and await _is_new(session, event):
            at = datetime.fromtimestamp(event.timestamp / 1000, UTC)
            await unlink_line_user(session, keyring, event.user_id, at=at)


async def _is_new(session: WriteSession, event: LineEvent) -> bool:
    """LINE may send an event again, and not in order."""
    taken = insert(WebhookEvent).values(id=event.id, received_at=session.clock.now()).on_conflict_do_nothing()
    return (await session.exec(taken.returning(col(WebhookEvent.id)))).first() is not None
