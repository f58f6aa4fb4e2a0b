"""Settings that every service has. A service subclasses this with its own prefix; only its `__main__` reads them."""

from functools import cached_property
from pathlib import Path
from typing import ClassVar

from pydantic import BaseModel, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from zd_kernel.scope import Range, areas


class Subscription(BaseModel):
    """A topic this instance listens to, and the one `source` that may speak in it."""

    topic: str
    source: str


class ServiceSettings(BaseSettings):
    model_config = SettingsConfigDict(extra="ignore", frozen=True)

    service: ClassVar[str]

    instance: str = Field(pattern=r"^[a-z][a-z0-9-]{0,39}$", description="name of this instance, unique on the bus")
    agency: str = Field(min_length=1, description="the agency that runs the instance")
    areas: list[str] = Field(description="codes of the areas that the instance serves")
    source: str = Field(default="", description="CloudEvents source; by default urn:zd:<service>:<instance>")

    database_url: SecretStr = Field(description="postgresql://<app role>:…@host:port/database")
    migrator_url: SecretStr | None = Field(default=None, description="the same database as the migrator; for `migrate`")
    owner_role: str = Field(default="", description="role that owns the tables; by default <database>_owner")
    pool_size: int = Field(default=8, ge=1, description="connections of one process, the ORM's and the hot path's each")
    pool_timeout_s: float = Field(default=2.0, gt=0, description="seconds to wait for a free connection before 503")
    statement_timeout_ms: int = Field(default=15_000, ge=1)
    lock_timeout_ms: int = Field(default=5_000, ge=1)
    idle_in_transaction_timeout_ms: int = Field(default=30_000, ge=1)

    kafka_bootstrap: str = Field(description="host:port of a broker")
    subscriptions: list[Subscription] = Field(default_factory=list)
    consumer_batch: int = Field(default=1_000, ge=1, description="records of one consumer transaction at most")
    consumer_lanes: int = Field(default=3, ge=1, description="transactions of one consumer at once, within `pool_size`")
    consumer_attempts: int = Field(default=3, ge=1, description="tries of one event before it is parked")
    parked_in_a_row: int = Field(default=10, ge=1, description="keys parked without a success between that stop it")

    issuer: str = Field(description="`iss` that tokens must carry")
    audience: str = Field(default="zero-dropout", description="`aud` that tokens must carry")
    jwks_url: str = Field(description="where the issuer publishes its keys")
    token_url: str = Field(default="", description="OAuth 2 token endpoint, for /docs and for calls to other services")
    client_id: str = ""
    client_secret: SecretStr = SecretStr("")
    organisations_file: Path | None = Field(default=None, description="JSON: organisation id → [first, last position]")
    keyring: SecretStr = Field(description="JSON: purpose → {current, keys: {id: base64 of 32 bytes}}")

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    ops_port: int = Field(default=0, ge=0, le=65535, description="health and metrics of the bus or jobs process")
    max_body_bytes: int = Field(default=1_000_000, ge=1)
    max_json_bytes: int = Field(default=1_000_000, ge=1, description="of a body that is held in memory to be read")
    job_lease_s: float = Field(default=15.0, gt=0, description="silence after which a job goes to another worker")
    shutdown_s: float = Field(default=10.0, gt=0, description="deadline for draining after SIGTERM")
    log_level: str = "INFO"

    @cached_property
    def source_uri(self) -> str:
        return self.source or f"urn:zd:{self.service}:{self.instance}"

    @cached_property
    def topic(self) -> str:
        return f"zd.{self.service}.{self.instance}.v1"

    @cached_property
    def served(self) -> tuple[Range, ...]:
        """The areas of the instance as ranges."""
        return areas(self.areas)

    def serves(self, area: int) -> bool:
        """An instance acts only for its own areas, whatever it hears of others."""
        return any(lo <= area <= hi for lo, hi in self.served)
