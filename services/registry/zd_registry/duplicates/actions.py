from uuid import UUID

from sqlmodel import col, select

from zd_kernel.data.session import ReadSession, WriteSession
from zd_kernel.http.etags import check_version
from zd_kernel.ids import uuid7
from zd_kernel.jobs.queue import enqueue
from zd_kernel.problems import Conflict, Forbidden, Invalid, NotFound
from zd_registry.duplicates import queries, rules
from zd_registry.duplicates.models import ChildMerge, DuplicatePair

SEARCH, MERGE, UNDO = "duplicates", "merge", "unmerge"


async def sides(session: ReadSession | WriteSession, first: UUID, second: UUID) -> tuple[rules.Row, rules.Row]:
    """What both records say, for comparing and showing; raises NotFound."""
    fetch = session.fetch if isinstance(session, ReadSession) else (await session.driver()).fetch
    found = {row["id"]: dict(row) for row in await fetch(queries.SIDES, [first, second])}
    if len(found) < 2:
        raise NotFound.of("child", "เด็ก")
    session.audit_subjects(first, second)
    return found[first], found[second]


async def report_pair(session: WriteSession, one: UUID, other: UUID) -> UUID:
    """Put two children into the queue. A pair that was refused comes back only if a field of either changed."""
    if one == other:
        raise Invalid("one_child", "ต้องเป็นเด็กสองระเบียนที่ต่างกัน", "Name two different records.")
    first, second = sorted((one, other))
    session.audit_subjects(first, second)
    connection = await session.driver()
    await sides(session, first, second)
    await connection.execute(queries.REPORT, first, second, uuid7(), session.clock.now())
    pair = await connection.fetchrow(queries.BETWEEN, first, second)
    if pair is None or pair["state"] == "refused":
        raise Conflict(
            "pair_refused",
            "คู่นี้มีผู้ตัดสินแล้วว่าเป็นคนละคน และข้อมูลของทั้งสองยังไม่เปลี่ยน",
            "Somebody decided that these are two people, and neither record has changed since.",
        )
    pair_id: UUID = pair["id"]
    return pair_id


async def decide(
    session: WriteSession, pair_id: UUID, *, decision: str, survivor: UUID | None, reason: str, if_match: str
) -> None:
    """Keep what a person says of a pair; a merge follows as a job, because it reaches rows that the caller may not."""
    already = Conflict("already_decided", "คู่นี้ตัดสินแล้ว โปรดดูผล", "This pair has been decided. Look at it again.")
    pair, first, second = await _held(session, pair_id, "waiting", already, if_match=if_match)
    both = [pair.first_child_id, pair.second_child_id]
    pair.decided_by, pair.decided_at, pair.reason = session.scope.name, session.clock.now(), reason
    if decision == "different":
        pair.state = "refused"
        pair.fingerprint = await (await session.driver()).fetchval(queries.FINGERPRINT, *both)
        return
    stays = survivor or rules.suggested_survivor(first, second)
    if stays not in both:
        raise Invalid("survivor_unknown", "survivor ต้องเป็นหนึ่งในสองระเบียน", "survivor is one of the two records.")
    await _refuse_busy(session, both)
    pair.state = "merging"
    await _start_merge(session, pair, stays, reason)


async def take_back(session: WriteSession, pair_id: UUID, *, if_match: str) -> None:
    """A pair that was taken for two people waits for a decision again. Raises Conflict if it was not."""
    other = Conflict(
        "not_refused",
        "คู่นี้ไม่ได้ถูกตัดสินว่าเป็นคนละคน หากรวมแล้วให้ยกเลิกการรวม",
        "Nobody decided that these are two people. If they were merged, undo the merge.",
    )
    pair, _, _ = await _held(session, pair_id, "refused", other, if_match=if_match)
    pair.state, pair.reason, pair.decided_by, pair.decided_at = "waiting", None, None, None


