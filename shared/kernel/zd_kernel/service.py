"""What the kernel must know of a service to run it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from sqlalchemy import MetaData

from zd_kernel.settings import ServiceSettings


@dataclass(frozen=True, slots=True)
class ServiceSpec:
    """Made once per service, in its `__main__.py`.

    `create_app`, `handlers` and `jobs` take the service's own settings and are its three composition roots
    (`main.py`, `bus.py`, `jobs.py`); `handlers` returns a `HandlerTable`, `jobs` a `JobTable`.
    """

    name: str
    settings_class: type[ServiceSettings]
    create_app: Callable[[Any], FastAPI]
    handlers: Callable[[Any], Any]
    jobs: Callable[[Any], Any]
    metadata: MetaData
    migrations: Path


def migrations_folder(main_file: str) -> Path:
    """The service's `migrations`, given its `__main__`'s `__file__`: inside an installed package, beside it in the tree."""
    package = Path(main_file).parent
    installed = package / "migrations"
    return installed if installed.is_dir() else package.parent / "migrations"
