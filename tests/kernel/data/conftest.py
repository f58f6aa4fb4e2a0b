from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import MetaData

from zd_kernel.service import ServiceSpec
from zd_kernel.settings import ServiceSettings


class BareSettings(ServiceSettings):
    service = "bare"


def _nothing(_: Any) -> list[Any]:
    return []


@pytest.fixture(scope="session")
def service_spec() -> ServiceSpec:
    """A service with no table of its own: what is left is the kernel's."""
    return ServiceSpec("bare", BareSettings, lambda _: FastAPI(), _nothing, _nothing, MetaData(), Path(__file__).parent)
