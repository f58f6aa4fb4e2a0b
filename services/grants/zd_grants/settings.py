from typing import ClassVar, Self

from pydantic import Field, model_validator
from pydantic_settings import SettingsConfigDict

from zd_grants.awards.rules import AwardRate, clashing
from zd_kernel.settings import ServiceSettings


class GrantsSettings(ServiceSettings):
    """Environment `ZD_GRANTS_*`; nested values as JSON."""

    model_config = SettingsConfigDict(env_prefix="ZD_GRANTS_")

    service: ClassVar[str] = "grants"

    rates: list[AwardRate] = Field(
        default_factory=list, description="what a placement is awarded, by kind and date; without a rate, nothing"
    )

    @model_validator(mode="after")
    def _one_rate_a_day(self) -> Self:
        if clash := clashing(self.rates):
            first, second = clash
            raise ValueError(
                f"rates: {first.programme} from {first.valid_from} and {second.programme} from {second.valid_from}"
                " are in force for the same placements on the same days; end one before the other begins"
            )
        return self
