from typing import Annotated

from fastapi import APIRouter, Header, Request

from zd_kernel.audit import write_audit
from zd_kernel.http.deps import KitDep
from zd_kernel.http.routing import problems, public, router
from zd_kernel.problems import Unauthorized
from zd_kernel.scope import Scope
from zd_notify.line.actions import take_webhook
from zd_notify.line.rules import is_signed

# LINE is no caller with areas: whoever blocked the account, wherever they live, is to be left alone.
LINE = Scope.system("line")
# The raw bytes are what is signed, so the body is no parameter that FastAPI would parse.
BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["events"],
                    "properties": {
                        "events": {"type": "array", "items": {"type": "object"}, "description": "Webhook events"}
                    },
                },
                "example": {"destination": "U00000000000000000000000000000000", "events": []},
            }
        },
    }
}


def line_routes(channel_secret: str) -> APIRouter:
    """The webhook's door. Who knows `channel_secret` is LINE; nothing is parsed before that is proved."""
    routes = router("line")

    @routes.post(
        "/line/webhook",
        summary="รับเหตุการณ์จาก LINE · Webhook of LINE",
        dependencies=[public],
        responses=problems(400, 401),
        openapi_extra=BODY,
    )
    async def receive_line_webhook(
        request: Request,
        kit: KitDep,
        x_line_signature: Annotated[str, Header(description="base64 of HMAC-SHA256 over the raw body")] = "",
    ) -> dict[str, str]:
        """For LINE alone, which signs what it posts. No events at all is its test of the connection."""
        body = await request.body()
        if not is_signed(body, x_line_signature, channel_secret):
            raise Unauthorized(
                "line_signature_wrong",
                "ลายเซ็นของ LINE ไม่ถูกต้อง โปรดตรวจสอบ channel secret ในการตั้งค่า",
                "This is not signed by the LINE channel. Check the channel secret in the settings.",
            )
        async with kit.database.transaction(LINE, notify=True) as session:
            session.before_commit.append(write_audit(kit.settings.agency))
            await take_webhook(session, kit.keyring, body)
        return {}

    return routes
