"""The job `names`: the names of new children enter the dictionary, and what they may be asked for by."""

import asyncio
from collections.abc import Sequence
from io import BytesIO
from itertools import chain
from uuid import UUID

import numpy as np
from asyncpg import Record

from zd_kernel.data.session import WriteSession
from zd_kernel.jobs.cpu import in_subprocess
from zd_kernel.jobs.table import DONE, JobRow, StepResult, again, done
from zd_registry.children.actions import take_turns
from zd_registry.search import queries
from zd_registry.search.actions import note_names
from zd_registry.search.rules import forms

NAMES_OF_A_STEP = 20_000
_NAMES_AT_ONCE = 5_000
# A row of COPY's binary format: how many fields, and each behind its length.
_FORM = np.dtype([("fields", ">i2"), ("form_bytes", ">i4"), ("form", ">i8"), ("entry_bytes", ">i4"), ("entry", ">i4")])
_COPY_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_COPY_TRAILER = b"\xff\xff"
CHILDREN_OF_A_STEP = 20_000


async def collect_names(session: WriteSession, job: JobRow) -> StepResult:
    """Let names lead to whom an import registered, and put them into the dictionary, page by page.

    Progress is the first half of the last id, so some of a page are looked at twice, which changes nothing.
    """
    if "import_id" not in job.args:
        return done(0)
    import_id = UUID(job.args["import_id"])
    after = UUID(int=job.progress_done << 64) if job.progress_done else import_id
    # Nobody is erased between being read and being noted.
    await take_turns(session)
    connection = await session.driver()
    until = await connection.fetchval(queries.PAGE_END, after, CHILDREN_OF_A_STEP)
    if until is None:
        return done(0)
    await connection.execute(queries.NAME_REGISTERED, after, until, import_id)
    await note_names(session, queries.OF_REGISTERED, after, until, import_id)
    return again(max(until.int >> 64, job.progress_done + 1))


async def index_names(session: WriteSession, _: JobRow) -> StepResult:
    """Give the names that wait their forms, some thousands in a step; while some are stored, others are worked out."""
    connection = await session.driver()
    await connection.execute(queries.ONE_INDEXES)
    waiting = await connection.fetch(queries.WAITING, NAMES_OF_A_STEP)
    if not waiting:
        return DONE
    one_at_a_time = asyncio.Lock()

    async def index(names: Sequence[Record]) -> None:
        payload = await in_subprocess(forms_of, [name["id"] for name in names], [name["key"] for name in names])
        async with one_at_a_time:
            await connection.copy_to_table(
                "name_form", source=BytesIO(payload), columns=["form", "entry"], format="binary"
            )

    parts = range(0, len(waiting), _NAMES_AT_ONCE)
    for ended in await asyncio.gather(
        *(index(waiting[at : at + _NAMES_AT_ONCE]) for at in parts), return_exceptions=True
    ):
        if isinstance(ended, BaseException):
            raise ended
    await connection.execute(queries.INDEXED, [name["id"] for name in waiting])
    return again()


def forms_of(ids: Sequence[int], keys: Sequence[str]) -> bytes:
    """Forms of names with their ids as COPY's binary format has them, in the order of the index, whose pages are then
    each written once. Runs in a subprocess."""
    found = [forms(key) for key in keys]
    rows = np.zeros(sum(map(len, found)), dtype=_FORM)
    rows["fields"], rows["form_bytes"], rows["entry_bytes"] = 2, 8, 4
    rows["form"] = np.fromiter(chain.from_iterable(found), np.int64, len(rows))
    rows["entry"] = np.repeat(np.array(ids, np.int32), [len(each) for each in found])
    return _COPY_HEADER + rows[np.lexsort((rows["entry"], rows["form"]))].tobytes() + _COPY_TRAILER
