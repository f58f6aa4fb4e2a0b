"""A database of the first release, with children in it, is brought to the newest; so are keyed hashes in full."""

import json
import shutil
from pathlib import Path
from uuid import UUID

import asyncpg

from zd_engines.databases import Databases
from zd_kernel.data.migrate import upgrade
from zd_kernel.ids import uuid7
from zd_kernel.keyring import KeyRing, Ring
from zd_registry.__main__ import SPEC
from zd_registry.duplicates.queries import FINGERPRINT

_CHILD = """
INSERT INTO child VALUES ($1, 52030100, 'n', 'n', '2013-02-13', 'unknown', '', $1::uuid::text, $2, $3, $3, $4, 1,
    now(), now())
"""
_KEYS = Ring.model_validate({"current": "k1", "keys": {"k1": "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="}})
# $1 is a child, $2 the hash in full.
_HASHED = (
    "UPDATE child SET citizen_id_index = $2 WHERE id = $1",
    """INSERT INTO child_identifier (id, child_id, area, kind, value_encrypted, value_index, created_at)
    VALUES (uuidv7(), $1, 0, 'g_code', '', $2, now())""",
    """INSERT INTO erased_child (child_id, area, citizen_id_index, person_index, erased_date)
    VALUES ($1, 0, $2, $2, now())""",
    "INSERT INTO erased_identifier (child_id, value_index, area) VALUES ($1, $2, 0)",
    """INSERT INTO guardian (id, area, name_encrypted, name_index, citizen_id_index, created_at, updated_at, version)
    VALUES ($1, 0, '', $2, $2, now(), now(), 1)""",
    "INSERT INTO household (id, area, house_code_index, created_at) VALUES ($1, 0, $2, now())",
    "INSERT INTO import_row (import_id, row, citizen_id_index, other_id_index) VALUES ($1, 1, $2, $2)",
    """INSERT INTO roster_pupil (id, feed_id, source_index, source_encrypted, child_id, area, import_id,
        first_import_id) VALUES ($1, $1, $2, '', $1, 0, $1, $1)""",
    """INSERT INTO sheet_refusal (sheet_id, row, citizen_id_index, reason, cells) VALUES ($1, 1, $2, '', '')""",
    """INSERT INTO unlinked_record (id, area, import_id, row, feed_id, kind, given_name, family_name, given_key,
        family_key, given_lk82, family_lk82, given_udom83, family_udom83, birth_precision, sex, id_problem, state,
        citizen_id_index, details, created_at)
    VALUES ($1, 0, $1, 1, $1, '', '', '', '', '', '', '', '', '', 'day', '', 'none', 'waiting', $2,
        jsonb_build_object('nickname', 'n', 'other_id', jsonb_build_object('index', $2::text)), now())""",
)
_COLUMNS = """
SELECT table_name, column_name FROM information_schema.columns
WHERE table_schema = 'public' AND data_type = 'text' AND column_name LIKE '%\\_index'
"""
_PAIR = """
INSERT INTO duplicate_pair (id, area, first_child_id, second_child_id, source, fields, fingerprint, state, version,
    created_at)
VALUES (uuidv7(), 0, least($1::uuid, $2), greatest($1::uuid, $2), 'person', '{}', '', 'refused', 1, now())
RETURNING first_child_id, second_child_id
"""


def _migrations(folder: Path, before: str) -> Path:
    """Those of an earlier release: the ones whose number comes `before`."""
    (folder / "versions").mkdir(parents=True)
    for migration in (SPEC.migrations / "versions").glob("*.py"):
        if migration.name < before:
            shutil.copy(migration, folder / "versions")
    return folder


async def test_what_a_child_was_judged_by_the_first_release_is_kept_and_hashes_in_full_are_found_when_short(
    databases: Databases, tmp_path: Path
) -> None:
    made = await databases.empty(f"zd_upgraded_{uuid7().hex[-8:]}")
    await upgrade(made.migrator_url, made.owner_role, _migrations(tmp_path / "first", "0002"))
    connection = await asyncpg.connect(made.admin_url)
    keyring = KeyRing(_KEYS, _KEYS)
    try:
        judged, new = uuid7(), uuid7()
        await connection.execute(_CHILD, judged, "not_learning", "dropped_out", "2567/1")
        await connection.execute(_CHILD, new, "unconfirmed", None, None)
        await upgrade(made.migrator_url, made.owner_role, _migrations(tmp_path / "long", "0040"))
        rows = await connection.fetch("SELECT child_id, status, missing_kind, announced_kind, term FROM learning_state")
        expected: list[tuple[UUID, str, str, str, str]] = [
            (judged, "not_learning", "dropped_out", "dropped_out", "2567/1")
        ]
        assert [tuple(row) for row in rows] == expected
        assert await connection.fetchval("SELECT count(*) FROM child") == 2

        # What the rows refer to need not be there.
        await connection.execute("SET session_replication_role = replica")
        for statement in _HASHED:
            await connection.execute(statement, judged, f"k1.{keyring.keyed_hash('number', '1').hex()}")
        (pair,) = await connection.fetch(_PAIR, judged, new)
        said = await connection.fetchval(FINGERPRINT, *pair)
        await connection.execute("UPDATE duplicate_pair SET fingerprint = $1", said)
        await upgrade(made.migrator_url, made.owner_role, SPEC.migrations)
        short = keyring.blind("number", "1")
        for table, column in await connection.fetch(_COLUMNS):
            held = await connection.fetch(f"SELECT {column} FROM {table} WHERE {column} LIKE 'k1.%'")
            assert [tuple(row) for row in held] == [(short,)], (table, column)
        details = await connection.fetchval("SELECT details FROM unlinked_record")
        assert json.loads(details) == {"nickname": "n", "other_id": {"index": short}}
        said_now = await connection.fetchval(FINGERPRINT, *pair)
        assert said_now != said
        assert await connection.fetchval("SELECT fingerprint FROM duplicate_pair") == said_now
    finally:
        await connection.close()
