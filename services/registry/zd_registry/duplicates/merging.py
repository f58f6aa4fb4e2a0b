"""Two records become one, in one transaction: a step of a job, as it reaches rows that the reviewer may not see."""
# ruff: noqa: S608  (names of tables and columns come from the catalogue of the database)

import json
from typing import Any, Final
from uuid import UUID

import asyncpg

from zd_contracts.events.registry import ChildMerged, ChildMoved, ChildReturned
from zd_kernel.data.session import WriteSession
from zd_kernel.events.outbox import emit
from zd_kernel.ids import uuid7
from zd_kernel.jobs.table import DONE, JobRow, StepResult
from zd_kernel.keyring import KeyRing
from zd_kernel.scope import tambon_of
from zd_registry.attendance.uniting import unite_attendance
from zd_registry.children.actions import take_turns, today
from zd_registry.children.rules import CITIZEN_ID, OTHER_ID
from zd_registry.duplicates import queries, rules
from zd_registry.duplicates.actions import pair_between
from zd_registry.duplicates.catalogue import ChildColumn, Rows, child_columns, rows_of
from zd_registry.duplicates.models import ChildMerge

SNAPSHOT: Final = "merge"
"""Purpose of the key ring, for `child_merge.snapshot`, bound to the merge's id."""

# A school's list of a term in which one record still stands outweighs the other's, which ended.
_ENDED_TWICE: Final = """
DELETE FROM enrolment s USING enrolment m WHERE s.child_id = $1 AND m.child_id = $2 AND m.term = s.term
    AND m.organisation = s.organisation AND s.ended_date IS NOT NULL AND m.ended_date IS NULL
"""
# A child lives in one place: the survivor's, if both say one.
_LIVES_ONCE: Final = """
UPDATE residence m SET until_date = greatest($3::date, m.from_date) WHERE m.child_id = $2 AND m.until_date IS NULL
    AND EXISTS (SELECT FROM residence s WHERE s.child_id = $1 AND s.until_date IS NULL)
"""
# What an import changed on the other record is not what the survivor would go back to.
_NOT_THE_SURVIVORS: Final = """
UPDATE import_effect SET version = -1 WHERE child_id = $2 AND $1 <> $2 AND kind IN ('corrected', 'moved')
"""
_KEEP_FORMER: Final = """
INSERT INTO child_identifier (id, child_id, area, kind, value_encrypted, value_index, valid_to, created_at)
SELECT $1, c.id, c.area, 'citizen_id', $3, $4, $5, $6 FROM child c WHERE c.id = $2
"""
_STATE_COLUMNS: Final = """status, missing_kind, term, reason, evidence_kind, evidence_organisation, evidence_term,
    evidence_grade, evidence_feed_id, evidence_import_id, evidence_date, run_id, judged_at, verified_at, verified_by"""
_TAKE_STATE: Final = f"""
UPDATE learning_state s SET ({_STATE_COLUMNS}) = (SELECT {_STATE_COLUMNS} FROM learning_state WHERE child_id = $2),
    version = s.version + 1
WHERE s.child_id = $1
"""
# The other record is in a list that is no older than what the survivor was judged by.
_ENROLLED_BACK: Final = """
UPDATE learning_state s SET status = 'in_school', missing_kind = NULL, announced_kind = NULL, term = e.term,
    reason = 'enrolled', evidence_kind = 'enrolment', evidence_organisation = e.organisation, evidence_term = e.term,
    evidence_grade = e.grade, evidence_feed_id = e.feed_id, evidence_import_id = e.import_id, evidence_date = NULL,
    version = s.version + 1, judged_at = $2
FROM (SELECT * FROM enrolment WHERE child_id = $1 AND ended_date IS NULL ORDER BY term DESC, created_at DESC LIMIT 1) e
WHERE s.child_id = $1 AND s.announced_kind IS NOT NULL AND s.term <= e.term
RETURNING old.status
"""
_NOTE_CHANGE: Final = """
INSERT INTO learning_change (id, child_id, area, at, from_status, to_status, missing_kind, reason, evidence)
SELECT $2, child_id, area, $3, $4, status, missing_kind, 'merged', '{}' FROM learning_state WHERE child_id = $1
"""


def open_snapshot(keyring: KeyRing, sealed: str, merge_id: UUID) -> dict[str, Rows]:
    """`before` and `after` the merge. Raises as KeyRing.decrypt."""
    told: dict[str, Rows] = json.loads(rules.with_short_hashes(keyring.decrypt(SNAPSHOT, sealed, str(merge_id))))
    return told


