"""Guardians of an earlier release, whose keyed hashes were kept in full, are found after an upgrade."""

import shutil
from pathlib import Path

import asyncpg

from zd_engines.databases import Databases
from zd_kernel.data.migrate import upgrade
from zd_kernel.ids import uuid7
from zd_kernel.keyring import KeyRing, Ring
from zd_notify.__main__ import SPEC

_CHILD = "INSERT INTO child (child_id, area) VALUES ($1, 0)"
_GUARDIAN = """
INSERT INTO guardian (id, child_id, area, channel, line_user_id, line_user_index, active, linked_at)
VALUES ($1, $1, 0, 'line', '', $2, true, now())
"""


async def test_a_guardian_kept_under_a_hash_in_full_is_found_by_the_short_one(
    databases: Databases, tmp_path: Path
) -> None:
    keys = Ring.model_validate({"current": "k1", "keys": {"k1": "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="}})
    keyring, guardian_id = KeyRing(keys, keys), uuid7()
    (tmp_path / "versions").mkdir()
    for migration in ("0001_notify.py", "0002_merged.py"):
        shutil.copy(SPEC.migrations / "versions" / migration, tmp_path / "versions")
    made = await databases.empty(f"zd_upgraded_{uuid7().hex[-8:]}")
    await upgrade(made.migrator_url, made.owner_role, tmp_path)
    connection = await asyncpg.connect(made.admin_url)
    try:
        await connection.execute(_CHILD, guardian_id)
        await connection.execute(_GUARDIAN, guardian_id, f"k1.{keyring.keyed_hash('line_user', 'U1').hex()}")
        await upgrade(made.migrator_url, made.owner_role, SPEC.migrations)
        found = await connection.fetchval(
            "SELECT id FROM guardian WHERE line_user_index = $1", keyring.blind("line_user", "U1")
        )
        assert found == guardian_id
    finally:
        await connection.close()
