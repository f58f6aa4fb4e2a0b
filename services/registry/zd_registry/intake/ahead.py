"""The next piece is read while the database stores this one. Only a cache: what is lost is read again."""

import asyncio
import json
from collections.abc import Hashable

from zd_kernel.jobs.cpu import in_subprocess
from zd_registry.intake.cells import Wanted
from zd_registry.intake.rows import Staged, stage_rows
from zd_registry.settings import RegistrySettings

_MOST = 4
_running: dict[Hashable, "asyncio.Task[Staged]"] = {}


async def staged_ahead(settings: RegistrySettings, wanted: Wanted, following: Wanted | None) -> Staged:
    """The rows of `wanted`; those of `following` are begun as soon as these are done, and kept for the next call."""
    task = _running.pop(_key(wanted), None) or _begin(settings, wanted)
    try:
        staged = await task
    finally:
        task.cancel()
    if following is not None:
        read_ahead(settings, following)
    return staged


def read_ahead(settings: RegistrySettings, wanted: Wanted) -> None:
    """Begin with the rows of `wanted`, once."""
    if _key(wanted) in _running:
        return
    while len(_running) >= _MOST:
        _running.pop(next(iter(_running))).cancel()
    _running[_key(wanted)] = _begin(settings, wanted)


def _begin(settings: RegistrySettings, wanted: Wanted) -> "asyncio.Task[Staged]":
    return asyncio.ensure_future(in_subprocess(stage_rows, settings, wanted))


def _key(wanted: Wanted) -> Hashable:
    # All that the rows depend on but the content, which the import and the ordinal name.
    return wanted.import_id, wanted.ordinal, wanted.today, json.dumps(wanted.layout, sort_keys=True)