async def merge_children(session: WriteSession, job: JobRow, *, keyring: KeyRing) -> StepResult:
    """The step of the job `merge`; args: `merge_id`."""
    await take_turns(session)
    merge = await session.get(ChildMerge, UUID(job.args["merge_id"]), with_for_update=True)
    if merge is None or merge.state != "waiting":
        return DONE
    connection = await session.driver()
    both = [merge.survivor_id, merge.merged_id]
    if len(await connection.fetch(queries.LOCK, both)) < 2:
        merge.state = "failed"
        await _release(session, merge)
        return DONE
    session.audit_subjects(*both)
    columns = await child_columns(connection)
    before = await rows_of(connection, columns, both)
    await _repoint(session, merge, columns, before, keyring)
    after = await rows_of(connection, columns, both)
    merge.snapshot = keyring.encrypt(SNAPSHOT, json.dumps({"before": before, "after": after}), str(merge.id))
    merge.state, merge.merged_at = "merged", session.clock.now()
    _tell(session, merge, before, after)
    return DONE


async def _release(session: WriteSession, merge: ChildMerge) -> None:
    pair = await pair_between(session, merge.survivor_id, merge.merged_id)
    if pair is not None:
        pair.state = "waiting"


async def _repoint(
    session: WriteSession, merge: ChildMerge, columns: list[ChildColumn], before: Rows, keyring: KeyRing
) -> None:
    """Everything of the merged record becomes the survivor's; what the survivor has already is set aside."""
    connection = await session.driver()
    survivor, merged = (before["child"][str(child)] for child in (merge.survivor_id, merge.merged_id))
    both = (merge.survivor_id, merge.merged_id)
    await connection.execute(_ENDED_TWICE, *both)
    await connection.execute(_LIVES_ONCE, *both, today(session))
    await connection.execute(_NOT_THE_SURVIVORS, *both)
    await unite_attendance(session, *both)
    await _join_states(session, merge, before)
    await _rebind(connection, keyring, merge)
    for at in columns:
        for others in at.unique:
            same = " AND ".join(["true", *(f"s.{name} = m.{name}" for name in others)])
            await connection.execute(
                f"DELETE FROM {at.table} m USING {at.table} s"
                f" WHERE m.{at.column} = $2 AND s.{at.column} = $1 AND {same}",
                *both,
            )
        await connection.execute(f"UPDATE {at.table} SET {at.column} = $1 WHERE {at.column} = $2", *both)
    await connection.execute("DELETE FROM child WHERE id = $1", merge.merged_id)
    await connection.execute(
        "INSERT INTO merged_child (child_id, survivor_id, area) VALUES ($1, $2, $3)", merge.merged_id, *_at(survivor)
    )
    await _fill(session, merge, survivor, merged, keyring)
    now = session.clock.now()
    if (was := await connection.fetchval(_ENROLLED_BACK, merge.survivor_id, now)) is not None:
        await connection.execute(_NOTE_CHANGE, merge.survivor_id, uuid7(), now, was)
    await place(connection, columns, merge.survivor_id)


def _at(child: rules.Row) -> tuple[UUID, int]:
    return UUID(child["id"]), child["area"]


async def place(connection: "asyncpg.Connection[asyncpg.Record]", columns: list[ChildColumn], child_id: UUID) -> None:
    """What is kept about a child lies where the child lives."""
    for at in columns:
        if at.follows:
            await connection.execute(
                f"UPDATE {at.table} t SET area = c.area FROM child c"
                f" WHERE c.id = $1 AND t.{at.column} = $1 AND t.area <> c.area",
                child_id,
            )


async def _join_states(session: WriteSession, merge: ChildMerge, before: Rows) -> None:
    """The better evidenced learning status stays, and what was announced of either as long as it holds."""
    connection = await session.driver()
    survivor, merged = states(before, merge)
    if merged is None:
        return
    taken = rules.better_state(survivor, merged) == "merged"
    if survivor is None:
        announced = merged["announced_kind"]
        holder = merge.merged_id
    else:
        announced = survivor["announced_kind"] or merged["announced_kind"]
        holder = merge.survivor_id
        if taken:
            await connection.execute(_TAKE_STATE, merge.survivor_id, merge.merged_id)
            if survivor["status"] != merged["status"]:
                now = session.clock.now()
                await connection.execute(_NOTE_CHANGE, merge.survivor_id, uuid7(), now, survivor["status"])
    announced = None if rules.learns(merged if taken else survivor) else announced
    await connection.execute(
        "UPDATE learning_state SET announced_kind = $2 WHERE child_id = $1 AND announced_kind IS DISTINCT FROM $2",
        holder, announced,
    )  # fmt: skip


