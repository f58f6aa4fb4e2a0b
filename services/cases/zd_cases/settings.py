from typing import ClassVar

from pydantic_settings import SettingsConfigDict

from zd_kernel.settings import ServiceSettings


class CasesSettings(ServiceSettings):
    """Environment `ZD_CASES_*`; nested values as JSON."""

    model_config = SettingsConfigDict(env_prefix="ZD_CASES_")

    service: ClassVar[str] = "cases"
