from typing import ClassVar

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from zd_kernel.settings import ServiceSettings


class NotifySettings(ServiceSettings):
    """Environment `ZD_NOTIFY_*`; nested values as JSON."""

    model_config = SettingsConfigDict(env_prefix="ZD_NOTIFY_")

    service: ClassVar[str] = "notify"

    line_base_url: str = Field(default="https://api.line.me", description="the Messaging API, without a path")
    line_channel_secret: SecretStr = Field(min_length=1, description="signs the webhook's calls")
    line_access_token: SecretStr = Field(min_length=1, description="channel access token, for pushes")
    line_timeout_s: float = Field(default=5.0, gt=0, le=20, description="how long one push may take")
