import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import text

from zd_kernel.data.database import Database
from zd_kernel.data.session import WriteSession
from zd_kernel.problems import Overloaded
from zd_kernel.scope import Scope, areas
from zd_kernel.settings import ServiceSettings

OFFICER = Scope("officer", areas(["520301"]))


class ProbeSettings(ServiceSettings):
    service = "probe"


@pytest.fixture
async def settings(kernel_database: str) -> ProbeSettings:
    return ProbeSettings.model_validate(
        {
            "instance": "test",
            "agency": "test",
            "areas": ["52"],
            "database_url": kernel_database,
            "kafka_bootstrap": "127.0.0.1:1",
            "issuer": "http://issuer",
            "jwks_url": "http://issuer/jwks",
            "keyring": "{}",
            "pool_size": 1,
            "pool_timeout_s": 0.2,
        }
    )
