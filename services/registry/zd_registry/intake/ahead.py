"""The next piece is read while the database stores this one. Only a cache: what is lost is read again."""

import asyncio
import json
from collections.abc import Hashable
from typing import NamedTuple

import numpy as np

from zd_kernel.jobs.cpu import in_subprocess
from zd_registry.intake.cells import Wanted
from zd_registry.intake.known import Known, Told
from zd_registry.intake.rows import Staged, digest_rows, stage_rows
from zd_registry.settings import RegistrySettings

_MOST = 4


class Rows(NamedTuple):
    """The rows of a piece: those that have to be read, and those that were said before."""

    staged: Staged
    told: Told


_running: dict[Hashable, "asyncio.Task[Rows]"] = {}


async def staged_ahead(settings: RegistrySettings, wanted: Wanted, following: Wanted | None, known: Known) -> Rows:
    """The rows of `wanted`; those of `following` are begun as soon as these are done, and kept for the next call."""
    task = _running.pop(_key(wanted), None) or _begin(settings, wanted, known)
    try:
        rows = await task
    finally:
        task.cancel()
    if following is not None:
        read_ahead(settings, following, known)
    return rows


def read_ahead(settings: RegistrySettings, wanted: Wanted, known: Known) -> None:
    """Begin with the rows of `wanted`, once."""
    if _key(wanted) in _running:
        return
    while len(_running) >= _MOST:
        _running.pop(next(iter(_running))).cancel()
    _running[_key(wanted)] = _begin(settings, wanted, known)


def _begin(settings: RegistrySettings, wanted: Wanted, known: Known) -> "asyncio.Task[Rows]":
    return asyncio.ensure_future(_rows(settings, wanted, known))


async def _rows(settings: RegistrySettings, wanted: Wanted, known: Known) -> Rows:
    if not len(known.digests):
        nothing = Told(np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int64), known)
        return Rows(await in_subprocess(stage_rows, settings, wanted, None), nothing)
    rows, digests = await in_subprocess(digest_rows, settings, wanted)
    places = known.find(digests)
    told = places >= 0
    return Rows(await in_subprocess(stage_rows, settings, wanted, told), Told(rows[told], places[told], known))


def _key(wanted: Wanted) -> Hashable:
    # All that the rows depend on but the content, which the import and the ordinal name.
    return wanted.import_id, wanted.ordinal, wanted.today, json.dumps(wanted.layout, sort_keys=True)
