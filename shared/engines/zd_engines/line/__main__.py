"""`python -m zd_engines.line`: the stand-in as a process, for `make up` and compose."""

import secrets

import uvicorn
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from zd_engines.line.app import create_line
from zd_engines.line.channel import Channel


class LineSettings(BaseSettings):
    """Environment `ZD_LINE_*`."""

    model_config = SettingsConfigDict(env_prefix="ZD_LINE_")

    access_token: SecretStr = Field(description="what a service must send as its bearer token")
    channel_secret: SecretStr = Field(
        default_factory=lambda: SecretStr(secrets.token_hex(16)), description="signs webhooks"
    )
    quota: int | None = Field(default=1000, description="messages a month")
    host: str = "127.0.0.1"
    port: int = 8190


def main() -> None:
    settings = LineSettings()
    channel = Channel(
        settings.access_token.get_secret_value(), settings.channel_secret.get_secret_value(), settings.quota
    )
    # No access log: paths carry the ids of users.
    uvicorn.run(create_line(channel), host=settings.host, port=settings.port, access_log=False, log_level="warning")


if __name__ == "__main__":
    main()
