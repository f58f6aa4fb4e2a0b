from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import col, delete, select

from zd_kernel.data.session import WriteSession
from zd_kernel.http.etags import check_version
from zd_kernel.problems import Conflict, FieldError, Forbidden, Invalid
from zd_kernel.scope import Range, area_range
from zd_registry.areas import queries
from zd_registry.areas.models import AreaSet, AreaSetMember, Community, Village
from zd_registry.areas.rules import VillageRow, code_of, covered, merged, name_key
from zd_registry.areas.schemas import NewAreaSet, NewCommunity, SetMember


def check_claim(session: WriteSession, ranges: Iterable[Range]) -> None:
    """Raises Forbidden unless the caller's areas hold all of `ranges`."""
    if not covered(ranges, session.scope.areas):
        raise Forbidden(
            "outside_your_scope",
            "ข้อมูลนี้อยู่นอกพื้นที่หรือหน่วยงานที่ท่านรับผิดชอบ จึงบันทึกไม่ได้",
            "This lies outside your areas and organisations, so it cannot be stored.",
        )


async def check_known(session: WriteSession, codes: Mapping[str, str]) -> None:
    """`codes`: pointer → code of an area of any level. Raises Invalid with the pointers of those that do not exist."""
    missing = {pointer: code for pointer, code in codes.items() if queries.known_area(code) is None}
    wanted = [area_range(code).lo for code in missing.values() if len(code) == 8]
    villages: set[int] = set()
    if wanted:
        villages.update((await session.exec(select(Village.area).where(col(Village.area).in_(wanted)))).all())
    unknown = [pointer for pointer, code in missing.items() if area_range(code).lo not in villages]
    if unknown:
        raise _unknown_areas(unknown)


async def load_villages(session: WriteSession, rows: Sequence[VillageRow]) -> int:
    """Store villages by their code; the last row of a code wins. Returns how many were new or got another name.

    Raises Invalid, with `/<row>/code` as pointers, where a code is no village of a tambon that exists, and Forbidden
    outside the caller's areas.
    """
    unknown = [f"/{row}/code" for row, village in enumerate(rows) if not _in_a_tambon(village.code)]
    if unknown:
        raise _unknown_areas(unknown)
    by_area = {area_range(village.code).lo: village for village in rows}
    check_claim(session, merged(Range(area, area) for area in by_area))
    changed = await (await session.driver()).fetch(
        queries.UPSERT_VILLAGES,
        list(by_area),
        [village.name_th for village in by_area.values()],
        [village.name_en for village in by_area.values()],
        [name_key(village.name_th) for village in by_area.values()],
        session.clock.now(),
    )
    return len(changed)


async def create_community(session: WriteSession, new: NewCommunity) -> Community:
    members = {f"/members/{n}": code for n, code in enumerate(new.members)}
    await check_known(session, {"/area": new.area, **members})
    check_claim(session, map(area_range, (new.area, *new.members)))
    community = Community(
        area=area_range(new.area).lo, updated_at=session.clock.now(), **new.model_dump(exclude={"area"})
    )
    session.add(community)
    return community


async def change_community(
    session: WriteSession, community_id: UUID, change: dict[str, Any], *, if_match: str
) -> Community:
    """`change` holds the fields that are given. Raises PreconditionFailed for another version."""
    community = await _community_to_change(session, community_id, if_match)
    if members := change.get("members"):
        await check_known(session, {f"/members/{n}": code for n, code in enumerate(members)})
        check_claim(session, map(area_range, members))
    community.sqlmodel_update(change)
    community.version, community.updated_at = community.version + 1, session.clock.now()
    return community


async def delete_community(session: WriteSession, community_id: UUID, *, if_match: str) -> None:
    """Raises Conflict while a set of areas names it."""
    community = await _community_to_change(session, community_id, if_match)
    await session.delete(community)
    try:
        await session.flush()
    except IntegrityError as exc:
        raise Conflict(
            "community_in_set",
            "ชุมชนนี้อยู่ในชุดพื้นที่ โปรดนำออกจากชุดพื้นที่ก่อน",
            "A set of areas names this community. Take it out of the set first.",
        ) from exc


async def create_set(session: WriteSession, new: NewAreaSet) -> AreaSet:
    found = AreaSet(updated_at=session.clock.now(), **new.model_dump(exclude={"members"}))
    session.add(found)
    await session.flush()
    await _put_members(session, found.id, new.members)
    return found


async def replace_set(session: WriteSession, set_id: UUID, new: NewAreaSet, *, if_match: str) -> AreaSet:
    """Raises PreconditionFailed for another version."""
    found = await _set_to_change(session, set_id, if_match)
    found.sqlmodel_update(new.model_dump(exclude={"members"}))
    found.version, found.updated_at = found.version + 1, session.clock.now()
    await session.exec(delete(AreaSetMember).where(col(AreaSetMember.set_id) == set_id))
    await _put_members(session, set_id, new.members)
    return found


async def delete_set(session: WriteSession, set_id: UUID, *, if_match: str) -> None:
    await session.delete(await _set_to_change(session, set_id, if_match))


async def _put_members(session: WriteSession, set_id: UUID, members: Sequence[SetMember]) -> None:
    await check_known(session, {f"/members/{n}/code": m.code for n, m in enumerate(members) if m.code})
    for member in members:
        if member.community_id:
            await queries.find_community(session, member.community_id)
    session.add_all(AreaSetMember(set_id=set_id, ordinal=n, **m.model_dump()) for n, m in enumerate(members))
    await session.flush()
    check_claim(session, await queries.set_ranges(session, set_id))


async def _set_to_change(session: WriteSession, set_id: UUID, if_match: str) -> AreaSet:
    found = await queries.find_set(session, set_id, lock=True)
    check_claim(session, await queries.set_ranges(session, set_id))
    check_version(if_match, found.version)
    return found


async def _community_to_change(session: WriteSession, community_id: UUID, if_match: str) -> Community:
    community = await queries.find_community(session, community_id, lock=True)
    check_claim(session, [area_range(code_of(community.area))])
    check_version(if_match, community.version)
    return community


def _in_a_tambon(code: str) -> bool:
    return len(code) == 8 and code.isdecimal() and code[6:] != "00" and queries.known_area(code[:6]) is not None


def _unknown_areas(pointers: Iterable[str]) -> Invalid:
    th, en = "ไม่มีพื้นที่ที่มีรหัสนี้ โปรดตรวจสอบรหัส", "There is no area of this code. Check it."
    return Invalid("area_unknown", th, en, errors=[FieldError(pointer, "area_unknown", th, en) for pointer in pointers])


def check_within(tambon: str, codes: Sequence[str]) -> None:
    """Raises Invalid for villages of another tambon than the address names."""
    if not all(code.startswith(tambon) for code in codes):
        th, en = "รหัสหมู่บ้านต้องขึ้นต้นด้วยรหัสตำบลในที่อยู่", "A village's code begins with that of the tambon in the address."
        raise Invalid("village_elsewhere", th, en, errors=[FieldError("/villages", "village_elsewhere", th, en)])
