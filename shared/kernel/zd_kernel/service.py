"""What the kernel must know of a service to run it."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from sqlalchemy import MetaData

from zd_kernel.settings import ServiceSettings


@dataclass(frozen=True, slots=True)
class ServiceSpec:
    """Made once per service, in its `__main__.py`.

    `create_app`, `handlers` and `jobs` take the service's own settings and are its three composition roots
    (`main.py`, `bus.py`, `jobs.py`); `handlers` returns a `HandlerTable`, `jobs` a `JobTable`. Name them by `later`, so
    that a process loads its own root and no other: the libraries of the jobs are the heavy ones.
    """

    name: str
    settings_class: type[ServiceSettings]
    create_app: Callable[[Any], FastAPI]
    handlers: Callable[[Any], Any]
    jobs: Callable[[Any], Any]
    metadata: MetaData
    migrations: Path


def later(path: str) -> Callable[[Any], Any]:
    """`"zd_x.jobs:jobs"` as a function that imports the module when it is called."""
    module, _, name = path.partition(":")

    def composed(settings: Any) -> Any:
        return getattr(import_module(module), name)(settings)

    return composed


def migrations_folder(main_file: str) -> Path:
    """The service's `migrations`, given its `__main__`'s `__file__`: inside an installed package, beside it in the tree."""
    package = Path(main_file).parent
    installed = package / "migrations"
    return installed if installed.is_dir() else package.parent / "migrations"
