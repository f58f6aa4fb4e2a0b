"""What the kernel must know of a service to run it."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules
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
        with _loading():
            return getattr(import_module(module), name)(settings)

    return composed


def every_table(metadata: MetaData, package: str) -> MetaData:
    """The metadata with the models of every slice loaded: a foreign key needs the table it points to in any process."""
    with _loading():
        for slice_ in iter_modules(import_module(package).__path__, f"{package}."):
            if slice_.ispkg and find_spec(f"{slice_.name}.models"):
                import_module(f"{slice_.name}.models")
    return metadata


@contextmanager
def _loading() -> Iterator[None]:
    """What is loaded stays, so looking for garbage in it is in vain: a third of a start, measured."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def migrations_folder(main_file: str) -> Path:
    """Where a service's migrations are: inside its package once installed, beside the package in the tree."""
    package = Path(main_file).parent
    installed = package / "migrations"
    return installed if installed.is_dir() else package.parent / "migrations"
