"""Two records of the registry are one child, or two again: the cases follow, their visits and placements with them."""

from typing import Final
from uuid import UUID

import asyncpg

from zd_cases.children.actions import erase_child
from zd_contracts.events.cases import CaseClosed, CaseOpened
from zd_contracts.events.registry import ChildMerged
from zd_kernel.clock import bangkok_date
from zd_kernel.data.session import WriteSession
from zd_kernel.events.forgotten import is_forgotten
from zd_kernel.events.outbox import emit
from zd_kernel.scope import area_code, tambon_of

# Topics have no order between keys: either may be unknown yet.
_PLACEHOLDER: Final = """
INSERT INTO child (child_id, area, status, heard_at) VALUES ($1, $2, 'registered', $3) ON CONFLICT DO NOTHING
"""
_LOCK: Final = "SELECT child_id FROM child WHERE child_id = ANY ($1) ORDER BY child_id FOR UPDATE"
_MERGED_INTO: Final = "UPDATE child SET merged_into = $2 WHERE child_id = $1"
# A chain of merges may be heard from its end: whoever joins goes on to where the child is kept by now.
_NEXT: Final = "SELECT merged_into FROM child WHERE child_id = $1"
# Of two open cases the younger is closed; until then no second one may be open.
_CLOSE_YOUNGER: Final = """
WITH open AS (
    SELECT id, first_value(id) OVER (ORDER BY opened_date, id) AS eldest FROM child_case
    WHERE child_id IN ($1, $2) AND status = 'open'
)
UPDATE child_case c SET status = 'closed', reason = 'mistaken', closed_date = $3, duplicate_of = o.eldest,
    version = c.version + 1
FROM open o WHERE c.id = o.id AND o.id <> o.eldest RETURNING c.*
"""
_MOVE: Final = """
UPDATE child_case c SET child_id = n.child_id, area = n.area, moved_from = coalesce(c.moved_from, '{}') || $1::uuid
FROM child n WHERE n.child_id = $2 AND c.child_id = $1
"""
_STATUS_ALONG: Final = """
UPDATE child n SET status = o.status FROM child o
WHERE o.child_id = $1 AND n.child_id = $2 AND n.status = 'registered'
"""
_MOVE_BACK: Final = """
UPDATE child_case c SET child_id = n.child_id, area = n.area,
    moved_from = nullif(c.moved_from[: array_position(c.moved_from, $1) - 1], '{}')
FROM child n WHERE n.child_id = $1 AND c.moved_from @> ARRAY[$1::uuid]
"""
_HEARD_ANEW: Final = "UPDATE child SET status = 'registered' WHERE child_id = $1"
_APART: Final = "UPDATE child SET merged_into = NULL WHERE child_id = $1"
_OPEN_AGAIN: Final = """
UPDATE child_case c SET status = 'open', reason = NULL, closed_date = NULL, duplicate_of = NULL, version = c.version + 1
FROM child_case k
WHERE k.id = c.duplicate_of AND k.child_id <> c.child_id AND c.child_id IN ($1, $2) AND NOT EXISTS (
    SELECT FROM child_case o WHERE o.child_id = c.child_id AND o.status = 'open')
RETURNING c.*
"""


async def merge_child(session: WriteSession, fact: ChildMerged) -> None:
    """The cases of the duplicate become the survivor's. Both stay visible."""
    if await is_forgotten(session, str(fact.surviving_child_id)):
        await erase_child(session, fact.merged_child_id)
        return
    connection = await session.driver()
    await _know(session, fact)
    await connection.execute(_MERGED_INTO, fact.merged_child_id, fact.surviving_child_id)
    goes: UUID = fact.merged_child_id
    stays: UUID | None = fact.surviving_child_id
    passed = {goes}
    while stays is not None and stays not in passed:
        await _join(session, goes, stays)
        passed.add(stays)
        goes, stays = stays, await connection.fetchval(_NEXT, stays)


async def _join(session: WriteSession, goes: UUID, stays: UUID) -> None:
    connection = await session.driver()
    for case in await connection.fetch(_CLOSE_YOUNGER, goes, stays, bangkok_date(session.clock.now())):
        emit(
            session,
            CaseClosed(
                case_id=case["id"], child_id=case["child_id"], tambon=tambon_of(case["area"]), reason="mistaken",
                closed_date=case["closed_date"],
            ),
        )  # fmt: skip
    await connection.execute(_MOVE, goes, stays)
    await connection.execute(_STATUS_ALONG, goes, stays)


async def unmerge_child(session: WriteSession, fact: ChildMerged) -> None:
    """They are two again: each gets back its own, and a case that was closed as the other's duplicate opens."""
    connection = await session.driver()
    await _know(session, fact)
    both = (fact.merged_child_id, fact.surviving_child_id)
    await connection.execute(_MOVE_BACK, fact.merged_child_id)
    await connection.execute(_APART, fact.merged_child_id)
    await hear_anew(session, fact.merged_child_id)
    for case in await connection.fetch(_OPEN_AGAIN, *both):
        emit(session, _opened(case))


async def hear_anew(session: WriteSession, child_id: UUID) -> None:
    """What was heard of the survivor may have followed from the merge; the registry says again what still holds."""
    await (await session.driver()).execute(_HEARD_ANEW, child_id)


def _opened(case: asyncpg.Record) -> CaseOpened:
    return CaseOpened.model_validate({
        "case_id": case["id"], "child_id": case["child_id"], "tambon": tambon_of(case["area"]), "kind": case["kind"],
        "opened_date": case["opened_date"],
    })  # fmt: skip


async def _know(session: WriteSession, fact: ChildMerged) -> None:
    await session.flush()
    session.audit_subjects(fact.merged_child_id, fact.surviving_child_id)
    connection = await session.driver()
    both = sorted((fact.merged_child_id, fact.surviving_child_id))
    for child_id in both:
        await connection.execute(_PLACEHOLDER, child_id, area_code(fact.tambon), session.clock.now())
    await connection.execute(_LOCK, both)
