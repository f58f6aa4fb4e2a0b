"""A database of the first release, with children in it, is brought to the newest."""

import shutil
from pathlib import Path
from uuid import UUID

import asyncpg

from zd_engines.databases import Databases
from zd_kernel.data.migrate import upgrade
from zd_kernel.ids import uuid7
from zd_registry.__main__ import SPEC

_CHILD = """
INSERT INTO child VALUES ($1, 52030100, 'n', 'n', '2013-02-13', 'unknown', '', $1::uuid::text, $2, $3, $3, $4, 1,
    now(), now())
"""


async def test_what_a_child_was_judged_by_the_first_release_is_kept(databases: Databases, tmp_path: Path) -> None:
    first = tmp_path / "migrations"
    (first / "versions").mkdir(parents=True)
    shutil.copy(SPEC.migrations / "versions" / "0001_registry.py", first / "versions")
    made = await databases.empty(f"zd_upgraded_{uuid7().hex[-8:]}")
    await upgrade(made.migrator_url, made.owner_role, first)
    connection = await asyncpg.connect(made.admin_url)
    try:
        judged, new = uuid7(), uuid7()
        await connection.execute(_CHILD, judged, "not_learning", "dropped_out", "2567/1")
        await connection.execute(_CHILD, new, "unconfirmed", None, None)
        await upgrade(made.migrator_url, made.owner_role, SPEC.migrations)
        rows = await connection.fetch("SELECT child_id, status, missing_kind, announced_kind, term FROM learning_state")
        expected: list[tuple[UUID, str, str, str, str]] = [
            (judged, "not_learning", "dropped_out", "dropped_out", "2567/1")
        ]
        assert [tuple(row) for row in rows] == expected
        assert await connection.fetchval("SELECT count(*) FROM child") == 2
    finally:
        await connection.close()
