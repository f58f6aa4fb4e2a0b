"""Rows that are left aside as said before: whatever happens until they are passed over, the end is as if each had been
read."""

import csv
import io
from collections.abc import Sequence
from random import Random
from typing import Any
from zipfile import ZipFile

import asyncpg
import pytest
from xlsxwriter import Workbook

from tests.registry.builders import KO_KHA_SCHOOL, a_citizen_id
from tests.registry.conftest import Everything, Registry, run_registry
from tests.registry.intake.test_apply import all_of, learns, lives, office, one, take_in
from tests.registry.intake.test_apply_withdrawal import state, withdraw
from tests.registry.intake.test_known import counts, read
from zd_engines.harness import ControlledClock
from zd_engines.pytest_plugin import DatabaseFactory, SettingsFactory
from zd_engines.tokens import TokenFactory
from zd_kernel.jobs.steps import load
from zd_kernel.scope import Scope
from zd_registry.__main__ import SPEC
from zd_registry.intake import known, told
from zd_registry.settings import RegistrySettings

__all__ = ["read"]
Row = dict[str, str]
REFUSED = """
SELECT row, reason, citizen_id_index IS NOT NULL AS named, cells <> '' AS kept FROM import_row ORDER BY import_id, row
"""
LEFT_ASIDE = "SELECT (SELECT count(*) FROM import_piece) AS pieces, (SELECT count(*) FROM import_told) AS told"