async def _held(
    session: WriteSession, pair_id: UUID, state: str, otherwise: Conflict, *, if_match: str
) -> tuple[DuplicatePair, rules.Row, rules.Row]:
    """The pair and both sides, locked and about to change; raises `otherwise` in another state than `state`."""
    pair = await session.get(DuplicatePair, pair_id, with_for_update=True)
    if pair is None:
        raise NotFound.of("duplicate pair", "คู่ที่อาจซ้ำ")
    both = [pair.first_child_id, pair.second_child_id]
    connection = await session.driver()
    own = {row["id"] for row in await connection.fetch(queries.LOCK, both)}
    shown = await connection.fetchrow(queries.PAIR, pair_id)
    if shown is None or pair.state != state:
        raise otherwise
    check_version(if_match, shown["version"])
    first, second = await sides(session, *both)
    _check_own(own, first, second)
    pair.version += 1
    return pair, first, second


def _check_own(own: set[UUID], first: rules.Row, second: rules.Row) -> None:
    """Both are the caller's, or one is and the other has no residence. Who only sees pupils decides nothing."""
    if not own or any(side["id"] not in own and side["area"] != 0 for side in (first, second)):
        raise Forbidden(
            "not_your_child",
            "การตัดสินต้องมีสิทธิ์ในพื้นที่ของเด็กทั้งสอง โปรดส่งต่อให้สำนักงานของจังหวัด",
            "Deciding needs a claim to the areas of both children. Pass it on to the office of the province.",
        )


async def _start_merge(session: WriteSession, pair: DuplicatePair, stays: UUID, reason: str) -> None:
    (goes,) = {pair.first_child_id, pair.second_child_id} - {stays}
    merge = ChildMerge(
        area=pair.area, survivor_id=stays, merged_id=goes, reason=reason, decided_by=session.scope.name,
        decided_at=session.clock.now(),
    )  # fmt: skip
    session.add(merge)
    await enqueue(session, MERGE, {"merge_id": str(merge.id)}, area=pair.area)


async def ask_undo(session: WriteSession, merge_id: UUID, reason: str) -> ChildMerge:
    """Take a merge back, as a job. Merges of one child are undone in reverse: the last one first."""
    merge = await session.get(ChildMerge, merge_id, with_for_update=True)
    if merge is None:
        raise NotFound.of("merge", "การรวมระเบียน")
    session.audit_subjects(merge.survivor_id, merge.merged_id)
    if merge.state != "merged":
        raise Conflict("not_merged", "การรวมนี้ถูกยกเลิกไปแล้ว หรือยังไม่เสร็จ", "This merge is not done, or was undone.")
    connection = await session.driver()
    later = await connection.fetchval(queries.LATER, merge_id)
    if later is not None:
        raise Conflict(
            "later_merge",
            f"ระเบียนนี้ถูกรวมอีกครั้งภายหลัง โปรดยกเลิกการรวม {later} ก่อน",
            f"One of the two was merged again later. Undo the merge {later} first.",
        )
    # Whoever sees a child in the list of a school cannot lock them.
    if not await connection.fetch(queries.LOCK, [merge.survivor_id]):
        raise NotFound.of("merge", "การรวมระเบียน")
    merge.state, merge.undo_reason, merge.undone_by = "undoing", reason, session.scope.name
    await enqueue(session, UNDO, {"merge_id": str(merge.id)}, area=merge.area)
    return merge


async def ask_search(session: WriteSession) -> UUID:
    return await enqueue(session, SEARCH, {})


async def pair_between(session: WriteSession, one: UUID, other: UUID) -> DuplicatePair | None:
    first, second = sorted((one, other))
    wanted = select(DuplicatePair).where(
        col(DuplicatePair.first_child_id) == first, col(DuplicatePair.second_child_id) == second
    )
    return (await session.exec(wanted)).one_or_none()


async def _refuse_busy(session: WriteSession, children: list[UUID]) -> None:
    await session.flush()
    if await (await session.driver()).fetchval(queries.BUSY, children):
        raise Conflict(
            "merge_running",
            "หนึ่งในสองระเบียนกำลังรวมหรือยกเลิกการรวมอยู่ โปรดรอสักครู่",
            "One of the two is being merged or unmerged just now. Wait a moment.",
        )