def states(rows: Rows, merge: ChildMerge) -> tuple[rules.Row | None, rules.Row | None]:
    held = rows.get("learning_state", {})
    return held.get(str(merge.survivor_id)), held.get(str(merge.merged_id))


async def _rebind(connection: "asyncpg.Connection[asyncpg.Record]", keyring: KeyRing, merge: ChildMerge) -> None:
    """A sealed identifier is bound to the child's id."""
    query = "SELECT id, kind, value_encrypted FROM child_identifier WHERE child_id = $1"
    for row in await connection.fetch(query, merge.merged_id):
        purpose = CITIZEN_ID if row["kind"] == "citizen_id" else OTHER_ID
        sealed = _bound(keyring, purpose, row["value_encrypted"], merge)
        await connection.execute("UPDATE child_identifier SET value_encrypted = $2 WHERE id = $1", row["id"], sealed)


def _bound(keyring: KeyRing, purpose: str, sealed: str, merge: ChildMerge) -> str:
    return keyring.encrypt(purpose, keyring.decrypt(purpose, sealed, str(merge.merged_id)), str(merge.survivor_id))


async def _fill(
    session: WriteSession, merge: ChildMerge, survivor: rules.Row, merged: rules.Row, keyring: KeyRing
) -> None:
    connection = await session.driver()
    taken = rules.filled(survivor, merged)
    number, sealed = merged["citizen_id_index"], merged["citizen_id_encrypted"]
    if number is not None:
        bound = _bound(keyring, CITIZEN_ID, sealed, merge)
        if survivor["citizen_id_index"] is None:
            taken |= {"citizen_id_index": number, "citizen_id_encrypted": bound}
        else:
            now = session.clock.now()
            await connection.execute(_KEEP_FORMER, uuid7(), merge.survivor_id, bound, number, today(session), now)
    await write_columns(connection, "child", ("id",), {**survivor, **taken}, taken)
    await connection.execute(
        "UPDATE child SET version = version + 1, updated_at = $2 WHERE id = $1", merge.survivor_id, session.clock.now()
    )


async def write_columns(
    connection: "asyncpg.Connection[asyncpg.Record]", table: str, key: tuple[str, ...], row: Any, names: Any
) -> None:
    """Give a row these columns of `row`, a row of the table as JSON."""
    if not names:
        return
    listed = ", ".join(names)
    found = " AND ".join(f"t.{name} = v.{name}" for name in key)
    values = ", ".join(f"v.{name}" for name in names)
    await connection.execute(
        f"UPDATE {table} t SET ({listed}) = ROW({values})"
        f" FROM jsonb_populate_record(NULL::{table}, $1::text::jsonb) v WHERE {found}",
        json.dumps(dict(row)),
    )


def _tell(session: WriteSession, merge: ChildMerge, before: Rows, after: Rows) -> None:
    """Each id hears its own story to the end: a return before the merge, so that readers need no order between ids."""
    child = after["child"][str(merge.survivor_id)]
    for child_id in returned(merge, before, after):
        state = after["learning_state"][str(merge.survivor_id)]
        fact = {
            "child_id": child_id, "tambon": tambon_of(before["child"][str(child_id)]["area"]),
            "learning_status": state["status"],
            "evidence": "placement" if state["evidence_kind"] == "placement" else "enrolment",
            "returned_date": today(session),
        }  # fmt: skip
        emit(session, ChildReturned.model_validate(fact))
    tell_merged(session, merge, before, undone=False)
    tell_moved(session, before["child"][str(merge.survivor_id)], child)


def returned(merge: ChildMerge, before: Rows, after: Rows) -> list[UUID]:
    """Those of the two who had been announced missing, if the child turns out to be learning."""
    if not rules.learns(states(after, merge)[0]):
        return []
    pairs = zip((merge.survivor_id, merge.merged_id), states(before, merge), strict=True)
    return [child_id for child_id, state in pairs if state is not None and state["announced_kind"] is not None]


def tell_merged(session: WriteSession, merge: ChildMerge, before: Rows, *, undone: bool) -> None:
    for child_id in (merge.survivor_id, merge.merged_id):
        emit(
            session,
            ChildMerged(
                child_id=child_id, tambon=tambon_of(before["child"][str(child_id)]["area"]),
                surviving_child_id=merge.survivor_id, merged_child_id=merge.merged_id, undone=undone,
            ),
        )  # fmt: skip


def tell_moved(session: WriteSession, was: rules.Row, now: rules.Row) -> None:
    tambons = tambon_of(was["area"]), tambon_of(now["area"])
    if tambons[0] != tambons[1]:
        emit(session, ChildMoved(child_id=UUID(now["id"]), tambon=tambons[1], previous_tambon=tambons[0]))