def a_csv(rows: Sequence[Row]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def a_roster(grades: Sequence[str]) -> bytes:
    """A OneRoster package with a pupil in each grade."""
    users = "".join(
        f"u{n},,,true,o1,student,u{n},{{citizenId:{a_citizen_id(n)}}},สมมุติ{n},ตัวอย่าง,,,,,,,{grade},\n"
        for n, grade in enumerate(grades, start=1)
    )
    born = "".join(f"u{n},,,2013-02-13,female\n" for n in range(1, len(grades) + 1))
    files = {
        "manifest.csv": "propertyName,value\nmanifest.version,1.0\noneroster.version,1.1\nfile.orgs,bulk\n"
        "file.users,bulk\nfile.demographics,bulk\nfile.academicSessions,absent\nfile.classes,absent\n"
        "file.courses,absent\nfile.enrollments,absent\n",
        "orgs.csv": "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId\n"
        f"o1,,,หนึ่ง,school,{KO_KHA_SCHOOL},\n",
        "users.csv": "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,"
        f"familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password\n{users}",
        "demographics.csv": f"sourcedId,status,dateLastModified,birthDate,sex\n{born}",
    }
    made = io.BytesIO()
    with ZipFile(made, "w") as package:
        for name, text in files.items():
            package.writestr(name, text)
    return made.getvalue()


async def bring(registry: Registry, kind: str, rows: Sequence[Row] | bytes, *, until: str) -> str:
    """Upload, and go on until the step `until` is next; the import's path."""
    term = "2567/1" if kind == "enrolment" else None
    content = rows if isinstance(rows, bytes) else a_csv(rows)
    answer = await office(registry).upload(kind, content, term, complete=True)
    assert answer.status_code == 202, answer.text
    job_id = (await registry.rows("SELECT job_id FROM file_import ORDER BY id DESC LIMIT 1"))[0]["job_id"]
    while (job := await load(registry.database, job_id)) is not None and job.live and job.step != until:
        await registry.carry(job_id, 1)
    return str(answer.headers["Location"])


async def work_last(registry: Registry) -> None:
    """Carry on with the job that came last, before others."""
    (job,) = await registry.rows("SELECT id FROM job WHERE state = 'queued' ORDER BY id DESC LIMIT 1")
    await registry.carry(job["id"])


async def end(registry: Registry, path: str) -> dict[str, Any]:
    await registry.work()
    taken: dict[str, Any] = (await office(registry).get(path)).json()
    assert taken["phase"] == "committed", taken
    assert taken["accepted"] + taken["unchanged"] + taken["rejected"] == taken["rows"]
    assert await all_of(registry, "SELECT FROM import_told") == []
    assert await all_of(registry, "SELECT FROM import_piece") == []
    assert await all_of(registry, "SELECT FROM import_chunk") == []
    return taken


async def test_what_is_touched_after_it_was_left_aside_is_read_after_all(registry: Registry, read: list[int]) -> None:
    people = [lives(n) for n in range(1, 7)]
    await take_in(registry, "population", *people)
    before = await state(registry)
    path = await bring(registry, "population", people, until="apply")
    assert await one(registry, LEFT_ASIDE) == (0, 1)
    # A register of another sender is taken in meanwhile.
    other = registry.caller(areas=["52"], agency="another")
    await other.upload("population", a_csv([lives(2, family_name="อื่น"), lives(5, family_name="อื่น")]))
    await work_last(registry)
    assert await state(registry) != before
    read.clear()
    assert counts(await end(registry, path)) == (2, 4, 0)
    assert (read, await state(registry)) == ([2], before)


async def test_nothing_is_passed_over_once_the_file_that_said_it_is_withdrawn(registry: Registry) -> None:
    people, pupils = [lives(1), lives(2)], [learns(1), learns(2)]
    await take_in(registry, "population", *people)
    first = await take_in(registry, "enrolment", *pupils, complete=True)
    listed = await state(registry)
    path = await bring(registry, "enrolment", pupils, until="apply")
    await withdraw(registry, first, 0)
    await work_last(registry)
    assert counts(await end(registry, path)) == (2, 0, 0)
    assert await state(registry) == listed


async def test_nor_once_the_withdrawal_is_forgotten_too(registry: Registry) -> None:
    another = registry.caller(areas=["52"], agency="another")

    async def a_register() -> None:
        await another.upload("population", a_csv([lives(1), lives(2)]))
        await work_last(registry)

    await a_register()
    pupils = [learns(1), learns(2)]
    first = await take_in(registry, "enrolment", *pupils, complete=True)
    listed = await state(registry)
    path = await bring(registry, "enrolment", pupils, until="turn")
    await withdraw(registry, first, 0)
    await work_last(registry)
    # Registers that are kept in place of the first, all later than what the withdrawal touched.
    await a_register()
    await a_register()
    assert await one(registry, "SELECT count(*) FROM touched_record") == (0,)
    assert counts(await end(registry, path)) == (2, 0, 0)
    assert await state(registry) == listed


async def test_what_was_touched_before_others_but_is_seen_after_them_is_read_after_all(
    registry: Registry, everything: Everything, read: list[int]
) -> None:
    people = [lives(n) for n in range(1, 5)]
    await take_in(registry, "population", *people)
    before = await state(registry)
    rename = "UPDATE child SET family_name = 'อื่น', version = version + 1 WHERE given_name = $1"
    async with registry.database.transaction(Scope.system("test")) as slow:
        await (await slow.driver()).execute(rename, "สมมุติ1")
        await everything.connection.execute(rename, "สมมุติ2")
        path = await bring(registry, "population", people, until="turn")
    read.clear()
    assert counts(await end(registry, path)) == (2, 2, 0)
    assert (read, await state(registry)) == ([1, 1], before)


@pytest.mark.parametrize("remembered", [True, False])
async def test_the_first_row_of_a_person_counts_also_if_it_is_read_after_all(
    registry: Registry, *, remembered: bool
) -> None:
    people = [lives(n) for n in range(1, 5)]
    await take_in(registry, "population", *people)
    before = await state(registry)
    path = await bring(registry, "population", [*people, lives(1, family_name="อื่น")], until="apply")
    await registry.caller(areas=["52"], agency="another").upload("population", a_csv([lives(1, family_name="สาม")]))
    await work_last(registry)
    if not remembered:
        known._known.clear()
        told._told.clear()
    assert counts(await end(registry, path)) == (1, 3, 1)
    assert await state(registry) == before


async def test_a_last_row_of_a_roster_that_is_read_after_all_is_named_beside_the_others(
    registry: Registry, read: list[int]
) -> None:
    await end(registry, await bring(registry, "enrolment", a_roster(["06", "06", "06"]), until=""))
    path = await bring(registry, "enrolment", a_roster(["05", "06", "06"]), until="apply")
    await registry.caller(areas=["52"], agency="another").upload("population", a_csv([lives(3, family_name="อื่น")]))
    await work_last(registry)
    read.clear()
    assert counts(await end(registry, path)) == (1, 2, 0)
    assert read == [1, 1]
    assert await all_of(registry, "SELECT grade, ended_date IS NULL FROM enrolment ORDER BY 1") == [
        ("P5", True), ("P6", True), ("P6", True),
    ]  # fmt: skip


async def test_rows_that_are_read_after_all_are_refused_with_all_that_was_in_them(registry: Registry) -> None:
    people = [lives(n) for n in range(1, 5)]
    await take_in(registry, "population", *people)
    # Before the row that is known; behind it; a refused one around which both pieces lie.
    rows = [lives(3, family_name="อื่น"), *people, lives(1, family_name="อื่น"), lives(9, sex="ผิด"), people[1]]
    path = await bring(registry, "population", rows, until="turn")
    assert counts(await end(registry, path)) == (1, 3, 4)
    assert await all_of(registry, REFUSED) == [
        (5, "duplicate_in_file", True, True), (7, "duplicate_in_file", True, True),
        (8, "sex_malformed", True, True), (9, "duplicate_in_file", True, True),
    ]  # fmt: skip
    answer = await office(registry).get(f"{path}/errors")
    assert [line.split(",")[1] for line in answer.text.splitlines()[1:]] == ["สมมุติ3", "สมมุติ1", "สมมุติ9", "สมมุติ2"]


async def test_a_workbook_brought_again_is_told_by_its_cells(registry: Registry, read: list[int]) -> None:
    def a_workbook(rows: Sequence[Row]) -> bytes:
        made = io.BytesIO()
        with Workbook(made, {"in_memory": True}) as book:
            sheet = book.add_worksheet()
            for line, cells in enumerate([list(rows[0]), *(list(row.values()) for row in rows)]):
                sheet.write_row(line, 0, cells)
        return made.getvalue()

    people = [lives(n) for n in range(1, 6)]
    for rows, unread in ((people, 0), (people, 5), ([*people[:4], lives(5, family_name="อื่น")], 4)):
        read.clear()
        answer = await office(registry).upload("population", a_workbook(rows))
        assert (await end(registry, answer.headers["Location"]))["unchanged"] == unread
        assert sum(read) == 5 - unread


def some_rows(rng: Random, kind: str, before: Sequence[Row]) -> list[Row]:
    """A file like the one before: some rows are other ones, some are gone, some stand twice, some are new."""
    row = lives if kind == "population" else learns
    changes = (
        {"family_name": "อื่น"}, {"citizen_id": ""}, {"birth_date": "ผิด"}, {"sex": "ชาย"}, {"birth_date": "2556"},
        {"area": "520302"} if kind == "population" else {"grade": "P5"},
    )  # fmt: skip
    rows = [rng.choice([one, one, one, one | rng.choice(changes)]) for one in before if rng.random() < 0.9]
    rows += [row(number) for number in rng.sample(range(1, 40), rng.randrange(4))]
    rows += [rng.choice(rows) | rng.choice([{}, *changes]) for _ in range(rng.randrange(3))]
    if rng.random() < 0.5:
        rng.shuffle(rows)
    return rows


@pytest.mark.parametrize("seed", range(4))
async def test_files_end_as_if_every_row_of_them_had_been_read(
    registry: Registry, database_factory: DatabaseFactory, service_settings: SettingsFactory,
    settings: RegistrySettings, clock: ControlledClock, token_factory: TokenFactory, seed: int,
) -> None:  # fmt: skip
    """One instance forgets everything that was said before each file, the other may be asked for one step at a time."""
    given = {"organisations_file": settings.organisations_file, "keyring": settings.keyring}
    database = await database_factory(SPEC)
    apart = await service_settings(SPEC, database=database, **given)
    assert isinstance(apart, RegistrySettings)
    admin: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(database.admin_url)
    rng = Random(seed)
    lists: dict[str, list[Row]] = {
        "population": [lives(n) for n in range(1, 20)], "enrolment": [learns(n) for n in range(1, 16)],
    }  # fmt: skip
    left = 0
    async with run_registry(apart, clock, token_factory) as forgetful:
        for _ in range(5):
            found = []
            for instance in (registry, forgetful):
                for kind, rows in lists.items():
                    if instance is forgetful:
                        await admin.execute("DELETE FROM import_known")
                    path = await bring(instance, kind, rows, until=rng.choice(["convert", "stage", "apply", "close"]))
                    if rng.random() < 0.5:
                        known._known.clear()
                        told._told.clear()
                    left += len(await all_of(instance, "SELECT FROM import_told"))
                    found.append(
                        (counts(await end(instance, path)), await state(instance), await all_of(instance, REFUSED))
                    )
            assert found[:2] == found[2:]
            lists = {kind: some_rows(rng, kind, rows) for kind, rows in lists.items()}
    assert left
    await admin.close()
