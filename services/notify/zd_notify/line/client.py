"""The way out to LINE, through its official SDK."""

from uuid import UUID

import aiohttp
from linebot.v3.messaging import (
    ApiException,
    AsyncApiClient,
    AsyncMessagingApi,
    Configuration,
    PushMessageRequest,
    TextMessage,
)

from zd_notify.line.rules import Outcome, outcome_of


class LineChannel:
    """Pushes from one official account. Opens its connections with the first push, in the loop that pushes."""

    def __init__(self, base_url: str, access_token: str, timeout_s: float) -> None:
        self._base_url = base_url.rstrip("/")
        self._configuration = Configuration(access_token=access_token)
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._client: AsyncApiClient | None = None

    async def push(self, line_user_id: str, text: str, retry_key: UUID) -> Outcome:
        """Never raises for what LINE or the network does: that is an outcome."""
        request = PushMessageRequest(to=line_user_id, messages=[TextMessage(text=text)])
        try:
            await self._api().push_message(request, x_line_retry_key=str(retry_key), _request_timeout=self._timeout)
        except ApiException as answer:
            return outcome_of(answer.status, str(answer.body or ""))
        except (
            TimeoutError,
            aiohttp.ClientError,
            ValueError,
        ):  # ValueError: an answer that is not LINE's, such as a proxy's
            return Outcome("again", "line_unreachable")
        return Outcome("accepted")

    async def close(self) -> None:
        if self._client:
            await self._client.close()

    def _api(self) -> AsyncMessagingApi:
        self._client = self._client or AsyncApiClient(self._configuration)
        api = AsyncMessagingApi(self._client)
        api.line_base_path = self._base_url  # the SDK does not take the host from its configuration
        return api
