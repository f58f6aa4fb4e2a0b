from typing import ClassVar

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from zd_kernel.settings import ServiceSettings


class RegistrySettings(ServiceSettings):
    """Environment `ZD_REGISTRY_*`; nested values as JSON."""

    model_config = SettingsConfigDict(env_prefix="ZD_REGISTRY_")

    service: ClassVar[str] = "registry"

    max_body_bytes: int = Field(default=2_000_000_000, ge=1, description="largest file that one import may bring")
    max_json_bytes: int = Field(default=64_000_000, ge=1)
    reconciliation_page: int = Field(
        default=50_000, ge=1, description="children judged in one step; while it tells, every other writer waits"
    )
